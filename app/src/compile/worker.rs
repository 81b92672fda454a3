//! The worker that compiles pending pipelines, one at a time, the longest waiting first.

use std::{sync::Arc, time::Duration};

use config::{Compiled, Diagnostic, Inputs, Refusal, Severity, Source};
use futures_util::{FutureExt, future::BoxFuture};
use model::plan::WorkflowPlan;
use serde_json::Value;
use store::{
    Stage, Store,
    orb::UsedOrb,
    pipeline::{self, PackedText, Pipeline},
    schedule,
    setup::{self, Continuation},
    supersede,
};
use tracing::{error, info};

use super::{
    fetch, inputs,
    orbs::{self, Tried},
    schedules,
};
use crate::{
    clock::Clock,
    orb::{Gathered, OrbSources},
    vcs::{CONFIG_PATH, Forges},
    worker::{Progress, Worker},
};

/// What findings call the configuration that a setup workflow made: it is no file of the repository.
const CONTINUATION_NAME: &str = "continuation";
/// How long a compilation may take: an ordinary one takes milliseconds.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often it is tried to store what was compiled.
const MOST_TRIES: u32 = 5;
/// How often it is tried to fetch orbs.
const MOST_FETCHES: u32 = 15;
/// The longest pause between two of these tries.
const LONGEST_PAUSE_MS: i64 = 300_000;

/// Compiles pending pipelines.
#[derive(Debug)]
pub struct CompileWorker {
    store: Store,
    clock: Clock,
    forges: Arc<Forges>,
    orbs: Arc<OrbSources>,
}

/// What a pipeline is compiled from.
struct Input {
    source: Source,
    inputs: Inputs,
    /// It was continued: this is what its setup workflow made.
    is_continuation: bool,
}

/// What came of it.
struct Output {
    compiled: Compiled,
    /// The expanded configuration.
    text: PackedText,
    orbs: Vec<UsedOrb>,
    /// It is a setup configuration; with the defaults of the pipeline parameters that it declares.
    setup: Option<Value>,
}

/// Why a compilation ends without workflows.
pub(super) enum Stop {
    /// The pipeline has nothing to run.
    Errored(Errored),
    /// Something outside does not answer now: it is tried again.
    Later(String),
}

impl From<Errored> for Stop {
    fn from(errored: Errored) -> Self {
        Self::Errored(errored)
    }
}

/// Why a pipeline has nothing to run.
pub(super) struct Errored {
    /// A sentence.
    reason: String,
    /// The compiler's findings.
    findings: Vec<Diagnostic>,
}

impl CompileWorker {
    /// A worker over these rows, with configurations and orbs from there.
    pub fn new(store: Store, clock: Clock, forges: Arc<Forges>, orbs: Arc<OrbSources>) -> Self {
        Self { store, clock, forges, orbs }
    }

    async fn work(&self) -> anyhow::Result<Progress> {
        let Some(pipeline) = pipeline::next_pending(self.store.read(), self.clock.now()).await? else {
            return Ok(Progress::Idle { until: pipeline::next_pending_at(self.store.read()).await? });
        };
        let compiled = match pipeline::get_config_source(self.store.read(), pipeline.id).await? {
            Some(text) => self.compile(&pipeline, text).await,
            None if pipeline.sha.is_zero() => match fetch::source(&self.store, &self.forges, &pipeline).await {
                Ok((pipeline, text)) => self.compile(&pipeline, text).await,
                Err(stop) => Err(stop),
            },
            None => Err(Errored::new("it was made without a configuration").into()),
        };
        let stored = match compiled {
            Ok(output) => self.create(&pipeline, &output).await,
            Err(Stop::Errored(errored)) => self.refuse(&pipeline, &errored).await,
            Err(Stop::Later(reason)) => self.wait(&pipeline, reason).await,
        };
        if let Err(error) = stored {
            self.postpone(&pipeline, &error).await?;
        }
        Ok(Progress::Worked)
    }

