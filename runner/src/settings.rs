//! What the administrator of a runner decides. The caller reads it from wherever settings come from.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::resource::ResourceClasses;

/// Settings of one runner.
#[derive(Clone, Debug)]
pub struct RunnerSettings {
    /// Unique among the runners of a server, shown to people.
    pub name: String,
    /// The server's address, without a path: `https://ci.example.com`.
    pub server_url: String,
    /// The runner's own token: good for claims, and nothing else.
    pub token: SecretString,
    /// How many tasks may run at a time.
    pub capacity: usize,
    /// Where tasks keep their files, and where the next start looks for tasks to take up again. One runner at a time.
    pub work_dir: PathBuf,
    /// With less room on the disk of the work directory, nothing is claimed; 0: it does not matter.
    pub min_free_bytes: u64,
    /// Whether jobs may run in Docker containers here.
    pub docker: bool,
    /// Address of Docker's daemon; `None`: `DOCKER_HOST`, or else the socket where Docker usually has it.
    pub docker_host: Option<String>,
    /// Whether jobs may run on this host itself, as this user.
    pub machine: bool,
    /// Container images that stand for machines: a `machine` job with such an image gets a container and a Docker daemon of
    /// its own, whether or not [`machine`](Self::machine) is on.
    pub machine_images: MachineImages,
    /// Whether jobs may have a Docker daemon of their own, and how it is run.
    pub remote_docker: RemoteDockerSettings,
    /// Labels beyond the ordinary resource classes: classes of self-hosted runners (`namespace/name`), and families of
    /// classes (`gpu`; `arm`, `macos` and `windows` come by themselves where the runner is that).
    pub labels: Vec<String>,
    /// How much of the host a job of each ordinary resource class gets.
    pub resource_classes: ResourceClasses,
    /// Where clouds are asked for passwords of their registries.
    pub clouds: CloudAddresses,
    /// How long a claim may wait at the server for work, in milliseconds.
    pub claim_wait_ms: u64,
}

impl RunnerSettings {
    /// How long a claim waits where nothing else is said.
    pub const CLAIM_WAIT_MS: u64 = 20_000;

    /// Docker only, where there is Docker, and one task for each processor.
    pub fn new(name: impl Into<String>, server_url: impl Into<String>, token: SecretString, work_dir: PathBuf) -> Self {
        Self {
            name: name.into(),
            server_url: server_url.into(),
            token,
            capacity: std::thread::available_parallelism().map_or(1, usize::from),
            work_dir,
            min_free_bytes: 0,
            docker: cfg!(target_os = "linux"),
            docker_host: None,
            machine: false,
            machine_images: MachineImages::default(),
            remote_docker: RemoteDockerSettings::default(),
            labels: Vec::new(),
            resource_classes: ResourceClasses::default(),
            clouds: CloudAddresses::default(),
            claim_wait_ms: Self::CLAIM_WAIT_MS,
        }
    }
}

/// Where clouds are asked for passwords of their registries, when that is not their own address (a gateway, a private endpoint).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudAddresses {
    /// Amazon's registry, which gives passwords.
    pub ecr: Option<String>,
    /// Amazon's STS, which gives roles.
    pub sts: Option<String>,
    /// Google's STS, which takes OpenID Connect tokens.
    pub google_sts: Option<String>,
    /// Google's IAM, which gives tokens of service accounts.
    pub google_iam: Option<String>,
}

/// Docker daemons of jobs' own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteDockerSettings {
    /// Whether there are any.
    pub mode: RemoteDockerMode,
    /// The image that they run in: with `sh`, `mount`, `awk`, `iptables` and `dockerd`.
    pub image: String,
}

impl RemoteDockerSettings {
    /// Docker's own image for this purpose.
    pub const IMAGE: &str = "docker:28-dind";
}

impl Default for RemoteDockerSettings {
    fn default() -> Self {
        Self { mode: RemoteDockerMode::On, image: Self::IMAGE.to_owned() }
    }
}

/// What a job's own Docker daemon may do on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteDockerMode {
    /// There is none.
    Off,
    /// As little as a daemon needs: no devices of the host, no kernel modules. Its containers cannot be privileged.
    On,
    /// Everything: its containers may be privileged, too.
    Privileged,
}

/// Which container image stands for which machine image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineImages(Vec<(String, String)>);

impl MachineImages {
    /// The name by which the image of `machine: true` is looked up.
    pub const DEFAULT: &str = "default";

    /// Reads `ubuntu-2204:*=cimg/base:2025.01, default=cimg/base:2025.01`; a `*` at the end stands for anything.
    ///
    /// # Errors
    /// Says which part is wrong, and how it should look.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let images = parts.map(|part| match part.split_once('=') {
            Some((machine, container)) if !machine.trim().is_empty() && !container.trim().is_empty() => {
                Ok((machine.trim().to_owned(), container.trim().to_owned()))
            }
            Some(_) | None => Err(format!("`{part}` is no pair of images: write ubuntu-2204:*=cimg/base:2025.01")),
        });
        images.collect::<Result<_, _>>().map(Self)
    }

    /// Whether no machine image has a container image.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The container image for a machine image; the first that fits.
    pub fn find(&self, machine: Option<&str>) -> Option<&str> {
        let machine = machine.unwrap_or(Self::DEFAULT);
        let fits = |pattern: &str| match pattern.strip_suffix('*') {
            Some(begin) => machine.starts_with(begin),
            None => machine == pattern,
        };
        self.0.iter().find(|(pattern, _)| fits(pattern)).map(|(_, container)| container.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::MachineImages;

    #[test]
    fn a_machine_image_has_a_container_image() {
        let images = MachineImages::parse("ubuntu-2204:*=base:22, default=base:1,").unwrap();
        assert_eq!(images.find(Some("ubuntu-2204:2024.01.1")), Some("base:22"));
        assert_eq!(images.find(None), Some("base:1"));
        assert_eq!(images.find(Some("ubuntu-2404:current")), None);
        assert!(MachineImages::parse("ubuntu").unwrap_err().contains("no pair of images"));
        assert_eq!(MachineImages::parse("*=base:1").unwrap().find(Some("anything")), Some("base:1"));
    }
}
