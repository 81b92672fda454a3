//! `docker_layer_caching`: the data of a job's own Docker daemon as a volume that is kept for later jobs of the same project
//! and trust.
//!
//! One job at a time has a volume, so that jobs at the same time have volumes of their own, each with what it saw before. A
//! volume that no job has had for two weeks goes when the next job asks for one. When one was last used is noted in the
//! runner's work directory, since Docker does not tell.

use std::{
    collections::HashMap,
    fs, io,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use bollard::{
    errors::Error,
    models::{Mount, MountType, MountVolumeOptions},
    query_parameters::{ListContainersOptionsBuilder, ListVolumesOptionsBuilder, RemoveVolumeOptions},
};
use tokio::sync::{Mutex, MutexGuard};
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    connection::Daemon,
    container::{Frame, RUNNER_LABEL},
    remote::DATA,
};

/// At most so many jobs of a project keep layers at a time; what is more works without.
const VOLUMES: usize = 32;
/// Label of a volume with layers: whose.
const LAYERS_LABEL: &str = "dev.roundhouse.layers";
/// How long a volume stays that no job asks for.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// The volumes of a runner.
#[derive(Debug)]
pub(super) struct Layers {
    /// A file for each volume, as old as its last use.
    notes: PathBuf,
    /// Held while a volume is chosen and given to a container, so that no two jobs choose the same.
    choosing: Mutex<()>,
}

impl Layers {
    pub(super) fn new(work_dir: &std::path::Path) -> Self {
        Self { notes: work_dir.join("layers"), choosing: Mutex::new(()) }
    }

    /// A volume with the layers of earlier jobs that no container has, or a new one. Nobody else chooses until the guard
    /// is gone: the caller makes the container first. `None`: too many jobs have one.
    pub(super) async fn choose(
        &self,
        daemon: &Daemon,
        frame: Frame<'_>,
        keep_under: &str,
    ) -> Result<Option<(Mount, MutexGuard<'_, ()>)>, Error> {
        let choosing = self.choosing.lock().await;
        self.remove_old(daemon, frame.runner).await?;
        let owner = keep_under.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        for index in 0..VOLUMES {
            let name = format!("roundhouse-layers-{}-{owner}-{index}", frame.runner.simple());
            if is_used(daemon, &name).await? {
                continue;
            }
            if let Err(error) = self.note(&name) {
                warn!("Cannot note the use of the volume {name}: {error}");
            }
            let labels = [(RUNNER_LABEL.to_owned(), frame.runner.to_string()), (LAYERS_LABEL.to_owned(), owner)];
            let mount = Mount {
                target: Some(DATA.to_owned()),
                source: Some(name),
                typ: Some(MountType::VOLUME),
                volume_options: Some(MountVolumeOptions { labels: Some(HashMap::from(labels)), ..Default::default() }),
                ..Default::default()
            };
            return Ok(Some((mount, choosing)));
        }
        Ok(None)
    }

    /// Removes what no job has had for a long time.
    async fn remove_old(&self, daemon: &Daemon, runner: Uuid) -> Result<(), Error> {
        let labels = vec![format!("{RUNNER_LABEL}={runner}"), LAYERS_LABEL.to_owned()];
        let filters = HashMap::from([("label".to_owned(), labels)]);
        let options = ListVolumesOptionsBuilder::default().filters(&filters).build();
        for volume in daemon.docker.list_volumes(Some(options)).await?.volumes.unwrap_or_default() {
            let name = volume.name;
            let note = self.notes.join(&name);
            let age =
                fs::metadata(&note).and_then(|note| note.modified()).map(|used| used.elapsed().unwrap_or_default());
            match age {
                Ok(age) if age < KEPT => {}
                Ok(_) if is_used(daemon, &name).await? => {}
                Ok(_) => {
                    info!("Removing the volume {name}: no job has had it for two weeks");
                    daemon.docker.remove_volume(&name, None::<RemoveVolumeOptions>).await?;
                    drop(fs::remove_file(note));
                }
                // A note that was lost: its time begins now.
                Err(_) => drop(self.note(&name)),
            }
        }
        Ok(())
    }

    fn note(&self, name: &str) -> io::Result<()> {
        fs::create_dir_all(&self.notes)?;
        fs::File::create(self.notes.join(name))?.set_modified(SystemTime::now())
    }
}

/// Whether a container has this volume, running or not.
async fn is_used(daemon: &Daemon, name: &str) -> Result<bool, Error> {
    let filters = HashMap::from([("volume".to_owned(), vec![name.to_owned()])]);
    let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
    Ok(!daemon.docker.list_containers(Some(options)).await?.is_empty())
}
