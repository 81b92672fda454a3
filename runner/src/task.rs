//! One task, from its claim, or from being found again, to its end.

use std::{io, sync::Arc, time::Duration};

use model::{
    event::{FIRST_AGENT_SEQ, StepResult, TaskEvent, TaskEventKind},
    job::Outcome,
    protocol::{Assignment, Unclaim},
};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use self::{
    brief::{agent_task, forward_ports, secret_values},
    supervise::{Cause, supervise},
    vanished::{damage_reason, vanished},
};
use crate::{
    blob::Relay,
    directory::{ExecutorKind, TaskDirectory, TaskState},
    executor::{EnvironmentEnd, Executor, Executors, TaskSpec},
    forward::Forward,
    lease::{self, Signals, Terms},
    os::EventWatch,
    own::{OwnEvents, SpinUpLog},
    redact::Secrets,
    report::{Link, Reporter},
    retry::until_answered,
    server::{Server, ServerError, TaskCredentials},
    slot::Slot,
    spool::EventReader,
};

mod brief;
mod supervise;
mod vanished;

/// What happens within this time is told in one call, unless the task ends: its end is told at once.
const GATHER: Duration = Duration::from_millis(20);

/// How often quiet events are looked at where the system does not tell of them: the pause grows from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// How a task's time on this runner ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskEnd {
    /// The server has its end. Nothing is left of it here.
    Done,
    /// It is not this runner's any more. Nothing is left of it here.
    Dropped,
    /// The runner leaves, and its next start takes the task up again.
    Left,
}

/// What tells a task to stop.
#[derive(Clone, Debug)]
pub(crate) struct TaskStops {
    /// Cancel it.
    pub(crate) cancel: CancellationToken,
    /// Let go of it, as it is.
    pub(crate) leave: CancellationToken,
}

/// How a task begins here.
enum Beginning {
    Claimed,
    Found,
}

/// A task that this runner has.
pub(crate) struct Task {
    server: Arc<dyn Server>,
    executors: Executors,
    directory: TaskDirectory,
    assignment: Assignment,
    executor: Option<Arc<dyn Executor>>,
    kind: Option<ExecutorKind>,
}

impl Task {
    /// Runs a task that was just claimed.
    pub(crate) async fn claimed(
        server: Arc<dyn Server>,
        executors: Executors,
        directory: TaskDirectory,
        assignment: Assignment,
        stops: &TaskStops,
        slot: Slot,
    ) -> TaskEnd {
        let task = Self { server, executors, directory, assignment, executor: None, kind: None };
        let kind = task.executors.choose(&task.assignment.plan).ok();
        let state = TaskState {
            task: task.assignment.task,
            epoch: task.assignment.epoch,
            token: task.assignment.token.clone(),
            executor: kind,
        };
        if let Err(error) = task.directory.create(&state) {
            let path = task.directory.path().display();
            error!(task.id = %state.task, "Giving a task back: cannot make its directory {path}: {error}");
            task.unclaim(&format!("the runner cannot write to its work directory {path}: {error}")).await;
            return TaskEnd::Dropped;
        }
        task.with_executor(kind).run(Beginning::Claimed, stops, slot).await
    }

    /// Takes up a task that an earlier process of this runner left behind.
    pub(crate) async fn found(
        server: Arc<dyn Server>,
        executors: Executors,
        directory: TaskDirectory,
        state: TaskState,
        stops: &TaskStops,
        slot: Slot,
    ) -> TaskEnd {
        let TaskState { task, epoch: _, token, executor: kind } = state;
        let credentials = TaskCredentials { task, token };
        let answer = tokio::select! {
            biased;
            () = stops.leave.cancelled() => return TaskEnd::Left,
            answer = until_answered("ask for a task again", || server.get(&credentials)) => answer,
        };
        let assignment = match answer {
            Ok(assignment) => assignment,
            Err(error) => {
                info!(task.id = %task, "Dropping a task of an earlier run: {error}");
                if let Some(executor) = kind.and_then(|kind| executors.get(kind)) {
                    remove(&directory, Some(&executor)).await;
                } else {
                    remove(&directory, None).await;
                }
                return TaskEnd::Dropped;
            }
        };
        let task = Self { server, executors, directory, assignment, executor: None, kind: None }.with_executor(kind);
        if let Some(executor) = &task.executor
            && !task.directory.has_begun()
        {
            // Killed between the claim and the agent's first act. First make sure that it stays so.
            executor.kill(&task.directory).await;
            if !task.directory.has_begun() && !task.has_own_end() {
                info!(task.id = %task.assignment.task, "Giving a task back that had not begun when the runner stopped");
                task.unclaim("the runner was restarted before the first step began").await;
                remove(&task.directory, task.executor.as_ref()).await;
                return TaskEnd::Dropped;
            }
        }
        info!(task.id = %task.assignment.task, "Taking up the task of job `{}` again", task.assignment.job);
        task.run(Beginning::Found, stops, slot).await
    }

