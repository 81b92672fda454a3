//! Cancelling a job.

use model::{
    id::JobId,
    job::{JobEvent, JobState, Outcome},
    time::Timestamp,
};

use super::{Job, get, transition};
use crate::{Result, Topic, Tx, task};

/// Cancels a job. One that no runner has is over at once; one that runs ends when its runners have stopped it, or are lost.
/// One that is over stays as it is.
pub async fn cancel(tx: &mut Tx, id: JobId, reason: &str, now: Timestamp) -> Result<Job> {
    let job = get(tx.db(), id).await?;
    match job.state {
        JobState::Ended(_) => Ok(job),
        JobState::Blocked | JobState::OnHold | JobState::Queued => {
            transition(tx, id, JobEvent::Ended(Outcome::Canceled), Some(reason), now).await
        }
        JobState::Running => {
            task::request_cancel(tx, id, reason, now).await?;
            tx.changed(Topic::Job(id));
            // If none of its tasks is with a runner any more, nobody else will end it.
            task::settle_job(tx, id, now).await
        }
    }
}
