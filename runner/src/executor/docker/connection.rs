//! The connection to the daemon, made at the first use, with what has to be known of the daemon only once.

use bollard::{Docker, errors::Error};
use tokio::sync::OnceCell;

use crate::{executor::SpinUpError, resource::Limits};

const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";

/// A daemon that answers.
#[derive(Debug)]
pub(super) struct Daemon {
    pub(super) docker: Docker,
    /// `20.10.24`.
    pub(super) version: String,
    /// What its host has; 0 for what it does not tell.
    pub(super) host: Limits,
}

/// How to reach the daemon.
#[derive(Debug)]
pub(super) struct Connection {
    host: String,
    daemon: OnceCell<Daemon>,
}

impl Connection {
    /// `host` as in `DOCKER_HOST`.
    pub(super) fn new(host: Option<String>) -> Self {
        let host = host.or_else(|| std::env::var("DOCKER_HOST").ok()).filter(|host| !host.is_empty());
        Self { host: host.unwrap_or_else(|| DEFAULT_HOST.to_owned()), daemon: OnceCell::new() }
    }

    /// The daemon. While there is none, every call tries again.
    pub(super) async fn daemon(&self) -> Result<&Daemon, SpinUpError> {
        self.daemon.get_or_try_init(|| self.connect()).await.map_err(|error| self.unreachable(&error))
    }

    async fn connect(&self) -> Result<Daemon, Error> {
        // The runner speaks the version of the daemon where that is the older one.
        let docker = Docker::connect_with_host(&self.host)?.negotiate_version().await?;
        let info = docker.info().await?;
        Ok(Daemon {
            docker,
            version: info.server_version.unwrap_or_else(|| "of unknown version".to_owned()),
            host: Limits {
                cpu_millis: info.ncpu.and_then(|count| u64::try_from(count).ok()).unwrap_or(0) * 1000,
                memory_bytes: info.mem_total.and_then(|bytes| bytes.try_into().ok()).unwrap_or(0),
            },
        })
    }

    /// A sentence for an error that means that nobody is there.
    fn unreachable(&self, error: &Error) -> SpinUpError {
        let host = &self.host;
        let text = causes(error);
        SpinUpError::infrastructure(if text.to_lowercase().contains("permission denied") {
            format!(
                "Docker is not reachable at {host}: the runner's user may not use the socket (add the user to the group \
                 `docker`, and start the runner again)"
            )
        } else if matches!(error, Error::UnsupportedURISchemeError { .. }) {
            format!("Docker is not reachable at {host}: only unix://, tcp:// and http:// addresses are supported")
        } else {
            format!("Docker is not reachable at {host}: is the daemon running? (systemctl start docker) [{text}]")
        })
    }

    /// A sentence for a call that failed.
    pub(super) fn explain(&self, what: &str, error: &Error) -> SpinUpError {
        match error {
            Error::DockerResponseServerError { status_code: _, message } if is_disk_full(message) => {
                SpinUpError::infrastructure(format!(
                    "Docker could not {what}: the disk of the runner's host is full ({message}); remove what nobody needs \
                     there (docker system df), or give it a larger disk"
                ))
            }
            Error::DockerResponseServerError { status_code: _, message } => {
                SpinUpError::infrastructure(format!("Docker could not {what}: {message}"))
            }
            error if is_connection(error) => self.unreachable(error),
            error => SpinUpError::infrastructure(format!("Docker could not {what}: {}", causes(error))),
        }
    }
}

/// Whether the daemon did not answer at all.
pub(super) fn is_connection(error: &Error) -> bool {
    matches!(
        error,
        Error::HyperLegacyError { .. }
            | Error::HyperResponseError { .. }
            | Error::IOError { .. }
            | Error::SocketNotFoundError(_)
            | Error::RequestTimeoutError
    )
}

/// Whether the daemon says that there is no room left.
pub(super) fn is_disk_full(message: &str) -> bool {
    let message = message.to_lowercase();
    ["no space left on device", "disk quota exceeded"].iter().any(|words| message.contains(words))
}

/// The status of the daemon's answer, when it gave one.
pub(super) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// An error with its causes, on one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.contains(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    text
}