    fn with_executor(mut self, kind: Option<ExecutorKind>) -> Self {
        self.kind = kind;
        self.executor = kind.and_then(|kind| self.executors.get(kind));
        self
    }

    fn credentials(&self) -> TaskCredentials {
        TaskCredentials { task: self.assignment.task, token: self.assignment.token.clone() }
    }

    /// Whether the spin-up had failed, and said so.
    fn has_own_end(&self) -> bool {
        EventReader::new(self.directory.own(), 1).read().is_ok_and(|events| events.iter().any(is_end))
    }

    async fn unclaim(&self, reason: &str) {
        let (credentials, unclaim) = (self.credentials(), Unclaim { reason: reason.to_owned() });
        let answer = until_answered("give a task back", || self.server.unclaim(&credentials, &unclaim)).await;
        if let Err(error) = answer {
            info!(task.id = %credentials.task, "The server did not take the task back: {error}");
        }
    }

    async fn run(self, beginning: Beginning, stops: &TaskStops, mut slot: Slot) -> TaskEnd {
        let link = Arc::new(Link {
            server: Arc::clone(&self.server),
            credentials: self.credentials(),
            log_limit_bytes: self.assignment.log_limit_bytes,
            takes_logs: self.assignment.takes_logs,
        });
        let signals = Signals::new(&stops.cancel);
        let terms = Terms {
            lease: Duration::from_millis(self.assignment.lease_ms.max(3)),
            fence: Duration::from_millis(self.assignment.fence_ms),
        };
        let end = tokio::select! {
            biased;
            () = stops.leave.cancelled() => return TaskEnd::Left,
            () = lease::keep(&link, terms, &signals) => TaskEnd::Dropped,
            result = self.work(beginning, &link, &signals, &mut slot) => match result {
                Ok(()) => {
                    if let Some(executor) = &self.executor {
                        executor.dismiss(&self.directory).await;
                    }
                    TaskEnd::Done
                }
                Err(WorkError::Server(ServerError::Fenced | ServerError::Unauthorized)) => TaskEnd::Dropped,
                Err(WorkError::Io(error)) if !self.directory.has_begun() => {
                    error!(task.id = %self.assignment.task, "Giving a task back: cannot write to its directory: {error}");
                    self.unclaim(&format!("the runner cannot write to its work directory: {error}")).await;
                    TaskEnd::Dropped
                }
                Err(error) => {
                    error!(task.id = %self.assignment.task, "Cannot go on with the task of job `{}`: {error}", self.assignment.job);
                    TaskEnd::Dropped
                }
            },
        };
        remove(&self.directory, self.executor.as_ref()).await;
        end
    }

