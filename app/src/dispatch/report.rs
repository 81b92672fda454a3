//! Taking a runner's word for what happens in its task.

use model::{
    event::{SPIN_UP_STEP, TaskEvent, TaskEventKind},
    job::Outcome,
    plan::{JobPlan, StepKind},
    protocol::EventAck,
    time::Timestamp,
};
use store::{
    Tx, job, runner, step,
    task::{self, Task, TaskState},
};

use super::{
    Dispatch, DispatchError,
    lease::{give_back, patience_ms},
};

impl Dispatch {
    /// Stores events and lets them have their effect, all or none. Those that are stored already are passed over.
    ///
    /// # Errors
    /// `Refused` for a gap in the numbers and for events that cannot be; `Fenced` for new events of a task that is over.
    pub async fn report(&self, task: &Task, events: &[TaskEvent]) -> Result<EventAck, DispatchError> {
        let plan = job::get_plan(self.store().read(), task.job_id).await?;
        let now = self.clock().now();
        let mut tx = self.store().begin().await?;
        let current = task::get(tx.db(), task.id).await?;
        if current.epoch != task.epoch || current.state == TaskState::Queued {
            return Err(DispatchError::Fenced(format!("task `{}` was taken from this runner", task.id)));
        }
        let mut seq = current.last_seq;
        let mut over = matches!(current.state, TaskState::Ended(_));
        let mut started = false;
        let mut last = current.clone();
        for event in events {
            if event.seq <= seq {
                continue;
            }
            if over {
                return Err(DispatchError::Fenced(format!("task `{}` is over: nothing can follow its end", task.id)));
            }
            if event.seq != seq + 1 {
                return Err(DispatchError::Refused(format!("event {} is missing: {} came", seq + 1, event.seq)));
            }
            match &event.kind {
                TaskEventKind::StepStarted { key, .. } if key.step != SPIN_UP_STEP => started = true,
                TaskEventKind::StepStarted { .. } | TaskEventKind::StepEnded { .. } => {}
                TaskEventKind::Ended { .. } => over = true,
            }
            seq = event.seq;
            if over {
                // The end of the task takes all of its rows along: what was told before it is stored before it.
                task::advance(&mut tx, task.id, seq, started).await?;
                (last.last_seq, last.started_user_step) = (seq, started || current.started_user_step);
            }
            apply(&mut tx, &last, plan.as_ref(), event, now).await?;
        }
        if seq != current.last_seq && !over {
            task::advance(&mut tx, task.id, seq, started).await?;
            // Whoever reports is alive, and from the first step of the user's on has more time.
            let patience = patience_ms(started || current.started_user_step);
            task::renew(&mut tx, task.id, now.plus_millis(patience), now).await?;
        }
        tx.commit().await?;
        Ok(EventAck { seq })
    }
}

async fn apply(
    tx: &mut Tx,
    task: &Task,
    plan: Option<&JobPlan>,
    event: &TaskEvent,
    now: Timestamp,
) -> Result<(), DispatchError> {
    let TaskEvent { seq, at, kind } = event;
    let refused = |why: String| DispatchError::Refused(format!("event {seq}: {why}"));
    let stored = match kind {
        TaskEventKind::StepStarted { key, name, command, background } => {
            let count = plan.map_or(0, |plan| plan.steps.len());
            if key.step as usize > count {
                return Err(refused(format!("there is no step {}: the job has {count}", key.step)));
            }
            // The job can write to the file that this comes from: without a bound it could begin steps for ever.
            let reruns = plan.map_or(0, |plan| reruns(plan, key.step));
            if key.attempt > reruns {
                return Err(refused(format!(
                    "step {} cannot have an attempt {}: it may be run again {reruns} times",
                    key.step,
                    u64::from(key.attempt) + 1
                )));
            }
            let begun = step::Step {
                task_id: task.id,
                key: *key,
                name: name.clone(),
                command: command.clone(),
                background: *background,
                result: None,
                started_at: *at,
                ended_at: None,
            };
            step::start(tx, &begun).await
        }
        TaskEventKind::StepEnded { key, result } => step::end(tx, task.id, *key, result, *at).await,
        TaskEventKind::Ended { outcome: outcome @ (Outcome::NotRun | Outcome::Unauthorized), .. } => {
            return Err(refused(format!("a task that was claimed cannot end as `{}`", outcome.name())));
        }
        TaskEventKind::Ended { outcome, reason } => {
            let reason = match (outcome, reason) {
                (Outcome::Success, _) => None,
                (_, Some(reason)) => Some(reason.clone()),
                (_, None) => why(tx, task).await?,
            };
            if *outcome == Outcome::InfrastructureFail && may_be_tried_again(task) {
                let why = reason.unwrap_or_else(|| "its environment failed".to_owned());
                return give_back(tx, task, &why, now).await;
            }
            let reason = match outcome {
                Outcome::InfrastructureFail => tried_before(tx, task, reason).await?,
                Outcome::Success
                | Outcome::Failed
                | Outcome::Canceled
                | Outcome::NotRun
                | Outcome::Unauthorized
                | Outcome::TimedOut => reason,
            };
            task::finish(tx, task, *outcome, reason.as_deref(), now).await
        }
    };
    stored.map_err(|error| match error {
        store::Error::Conflict(why) => refused(why),
        store::Error::NotFound(_) | store::Error::Db(_) => error.into(),
    })
}

/// Whether a task whose environment failed is tried once more: no step of the user's has begun, nobody wants it to stop, and
/// it is the first time that something like that happens to it.
const fn may_be_tried_again(task: &Task) -> bool {
    !task.started_user_step && !task.cancel_requested && task.unclaimed_count == 0
}

/// Adds to the reason of a failed infrastructure where it failed before.
async fn tried_before(tx: &mut Tx, task: &Task, reason: Option<String>) -> Result<Option<String>, DispatchError> {
    let (Some(reason), Some(before), Some(now)) = (&reason, task.given_back_by, task.runner_id) else {
        return Ok(reason);
    };
    let (first, second) = (runner::get(tx.db(), before).await?.name, runner::get(tx.db(), now).await?.name);
    Ok(Some(if before == now {
        format!(
            "{reason} (another try on the runner `{second}`, which could not start it before: no other runner took it)"
        )
    } else {
        format!("{reason} (another try, on the runner `{second}`: the runner `{first}` could not start it)")
    }))
}

/// How often a step may be run again by itself.
fn reruns(plan: &JobPlan, step: u32) -> u32 {
    let step = (step as usize).checked_sub(1).and_then(|index| plan.steps.get(index));
    match step.map(|step| &step.kind) {
        Some(StepKind::Run(run)) => u32::from(run.max_auto_reruns),
        None
        | Some(
            StepKind::Checkout(_)
            | StepKind::SetupRemoteDocker(_)
            | StepKind::SaveCache(_)
            | StepKind::RestoreCache(_)
            | StepKind::PersistToWorkspace(_)
            | StepKind::AttachWorkspace(_)
            | StepKind::StoreArtifacts(_)
            | StepKind::StoreTestResults(_)
            | StepKind::AddSshKeys(_),
        ) => 0,
    }
}

/// The first step that did not do what it should, in a sentence.
async fn why(tx: &mut Tx, task: &Task) -> Result<Option<String>, DispatchError> {
    let steps = step::list_by_task(tx.db(), task.id).await?;
    Ok(steps.into_iter().find_map(|step| {
        let sentence = step.result?.sentence()?;
        let name = step.name.lines().next().unwrap_or_default().to_owned();
        Some(format!("step `{name}` {sentence}"))
    }))
}
