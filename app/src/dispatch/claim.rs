//! Giving tasks to runners.

use std::{sync::Arc, time::Duration};

use model::{
    id::TaskId,
    job::Outcome,
    protocol::{Assignment, ClaimRequest, TaskToken, VERSION},
};
use store::{
    Stage, Store, Tx,
    job::{self, Needs},
    queue::{self, Seeker},
    runner::{self, RunnerTokenId},
    task::{self, Claim, Task},
};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    DispatchError,
    hindrance::Hindrance,
    lease::{current, patience_ms},
    queue::Queue,
    token::{self, NewToken},
};
use crate::{
    clock::Clock,
    disk::Disk,
    secret::{OidcKeys, Vault},
    vcs::Forges,
};

/// A task whose forge does not answer is put off by this, in milliseconds.
const NO_CODE_PAUSE_MS: i64 = 15_000;

/// A task whose forge has not answered for so long, in milliseconds, ends.
const NO_CODE_MS: i64 = 3_600_000;

/// The longest that a claim waits for work.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A waiting claim looks again after this: a task that was put off falls due without a wake-up.
const POLL: Duration = Duration::from_secs(5);

/// A task that a runner gets, with the transaction that gives it.
struct Taken {
    task: Task,
    token: TaskToken,
    tx: Tx,
}

/// Gives tasks to runners and takes their reports. Clones share it.
#[derive(Clone, Debug)]
pub struct Dispatch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    forges: Arc<Forges>,
    terms: Terms,
    queue: Queue,
    stop: CancellationToken,
}

/// What goes into every assignment.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Its address, without a slash at its end.
    pub public_url: String,
    /// How many bytes of output of one attempt at a step are kept.
    pub log_limit_bytes: u64,
    /// Opens secrets.
    pub vault: Vault,
    /// Signs tokens of jobs.
    pub oidc_keys: OidcKeys,
    /// Host keys of forges, as lines of a `known_hosts` file.
    pub known_hosts: Option<String>,
}

impl Dispatch {
    /// Over these rows. `forges` give the right to fetch code; at `stop`, claims stop waiting. Nothing new begins while `disk`
    /// has too little room.
    pub fn new(
        store: Store,
        clock: Clock,
        forges: Arc<Forges>,
        terms: Terms,
        disk: Disk,
        stop: CancellationToken,
    ) -> Self {
        let queue = Queue::new(store.clone(), clock.clone(), disk);
        Self(Arc::new(Inner { store, clock, forges, terms, queue, stop }))
    }