    async fn work(
        &self,
        beginning: Beginning,
        link: &Arc<Link>,
        signals: &Signals,
        slot: &mut Slot,
    ) -> Result<(), WorkError> {
        let secrets = Arc::new(Secrets::new(secret_values(&self.assignment)));
        let mut reporter = Reporter::new(Arc::clone(link), secrets, self.assignment.progress.clone());
        let ports = self.kind.map_or_else(Vec::new, |kind| forward_ports(&self.assignment, kind));
        let opened = ports.into_iter().map(|port| Forward::open(self.directory.path(), port));
        let _forwards = opened.collect::<Result<Vec<_>, _>>()?;
        let _relay = self.relay();
        match beginning {
            Beginning::Claimed => {
                let (events, log) = OwnEvents::begin(self.directory.own())?;
                for note in &self.assignment.notes {
                    log.line(note);
                }
                let (spun_up, is_over) = (self.spin_up(events, log, signals), CancellationToken::new());
                let guarded = async {
                    let result = spun_up.await;
                    is_over.cancel();
                    result
                };
                let (spun_up, reported) = tokio::join!(guarded, self.report_own(&mut reporter, &is_over));
                spun_up?;
                if reported? {
                    return Ok(());
                }
            }
            Beginning::Found => {
                if self.directory.has_begun() {
                    let written = EventReader::new(self.directory.own(), 1).read()?.len();
                    OwnEvents::complete(self.directory.own(), written)?;
                }
                let over = CancellationToken::new();
                over.cancel();
                if self.report_own(&mut reporter, &over).await? {
                    return Ok(());
                }
            }
        }
        let Some(executor) = &self.executor else {
            return Err(WorkError::Server(ServerError::Refused("the runner no longer has its executor".to_owned())));
        };
        let (tell, ended) = oneshot::channel();
        let limit = Duration::from_millis(self.assignment.time_limit_ms);
        let watch = async {
            let end = supervise(executor.as_ref(), &self.directory, signals, limit).await;
            let _ = tell.send(end);
            std::future::pending::<()>().await;
        };
        let told = tokio::select! {
            result = self.report_agent(&mut reporter, signals, ended, slot) => result,
            () = watch => unreachable!("it waits for ever at its end"),
        };
        match told {
            // What the agent tells is well formed, and yet cannot be: the job has written it.
            Err(WorkError::Server(ServerError::Refused(why))) => {
                executor.kill(&self.directory).await;
                Ok(reporter.end_at_once(damage_reason(&why)).await?)
            }
            told => told,
        }
    }

    /// The way of the job's data. Without it the job runs, and steps that need it say so.
    fn relay(&self) -> Option<Relay> {
        let upstream = self.server.upstream()?;
        let opened = Relay::open(&self.directory, upstream, self.credentials());
        opened
            .inspect_err(|error| {
                warn!(task.id = %self.assignment.task, "The job has no way for caches, workspaces and artifacts: {error}");
            })
            .ok()
    }

    /// Brings the environment up, and writes that into the runner's own spool.
    async fn spin_up(&self, mut events: OwnEvents, log: SpinUpLog, signals: &Signals) -> io::Result<()> {
        let started = tokio::select! {
            biased;
            () = signals.cancel.cancelled() => Err((StepResult::Canceled, Outcome::Canceled, "canceled".to_owned())),
            () = signals.out_of_contact.cancelled() => {
                let reason = "the runner lost contact with the server while the environment was being prepared".to_owned();
                Err((StepResult::Lost { reason: reason.clone() }, Outcome::InfrastructureFail, reason))
            }
            started = self.start(&log) => started.map_err(|error| {
                (StepResult::NotStarted { reason: error.reason.clone() }, error.outcome, error.reason)
            }),
        };
        match started {
            Ok(()) => {
                log.line(format!("Environment ready after {} ms.", log.elapsed().as_millis()));
                events.end_step(StepResult::SUCCESS)
            }
            Err((result, outcome, reason)) => {
                log.line(&reason);
                events.end_step(result)?;
                events.end_task(outcome, reason)
            }
        }
    }

    async fn start(&self, log: &SpinUpLog) -> Result<(), crate::SpinUpError> {
        let kind = self.executors.choose(&self.assignment.plan)?;
        let executor = self.executors.get(kind).expect("`choose` only chooses what is there");
        let task = agent_task(&self.assignment, kind);
        executor.start(&TaskSpec { assignment: &self.assignment, task, directory: &self.directory }, log).await
    }

    /// Forwards the runner's own events until the step is over; tells whether the task ended with it.
    async fn report_own(&self, reporter: &mut Reporter, is_over: &CancellationToken) -> Result<bool, WorkError> {
        let own = self.directory.own();
        let mut reader = EventReader::new(own, 1);
        loop {
            let over = is_over.is_cancelled();
            let events = reader.read()?;
            let ended = events.iter().any(is_end);
            reporter.take(own, events).await?;
            if ended {
                reporter.flush().await?;
            }
            // The end of the spin-up can wait for the first words of the agent.
            if over || ended {
                return Ok(ended);
            }
            if timeout(GATHER, is_over.cancelled()).await.is_err() {
                reporter.flush().await?;
                is_over.cancelled().await;
            }
        }
    }

