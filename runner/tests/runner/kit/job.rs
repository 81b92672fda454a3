//! Assignments, and a runner to give them to.

use std::{path::Path, sync::Arc};

use model::{
    id::TaskId,
    plan::{Container, Environment, Executor, JobPlan, ResourceClass, Run, SetupRemoteDocker, Step, StepKind, When},
    project::{GitRef, ProjectSlug, Vcs},
    protocol::{Assignment, CheckoutSource, Epoch, Progress, TaskToken},
    zone::Zone,
};
use runner::{Executors, Runner, RunnerSettings, Stops};
use tempfile::TempDir;
use uuid::Uuid;

use super::FakeServer;

/// The image that all tests share.
const IMAGE: &str = "roundhouse-test/busybox:1";

/// A `run` step.
fn run_step(name: &str, command: &str) -> Step {
    Step { name: name.to_owned(), when: When::OnSuccess, kind: StepKind::Run(Run::command(command)) }
}

/// An assignment in the making.
pub struct Job(Assignment);

impl Job {
    fn new(name: &str, executor: Executor) -> Self {
        Self(Assignment {
            task: TaskId::from_uuid(Uuid::new_v4()),
            epoch: Epoch(1),
            token: TaskToken::new("task-token".to_owned()),
            lease_ms: 60_000,
            fence_ms: 540_000,
            project: ProjectSlug { vcs: Vcs::GitHub, org: "acme".to_owned(), repo: "app".to_owned() },
            job: name.to_owned(),
            job_number: 1,
            node_index: 0,
            plan: JobPlan {
                executor,
                resource_class: None,
                working_directory: None,
                shell: None,
                environment: Environment::new(),
                steps: Vec::new(),
                parallelism: 1,
                cache_retention_days: None,
                contexts: Vec::new(),
            },
            environment: Environment::new(),
            secrets: Vec::new(),
            notes: Vec::new(),
            ssh: Default::default(),
            checkout: None,
            time_limit_ms: 600_000,
            log_limit_bytes: 2 << 30,
            zone: Some(Zone::Repo),
            keep_under: None,
            takes_logs: true,
            progress: Progress::default(),
        })
    }

    /// In BusyBox.
    pub fn docker(name: &str) -> Self {
        Self::containers(name, vec![Container { image: IMAGE.to_owned(), ..Container::default() }])
    }

    pub fn containers(name: &str, containers: Vec<Container>) -> Self {
        Self::new(name, Executor::Docker { containers })
    }

    /// A container of BusyBox.
    pub fn busybox() -> Container {
        Container { image: IMAGE.to_owned(), ..Container::default() }
    }

    pub fn machine(name: &str) -> Self {
        Self::new(name, Executor::Machine { image: None, docker_layer_caching: false })
    }

    pub fn machine_image(name: &str, image: &str) -> Self {
        Self::new(name, Executor::Machine { image: Some(image.to_owned()), docker_layer_caching: false })
    }

    pub fn remote_docker(mut self, setup: SetupRemoteDocker) -> Self {
        self.0.plan.steps.push(Step {
            name: "setup_remote_docker".to_owned(),
            when: When::OnSuccess,
            kind: StepKind::SetupRemoteDocker(setup),
        });
        self
    }

    /// From a fork.
    pub fn of_fork(mut self) -> Self {
        self.0.zone = Some(Zone::Fork { repository: Some(1234) });
        self
    }

    /// Under which name things are kept for later jobs.
    pub fn keep_under(mut self, name: &str) -> Self {
        self.0.keep_under = Some(name.to_owned());
        self
    }

    /// Of the last step.
    pub fn no_output_timeout_ms(mut self, limit_ms: u64) -> Self {
        if let Some(Step { kind: StepKind::Run(run), .. }) = self.0.plan.steps.last_mut() {
            run.no_output_timeout_ms = limit_ms;
        }
        self
    }

    pub fn step(mut self, name: &str, command: &str) -> Self {
        self.0.plan.steps.push(run_step(name, command));
        self
    }

    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.0.environment.insert(name.to_owned(), value.to_owned());
        self.0.secrets.push(value.to_owned());
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.0.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn working_directory(mut self, path: &str) -> Self {
        self.0.plan.working_directory = Some(path.to_owned());
        self
    }

    pub fn resource_class(mut self, class: &str) -> Self {
        self.0.plan.resource_class = Some(ResourceClass(class.to_owned()));
        self
    }

    pub fn directory(mut self, path: &Path) -> Self {
        self.0.checkout = Some(CheckoutSource::Directory { path: path.to_str().unwrap().to_owned() });
        self.0.plan.steps.push(Step {
            name: "checkout".to_owned(),
            when: When::OnSuccess,
            kind: StepKind::Checkout(model::plan::Checkout::default()),
        });
        self
    }

    /// With code at an address that no step fetches.
    pub fn repository(mut self, url: &str) -> Self {
        self.0.checkout = Some(CheckoutSource::Git {
            url: url.to_owned(),
            sha: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
            git_ref: GitRef::Branch("main".to_owned()),
            credentials: None,
        });
        self
    }

    /// Renewed every third of this.
    pub fn lease_ms(mut self, lease_ms: u64, fence_ms: u64) -> Self {
        (self.0.lease_ms, self.0.fence_ms) = (lease_ms, fence_ms);
        self
    }

    pub fn queue(self, server: &FakeServer) -> TaskId {
        server.queue(self.0)
    }
}

/// A server in memory and a work directory, for one runner after another.
pub struct TestRunner {
    pub server: Arc<FakeServer>,
    pub settings: RunnerSettings,
    pub executors: Executors,
    _directory: TempDir,
}

impl TestRunner {
    /// With one executor for everything.
    pub fn with(executor: Arc<dyn runner::Executor>) -> Self {
        let mut runner = Self::real(false);
        runner.executors = Executors::only(executor);
        runner
    }

    /// With Docker, and the host if `machine`.
    pub fn real(machine: bool) -> Self {
        Self::configured(|settings| settings.machine = machine)
    }

    pub fn configured(configure: impl FnOnce(&mut RunnerSettings)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let work_dir = directory.path().join("runner");
        let mut settings = RunnerSettings::new("test", "http://127.0.0.1:1", String::new().into(), work_dir);
        settings.capacity = 4;
        configure(&mut settings);
        let executors = Executors::from_settings(&settings).unwrap();
        Self { server: Arc::new(FakeServer::new()), settings, executors, _directory: directory }
    }

    /// A runner, as a process of its own would have it: nothing but the work directory and the executors stay.
    pub fn runner(&self) -> Runner {
        Runner::new(self.settings.clone(), Arc::clone(&self.server) as _, self.executors.clone()).unwrap()
    }

    /// Runs one task to its end.
    pub async fn run(&self, job: Job) -> super::Record {
        let task = job.queue(&self.server);
        assert!(self.runner().run_one().await, "there was a task");
        self.server.record(task)
    }

    /// Starts a runner as a whole, and gives what stops it.
    pub fn start(&self) -> (Stops, tokio::task::JoinHandle<()>) {
        let (runner, stops) = (self.runner(), Stops::default());
        let its = stops.clone();
        (stops, tokio::spawn(async move { runner.run(&its).await }))
    }

    /// Whether nothing of any task is left in the work directory.
    pub fn is_clean(&self) -> bool {
        std::fs::read_dir(self.settings.work_dir.join("tasks")).unwrap().next().is_none()
    }
}
