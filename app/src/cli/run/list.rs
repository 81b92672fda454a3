//! What would run, and why not the rest: `roundhouse run --list`.

use model::plan::{JobKind, JobNode, WorkflowPlan};

/// Leaves the named jobs and what they require, directly or not. No names: leaves everything.
///
/// # Errors
/// A name that no workflow has, with the names there are.
pub fn restrict(workflows: &mut Vec<WorkflowPlan>, names: &[String]) -> anyhow::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    for name in names {
        if !workflows.iter().any(|workflow| workflow.jobs.iter().any(|job| job.name == *name)) {
            let skipped = workflows.iter().flat_map(|workflow| &workflow.skipped).find(|skipped| skipped.name == *name);
            if let Some(skipped) = skipped {
                anyhow::bail!("the job `{name}` does not run in this pipeline: {}", skipped.reason);
            }
            let mut known: Vec<&str> =
                workflows.iter().flat_map(|workflow| workflow.jobs.iter().map(|job| job.name.as_str())).collect();
            known.dedup();
            anyhow::bail!("no workflow of this pipeline has a job named `{name}`; there are: {}", known.join(", "));
        }
    }
    for workflow in workflows.iter_mut() {
        let mut wanted: Vec<String> =
            workflow.jobs.iter().filter(|job| names.contains(&job.name)).map(|job| job.name.clone()).collect();
        let mut next = 0;
        while let Some(name) = wanted.get(next) {
            let required: Vec<String> = workflow
                .jobs
                .iter()
                .filter(|job| job.name == *name)
                .flat_map(|job| job.requires.iter().map(|requires| requires.job.clone()))
                .filter(|required| !wanted.contains(required))
                .collect();
            wanted.extend(required);
            next += 1;
        }
        workflow.jobs.retain(|job| wanted.contains(&job.name));
    }
    workflows.retain(|workflow| !workflow.jobs.is_empty());
    Ok(())
}

/// The text of `--list`.
pub fn text(workflows: &[WorkflowPlan], skipped: &[model::plan::Skipped]) -> String {
    let mut text = String::new();
    for workflow in workflows {
        text += &format!("{}\n", workflow.name);
        for job in &workflow.jobs {
            text += &format!("  {}{}\n", job.name, note(job));
        }
        for job in &workflow.skipped {
            text += &format!("  {} does not run: {}\n", job.name, job.reason);
        }
    }
    for workflow in skipped {
        text += &format!("{} does not run: {}\n", workflow.name, workflow.reason);
    }
    text
}

fn note(job: &JobNode) -> String {
    let kind = match &job.kind {
        JobKind::Build { .. } => "",
        JobKind::Approval => " (approval)",
        JobKind::NoOp => " (no-op)",
        JobKind::Release { .. } => " (release)",
    };
    match job.requires.as_slice() {
        [] => kind.to_owned(),
        requires => {
            let names: Vec<&str> = requires.iter().map(|requires| requires.job.as_str()).collect();
            format!("{kind} after {}", names.join(", "))
        }
    }
}
