//! Makes sure that an image is on the host.
//!
//! | on the host | name | what is done |
//! | --- | --- | --- |
//! | no | any | it is pulled |
//! | yes, made here | any | it is used; no registry is asked |
//! | yes, pulled once | a digest, or a tag with a digit in it | it is used; no registry is asked |
//! | yes, pulled once | no tag, or one without a digit (`latest`, `stable`) | the registry is asked for a newer one; when it does not answer, the host's is used, and the log says so |

use bollard::models::{ImageConfig, ImageInspect};
use model::{
    job::Outcome,
    plan::{Container, ImageAuth},
};

use super::{
    super::connection::{Connection, Daemon, status},
    credentials::Registries,
    failure::explain,
    name::{is_floating, repository, with_tag},
    of_job::Identity,
    pull::{pull, refresh},
};
use crate::{executor::SpinUpError, own::SpinUpLog};

/// By this label an image says that its ENTRYPOINT shall run in the primary container, too.
const PRESERVE_LABEL: &str = "com.circleci.preserve-entrypoint";

/// An image that a job asks for.
#[derive(Clone, Copy)]
pub(in super::super) struct Wanted<'a> {
    pub(in super::super) name: &'a str,
    pub(in super::super) auth: Option<&'a ImageAuth>,
    /// Who wants it; `None`: nobody who could prove it.
    pub(in super::super) identity: Option<Identity<'a>>,
}

impl<'a> From<&'a Container> for Wanted<'a> {
    fn from(container: &'a Container) -> Self {
        Self { name: &container.image, auth: container.auth.as_ref(), identity: None }
    }
}

/// What an image says about itself.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Image {
    /// `sha256:…`.
    pub(in super::super) id: String,
    pub(in super::super) entrypoint: Vec<String>,
    pub(in super::super) command: Vec<String>,
    pub(in super::super) working_directory: Option<String>,
    /// Its ENTRYPOINT shall run in the primary container, too.
    pub(in super::super) preserve_entrypoint: bool,
}

/// Has the image on the host. Nothing is told of one that is there.
pub(in super::super) async fn ready(
    connection: &Connection,
    daemon: &Daemon,
    registries: &Registries,
    wanted: Wanted<'_>,
    log: &SpinUpLog,
) -> Result<Image, SpinUpError> {
    let name = wanted.name;
    let inspect = async || match daemon.docker.inspect_image(name).await {
        Ok(image) => Ok(Some(image)),
        // An image of that name, or a name at all.
        Err(error) if matches!(status(&error), Some(400 | 404)) => Ok(None),
        Err(error) => Err(connection.explain(&format!("look for image `{name}`"), &error)),
    };
    match inspect().await? {
        Some(image) if !was_pulled(&image, name) || !is_floating(name) => return Ok(image.into()),
        Some(image) => {
            let newer = async {
                let credentials = registries.credentials(wanted).await?;
                refresh(daemon, name, credentials, log).await.map_err(|error| explain(connection, wanted, &error))
            };
            if let Err(error) = newer.await {
                // Not to be had any more is an answer; no answer is none.
                if error.outcome == Outcome::Failed {
                    return Err(error);
                }
                let name = with_tag(name);
                log.line(format!(
                    "Image {name} is used as this host has it, because it could not be refreshed: {error}"
                ));
                return Ok(image.into());
            }
            return Ok(inspect().await?.unwrap_or(image).into());
        }
        None => {}
    }
    let credentials = registries.credentials(wanted).await?;
    pull(daemon, name, credentials, log).await.map_err(|error| explain(connection, wanted, &error))?;
    inspect().await?.map(Image::from).ok_or_else(|| {
        SpinUpError::infrastructure(format!("image `{name}` was pulled, and is not there: did somebody remove it?"))
    })
}

/// Whether the image came from the registry of this name. One that was built or imported here, or tagged from another
/// one, has never been there.
fn was_pulled(image: &ImageInspect, name: &str) -> bool {
    let digests = image.repo_digests.iter().flatten();
    digests.filter_map(|digest| digest.split_once('@')).any(|(from, _)| repository(from) == repository(name))
}

impl From<ImageInspect> for Image {
    fn from(image: ImageInspect) -> Self {
        let ImageConfig { entrypoint, cmd, working_dir, labels, .. } = image.config.unwrap_or_default();
        let label = labels.and_then(|labels| labels.get(PRESERVE_LABEL).cloned());
        Self {
            id: image.id.unwrap_or_default(),
            entrypoint: entrypoint.unwrap_or_default(),
            command: cmd.unwrap_or_default(),
            working_directory: working_dir.filter(|directory| !directory.is_empty()),
            preserve_entrypoint: label.is_some_and(|value| value.eq_ignore_ascii_case("true")),
        }
    }
}