    /// What people ask of the queue.
    pub fn queue(&self) -> Queue {
        self.0.queue.clone()
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(super) fn forges(&self) -> &Forges {
        &self.0.forges
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.0.terms.vault
    }

    pub(super) fn terms(&self) -> &Terms {
        &self.0.terms
    }

    /// Who comes with a runner's token.
    ///
    /// # Errors
    /// `Unauthorized`.
    pub async fn authenticate_runner(&self, token: &str) -> Result<RunnerTokenId, DispatchError> {
        runner::find_token(self.store().read(), &token::hash(token)).await?.ok_or(DispatchError::Unauthorized)
    }

    /// The task that a call speaks for. It may be over by now.
    ///
    /// # Errors
    /// `NotFound`, `Unauthorized`, or `Fenced` when the token is of an earlier claim.
    pub async fn authenticate_task(&self, id: TaskId, token: &TaskToken) -> Result<Task, DispatchError> {
        let task = task::get(self.store().read(), id).await?;
        token::verify(&task, token)?;
        Ok(task)
    }

    /// Gives a runner the oldest task that it can do; waits for one as long as the runner wants. The same claim id brings
    /// the same task.
    ///
    /// # Errors
    /// `Refused` when this runner cannot be served.
    pub async fn claim(
        &self,
        token: RunnerTokenId,
        request: &ClaimRequest,
    ) -> Result<Option<(Task, Assignment)>, DispatchError> {
        let ClaimRequest { claim_id: _, runner: _, version, offers, wait_ms, about: _ } = request;
        if *version != VERSION {
            return Err(DispatchError::Refused(format!(
                "this runner speaks version {version} of the protocol, this server version {VERSION}; install the same \
                 version of Roundhouse for both"
            )));
        }
        let queues = Needs::queues(offers);
        let deadline = Instant::now() + Duration::from_millis(*wait_ms).min(LONGEST_WAIT);
        let mut wakes = self.store().bus().wakes(Stage::Dispatch);
        let mut look = true;
        loop {
            if look && let Some(taken) = self.take(token, request, &queues).await? {
                match self.hand_over(taken).await? {
                    Some(given) => return Ok(Some(given)),
                    // It is settled otherwise; there may be another.
                    None => continue,
                }
            }
            tokio::select! {
                () = wakes.notified() => {}
                () = sleep(POLL) => {}
                () = sleep_until(deadline) => return Ok(None),
                () = self.0.stop.cancelled() => return Ok(None),
            }
            look = self.has_next(Seeker { runner: &request.runner, queues: &queues }).await?;
        }
    }

    /// Whether there is something to take. Without the right to write, so that runners that wait do not keep others from it.
    async fn has_next(&self, seeker: Seeker<'_>) -> Result<bool, DispatchError> {
        if self.0.queue.shortage().is_some() {
            return Ok(false);
        }
        let (limits, now) = (&self.store().options().limits, self.clock().now());
        let mut db = self.store().read().acquire().await.map_err(store::Error::from)?;
        Ok(queue::find_next(&mut db, seeker, limits, now).await?.is_some())
    }

    async fn take(
        &self,
        runner_token: RunnerTokenId,
        request: &ClaimRequest,
        queues: &[String],
    ) -> Result<Option<Taken>, DispatchError> {
        let (now, token) = (self.clock().now(), NewToken::random());
        // A claim that was answered before is answered again, also when nothing new may begin.
        let short = self.0.queue.shortage().is_some();
        let mut tx = self.store().begin().await?;
        let ClaimRequest { runner: name, offers, about, .. } = request;
        let runner = match runner::introduce(&mut tx, runner_token, name, offers, about, now).await {
            Err(store::Error::Conflict(why)) => return Err(DispatchError::Refused(why)),
            other => other?,
        };
        let claim = Claim {
            seeker: Seeker { runner: &request.runner, queues: if short { &[] } else { queues } },
            runner,
            claim_id: request.claim_id,
            token_hash: &token.hash,
            lease_until: now.plus_millis(patience_ms(false)),
        };
        let Some(task) = task::claim(&mut tx, &claim, now).await? else {
            tx.commit().await?;
            return Ok(None);
        };
        let token = token.with_epoch(task.epoch);
        Ok(Some(Taken { task, token, tx }))
    }

    /// `None`: it cannot begin, and has been put off or ended.
    async fn hand_over(&self, taken: Taken) -> Result<Option<(Task, Assignment)>, DispatchError> {
        let Taken { task, token, tx } = taken;
        // What the runner gets is put together while the disk takes the claim, and given when it has it.
        let (committed, assembled) = tokio::join!(tx.commit(), self.assemble(&task, token));
        committed?;
        let assignment = match assembled? {
            Ok(assignment) => assignment,
            Err(hindrance) => return self.settle_hindered(&task, &hindrance).await.map(|()| None),
        };
        let job = assignment.job_number;
        info!(task.id = %task.id, "Gave job {job} `{}` of {} to a runner", assignment.job, assignment.project);
        Ok(Some((task, assignment)))
    }

    /// A task that cannot begin, for which no runner is to blame.
    async fn settle_hindered(&self, task: &Task, hindrance: &Hindrance) -> Result<(), DispatchError> {
        warn!(task.id = %task.id, "A task cannot begin: {}", hindrance.reason());
        let now = self.clock().now();
        let mut tx = self.store().begin().await?;
        let task = current(&mut tx, task).await?;
        let waited = job::get(tx.db(), task.job_id).await?.queued_at.map_or(0, |queued| now.millis_since(queued));
        if task.cancel_requested {
            task::end(&mut tx, task.id, Outcome::Canceled, None, now).await?;
            return Ok(tx.commit().await?);
        }
        match hindrance {
            Hindrance::Passing(reason) if waited < NO_CODE_MS && !task.started_user_step => {
                task::postpone(&mut tx, task.id, now.plus_millis(NO_CODE_PAUSE_MS), reason, now).await?;
            }
            Hindrance::Passing(reason) => {
                task::end(&mut tx, task.id, Outcome::InfrastructureFail, Some(reason), now).await?;
            }
            Hindrance::Lasting(outcome, reason) => task::end(&mut tx, task.id, *outcome, Some(reason), now).await?,
        }
        Ok(tx.commit().await?)
    }
}
