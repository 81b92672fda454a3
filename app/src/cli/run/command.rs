//! The command: reads the working tree, compiles, runs, and sums up.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use clap::Args;
use config::{Inputs, Orbs, Source, Value};
use model::{
    id::PipelineId,
    job::{JobState, Outcome},
    pipeline::PipelineState,
    plan::{JobKind, JobNode, WorkflowPlan},
    project::GitRef,
    workflow::WorkflowStatus,
};
use serde_json::json;

use super::{
    engine::{Engine, Submission},
    follow::{Ended, Follow, JobEnd},
    given::Given,
    harvest::{self, Harvest},
    kept::Kept,
    list,
    show::{self, Screen},
    worktree::WorkTree,
};
use crate::{
    cli::{
        Exit,
        command::start_log,
        compile::{self, OrbFlags, Outcome as Compilation},
        config::{Format, parameter},
        settings_flags::SettingsFlags,
        terminal,
    },
    orb::Gathered,
};

/// Runs the pipeline of the working tree on this machine, with no server.
#[derive(Debug, Args)]
#[command(after_help = "Example: roundhouse run --list\n         roundhouse run test\n\n\
                  Whole workflows run in the order of `requires`, uncommitted files included. Exit code 1 when one fails.")]
pub struct Run {
    /// Only these jobs, and what they require; everything when none is named.
    #[arg(value_name = "JOB")]
    jobs: Vec<String>,
    /// Only this workflow.
    #[arg(long)]
    workflow: Option<String>,
    /// As if this branch had been pushed; the one that is checked out by default.
    #[arg(long)]
    branch: Option<String>,
    /// As if this tag had been pushed.
    #[arg(long, conflicts_with = "branch")]
    tag: Option<String>,
    /// A pipeline parameter.
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = parameter)]
    parameters: Vec<(String, Value)>,
    /// Another configuration than `.circleci/config.yml`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Show what would run, and why not the rest, and end.
    #[arg(long)]
    list: bool,
    /// Variables of the project: `NAME=value` lines. Several files add up.
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Variables of contexts: `NAME=value` lines below a `[context]` line. Several files add up.
    #[arg(long, value_name = "FILE")]
    context_file: Vec<PathBuf>,
    /// Approve every approval job when its turn comes.
    #[arg(long)]
    approve_all: bool,
    /// Where artifacts go; `.roundhouse/artifacts` of the project by default, which is emptied first.
    #[arg(long, value_name = "DIR")]
    artifacts: Option<PathBuf>,
    /// Begin without the caches of earlier runs, and keep none.
    #[arg(long)]
    no_cache: bool,
    /// States only, no output of steps (failed steps show theirs at the end).
    #[arg(long, short)]
    quiet: bool,
    /// How to report at the end: `json` prints one object on standard output, and progress on none.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    orbs: OrbFlags,
    #[command(flatten)]
    settings: SettingsFlags,
}

