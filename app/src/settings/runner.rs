//! Settings of a runner.

use ::runner::{
    resource::ResourceClasses,
    settings::{CloudAddresses, MachineImages, RemoteDockerMode, RemoteDockerSettings},
};
use anyhow::{Context, anyhow, bail};
use secrecy::SecretString;

use super::resolve::Resolved;

/// A runner.
#[derive(Clone, Debug)]
pub struct RunnerSettings {
    /// Tasks at a time; at least 1.
    pub capacity: usize,
    /// Whether jobs may run on this host itself.
    pub machine: bool,
    /// Container images in place of machine images.
    pub machine_images: MachineImages,
    /// Docker daemons of jobs' own.
    pub remote_docker: RemoteDockerSettings,
    /// Labels that it offers.
    pub labels: Vec<String>,
    /// What of the host a job of each class gets.
    pub resource_classes: ResourceClasses,
    /// Where `aws_auth` and `gcp_auth` get passwords.
    pub clouds: CloudAddresses,
    /// Its name; `None`: the host's name.
    pub name: Option<String>,
    /// The server it works for, when that is elsewhere.
    pub server: Option<String>,
    /// Its token.
    pub token: Option<SecretString>,
}

impl RunnerSettings {
    /// Understands what was resolved, of runners alone.
    ///
    /// # Errors
    /// A value that does not mean what it must.
    pub fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        let text = |key: &str| resolved.text(key).unwrap_or_default().to_owned();
        let wrong = |key: &str, expected: &str| {
            format!("`{key}` is `{}` (from {}), but must be {expected}", text(key), resolved.origin(key))
        };
        let address = |key: &str| -> anyhow::Result<Option<String>> {
            let value = text(key);
            let value = value.trim_end_matches('/');
            match value.split_once("://") {
                _ if value.is_empty() => Ok(None),
                Some(("http" | "https", host)) if !host.is_empty() => Ok(Some(value.to_owned())),
                _ => bail!(wrong(key, "an address that begins with http:// or https://")),
            }
        };
        let capacity = match resolved.text("runner.capacity") {
            Some(number) => number
                .parse()
                .ok()
                .filter(|capacity| (1..=1024).contains(capacity))
                .with_context(|| wrong("runner.capacity", "a number from 1 to 1024"))?,
            None => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        };
        let machine = match text("runner.machine").as_str() {
            "on" | "true" | "yes" | "1" => true,
            "off" | "false" | "no" | "0" => false,
            _ => bail!(wrong("runner.machine", "`on` or `off`")),
        };
        let part = |key: &str, error: String| anyhow!("`{key}` (from {}): {error}", resolved.origin(key));
        let machine_images = MachineImages::parse(&text("runner.machine_images"))
            .map_err(|error| part("runner.machine_images", error))?;
        let mode = match text("runner.remote_docker").as_str() {
            "on" | "true" | "yes" | "1" => RemoteDockerMode::On,
            "privileged" => RemoteDockerMode::Privileged,
            "off" | "false" | "no" | "0" => RemoteDockerMode::Off,
            _ => bail!(wrong("runner.remote_docker", "`on`, `privileged` or `off`")),
        };
        let mut resource_classes = ResourceClasses::default();
        resource_classes
            .extend_from_text(&text("runner.resource_classes"))
            .map_err(|error| part("runner.resource_classes", error))?;
        let labels = text("runner.labels");
        Ok(Self {
            capacity,
            machine,
            machine_images,
            remote_docker: RemoteDockerSettings { mode, image: text("runner.remote_docker_image") },
            labels: labels.split([',', ' ']).filter(|label| !label.is_empty()).map(str::to_owned).collect(),
            resource_classes,
            clouds: CloudAddresses {
                ecr: address("runner.ecr_url")?,
                sts: address("runner.sts_url")?,
                google_sts: address("runner.google_sts_url")?,
                google_iam: address("runner.google_iam_url")?,
            },
            name: resolved.text("runner.name").map(str::to_owned),
            server: address("runner.server")?,
            token: resolved.secret("runner.token"),
        })
    }
}
