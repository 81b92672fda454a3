//! Images: pulled when they are not there, with credentials, and with progress in the log of the spin-up.
//!
//! An image that is on the host is used as it is. Whoever wants a newer one of the same name pulls it on the host, or names
//! it by tag or digest: thus a job starts fast, and starts while a registry is away.

use std::collections::{BTreeMap, BTreeSet};

use bollard::{auth::DockerCredentials, errors::Error, query_parameters::CreateImageOptionsBuilder};
use futures_util::StreamExt;
use model::plan::{Container, ImageAuth};

use super::connection::{Connection, Daemon, causes, status};
use crate::{executor::SpinUpError, own::SpinUpLog, resource::size};

/// The name with a tag: without one Docker would pull every tag there is.
pub(super) fn with_tag(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    if name.contains(':') || name.contains('@') { image.to_owned() } else { format!("{image}:latest") }
}

/// Brings an image to the host.
pub(super) async fn pull(
    connection: &Connection,
    daemon: &Daemon,
    container: &Container,
    log: &SpinUpLog,
) -> Result<(), SpinUpError> {
    let image = with_tag(&container.image);
    log.line(format!("Pulling image {image} …"));
    let options = CreateImageOptionsBuilder::default().from_image(&image).build();
    let mut pulling = daemon.docker.create_image(Some(options), None, credentials(container)?);
    let mut layers: BTreeMap<String, i64> = BTreeMap::new();
    let mut done = BTreeSet::new();
    while let Some(info) = pulling.next().await {
        let info = info.map_err(|error| explain(connection, &container.image, &error))?;
        let status = info.status.unwrap_or_default();
        if let (Some(id), Some(total)) = (&info.id, info.progress_detail.and_then(|detail| detail.total)) {
            layers.insert(id.clone(), total);
        }
        match info.id {
            // A line for each layer is news; a line for each of its megabytes is noise.
            Some(id) if matches!(status.as_str(), "Pull complete" | "Already exists") => {
                if done.insert(id.clone()) {
                    let bytes = layers.get(&id).and_then(|bytes| u64::try_from(*bytes).ok());
                    log.line(format!(
                        "  {id}: {status}{}",
                        bytes.map_or(String::new(), |bytes| format!(" ({})", size(bytes)))
                    ));
                }
            }
            None if !status.is_empty() => log.line(format!("  {status}")),
            Some(_) | None => {}
        }
    }
    Ok(())
}

fn credentials(container: &Container) -> Result<Option<DockerCredentials>, SpinUpError> {
    let (username, password) = match &container.auth {
        None => return Ok(None),
        Some(ImageAuth::Basic(basic)) => (basic.username.clone(), basic.password.clone()),
        Some(ImageAuth::Gcp { service_account }) => ("_json_key".to_owned(), service_account.clone()),
        Some(ImageAuth::Aws(_)) => {
            return Err(SpinUpError::failed(format!(
                "the image `{}` has `aws_auth`, which this version does not support yet: pull it on the runner's host, or \
                 use `auth` with a password from `aws ecr get-login-password`",
                container.image
            )));
        }
    };
    let serveraddress = registry(&container.image).map(str::to_owned);
    Ok(Some(DockerCredentials {
        username: Some(username),
        password: Some(password),
        serveraddress,
        ..Default::default()
    }))
}

/// The host in an image's name, if it has one.
fn registry(image: &str) -> Option<&str> {
    let (first, _) = image.split_once('/')?;
    (first.contains(['.', ':']) || first == "localhost").then_some(first)
}

/// Whose fault it is that there is no image: a wrong name or a missing right is the configuration's.
fn explain(connection: &Connection, image: &str, error: &Error) -> SpinUpError {
    let text = match error {
        Error::DockerResponseServerError { message, .. } => message.clone(),
        Error::DockerStreamError { error } => error.clone(),
        other => causes(other),
    };
    let lower = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["invalid reference format", "invalid repository name", "must be lowercase"]) {
        return SpinUpError::failed(format!("`{image}` is not the name of an image: {text}"));
    }
    if says(&["no matching manifest", "does not match the specified platform"]) {
        return SpinUpError::failed(format!(
            "image `{image}` does not exist for this runner's kind of processor: {text}"
        ));
    }
    let denied = says(&["denied", "unauthorized", "not found", "manifest unknown", "does not exist", "no basic auth"]);
    if matches!(status(error), Some(401 | 403 | 404)) || denied && !lower.contains("lookup") {
        return SpinUpError::failed(format!(
            "image `{image}` does not exist or may not be pulled: {text}. Check the name and the tag; a private image needs \
             `auth` in the configuration"
        ));
    }
    match error {
        Error::DockerResponseServerError { .. } | Error::DockerStreamError { .. } => SpinUpError::infrastructure(
            format!("image `{image}` is not on this runner's host, and its registry cannot be reached: {text}"),
        ),
        other => connection.explain(&format!("pull image `{image}`"), other),
    }
}
