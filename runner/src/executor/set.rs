//! The executors that a runner has.

use std::sync::Arc;

use model::{
    plan::{self, JobPlan},
    protocol::Offers,
};

use super::{Executor, SpinUpError, machine::MachineExecutor};
use crate::{
    directory::ExecutorKind,
    settings::{MachineImages, RunnerSettings},
};

/// The executors that a runner has, by what they are for.
#[derive(Clone, Default)]
pub struct Executors {
    docker: Option<Arc<dyn Executor>>,
    machine: Option<Arc<dyn Executor>>,
    machine_images: MachineImages,
}

impl std::fmt::Debug for Executors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executors")
            .field("docker", &self.docker.is_some())
            .field("machine", &self.machine.is_some())
            .finish()
    }
}

impl Executors {
    /// The real ones, as far as the settings allow them. Does not ask Docker anything yet: a daemon may come later.
    ///
    /// # Errors
    /// Fails when the work directory cannot be made, or Docker's address is none.
    pub fn from_settings(settings: &RunnerSettings) -> anyhow::Result<Self> {
        #[cfg(target_os = "linux")]
        let docker: Option<Arc<dyn Executor>> =
            if settings.docker { Some(Arc::new(super::docker::DockerExecutor::new(settings)?)) } else { None };
        #[cfg(not(target_os = "linux"))]
        let docker: Option<Arc<dyn Executor>> = None;
        let machine: Option<Arc<dyn Executor>> =
            if settings.machine { Some(Arc::new(MachineExecutor::new(settings)?)) } else { None };
        Ok(Self { docker, machine, machine_images: settings.machine_images.clone() })
    }

    /// One executor for every kind of job: for tests.
    pub fn only(executor: Arc<dyn Executor>) -> Self {
        Self { docker: Some(Arc::clone(&executor)), machine: Some(executor), machine_images: MachineImages::default() }
    }

    /// What a server should know of them.
    pub fn offers(&self, settings: &RunnerSettings) -> Offers {
        let mut resource_classes = settings.labels.clone();
        let own = [
            ("arm", cfg!(target_arch = "aarch64")),
            ("macos", cfg!(target_os = "macos") && self.machine.is_some()),
            ("windows", cfg!(windows) && self.machine.is_some()),
        ];
        resource_classes.extend(own.into_iter().filter(|(_, is)| *is).map(|(family, _)| family.to_owned()));
        resource_classes.sort_unstable();
        resource_classes.dedup();
        Offers {
            docker: self.docker.is_some(),
            machine: self.machine.is_some() || self.docker.is_some() && !self.machine_images.is_empty(),
            resource_classes,
        }
    }

    /// The one that a job asks for.
    pub(crate) fn choose(&self, plan: &JobPlan) -> Result<ExecutorKind, SpinUpError> {
        match &plan.executor {
            plan::Executor::Docker { .. } if self.docker.is_some() => Ok(ExecutorKind::Docker),
            plan::Executor::Docker { .. } if cfg!(target_os = "linux") => {
                Err(SpinUpError::infrastructure("this runner does not run Docker jobs: its settings switch them off"))
            }
            plan::Executor::Docker { .. } => Err(SpinUpError::infrastructure(format!(
                "this runner does not run Docker jobs: its host runs {}, and they need a runner on Linux",
                std::env::consts::OS
            ))),
            plan::Executor::Machine { image, .. }
                if self.docker.is_some() && self.machine_images.find(image.as_deref()).is_some() =>
            {
                Ok(ExecutorKind::Docker)
            }
            // Only a runner with this label gets such a job.
            plan::Executor::Machine { .. } | plan::Executor::Macos { .. } if self.machine.is_some() => {
                Ok(ExecutorKind::Machine)
            }
            plan::Executor::Machine { image: Some(image), .. } if !self.machine_images.is_empty() => {
                Err(SpinUpError::infrastructure(format!(
                    "this runner has no container image for the machine image `{image}`, and may not run jobs on its own \
                     host: its administrator can add a pair to ROUNDHOUSE_RUNNER_MACHINE_IMAGES"
                )))
            }
            plan::Executor::Machine { .. } => Err(SpinUpError::infrastructure(
                "this runner may not run jobs on its own host: its administrator can allow it with \
                 ROUNDHOUSE_RUNNER_MACHINE=on, or the job can use `docker` instead of `machine`",
            )),
            plan::Executor::Macos { xcode } => Err(SpinUpError::infrastructure(format!(
                "this runner has no macOS executor, and the job asks for one with Xcode {xcode}"
            ))),
        }
    }

    /// By kind.
    pub(crate) fn get(&self, kind: ExecutorKind) -> Option<Arc<dyn Executor>> {
        match kind {
            ExecutorKind::Docker => self.docker.clone(),
            ExecutorKind::Machine => self.machine.clone(),
        }
    }

    /// All of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Arc<dyn Executor>> {
        self.docker.iter().chain(&self.machine)
    }
}
