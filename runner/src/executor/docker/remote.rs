//! A Docker daemon of a job's own, for `setup_remote_docker` and for jobs on machines that are containers.
//!
//! It runs in a container beside the primary one, in the same network: the ports that its containers publish are on the
//! job's `localhost`, and nobody outside the job can speak to it. It goes with the job, and its data with it, unless they are
//! [kept](super::layers).

use bollard::models::{ContainerCreateBody, Mount, MountType};
use model::plan::{Executor, JobPlan, SetupRemoteDocker, StepKind};

use super::container::Frame;
use crate::settings::RemoteDockerMode;

/// The daemon's port on the job's 127.0.0.1.
pub(super) const PORT: u16 = 2375;
/// What its container is called in sentences.
const ROLE: &str = "the job's Docker daemon";
/// Where a daemon keeps everything.
pub(super) const DATA: &str = "/var/lib/docker";
/// Processes and threads: the daemon's own, and those of all of its containers.
const PIDS: i64 = 16_384;
/// What a daemon and its containers need beyond Docker's usual capabilities.
const CAPABILITIES: [&str; 3] = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"];

/// What a job wants of its daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) from_the_beginning: bool,
    pub(super) layer_caching: bool,
}

/// Whether a job asks for a daemon of its own.
pub(super) fn wish(plan: &JobPlan) -> Option<Wish> {
    match &plan.executor {
        Executor::Machine { docker_layer_caching, .. } => {
            Some(Wish { from_the_beginning: true, layer_caching: *docker_layer_caching })
        }
        Executor::Docker { .. } | Executor::Macos { .. } => {
            let mut steps = plan.steps.iter().filter_map(|step| {
                let StepKind::SetupRemoteDocker(setup) = &step.kind else { return None };
                let SetupRemoteDocker { version: _, docker_layer_caching } = setup;
                Some(*docker_layer_caching)
            });
            let first = steps.next()?;
            Some(Wish { from_the_beginning: false, layer_caching: first || steps.any(|caching| caching) })
        }
    }
}

/// The daemon's container. `layers`: the volume that is kept; `None`: one that goes with the container.
pub(super) fn body(
    frame: Frame<'_>,
    mode: RemoteDockerMode,
    image: &str,
    layers: Option<Mount>,
) -> ContainerCreateBody {
    let mut body = frame.body(ROLE);
    let host_config = body.host_config.get_or_insert_default();
    host_config.network_mode = Some(frame.network());
    host_config.pids_limit = Some(PIDS);
    host_config.mounts = Some(vec![layers.unwrap_or_else(|| Mount {
        target: Some(DATA.to_owned()),
        typ: Some(MountType::VOLUME),
        ..Default::default()
    })]);
    host_config.cap_drop = None;
    match mode {
        RemoteDockerMode::Privileged => host_config.privileged = Some(true),
        RemoteDockerMode::On | RemoteDockerMode::Off => {
            host_config.cap_add = Some(CAPABILITIES.map(str::to_owned).to_vec());
            host_config.security_opt =
                Some(["seccomp=unconfined", "apparmor=unconfined", "label=disable"].map(str::to_owned).to_vec());
            // Its containers get a /proc and a /sys of their own, which the kernel allows only to who sees all of both.
            (host_config.masked_paths, host_config.readonly_paths) = (Some(Vec::new()), Some(Vec::new()));
        }
    }
    let script = ["sh", "-c", include_str!("remote.sh"), "remote-docker"];
    ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: Some(script.map(str::to_owned).to_vec()),
        cmd: Some(vec![format!("--host=tcp://127.0.0.1:{PORT}"), "--tls=false".to_owned()]),
        ..body
    }
}
