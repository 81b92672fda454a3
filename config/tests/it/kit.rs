//! What the tests share.

use std::fmt::Write as _;

use config::{Compiled, Diagnostic, Inputs, Orbs, Refusal, Source, compile};
pub use model::plan::Executor;
use model::plan::{JobKind, JobNode, JobPlan, StepKind};

/// A configuration of version 2.1 whose job `build` has these steps.
pub fn steps(steps: &str) -> String {
    format!("version: 2.1\njobs:\n  build:\n    docker: [{{image: a}}]\n    steps:\n{steps}")
}

/// Compiles a text for a push to `main`.
pub fn try_compile(text: &str) -> Result<Compiled, Refusal> {
    compile(&Source::new("config.yml", text), &Inputs::branch("main"), &Orbs::new())
}

/// Compiles a text that is right.
pub fn good(text: &str) -> Compiled {
    good_with(text, &Inputs::branch("main"))
}

/// Compiles a text that is right, for a pipeline.
pub fn good_with(text: &str, inputs: &Inputs) -> Compiled {
    match compile(&Source::new("config.yml", text), inputs, &Orbs::new()) {
        Ok(compiled) => compiled,
        Err(Refusal::Invalid(findings)) => panic!("{}", render(&findings)),
        Err(refusal) => panic!("{refusal}"),
    }
}

/// All findings about a text, errors and warnings.
pub fn findings(text: &str) -> Vec<Diagnostic> {
    match try_compile(text) {
        Ok(compiled) => compiled.warnings,
        Err(Refusal::Invalid(findings)) => findings,
        Err(refusal) => panic!("{refusal}"),
    }
}

/// Findings as people see them.
pub fn render(findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| finding.render(false)).collect::<Vec<_>>().join("\n")
}

/// The workflows on a page: who requires whom, what is left out.
pub fn outline(compiled: &Compiled) -> String {
    let mut out = String::new();
    for workflow in &compiled.workflows {
        let _ = writeln!(out, "{}", workflow.name);
        for job in &workflow.jobs {
            let requires: Vec<String> = job
                .requires
                .iter()
                .map(|required| {
                    let statuses: Vec<&str> = required.statuses.iter().map(|status| status.name()).collect();
                    if statuses == ["success"] {
                        required.job.clone()
                    } else {
                        format!("{} {statuses:?}", required.job)
                    }
                })
                .collect();
            let after = if requires.is_empty() { String::new() } else { format!(" ← {}", requires.join(", ")) };
            let kind = match &job.kind {
                JobKind::Build { .. } => "",
                JobKind::Approval => " (approval)",
                JobKind::NoOp => " (no-op)",
                JobKind::Release { .. } => " (release)",
            };
            let _ = writeln!(out, "  {}{kind}{after}", job.name);
        }
        for job in &workflow.skipped {
            let _ = writeln!(out, "  - {}: {}", job.name, job.reason);
        }
    }
    for workflow in &compiled.skipped {
        let _ = writeln!(out, "- {}: {}", workflow.name, workflow.reason);
    }
    out
}

/// A job of the first workflow.
pub fn job<'a>(compiled: &'a Compiled, name: &str) -> &'a JobNode {
    let jobs = &compiled.workflows[0].jobs;
    jobs.iter().find(|job| job.name == name).unwrap_or_else(|| panic!("no job {name} in {}", outline(compiled)))
}

/// The plan of a job of the first workflow.
pub fn plan<'a>(compiled: &'a Compiled, name: &str) -> &'a JobPlan {
    match &job(compiled, name).kind {
        JobKind::Build { plan } => plan,
        other => panic!("{name} is {other:?}"),
    }
}

/// The commands of a job of the first workflow; other steps by their type.
pub fn commands(compiled: &Compiled, name: &str) -> Vec<String> {
    let steps = plan(compiled, name).steps.iter();
    steps
        .map(|step| match &step.kind {
            StepKind::Run(run) => run.command.clone(),
            StepKind::Checkout(_) => "checkout".to_owned(),
            other => format!("{other:?}"),
        })
        .collect()
}