impl Run {
    /// Runs the command.
    ///
    /// # Errors
    /// No configuration, no such job, an engine that cannot be started.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        let Self {
            jobs,
            workflow,
            branch,
            tag,
            parameters,
            config,
            list,
            env_file,
            context_file,
            approve_all,
            artifacts,
            no_cache,
            quiet,
            format,
            orbs,
            settings,
        } = self;
        // Jobs of a local run may use this machine, unless told otherwise: it is the user's own.
        let (resolved, settings) = settings.or_default("runner-machine", "on").resolve()?;
        start_log(if resolved.origin("log") == crate::settings::Origin::Default {
            "warn"
        } else {
            resolved.text("log").unwrap_or("warn")
        });
        let given = Given::read(&env_file, &context_file)?;
        let git_ref = tag.map(GitRef::Tag).or(branch.map(GitRef::Branch));
        let tree = WorkTree::find(&std::env::current_dir()?, config.as_deref(), git_ref)?;
        let mut inputs = Inputs::new(tree.git_ref.clone());
        inputs.parameters = parameters.into_iter().collect();
        inputs.values.insert("pipeline.git.revision".to_owned(), Value::String(tree.sha.to_string()));
        inputs.values.insert("pipeline.trigger_source".to_owned(), Value::String("api".to_owned()));
        let source = Source::new(tree.config_path.clone(), tree.config_text.clone());
        let sources = Arc::new(orbs.sources_with(&settings.orbs)?);
        let attempt = |orbs: &Orbs| config::compile(&source, &inputs, orbs);
        let mut compiled = match compile::with_orbs(&sources, &mut Gathered::new(), attempt).await? {
            Compilation::Done(compiled) => compiled,
            Compilation::Invalid(findings) => {
                compile::show(&findings);
                return Ok(Exit::Failed);
            }
        };
        for finding in &compiled.warnings {
            eprintln!("{}", finding.render(terminal::colours_on_stderr()));
        }
        if let Some(name) = &workflow {
            let known: Vec<String> = compiled.workflows.iter().map(|workflow| workflow.name.clone()).collect();
            compiled.workflows.retain(|workflow| workflow.name == *name);
            anyhow::ensure!(
                !compiled.workflows.is_empty(),
                "no workflow named `{name}` runs in this pipeline; there are: {}",
                known.join(", ")
            );
        }
        list::restrict(&mut compiled.workflows, &jobs)?;
        if list {
            print!("{}", list::text(&compiled.workflows, &compiled.skipped));
            return Ok(Exit::Done);
        }
        if compiled.workflows.iter().all(|workflow| workflow.jobs.is_empty()) {
            println!("There is nothing to run on {}:", describe(&tree.git_ref));
            print!("{}", list::text(&compiled.workflows, &compiled.skipped));
            return Ok(Exit::Done);
        }
        let kept = if no_cache { None } else { Some(Kept::of(&tree.slug, &tree.root)?) };
        let engine = Engine::start(&settings, sources, kept).await?;
        engine.provide(&tree, &given).await?;
        let mut screen = Screen::new(job_names(&compiled.workflows), quiet, format == Format::Json);
        screen.say(&headline(&tree))?;
        let (parameters, defaults) = (literals(&inputs.parameters), literals(&declared(&source).parameters));
        let wish = Submission {
            workflows: &compiled.workflows,
            parameters: &parameters,
            setup: compiled.setup.then_some(&defaults),
        };
        let pipeline = engine.submit(&tree, &wish).await?;
        let ended = tokio::select! {
            ended = Follow::new(&engine, pipeline, approve_all).run(&mut screen) => Some(ended?),
            () = crate::cli::runner::wait_for_signal() => None,
        };
        let Some(ended) = ended else {
            screen.say("Interrupted: ending the running jobs …")?;
            engine.cancel(pipeline).await?;
            keep_caches(&engine, pipeline).await;
            engine.stop().await;
            return Ok(Exit::Failed);
        };
        keep_caches(&engine, pipeline).await;
        let into = async || {
            artifacts
                .map_or_else(|| harvest::fresh_directory(&tree.root), |directory| Ok(std::path::absolute(directory)?))
        };
        let harvest = Harvest::reap(&engine, pipeline, into).await;
        engine.stop().await;
        let harvest = harvest?;
        let unfinished = unfinished(&ended);
        let failed = unfinished.is_some()
            || ended
                .workflows
                .iter()
                .any(|(_, status)| *status != WorkflowStatus::Success && *status != WorkflowStatus::NotRun);
        match format {
            Format::Text => {
                summary(&mut screen, &ended.jobs)?;
                if let Some(sentence) = &unfinished {
                    screen.say(&format!("{} {sentence}", screen.paint("31", "✗")))?;
                }
                let skipped = compiled.workflows.iter().flat_map(|workflow| &workflow.skipped);
                for job in skipped.filter(|_| jobs.is_empty()).chain(&compiled.skipped) {
                    let mark = screen.paint("2", "–");
                    screen.say(&format!("{mark} {} does not run: {}", job.name, job.reason))?;
                }
                harvest.tell(&mut screen, &tree.root)?;
            }
            Format::Json => println!("{}", report(&ended.workflows, &ended.jobs, harvest.report())),
        }
        Ok(if failed { Exit::Failed } else { Exit::Done })
    }
}

