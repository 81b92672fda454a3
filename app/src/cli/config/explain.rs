//! `roundhouse config explain`: what runs for an event, and which rule decided.

use clap::Args;
use config::Compiled;
use model::{
    plan::{JobKind, JobNode, Skipped},
    project::GitRef,
};
use serde_json::{Value, json};

use super::{
    Format, Input,
    input::{InputFlags, read_source},
    report,
};
use crate::{
    cli::{
        Exit,
        compile::{self, Outcome, with_orbs},
    },
    orb::Gathered,
};

/// Says of each workflow and job whether it runs for an event, and which rule decided.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse config explain --branch feature/x\n\nExit code 1 when the configuration has \
                  errors, 3 when an orb cannot be had."
)]
pub struct Explain {
    #[command(flatten)]
    input: Input,
    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Explain {
    pub(super) async fn execute(self) -> anyhow::Result<Exit> {
        let Self { input: Input { file, flags }, format } = self;
        let (source, inputs) = (read_source(&file)?, flags.inputs()?);
        let InputFlags { orbs, .. } = flags;
        let sources = orbs.sources()?.with_nearest();
        let mut gathered = Gathered::new();
        let compiled = with_orbs(&sources, &mut gathered, |orbs| config::compile(&source, &inputs, orbs)).await?;
        match compiled {
            Outcome::Invalid(findings) => Ok(report(&source.name, false, &findings, format)),
            Outcome::Done(compiled) => {
                match format {
                    Format::Json => println!("{}", to_json(&inputs.git_ref, &compiled)),
                    Format::Text => {
                        compile::show(&compiled.warnings);
                        print!("{}", to_text(&inputs.git_ref, &compiled));
                    }
                }
                Ok(Exit::Done)
            }
        }
    }
}

fn to_text(git_ref: &GitRef, compiled: &Compiled) -> String {
    let event = match git_ref {
        GitRef::Branch(name) => format!("the branch `{name}`"),
        GitRef::Tag(name) => format!("the tag `{name}`"),
    };
    let mut text = format!("For a push to {event}:\n");
    for workflow in &compiled.workflows {
        text += &format!("\n{} runs\n", workflow.name);
        for job in &workflow.jobs {
            text += &format!("  {} runs{}\n", job.name, when(job));
        }
        for Skipped { name, reason } in &workflow.skipped {
            text += &format!("  {name} does not run: {reason}\n");
        }
    }
    for Skipped { name, reason } in &compiled.skipped {
        text += &format!("\n{name} does not run: {reason}\n");
    }
    text
}

/// What a job that runs waits for.
fn when(job: &JobNode) -> String {
    let names: Vec<&str> = job.requires.iter().map(|requires| requires.job.as_str()).collect();
    let after = if names.is_empty() { "at once".to_owned() } else { format!("after {}", names.join(", ")) };
    match &job.kind {
        JobKind::Build { .. } | JobKind::NoOp | JobKind::Release { .. } => format!(" {after}"),
        JobKind::Approval => format!(" {after}, once somebody approves it"),
    }
}

fn to_json(git_ref: &GitRef, compiled: &Compiled) -> Value {
    let left_out = |skipped: &Skipped| json!({ "name": skipped.name, "runs": false, "rule": skipped.reason });
    let mut workflows: Vec<Value> = Vec::new();
    for workflow in &compiled.workflows {
        let mut jobs: Vec<Value> = workflow
            .jobs
            .iter()
            .map(|job| {
                let requires: Vec<&str> = job.requires.iter().map(|requires| requires.job.as_str()).collect();
                json!({ "name": job.name, "runs": true, "rule": null, "requires": requires })
            })
            .collect();
        jobs.extend(workflow.skipped.iter().map(left_out));
        workflows.push(json!({ "name": workflow.name, "runs": true, "rule": null, "jobs": jobs }));
    }
    workflows.extend(compiled.skipped.iter().map(left_out));
    json!({ "branch": git_ref.branch(), "tag": git_ref.tag(), "workflows": workflows, "diagnostics": compiled.warnings })
}
