//! What happened, as text: every state of every job, in order.

use std::collections::BTreeMap;

use model::{id::JobId, job::JobState, project::ProjectSlug};
use store::{
    Store,
    delivery::DeliveryId,
    pipeline::{OfProjects, PipelineFilter},
    workflow::Workflow,
};

/// Everything that was seen of the jobs of a server.
#[derive(Clone, Debug, Default)]
pub struct Observer {
    seen: BTreeMap<JobId, Vec<String>>,
}

/// The word of a state.
fn word(state: JobState) -> &'static str {
    match state {
        JobState::Blocked => "blocked",
        JobState::OnHold => "on_hold",
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Ended(outcome) => outcome.name(),
    }
}

impl Observer {
    /// Looks at every job, and notes the states that are new.
    pub async fn look(&mut self, store: &Store) {
        let pipelines = store::pipeline::list(store.read(), &PipelineFilter::default(), 1_000).await.unwrap();
        for pipeline in pipelines {
            for workflow in store::workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap() {
                for job in store::job::list_by_workflow(store.read(), workflow.id).await.unwrap() {
                    // Every job is made blocked, but those that are over because an earlier run of theirs counts. A step that
                    // is cut off in its commit may go on before anybody has looked.
                    let born = if job.reuses.is_none() { vec!["blocked".to_owned()] } else { Vec::new() };
                    let states = self.seen.entry(job.id).or_insert(born);
                    let state = word(job.state);
                    if states.last().is_none_or(|last| last != state) {
                        states.push(state.to_owned());
                    }
                }
            }
        }
    }

    /// All pipelines of a project, oldest first, with their workflows, jobs and what became of them.
    pub async fn timeline(&self, store: &Store, slug: &ProjectSlug) -> String {
        let Some(project) = store::project::find_by_slug(store.read(), slug).await.unwrap() else {
            return no_project(store, slug).await;
        };
        let filter = PipelineFilter { of: OfProjects::One(project.id), ..PipelineFilter::default() };
        let mut pipelines = store::pipeline::list(store.read(), &filter, 1_000).await.unwrap();
        pipelines.sort_by_key(|pipeline| pipeline.number);
        let mut text = String::new();
        for pipeline in pipelines {
            text += &format!("pipeline {} on {}: {}", pipeline.number, pipeline.git_ref.name(), pipeline.state.name());
            text += &because(pipeline.reason.as_deref());
            for workflow in store::workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap() {
                text += &format!("  workflow {}{}: {}", workflow.name, attempt(&workflow), workflow.status.name());
                text += &because(workflow.cancel_reason.as_deref());
                let jobs = store::job::list_by_workflow(store.read(), workflow.id).await.unwrap();
                let width = jobs.iter().map(|job| job.name.len()).max().unwrap_or_default();
                for job in jobs {
                    let states = self.seen.get(&job.id).map(|states| states.join(" → ")).unwrap_or_default();
                    let shared = if job.reuses.is_some() { ", of an earlier attempt" } else { "" };
                    text += &format!("    {:width$}  {states}{shared}", job.name);
                    text += &because(job.waits_for.or(job.reason).as_deref());
                }
                for skipped in workflow.skipped {
                    text += &format!("    {}  skipped: {}\n", skipped.name, skipped.reason);
                }
            }
        }
        text
    }
}

/// Which attempt at a workflow it is, and why there is more than one.
fn attempt(workflow: &Workflow) -> String {
    match (workflow.rerun_kind, &workflow.rerun_by) {
        (None, _) => String::new(),
        (Some(kind), Some(by)) => format!(", attempt {} ({} by {})", workflow.attempt, kind.name(), by.login),
        (Some(_), None) => format!(", attempt {} (automatic rerun {})", workflow.attempt, workflow.auto_rerun_number),
    }
}

/// What became of the deliveries that might have made the project.
async fn no_project(store: &Store, slug: &ProjectSlug) -> String {
    let mut text = format!("{slug}: no such project\n");
    for id in 1.. {
        let Ok(delivery) = store::delivery::get(store.read(), DeliveryId(id)).await else { break };
        let note = delivery.note.unwrap_or_default();
        text += &format!("  delivery {id} ({}): {:?} {note}\n", delivery.event, delivery.state);
    }
    text
}

fn because(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!(" ({reason})\n"),
        None => "\n".to_owned(),
    }
}