    async fn compile(&self, pipeline: &Pipeline, text: String) -> Result<Output, Stop> {
        let Input { source, inputs, is_continuation } = self.input(pipeline, text).await.map_err(of_store)?;
        let mut gathered = Gathered::new();
        let (compiled, text) = loop {
            let (source, inputs, orbs) = (source.clone(), inputs.clone(), gathered.orbs().clone());
            let compile = move || {
                let (compiled, text) = config::compile_with_text(&source, &inputs, &orbs)?;
                Ok((compiled, PackedText::new(&text)))
            };
            match guarded(pipeline, compile).await? {
                Tried::Done(compiled) => break compiled,
                Tried::NeedsOrbs(needed) => orbs::fetch(&mut gathered, &self.orbs, pipeline, &needed).await?,
            }
        };
        let setup = match (compiled.setup, is_continuation, compiled.workflows.as_slice()) {
            (true, true, _) => {
                return Err(Errored::new(
                    "a pipeline cannot be continued with another setup configuration: take `setup: true` out of what \
                     the setup workflow sends",
                )
                .into());
            }
            (true, false, [_, _, ..]) => return Err(Errored::new(too_many(&compiled.workflows)).into()),
            (true, false, [_]) => Some(inputs::defaults(&source)),
            // Without a workflow nobody could continue it.
            (true, false, []) | (false, _, _) => None,
        };
        Ok(Output { compiled, text, orbs: gathered.used().to_vec(), setup })
    }

    async fn input(&self, pipeline: &Pipeline, text: String) -> Result<Input, store::Error> {
        let mut inputs = inputs::of(pipeline);
        inputs.scheduled = schedule::find_run(self.store.read(), pipeline.id).await?.and_then(|run| run.workflow);
        let continuation = setup::find(self.store.read(), pipeline.id).await?.and_then(|setup| setup.continuation);
        let Some(Continuation { at: _, configuration, parameters }) = continuation else {
            return Ok(Input { source: Source::new(CONFIG_PATH, text), inputs, is_continuation: false });
        };
        let source = Source::new(CONTINUATION_NAME, configuration);
        inputs.parameters = inputs::continued(&pipeline.parameters, &parameters, &source);
        // The schedule's workflow was in the setup configuration; what that makes runs as a whole.
        inputs.scheduled = None;
        Ok(Input { source, inputs, is_continuation: true })
    }

    /// A configuration or an orb cannot be fetched now. It is tried for about an hour, and then the pipeline errs with what it waited for.
    async fn wait(&self, pipeline: &Pipeline, reason: String) -> anyhow::Result<()> {
        if pipeline.attempts + 1 >= MOST_FETCHES {
            return self
                .refuse(pipeline, &Errored::new(format!("{reason} (given up after {MOST_FETCHES} tries)")))
                .await;
        }
        let now = self.clock.now();
        let pause_ms = (5_000 << pipeline.attempts.min(7)).min(LONGEST_PAUSE_MS);
        let mut tx = self.store.begin().await?;
        pipeline::defer(&mut tx, pipeline.id, &reason, now.plus_millis(pause_ms)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the store refuses for one pipeline must not stand in the way of the others.
    async fn postpone(&self, pipeline: &Pipeline, error: &anyhow::Error) -> anyhow::Result<()> {
        let now = self.clock.now();
        let pause_ms = 1_000 << pipeline.attempts.min(8);
        let mut tx = self.store.begin().await?;
        let reason = format!("what was compiled could not be stored: {error:#}");
        let tries = pipeline::defer(&mut tx, pipeline.id, &reason, now.plus_millis(pause_ms)).await?;
        if tries >= MOST_TRIES {
            pipeline::set_errored(&mut tx, pipeline.id, &reason, None, now).await?;
        }
        tx.commit().await?;
        error!(pipeline.id = %pipeline.id, "Pipeline `{}`, try {tries} of {MOST_TRIES}: {reason}", pipeline.id);
        Ok(())
    }

    async fn create(&self, pipeline: &Pipeline, output: &Output) -> anyhow::Result<()> {
        let Output { compiled, text, orbs, setup } = output;
        let Compiled { workflows, skipped, schedules, setup: _, warnings } = compiled;
        let (warnings, now) = (findings(warnings)?, self.clock.now());
        let mut tx = self.store.begin().await?;
        let created = pipeline::Compiled { workflows, warnings: warnings.as_ref() };
        pipeline::set_skipped(&mut tx, pipeline.id, skipped).await?;
        pipeline::set_expanded(&mut tx, pipeline.id, setup.is_some(), text).await?;
        if !orbs.is_empty() {
            store::orb::set_used(&mut tx, pipeline.id, orbs).await?;
        }
        schedules::keep(&mut tx, pipeline, schedules, now).await?;
        match setup {
            Some(defaults) => pipeline::set_setup(&mut tx, pipeline.id, &created, defaults, now).await?,
            None => pipeline::set_created(&mut tx, pipeline.id, &created, now).await?,
        }
        let superseded = supersede::cancel_if_superseded(&mut tx, pipeline.id, now).await?;
        tx.commit().await?;
        let jobs: usize = workflows.iter().map(|workflow| workflow.jobs.len()).sum();
        info!(
            project.slug = %pipeline.slug,
            pipeline.id = %pipeline.id,
            "Compiled pipeline {} of {}: {} workflows, {jobs} jobs{}",
            pipeline.number,
            pipeline.slug,
            workflows.len(),
            superseded.map_or_else(String::new, |newer| format!(", superseded by pipeline {newer} already")),
        );
        Ok(())
    }

    async fn refuse(&self, pipeline: &Pipeline, errored: &Errored) -> anyhow::Result<()> {
        let Errored { reason, findings: all } = errored;
        let all = findings(all)?;
        let mut tx = self.store.begin().await?;
        pipeline::set_errored(&mut tx, pipeline.id, reason, all.as_ref(), self.clock.now()).await?;
        tx.commit().await?;
        info!(
            project.slug = %pipeline.slug,
            pipeline.id = %pipeline.id,
            "Pipeline {} of {} has nothing to run: {reason}",
            pipeline.number,
            pipeline.slug,
        );
        Ok(())
    }
}

impl Worker for CompileWorker {
    fn name(&self) -> &'static str {
        "compile"
    }

    fn stage(&self) -> Stage {
        Stage::Compile
    }

    fn step(&self) -> BoxFuture<'_, anyhow::Result<Progress>> {
        self.work().boxed()
    }
}