/// What is wrong with the pipeline itself, of one with a setup workflow.
fn unfinished(ended: &Ended) -> Option<String> {
    match ended.state {
        PipelineState::Errored => Some(format!(
            "What the setup workflow made is no configuration: {}",
            ended.reason.as_deref().unwrap_or("it says nothing")
        )),
        PipelineState::Setup => {
            Some("The setup workflow ended, and no job of it has continued the pipeline.".to_owned())
        }
        PipelineState::Pending | PipelineState::SetupPending | PipelineState::Created => None,
    }
}

/// What a configuration says of itself: it was compiled before.
fn declared(source: &Source) -> config::Declared {
    config::declared(source).unwrap_or_default()
}

/// Literals by name, as rows hold them.
fn literals(values: &BTreeMap<String, Value>) -> serde_json::Value {
    let literal = |value: &Value| match value {
        Value::Undefined => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
    };
    values.iter().map(|(name, value)| (name.clone(), literal(value))).collect::<serde_json::Map<_, _>>().into()
}

/// The widest label of each job.
fn job_names(workflows: &[WorkflowPlan]) -> Vec<String> {
    let label = |job: &JobNode| match &job.kind {
        JobKind::Build { plan } if plan.parallelism > 1 => show::run_label(&job.name, plan.parallelism - 1),
        JobKind::Build { plan: _ } | JobKind::Approval | JobKind::NoOp | JobKind::Release { .. } => job.name.clone(),
    };
    workflows.iter().flat_map(|workflow| workflow.jobs.iter().map(label)).collect()
}

fn describe(git_ref: &GitRef) -> String {
    match git_ref {
        GitRef::Branch(name) => format!("the branch `{name}`"),
        GitRef::Tag(name) => format!("the tag `{name}`"),
    }
}

fn headline(tree: &WorkTree) -> String {
    let mut line = format!("{} on {}", tree.slug.full_name(), describe(&tree.git_ref));
    if !tree.sha.is_zero() {
        line += &format!(", {}", tree.sha.short());
    }
    match tree.uncommitted {
        0 => {}
        1 => line += " and 1 uncommitted file",
        files => line += &format!(" and {files} uncommitted files"),
    }
    line
}

/// What each job came to, with the reason for whatever is not green.
fn summary(screen: &mut Screen, jobs: &[JobEnd]) -> anyhow::Result<()> {
    screen.say("")?;
    for job in jobs {
        let (mark, style) = show::mark(job.state);
        let time = job.millis.map_or_else(String::new, |millis| format!("  {}", show::seconds(millis)));
        let why = match (&job.reason, job.state) {
            (Some(reason), state) if state != JobState::Ended(Outcome::Success) => format!("  {reason}"),
            _ => String::new(),
        };
        let line = format!("{} {}{time}{why}", screen.paint(style, mark), job.name);
        screen.say(&line)?;
    }
    Ok(())
}

/// Has caches for the next run. A fault is said, and no more: the jobs have done their work.
async fn keep_caches(engine: &Engine, pipeline: PipelineId) {
    if let Err(error) = engine.keep_caches(pipeline).await {
        eprintln!("warning: the caches of this run are not kept: {error:#}");
    }
}

fn report(workflows: &[(String, WorkflowStatus)], jobs: &[JobEnd], mut report: serde_json::Value) -> serde_json::Value {
    let states = json!({
        "workflows": workflows.iter().map(|(name, status)| json!({ "name": name, "status": status.name() })).collect::<Vec<_>>(),
        "jobs": jobs
            .iter()
            .map(|job| json!({ "name": job.name, "status": job.state.name(), "reason": job.reason, "duration_ms": job.millis }))
            .collect::<Vec<_>>(),
    });
    if let (Some(report), serde_json::Value::Object(states)) = (report.as_object_mut(), states) {
        report.extend(states);
    }
    report
}
