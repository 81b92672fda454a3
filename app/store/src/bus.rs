//! Wake-ups for stages and news for readers, sent after a commit. Neither carries data: both mean "look again".

use std::sync::Arc;

use model::id::{JobId, PipelineId, ProjectId};
use tokio::sync::{broadcast, watch};

/// A background stage that can be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Turns deliveries into pipelines.
    Trigger,
    /// Starts the pipelines of schedules.
    Schedule,
    /// Turns pending pipelines into workflows and jobs.
    Compile,
    /// Decides what runs next in workflows that are due.
    Scheduler,
    /// Gives queued tasks to runners: their long polls wait for this.
    Dispatch,
    /// Ends what lost runners have left.
    Reap,
    /// Brings commit statuses to forges.
    Notify,
    /// Removes what is old enough.
    Retention,
}

impl Stage {
    const ALL: [Self; 8] = [
        Self::Trigger,
        Self::Schedule,
        Self::Compile,
        Self::Scheduler,
        Self::Dispatch,
        Self::Reap,
        Self::Notify,
        Self::Retention,
    ];

    /// Its place in [`Stage::ALL`].
    const fn index(self) -> usize {
        match self {
            Self::Trigger => 0,
            Self::Schedule => 1,
            Self::Compile => 2,
            Self::Scheduler => 3,
            Self::Dispatch => 4,
            Self::Reap => 5,
            Self::Notify => 6,
            Self::Retention => 7,
        }
    }
}

/// What has changed, for pages that show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A project: its list of pipelines, or the state of one in it.
    Project(ProjectId),
    /// A pipeline: its state, its workflows, or the state of a job in them.
    Pipeline(PipelineId),
    /// A job: its state, its tasks or their steps.
    Job(JobId),
    /// A log of a job has grown.
    Log(JobId),
}

/// News for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// This has changed.
    Topic(Topic),
    /// So much has changed that some of it was dropped: anything may be different.
    Missed,
}

/// Carries wake-ups and news within the process. Clones share it.
#[derive(Clone, Debug)]
pub struct Bus {
    wakes: Arc<[watch::Sender<u64>; Stage::ALL.len()]>,
    topics: broadcast::Sender<Topic>,
}

impl Bus {
    pub(crate) fn new() -> Self {
        Self { wakes: Arc::new(Stage::ALL.map(|_| watch::Sender::new(0))), topics: broadcast::Sender::new(4096) }
    }

    /// Wakes all who wait for this stage. Inside a transaction use [`Tx::wake`](crate::Tx::wake).
    pub fn wake(&self, stage: Stage) {
        self.wakes[stage.index()].send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Tells readers of a change. Inside a transaction use [`Tx::changed`](crate::Tx::changed).
    pub fn changed(&self, topic: Topic) {
        // Nobody listens: nobody needs to know.
        let _ = self.topics.send(topic);
    }

    /// The wake-ups of a stage that are sent from now on. Every waiter gets each of them.
    pub fn wakes(&self, stage: Stage) -> Wakes {
        Wakes(self.wakes[stage.index()].subscribe())
    }

    /// The news that is sent from now on.
    pub fn topics(&self) -> Topics {
        Topics(self.topics.subscribe())
    }
}

/// Wake-ups of one stage.
#[derive(Debug)]
pub struct Wakes(watch::Receiver<u64>);

impl Wakes {
    /// Returns once a wake-up was sent since [`Bus::wakes`] or the last return, at once if that is already so. Dropping
    /// the future loses nothing.
    pub async fn notified(&mut self) {
        if self.0.changed().await.is_err() {
            // The bus is gone, and with it everyone who could wake us.
            std::future::pending::<()>().await;
        }
    }
}

/// News of all topics; the reader picks those that concern it.
#[derive(Debug)]
pub struct Topics(broadcast::Receiver<Topic>);

impl Topics {
    /// The next change; `None` once the store is gone. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Change> {
        match self.0.recv().await {
            Ok(topic) => Some(Change::Topic(topic)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Change::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
