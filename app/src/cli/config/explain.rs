//! `roundhouse config explain`: what runs for an event, and which rule decided.

use clap::Args;
use config::{Compiled, cron::Cron};
use model::{
    plan::{Skipped, WorkflowSchedule},
    project::GitRef,
    time::Timestamp,
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
    clock::Clock,
    orb::Gathered,
    scheduler::foretell,
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
        let now = Clock::System.now();
        let sources = orbs.sources()?.with_nearest();
        let mut gathered = Gathered::new();
        let compiled = with_orbs(&sources, &mut gathered, |orbs| config::compile(&source, &inputs, orbs)).await?;
        match compiled {
            Outcome::Invalid(findings) => Ok(report(&source.name, false, &findings, format)),
            Outcome::Done(compiled) => {
                match format {
                    Format::Json => println!("{}", to_json(&inputs.git_ref, &compiled, now)),
                    Format::Text => {
                        compile::show(&compiled.warnings);
                        print!("{}", to_text(&inputs.git_ref, &compiled, now));
                    }
                }
                Ok(Exit::Done)
            }
        }
    }
}

fn to_text(git_ref: &GitRef, compiled: &Compiled, now: Timestamp) -> String {
    let event = match git_ref {
        GitRef::Branch(name) => format!("the branch `{name}`"),
        GitRef::Tag(name) => format!("the tag `{name}`"),
    };
    let mut text = format!("For a push to {event}:\n");
    for workflow in &compiled.workflows {
        text += &format!("\n{} runs\n", workflow.name);
        for (job, waits) in workflow.jobs.iter().zip(foretell(workflow)) {
            text += &format!("  {} runs{}\n", job.name, when(&waits));
        }
        for Skipped { name, reason } in &workflow.skipped {
            text += &format!("  {name} does not run: {reason}\n");
        }
    }
    for Skipped { name, reason } in &compiled.skipped {
        text += &format!("\n{name} does not run: {reason}\n");
    }
    for schedule in &compiled.schedules {
        let WorkflowSchedule { workflow, cron, branches: _, applies } = schedule;
        text += &match applies {
            true => format!("\n{workflow} runs by its schedule `{cron}`, in UTC:\n"),
            false => format!("\n{workflow} has the schedule `{cron}`, which {event} does not set up: in UTC\n"),
        };
        for time in next_times(schedule, now) {
            text += &format!("  {time}\n");
        }
    }
    text
}

/// The next five times of a schedule, in UTC.
fn next_times(schedule: &WorkflowSchedule, now: Timestamp) -> Vec<String> {
    // The compiler has read it before.
    let Ok(cron) = Cron::parse(&schedule.cron) else { return Vec::new() };
    let time = |time: Timestamp| jiff::Timestamp::from_millisecond(time.millis()).ok();
    cron.after(now).take(5).filter_map(time).map(|time| time.strftime("%a %F %R").to_string()).collect()
}

/// What a job that runs waits for, in the scheduler's words.
fn when(waits: &[String]) -> String {
    match waits {
        [] => " at once".to_owned(),
        waits => format!(": {}", waits.join("; then ")),
    }
}

fn to_json(git_ref: &GitRef, compiled: &Compiled, now: Timestamp) -> Value {
    let left_out = |skipped: &Skipped| json!({ "name": skipped.name, "runs": false, "rule": skipped.reason });
    let mut workflows: Vec<Value> = Vec::new();
    for workflow in &compiled.workflows {
        let mut jobs: Vec<Value> = workflow
            .jobs
            .iter()
            .zip(foretell(workflow))
            .map(|(job, waits)| {
                let requires: Vec<&str> = job.requires.iter().map(|requires| requires.job.as_str()).collect();
                json!({ "name": job.name, "runs": true, "rule": null, "requires": requires, "waits": waits })
            })
            .collect();
        jobs.extend(workflow.skipped.iter().map(left_out));
        workflows.push(json!({ "name": workflow.name, "runs": true, "rule": null, "jobs": jobs }));
    }
    workflows.extend(compiled.skipped.iter().map(left_out));
    let schedules: Vec<Value> = compiled
        .schedules
        .iter()
        .map(|schedule| {
            let WorkflowSchedule { workflow, cron, branches, applies } = schedule;
            let next = next_times(schedule, now);
            json!({ "workflow": workflow, "cron": cron, "branches": branches, "applies": applies, "next": next })
        })
        .collect();
    json!({ "branch": git_ref.branch(), "tag": git_ref.tag(), "workflows": workflows, "schedules": schedules,
            "diagnostics": compiled.warnings })
}
