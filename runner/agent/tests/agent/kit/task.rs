//! Runs the agent with a task.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use model::{
    agent::{AgentTask, EVENTS_FILE, TASK_FILE, log_file},
    event::{StepKey, StepResult, TaskEvent, TaskEventKind},
    job::Outcome,
    plan::{Run, Step, StepKind, When},
    protocol::CheckoutSource,
};
use tempfile::TempDir;

/// A `run` step.
pub fn run(command: &str) -> Step {
    Step { name: command.to_owned(), when: When::OnSuccess, kind: StepKind::Run(Run::command(command)) }
}

/// A step of any kind.
pub fn step(kind: StepKind) -> Step {
    Step { name: "data".to_owned(), when: When::OnSuccess, kind }
}

/// A task with directories of its own.
pub struct Task {
    directory: TempDir,
    pub task: AgentTask,
    agent: Option<Child>,
}

impl Task {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["spool", "home"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let home = directory.path().join("home").to_str().unwrap().to_owned();
        let task = AgentTask {
            commands: None,
            steps: steps.into_iter().collect(),
            working_directory: None,
            shell: None,
            environment: BTreeMap::from([("HOME".to_owned(), home)]),
            checkout: None,
            ssh: Default::default(),
            forward_ports: Vec::new(),
            log_limit_bytes: 2 << 30,
            remote_docker: None,
            image_program: None,
            time_limit_ms: 600_000,
            clean_environment: true,
        };
        Self { directory, task, agent: None }
    }

    /// The first step's `run`, to change it.
    pub fn first(&mut self) -> &mut Run {
        match &mut self.task.steps[0].kind {
            StepKind::Run(run) => run,
            other => panic!("not a run step: {other:?}"),
        }
    }

    pub fn with_checkout(mut self, source: CheckoutSource) -> Self {
        self.task.checkout = Some(source);
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.task.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A path below the directory of this task: `home/…` is the job's home.
    pub fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// The job's default working directory.
    pub fn project(&self) -> PathBuf {
        self.path("home/project")
    }

    /// The agent's command line, for a task that is written.
    pub fn command(&self) -> Command {
        fs::write(self.path("spool").join(TASK_FILE), serde_json::to_vec(&self.task).unwrap()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_task-agent"));
        command.arg(self.path("spool")).stdin(Stdio::null());
        command
    }

    /// Starts the agent.
    pub fn start(mut self) -> Self {
        self.agent = Some(self.command().spawn().unwrap());
        self
    }

    /// Waits until a log of the running task holds this text.
    pub fn wait_for(&self, key: StepKey, text: &str) {
        for _ in 0..6_000 {
            if String::from_utf8_lossy(&self.log(key)).contains(text) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the log {key} never said {text:?}");
    }

    /// Sends a signal to the agent.
    pub fn signal(&self, name: &str) {
        let pid = self.agent.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// The bytes of a log.
    pub fn log(&self, key: StepKey) -> Vec<u8> {
        fs::read(self.path("spool").join(log_file(key))).unwrap_or_default()
    }

    /// Waits for the agent's end (starts it first, if that was not done), and checks what holds for every task.
    pub fn end(self) -> Ended {
        let mut task = if self.agent.is_some() { self } else { self.start() };
        let status = task.agent.take().unwrap().wait().unwrap();
        let ended = Ended { events: read_events(&task.path("spool")), status, task };
        ended.check();
        ended
    }
}

fn read_events(spool: &Path) -> Vec<TaskEvent> {
    let text = fs::read_to_string(spool.join(EVENTS_FILE)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A task that is over.
pub struct Ended {
    pub events: Vec<TaskEvent>,
    pub status: ExitStatus,
    pub task: Task,
}

impl Ended {
    fn check(&self) {
        assert!(self.status.success(), "{:?}", self.status);
        assert!(self.events.iter().map(|event| event.seq).eq((3..).take(self.events.len())), "{:?}", self.events);
        assert!(matches!(self.events.last().unwrap().kind, TaskEventKind::Ended { .. }), "{:?}", self.events);
        assert!(!self.task.path("spool").join(TASK_FILE).exists(), "the task file holds secrets and must go");
    }

    /// How the job ended.
    pub fn outcome(&self) -> (Outcome, Option<&str>) {
        match &self.events.last().unwrap().kind {
            TaskEventKind::Ended { outcome, reason } => (*outcome, reason.as_deref()),
            TaskEventKind::StepStarted { .. } | TaskEventKind::StepEnded { .. } => unreachable!("checked"),
        }
    }

    /// Panics unless the job succeeded; the logs are in the message.
    pub fn succeeded(self) -> Self {
        assert_eq!(self.outcome(), (Outcome::Success, None), "{}", self.text(1));
        self
    }

    /// How each attempt ended, in the order of their ends.
    pub fn results(&self) -> Vec<(StepKey, StepResult)> {
        let result = |event: &TaskEvent| match &event.kind {
            TaskEventKind::StepEnded { key, result } => Some((*key, result.clone())),
            TaskEventKind::StepStarted { .. } | TaskEventKind::Ended { .. } => None,
        };
        self.events.iter().filter_map(result).collect()
    }

    /// The numbers of the steps that began, in that order.
    pub fn started(&self) -> Vec<u32> {
        let started = |event: &TaskEvent| match &event.kind {
            TaskEventKind::StepStarted { key, .. } => Some(key.step),
            TaskEventKind::StepEnded { .. } | TaskEventKind::Ended { .. } => None,
        };
        self.events.iter().filter_map(started).collect()
    }

    /// How a step's first attempt ended.
    pub fn result(&self, step: u32) -> StepResult {
        self.results().into_iter().find(|(key, _)| *key == StepKey::first(step)).unwrap().1
    }

    /// The log of a step's first attempt.
    pub fn text(&self, step: u32) -> String {
        String::from_utf8_lossy(&self.task.log(StepKey::first(step))).into_owned()
    }
}
