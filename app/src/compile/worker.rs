//! The worker that compiles pending pipelines, one at a time, the longest waiting first.

use std::time::Duration;

use config::{Compiled, Diagnostic, Refusal, Severity, Source};
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::Value;
use store::{
    Stage, Store,
    orb::UsedOrb,
    pipeline::{self, Pipeline},
};
use tracing::{error, info};

use super::{
    inputs,
    orbs::{self, Tried},
};
use crate::{
    clock::Clock,
    orb::{Gathered, OrbSources},
    vcs::CONFIG_PATH,
    worker::{Progress, Worker},
};

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
    orbs: OrbSources,
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
    /// A worker over these rows, with orbs from there.
    pub fn new(store: Store, clock: Clock, orbs: OrbSources) -> Self {
        Self { store, clock, orbs }
    }

    async fn work(&self) -> anyhow::Result<Progress> {
        let Some(pipeline) = pipeline::next_pending(self.store.read(), self.clock.now()).await? else {
            return Ok(Progress::Idle { until: pipeline::next_pending_at(self.store.read()).await? });
        };
        let compiled = match pipeline::get_config_source(self.store.read(), pipeline.id).await? {
            Some(text) => self.compile(&pipeline, text).await,
            None => Err(Errored::new("it was made without a configuration").into()),
        };
        let stored = match compiled {
            Ok((compiled, orbs)) => self.create(&pipeline, &compiled, &orbs).await,
            Err(Stop::Errored(errored)) => self.refuse(&pipeline, &errored).await,
            Err(Stop::Later(reason)) => self.wait(&pipeline, reason).await,
        };
        if let Err(error) = stored {
            self.postpone(&pipeline, &error).await?;
        }
        Ok(Progress::Worked)
    }

    async fn compile(&self, pipeline: &Pipeline, text: String) -> Result<(Compiled, Vec<UsedOrb>), Stop> {
        let inputs = inputs::of(pipeline);
        let source = Source::new(CONFIG_PATH, text);
        let mut gathered = Gathered::new();
        loop {
            let (source, inputs, orbs) = (source.clone(), inputs.clone(), gathered.orbs().clone());
            match guarded(pipeline, move || config::compile(&source, &inputs, &orbs)).await? {
                Tried::Done(compiled) => return Ok((compiled, gathered.used().to_vec())),
                Tried::NeedsOrbs(needed) => orbs::fetch(&mut gathered, &self.orbs, pipeline, &needed).await?,
            }
        }
    }

    /// An orb cannot be fetched now. It is tried for about an hour, and then the pipeline errs with what it waited for.
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

    async fn create(&self, pipeline: &Pipeline, compiled: &Compiled, orbs: &[UsedOrb]) -> anyhow::Result<()> {
        let Compiled { workflows, skipped, schedules: _, setup: _, warnings } = compiled;
        let warnings = findings(warnings)?;
        let mut tx = self.store.begin().await?;
        let created = pipeline::Compiled { workflows, warnings: warnings.as_ref() };
        pipeline::set_skipped(&mut tx, pipeline.id, skipped).await?;
        if !orbs.is_empty() {
            store::orb::set_used(&mut tx, pipeline.id, orbs).await?;
        }
        pipeline::set_created(&mut tx, pipeline.id, &created, self.clock.now()).await?;
        tx.commit().await?;
        let jobs: usize = workflows.iter().map(|workflow| workflow.jobs.len()).sum();
        info!(
            project.slug = %pipeline.slug,
            pipeline.id = %pipeline.id,
            "Compiled pipeline {} of {}: {} workflows, {jobs} jobs",
            pipeline.number,
            pipeline.slug,
            workflows.len(),
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
async fn guarded(
    pipeline: &Pipeline,
    compiler: impl FnOnce() -> Result<Compiled, Refusal> + Send + 'static,
) -> Result<Tried<Compiled>, Errored> {
    let Ok(compiled) = tokio::time::timeout(DEADLINE, tokio::task::spawn_blocking(compiler)).await else {
        return Err(Errored::new(format!(
            "the configuration took more than {} s to compile: make it smaller",
            DEADLINE.as_secs()
        )));
    };
    match compiled {
        Ok(Ok(compiled)) if compiled.setup => Err(Errored::new(
            "`setup: true` is not built yet: dynamic configuration comes with a later version of Roundhouse",
        )),
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
