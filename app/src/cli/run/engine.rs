//! A whole Roundhouse in a temporary directory: the same stages, doors and runner as a server's.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Context;
use model::{
    id::{JobId, PipelineId},
    plan::WorkflowPlan,
    protocol::Offers,
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::{Value, json};
use store::{
    Stage, Store, Tx, job,
    pipeline::{self, NewPipeline},
    project::{self, NewProject},
    workflow,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{given::Given, kept::Kept, worktree::WorkTree};
use crate::{
    blob::Blobs,
    cli::runner::{self, RunningRunner, Shutdown},
    clock::Clock,
    log::Logs,
    orb::OrbSources,
    server::{App, Options},
    settings::{LimitSettings, Settings, runner_state_dir},
};

/// A running engine. Its directory goes with it.
pub struct Engine {
    app: App,
    server: JoinHandle<anyhow::Result<()>>,
    runner: RunningRunner,
    stop: CancellationToken,
    kept: Option<Kept>,
    directory: TempDir,
}

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// The workflows.
    pub workflows: &'a [WorkflowPlan],
    /// Pipeline parameters that were given: an object.
    pub parameters: &'a Value,
    /// The configuration is a setup configuration: the defaults of the pipeline parameters that it declares.
    pub setup: Option<&'a Value>,
}

impl Engine {
    /// Starts one, with orbs from there. Its caches go with it, too, unless they are `kept`.
    ///
    /// # Errors
    /// No temporary directory, no loopback port, a runner that cannot be started.
    pub async fn start(settings: &Settings, orbs: Arc<OrbSources>, kept: Option<Kept>) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("roundhouse-run-")
            .tempdir()
            .context("failed to make a temporary directory")?;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("failed to listen on a loopback port")?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut settings = settings.clone();
        settings.data_dir = directory.path().to_owned();
        settings.blobs.place = None;
        if let Some(kept) = &kept {
            kept.lend(directory.path())?;
        }
        // Limits are for a server that many share; this is one pipeline, and who started it is waiting.
        settings.limits = LimitSettings::default();
        // What a setup workflow makes is compiled with the orbs that its own configuration was.
        let options =
            Options { orb_sources: Some(orbs), ..Options::from_settings(&settings, url.clone(), Clock::System) };
        let mut app = App::open(options).await?;
        // Nobody but this terminal is told of a local run: its commit statuses stay rows.
        app.without(Stage::Notify);
        let stop = CancellationToken::new();
        let server = tokio::spawn(app.clone().serve(listener, app.router(), stop.clone()));
        let token = app.bundled_runner_token().await?;
        let runner = runner::start(&settings, "local", &url, token, runner_state_dir(&settings.data_dir))?;
        Ok(Self { app, server, runner, stop, kept, directory })
    }

    /// Puts the pipeline of the working tree into the rows: from here on everything goes as on a server.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn submit(&self, tree: &WorkTree, wish: &Submission<'_>) -> anyhow::Result<PipelineId> {
        let Submission { workflows, parameters, setup } = wish;
        let now = self.app.clock().now();
        let login = std::env::var("USER").unwrap_or_else(|_| "you".to_owned());
        let mut tx = self.app.store().begin().await?;
        let project = project::upsert(&mut tx, &project_of(tree), now).await?;
        let new = NewPipeline {
            project_id: project.id,
            trigger: Trigger::Local,
            git_ref: tree.git_ref.clone(),
            sha: tree.sha.clone(),
            subject: tree.subject.clone(),
            body: String::new(),
            actor: Actor { id: None, login },
            author: None,
            parameters: (*parameters).clone(),
            values: json!({ "pipeline.trigger_source": "api" }),
            delivery_id: None,
            zone: Zone::Repo,
        };
        let pipeline = pipeline::create(&mut tx, &new, now).await?;
        pipeline::set_config_source(&mut tx, pipeline.id, &tree.config_text).await?;
        let compiled = pipeline::Compiled { workflows, warnings: None };
        match setup {
            Some(defaults) => pipeline::set_setup(&mut tx, pipeline.id, &compiled, defaults, now).await?,
            None => pipeline::set_created(&mut tx, pipeline.id, &compiled, now).await?,
        }
        if let (Some(kept), Some(job)) = (&self.kept, first_job(&mut tx, pipeline.id).await?) {
            kept.bring(&mut tx, project.id, job).await?;
        }
        tx.commit().await?;
        Ok(pipeline.id)
    }

    /// Stores variables for the jobs of the working tree, as an administrator would on a server.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn provide(&self, tree: &WorkTree, given: &Given) -> anyhow::Result<()> {
        let now = self.app.clock().now();
        let mut tx = self.app.store().begin().await?;
        let project = project::upsert(&mut tx, &project_of(tree), now).await?;
        given.store(&mut tx, self.app.vault(), &project, now).await?;
        Ok(tx.commit().await?)
    }

    /// Cancels all that runs or waits in a pipeline.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn cancel(&self, pipeline: PipelineId) -> anyhow::Result<()> {
        let mut tx = self.app.store().begin().await?;
        pipeline::cancel(&mut tx, pipeline, "interrupted at the keyboard", self.app.clock().now()).await?;
        Ok(tx.commit().await?)
    }

    /// What its runner can do.
    pub fn offers(&self) -> &Offers {
        &self.runner.offers
    }

    /// Has caches for the next run, where they are kept.
    ///
    /// # Errors
    /// The store cannot be read, or the directory of caches cannot be written.
    pub async fn keep_caches(&self, pipeline: PipelineId) -> anyhow::Result<()> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let project = pipeline::get(self.store().read(), pipeline).await?.project_id;
        kept.keep(self.store(), project).await
    }

    /// The rows.
    pub fn store(&self) -> &Store {
        self.app.store()
    }

    /// The bytes of caches, workspaces and artifacts.
    pub fn blobs(&self) -> &Blobs {
        self.app.blobs()
    }

    /// The logs.
    pub fn logs(&self) -> &Logs {
        self.app.logs()
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        self.app.clock()
    }

    /// Ends running jobs, the runner and the server, and removes the directory.
    pub async fn stop(self) {
        let Self { app, server, runner, stop, kept: _, directory } = self;
        runner.stop(Shutdown::Cancel).await;
        stop.cancel();
        if let Ok(Err(error)) = server.await {
            tracing::warn!("The engine of the local run stopped badly: {error:#}");
        }
        drop(app);
        if let Err(error) = directory.close() {
            tracing::warn!("A temporary directory was left behind: {error}");
        }
    }
}

/// Any job of a pipeline.
async fn first_job(tx: &mut Tx, pipeline: PipelineId) -> anyhow::Result<Option<JobId>> {
    for workflow in workflow::list_by_pipeline(tx.db(), pipeline).await? {
        if let Some(job) = job::list_by_workflow(tx.db(), workflow.id).await?.first() {
            return Ok(Some(job.id));
        }
    }
    Ok(None)
}

/// The working tree as a project.
fn project_of(tree: &WorkTree) -> NewProject {
    NewProject {
        slug: tree.slug.clone(),
        forge_id: 0,
        installation_id: None,
        default_branch: "main".to_owned(),
        // Read as "copy this directory" where the job is put together.
        clone_url: format!("file://{}", tree.root.display()),
        web_url: format!("file://{}", tree.root.display()),
        private: true,
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("directory", &self.directory).finish_non_exhaustive()
    }
}