/// Runs the compiler away from the threads that answer requests, for a limited time. Its panic is an answer, too.
async fn guarded<T: Send + 'static>(
    pipeline: &Pipeline,
    compiler: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<Tried<T>, Errored> {
    let Ok(compiled) = tokio::time::timeout(DEADLINE, tokio::task::spawn_blocking(compiler)).await else {
        return Err(Errored::new(format!(
            "the configuration took more than {} s to compile: make it smaller",
            DEADLINE.as_secs()
        )));
    };
    match compiled {
        Ok(Ok(compiled)) => Ok(Tried::Done(compiled)),
        Ok(Err(Refusal::Invalid(findings))) => Err(Errored { reason: summary(&findings), findings }),
        Ok(Err(Refusal::NeedsOrbs(needed))) => Ok(Tried::NeedsOrbs(needed)),
        Err(failed) => {
            error!(pipeline.id = %pipeline.id, "The compiler failed on pipeline `{}`: {failed}", pipeline.id);
            Err(Errored::new(
                "the compiler failed on this configuration: this is a bug in Roundhouse; please report it with the \
                 configuration",
            ))
        }
    }
}

impl Errored {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), findings: Vec::new() }
    }
}

/// A setup configuration that would run more than one workflow. CircleCI says the first sentence.
fn too_many(workflows: &[WorkflowPlan]) -> String {
    let names: Vec<&str> = workflows.iter().map(|workflow| &*workflow.name).collect();
    format!(
        "Max number of workflows exceeded. A setup configuration runs one workflow, and here {} run: {}; leave one, or give \
         them conditions (`when`) of which one holds",
        names.len(),
        names.join(", ")
    )
}

fn of_store(error: store::Error) -> Stop {
    Stop::Later(error.to_string())
}

/// The first error, and how many more there are.
fn summary(findings: &[Diagnostic]) -> String {
    let errors: Vec<&Diagnostic> =
        findings.iter().filter(|finding| matches!(finding.severity, Severity::Error)).collect();
    match errors.as_slice() {
        [] => "the configuration has errors".to_owned(),
        [only] => only.one_line(),
        [first, rest @ ..] => format!("{} (and {} more)", first.one_line(), rest.len()),
    }
}

/// Findings as rows hold them; `None` when there are none.
fn findings(all: &[Diagnostic]) -> serde_json::Result<Option<Value>> {
    if all.is_empty() { Ok(None) } else { serde_json::to_value(all).map(Some) }
}

#[cfg(test)]
mod tests;