    /// Forwards the agent's events until it tells the end, or until its environment ended without one.
    async fn report_agent(
        &self,
        reporter: &mut Reporter,
        signals: &Signals,
        mut ended: oneshot::Receiver<(EnvironmentEnd, Cause)>,
        slot: &mut Slot,
    ) -> Result<(), WorkError> {
        let spool = self.directory.spool();
        let mut reader = EventReader::new(&spool, FIRST_AGENT_SEQ);
        let mut watch = EventWatch::new(&spool);
        let mut environment = None;
        let mut damage = None;
        let mut pause = PAUSES.0;
        // When what waits to be told is told at the latest.
        let mut due = reporter.holds().then(|| Instant::now() + GATHER);
        loop {
            // Asked before reading: what is read after the end is all there is.
            let over = environment.is_some();
            let events = match &damage {
                Some(_) => Vec::new(),
                None => reader.read().unwrap_or_else(|error| {
                    warn!(task.id = %self.assignment.task, "The task agent's events make no sense: {error}");
                    damage = Some(error.to_string());
                    signals.damaged.cancel();
                    Vec::new()
                }),
            };
            let has_come = !events.is_empty();
            if has_come {
                let done = events.iter().any(is_end);
                if done
                    && self.executor.as_ref().is_some_and(|executor| executor.ends_with_agent(&self.assignment.plan))
                {
                    slot.vacate();
                }
                reporter.take(&spool, self.with_remarks(events).await).await?;
                if done {
                    return Ok(reporter.flush().await?);
                }
                due = due.or_else(|| Some(Instant::now() + GATHER));
                pause = PAUSES.0;
            }
            if due.is_some_and(|due| due <= Instant::now()) {
                reporter.flush().await?;
                due = None;
            }
            if has_come {
                continue;
            }
            if let Some((end, cause)) = environment.take_if(|_| over) {
                let class = self.assignment.plan.resource_class.as_ref();
                let events = vanished(reporter, &end, cause, damage.as_deref(), class);
                reporter.take(&spool, self.with_remarks(events).await).await?;
                return Ok(reporter.flush().await?);
            }
            let look = Instant::now() + pause;
            tokio::select! {
                end = &mut ended => environment = Some(end.unwrap_or((EnvironmentEnd::Gone, Cause::Itself))),
                () = watch.changed() => {}
                () = sleep_until(due.map_or(look, |due| due.min(look))) => pause = (pause * 5 / 4).min(PAUSES.1),
            }
        }
    }
}

impl Task {
    /// Adds to the reason of a failure what the executor has to say: a service that died is often the cause.
    async fn with_remarks(&self, mut events: Vec<TaskEvent>) -> Vec<TaskEvent> {
        let Some(TaskEventKind::Ended { outcome, reason: Some(reason) }) =
            events.last_mut().map(|event| &mut event.kind)
        else {
            return events;
        };
        let is_failure = match outcome {
            Outcome::Failed | Outcome::TimedOut | Outcome::InfrastructureFail => true,
            Outcome::Success | Outcome::Canceled | Outcome::NotRun | Outcome::Unauthorized => false,
        };
        if let (true, Some(executor)) = (is_failure, &self.executor) {
            for remark in executor.remarks(&self.directory).await {
                reason.push_str(&format!("; {remark}"));
            }
        }
        events
    }
}

/// Why a task cannot go on, with nobody to tell it to but the runner's log.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("failed to write to the task's directory: {0}")]
    Io(#[from] io::Error),
}

fn is_end(event: &TaskEvent) -> bool {
    matches!(event.kind, TaskEventKind::Ended { .. })
}

/// Removes an environment and then its directory; what is left is swept at the next start.
async fn remove(directory: &TaskDirectory, executor: Option<&Arc<dyn Executor>>) {
    let key = directory.key();
    if let Some(executor) = executor
        && let Err(error) = executor.remove(directory).await
    {
        warn!(task.id = %key.task, "Cannot remove the environment of a task, and leave that to the next start: {error:#}");
    }
    let directory = directory.clone();
    let removed = tokio::task::spawn_blocking(move || directory.remove()).await;
    if let Ok(Err(error)) = removed {
        warn!(task.id = %key.task, "Cannot remove the directory of a task: {error}");
    }
}
