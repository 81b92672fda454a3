//! The runner: claims while there is capacity, and takes up what an earlier process left.

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use futures_util::future::join_all;
use model::{
    event::size,
    protocol::{About, Assignment, ClaimRequest, VERSION},
};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info, info_span, warn};
use uuid::Uuid;

use crate::{
    directory::{TaskDirectory, TaskKey, TaskState},
    executor::Executors,
    os,
    retry::Backoff,
    server::{Server, ServerError},
    settings::RunnerSettings,
    slot::{Slot, Slots},
    task::{Task, TaskEnd, TaskStops},
};

/// So many claims at a time: a place that has become free need not wait for the claim of another.
const CLAIMS: usize = 2;
/// An answer that there is no work is expected later than this.
const HURRY: Duration = Duration::from_millis(200);
/// After a claim that the server refuses for good, this long passes before the next.
const REFUSED_PAUSE: Duration = Duration::from_secs(30);

/// The three manners of stopping a runner. The holder of the process decides which signal means which.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// Claim nothing more, and let the tasks finish.
    pub drain: CancellationToken,
    /// Cancel the tasks, too.
    pub cancel: CancellationToken,
    /// Leave at once. Environments keep running; the next start takes them up again.
    pub leave: CancellationToken,
}

impl Stops {
    /// Completes when nothing more shall be claimed.
    async fn stopped(&self) {
        tokio::select! {
            () = self.drain.cancelled() => {}
            () = self.cancel.cancelled() => {}
            () = self.leave.cancelled() => {}
        }
    }

    fn of_task(&self) -> TaskStops {
        TaskStops { cancel: self.cancel.clone(), leave: self.leave.clone() }
    }
}

/// A runner.
pub struct Runner {
    settings: RunnerSettings,
    server: Arc<dyn Server>,
    executors: Executors,
    tasks: PathBuf,
    /// Held as long as the runner lives: one runner at a time uses a work directory.
    lock: File,
}

impl Drop for Runner {
    /// Closing the file is not enough: a process that is being started at this moment has a copy of it until it is on its
    /// own, and the lock would last as long.
    fn drop(&mut self) {
        if let Err(error) = self.lock.unlock() {
            warn!("Cannot give up the lock of the work directory: {error}");
        }
    }
}

impl Runner {
    /// Takes possession of the work directory.
    ///
    /// # Errors
    /// Fails when the directory cannot be made, or another runner uses it.
    pub fn new(settings: RunnerSettings, server: Arc<dyn Server>, executors: Executors) -> anyhow::Result<Self> {
        let tasks = settings.work_dir.join("tasks");
        std::fs::create_dir_all(&tasks)
            .with_context(|| format!("failed to make the runner's work directory `{}`", tasks.display()))?;
        let path = settings.work_dir.join("lock");
        let lock = File::create(&path).with_context(|| format!("failed to open `{}`", path.display()))?;
        lock.try_lock().with_context(|| {
            format!("failed to lock `{}`: another runner uses this work directory", settings.work_dir.display())
        })?;
        Ok(Self { settings, server, executors, tasks, lock })
    }

    /// Takes up old tasks, claims new ones, and returns when it was stopped and its tasks have ended, or were left.
    pub async fn run(&self, stops: &Stops) {
        let slots = Slots::new(self.settings.capacity);
        let mut found = JoinSet::new();
        for (directory, state) in self.take_stock().await {
            found.spawn(self.found(directory, state, stops.of_task(), slots.take_any()));
        }
        let running = Mutex::new(found);
        let claims = self.settings.capacity.clamp(1, CLAIMS);
        join_all((0..claims).map(|_| self.claim_while_there_is_room(&slots, &running, stops))).await;
        let mut running = running.into_inner().unwrap_or_else(PoisonError::into_inner);
        info!(tasks = running.len(), "The runner claims nothing more");
        while running.join_next().await.is_some() {}
    }

