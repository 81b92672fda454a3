//! Pulling.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bollard::{
    auth::DockerCredentials, errors::Error, models::CreateImageInfo, query_parameters::CreateImageOptionsBuilder,
};
use futures_util::StreamExt;
use model::event::size;

use super::{super::connection::Daemon, name::with_tag};
use crate::own::SpinUpLog;

/// The longest that a job waits to hear whether there is a newer image than the host's.
const CHECK: Duration = Duration::from_secs(20);

/// Why an image did not come.
pub(super) enum PullError {
    Docker(Error),
    /// Nobody said within [`CHECK`] whether there is a newer one.
    Silent,
}

/// Brings an image to the host, with progress in the log of the spin-up.
pub(super) async fn pull(
    daemon: &Daemon,
    image: &str,
    credentials: Option<DockerCredentials>,
    log: &SpinUpLog,
) -> Result<(), PullError> {
    log.line(format!("Pulling image {} …", with_tag(image)));
    transfer(daemon, image, credentials, log, true).await
}

/// Brings an image to the host if its registry has a newer one; says nothing otherwise.
pub(super) async fn refresh(
    daemon: &Daemon,
    image: &str,
    credentials: Option<DockerCredentials>,
    log: &SpinUpLog,
) -> Result<(), PullError> {
    transfer(daemon, image, credentials, log, false).await
}

async fn transfer(
    daemon: &Daemon,
    image: &str,
    credentials: Option<DockerCredentials>,
    log: &SpinUpLog,
    mut is_wanted: bool,
) -> Result<(), PullError> {
    let options = CreateImageOptionsBuilder::default().from_image(&with_tag(image)).build();
    let mut pulling = daemon.docker.create_image(Some(options), None, credentials);
    let mut progress = Progress::default();
    loop {
        let next = if is_wanted {
            pulling.next().await
        } else {
            tokio::time::timeout(CHECK, pulling.next()).await.map_err(|_| PullError::Silent)?
        };
        let Some(info) = next else { return Ok(()) };
        let info = info.map_err(PullError::Docker)?;
        if !is_wanted && info.status.as_deref() == Some("Pulling fs layer") {
            log.line(format!("Pulling a newer image {} …", with_tag(image)));
            is_wanted = true;
        }
        if let Some(line) = progress.line(info).filter(|_| is_wanted) {
            log.line(line);
        }
    }
}

/// What of Docker's progress is news.
#[derive(Default)]
struct Progress {
    layers: BTreeMap<String, i64>,
    done: BTreeSet<String>,
}

impl Progress {
    fn line(&mut self, info: CreateImageInfo) -> Option<String> {
        let status = info.status.unwrap_or_default();
        if let (Some(id), Some(total)) = (&info.id, info.progress_detail.and_then(|detail| detail.total)) {
            self.layers.insert(id.clone(), total);
        }
        match info.id {
            // A line for each layer is news; a line for each of its megabytes is noise.
            Some(id) if matches!(status.as_str(), "Pull complete" | "Already exists") => {
                if !self.done.insert(id.clone()) {
                    return None;
                }
                let bytes = self.layers.get(&id).and_then(|bytes| u64::try_from(*bytes).ok());
                let bytes = bytes.map_or(String::new(), |bytes| format!(" ({})", size(bytes)));
                Some(format!("  {id}: {status}{bytes}"))
            }
            None if !status.is_empty() => Some(format!("  {status}")),
            Some(_) | None => None,
        }
    }
}
