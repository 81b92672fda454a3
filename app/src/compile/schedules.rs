//! Schedules of a branch's configuration: each push to it says which there are.

use config::cron::Cron;
use model::{plan::WorkflowSchedule, project::GitRef, time::Timestamp, trigger::Trigger, zone::Zone};
use store::{
    Tx,
    pipeline::{self, Pipeline},
    schedule::{self, ConfigSchedule},
};

/// Keeps the schedules that a push to a branch says there are. Other triggers change nothing, and neither does a push that a
/// newer one has overtaken.
pub(super) async fn keep(
    tx: &mut Tx,
    pipeline: &Pipeline,
    schedules: &[WorkflowSchedule],
    now: Timestamp,
) -> store::Result<()> {
    let (GitRef::Branch(branch), Trigger::Webhook, Zone::Protected | Zone::Repo) =
        (&pipeline.git_ref, pipeline.trigger, pipeline.zone)
    else {
        return Ok(());
    };
    // A custom webhook has no delivery; a continuation says nothing of schedules.
    let is_push = pipeline.delivery_id.is_some() && store::setup::find(tx.db(), pipeline.id).await?.is_none();
    if !is_push || pipeline::has_newer_push(tx.db(), pipeline).await? {
        return Ok(());
    }
    let applying = schedules.iter().filter(|schedule| schedule.applies);
    let kept: Vec<ConfigSchedule> = applying
        .map(|WorkflowSchedule { workflow, cron, branches: _, applies: _ }| ConfigSchedule {
            workflow: workflow.clone(),
            cron: cron.clone(),
            // The compiler has read it before.
            next_at: Cron::parse(cron).ok().and_then(|cron| cron.next_after(now)),
        })
        .collect();
    schedule::replace_of_branch(tx, pipeline.project_id, branch, &kept, &pipeline.actor, now).await
}