    /// Claims one task after the other, until it is stopped.
    async fn claim_while_there_is_room(&self, slots: &Slots, running: &Mutex<JoinSet<TaskEnd>>, stops: &Stops) {
        let running = || running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut claim_id = Uuid::new_v4();
        let mut backoff = Backoff::new();
        loop {
            let asked = Instant::now();
            let claim = async {
                let slot = slots.take().await;
                (self.claim(claim_id, self.settings.claim_wait_ms).await, slot)
            };
            let (claimed, slot) = tokio::select! {
                biased;
                () = stops.stopped() => return,
                claimed = claim => claimed,
            };
            // Those that have ended are of no interest any more.
            while running().try_join_next().is_some() {}
            let pause = match claimed {
                Ok(assignment) => {
                    (claim_id, backoff) = (Uuid::new_v4(), Backoff::new());
                    if let Some(assignment) = assignment {
                        running().spawn(self.claimed(assignment, stops.of_task(), slot));
                        continue;
                    }
                    // A server that does not wait for work, as when it is about to stop, is not asked without pause.
                    if asked.elapsed() >= HURRY {
                        continue;
                    }
                    HURRY
                }
                // The same claim again: should the answer have been lost, it is the same task.
                Err(ServerError::Unavailable(reason)) => {
                    let pause = backoff.pause();
                    warn!("Cannot claim work from {}: {reason}; next try in {pause:.0?}", self.settings.server_url);
                    pause
                }
                Err(error @ (ServerError::Fenced | ServerError::Unauthorized | ServerError::Refused(_))) => {
                    error!("Cannot claim work from {}: {error}", self.settings.server_url);
                    REFUSED_PAUSE
                }
            };
            drop(slot);
            tokio::select! {
                () = stops.stopped() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Claims without waiting, and runs what it got to its end. `false` when there was nothing, or no server.
    pub async fn run_one(&self) -> bool {
        match self.claim(Uuid::new_v4(), 0).await {
            Ok(Some(assignment)) => {
                self.claimed(assignment, Stops::default().of_task(), Slots::new(1).take_any()).await;
                true
            }
            Ok(None) => false,
            Err(error) => {
                warn!("Cannot claim work: {error}");
                false
            }
        }
    }

    /// Takes up what an earlier process left, and brings it to its end; returns how many tasks that were.
    pub async fn resume(&self) -> usize {
        let mut running = JoinSet::new();
        for (directory, state) in self.take_stock().await {
            running.spawn(self.found(directory, state, Stops::default().of_task(), Slots::new(1).take_any()));
        }
        running.join_all().await.len()
    }

    async fn claim(&self, claim_id: Uuid, wait_ms: u64) -> Result<Option<Assignment>, ServerError> {
        // A job that finds no room would fail, where another runner's has some.
        if let Some(sentence) = self.shortage() {
            return Err(ServerError::Unavailable(sentence));
        }
        let request = ClaimRequest {
            claim_id,
            runner: self.settings.name.clone(),
            version: VERSION,
            offers: self.executors.offers(&self.settings),
            wait_ms,
            about: About {
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
                capacity: u32::try_from(self.settings.capacity).ok(),
            },
        };
        self.server.claim(&request).await
    }

    /// Says that the disk of the work directory has too little room for another task.
    fn shortage(&self) -> Option<String> {
        let (directory, most) = (&self.settings.work_dir, self.settings.min_free_bytes);
        let free = os::room(directory)?.free_bytes;
        (free < most).then(|| {
            format!(
                "the disk of `{}` has {} left, and {} have to stay free: make room, or change `min_free_gib`",
                directory.display(),
                size(free),
                size(most)
            )
        })
    }

    fn claimed(
        &self,
        assignment: Assignment,
        stops: TaskStops,
        slot: Slot,
    ) -> impl Future<Output = TaskEnd> + Send + 'static {
        let (server, executors) = (Arc::clone(&self.server), self.executors.clone());
        let key = TaskKey { task: assignment.task, epoch: assignment.epoch };
        let directory = TaskDirectory::new(&self.tasks, key);
        let span =
            info_span!("task", task.id = %key.task, job.name = %assignment.job, project.slug = %assignment.project);
        async move {
            info!("Running job `{}` of {}", assignment.job, assignment.project);
            let end = Task::claimed(server, executors, directory, assignment, &stops, slot).await;
            info!(?end, "The task has ended here");
            end
        }
        .instrument(span)
    }

    fn found(
        &self,
        directory: TaskDirectory,
        state: TaskState,
        stops: TaskStops,
        slot: Slot,
    ) -> impl Future<Output = TaskEnd> + Send + 'static {
        let (server, executors) = (Arc::clone(&self.server), self.executors.clone());
        let span = info_span!("task", task.id = %state.task);
        async move { Task::found(server, executors, directory, state, &stops, slot).await }.instrument(span)
    }

    /// The tasks that an earlier process left. Whatever else there is of its doing is removed.
    async fn take_stock(&self) -> Vec<(TaskDirectory, TaskState)> {
        let found = match self.read_tasks() {
            Ok(found) => found,
            Err(error) => {
                error!("Cannot read `{}`: {error}", self.tasks.display());
                return Vec::new();
            }
        };
        let keep: BTreeSet<TaskKey> = found.iter().map(|(directory, _)| directory.key()).collect();
        for executor in self.executors.each() {
            if let Err(error) = executor.sweep(&keep).await {
                warn!("Cannot look for environments that an earlier run may have left: {error:#}");
            }
        }
        found
    }

    fn read_tasks(&self) -> io::Result<Vec<(TaskDirectory, TaskState)>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.tasks)? {
            let name = entry?.file_name();
            let Some(key) = name.to_str().and_then(|name| name.parse::<TaskKey>().ok()) else { continue };
            let directory = TaskDirectory::new(&self.tasks, key);
            match directory.read_state() {
                Ok(state) => found.push((directory, state)),
                Err(error) => {
                    warn!(task.id = %key.task, "Removing a directory that holds no task: {error}");
                    if let Err(error) = directory.remove() {
                        warn!(task.id = %key.task, "Cannot remove the directory of a task: {error}");
                    }
                }
            }
        }
        Ok(found)
    }
}
