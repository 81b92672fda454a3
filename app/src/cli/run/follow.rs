//! Watches the rows of a local pipeline and shows what changes, until every workflow has ended.

use std::{collections::BTreeMap, time::Duration};

use model::{
    event::StepKey,
    id::{JobId, PipelineId, TaskId},
    job::{JobEvent, JobState, Outcome},
    pipeline::PipelineState,
    trigger::Actor,
    workflow::WorkflowStatus,
};
use store::{
    job::{self, Job},
    pipeline::{self, Pipeline},
    step::{self, Step},
    task::{self, Task},
    workflow::{self, Workflow},
};

use super::{
    engine::Engine,
    show::{self, Active, Happening, Screen},
};
use crate::log::LogKey;

/// How often the screen is brought up to date.
const FRAME: Duration = Duration::from_millis(80);

/// So much of one log is read at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Follows one pipeline.
#[derive(Debug)]
pub struct Follow<'a> {
    engine: &'a Engine,
    pipeline: PipelineId,
    approve_all: bool,
    states: BTreeMap<JobId, JobState>,
    steps: BTreeMap<(TaskId, StepKey), Watched>,
}

/// How far a step has been shown.
#[derive(Debug, Default)]
struct Watched {
    offset: u64,
    /// The unfinished last line.
    rest: Vec<u8>,
    ended: bool,
}

/// How it all ended.
#[derive(Debug)]
pub struct Ended {
    /// The pipeline's own state: `setup` when its setup workflow did not continue it, `errored` when what came of it is wrong.
    pub state: PipelineState,
    /// Why it is `errored`.
    pub reason: Option<String>,
    /// Each workflow, by name.
    pub workflows: Vec<(String, WorkflowStatus)>,
    /// Each job.
    pub jobs: Vec<JobEnd>,
}

/// How a job ended.
#[derive(Debug)]
pub struct JobEnd {
    /// Its name.
    pub name: String,
    /// Its state; an approval that nobody gave is still on hold.
    pub state: JobState,
    /// Why, where there is something to say.
    pub reason: Option<String>,
    /// How long it ran, in milliseconds.
    pub millis: Option<i64>,
}

impl<'a> Follow<'a> {
    /// Watches this pipeline.
    pub fn new(engine: &'a Engine, pipeline: PipelineId, approve_all: bool) -> Self {
        Self { engine, pipeline, approve_all, states: BTreeMap::new(), steps: BTreeMap::new() }
    }

    /// Shows what changes until nothing can change any more: everything has ended, or waits for a person.
    ///
    /// # Errors
    /// The store cannot be read, or standard output is gone.
    pub async fn run(mut self, screen: &mut Screen) -> anyhow::Result<Ended> {
        loop {
            // Read before the workflows: what a continuation adds is there once it is no longer pending.
            let pipeline = pipeline::get(self.engine.store().read(), self.pipeline).await?;
            let workflows = workflow::list_by_pipeline(self.engine.store().read(), self.pipeline).await?;
            let mut jobs = Vec::new();
            for workflow in &workflows {
                jobs.extend(job::list_by_workflow(self.engine.store().read(), workflow.id).await?);
            }
            let (mut happenings, mut active, mut waiting) = (Vec::new(), Vec::new(), 0);
            for job in jobs.iter().filter(|job| job.reuses.is_none()) {
                self.look(job, &mut happenings, &mut active).await?;
                waiting += usize::from(matches!(job.state, JobState::Blocked | JobState::Queued));
            }
            screen.draw(&happenings, &active, waiting)?;
            let all_over = compiled(pipeline.state) && !self.approve(&jobs).await?;
            if all_over && self.is_over(&workflows, &jobs).await? {
                screen.draw(&[], &[], 0)?;
                return Ok(ended(pipeline, workflows, jobs));
            }
            tokio::time::sleep(FRAME).await;
        }
    }

    /// Whether nothing goes on by itself any more: no job is active, the scheduler has looked at every end, and has not
    /// changed a workflow since these rows were read.
    async fn is_over(&self, workflows: &[Workflow], jobs: &[Job]) -> anyhow::Result<bool> {
        let is_active = |job: &Job| matches!(job.state, JobState::Queued | JobState::Running);
        let (store, now) = (self.engine.store(), self.engine.clock().now());
        if jobs.iter().any(is_active) || workflow::has_due(store.read(), self.pipeline, now).await? {
            return Ok(false);
        }
        // What was read before the last job's end, or before the scheduler let the next ones go, is no answer: then it is
        // looked at once more.
        let workflows_now = workflow::list_by_pipeline(store.read(), self.pipeline).await?;
        let mut jobs_now = Vec::with_capacity(jobs.len());
        for workflow in &workflows_now {
            jobs_now.extend(job::list_by_workflow(store.read(), workflow.id).await?);
        }
        Ok(workflows_now == workflows && jobs_now == jobs)
    }

    /// Approves whatever is on hold, when that was asked for. Tells whether there was anything.
    async fn approve(&self, jobs: &[Job]) -> anyhow::Result<bool> {
        let mut any = false;
        for job in jobs.iter().filter(|job| self.approve_all && job.state == JobState::OnHold) {
            let mut tx = self.engine.store().begin().await?;
            let by = Actor { id: None, login: "--approve-all".to_owned() };
            job::approve(&mut tx, job.id, &by, self.engine.clock().now()).await?;
            tx.commit().await?;
            any = true;
        }
        Ok(any)
    }

    /// There is one runner here, and no other will come: a job that it cannot take ends at once.
    async fn end_unserved(&self, job: &Job) -> anyhow::Result<()> {
        let (JobState::Queued, Some(needs)) = (job.state, job.needs) else { return Ok(()) };
        if let Some(reason) = job::unserved_by(needs, job.resource_class.as_ref(), &[self.engine.offers()]) {
            let mut tx = self.engine.store().begin().await?;
            let ended = JobEvent::Ended(Outcome::InfrastructureFail);
            job::transition(&mut tx, job.id, ended, Some(&reason), self.engine.clock().now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn look(
        &mut self,
        job: &Job,
        happenings: &mut Vec<Happening>,
        active: &mut Vec<Active>,
    ) -> anyhow::Result<()> {
        self.end_unserved(job).await?;
        let before = self.states.insert(job.id, job.state);
        if before.is_some_and(|before| before.outcome().is_some()) {
            return Ok(());
        }
        let mut current = "Waits for the runner".to_owned();
        if matches!(job.state, JobState::Running | JobState::Ended(_)) {
            for task in task::list_by_job(self.engine.store().read(), job.id).await? {
                for step in step::list_by_task(self.engine.store().read(), task.id).await? {
                    if step.ended_at.is_none() {
                        current.clone_from(&step.name);
                    }
                    self.show_step(job, &task, &step, happenings).await?;
                }
            }
        }
        if job.state == JobState::Running {
            let millis = job.started_at.map_or(0, |started| self.engine.clock().now().millis_since(started));
            active.push(Active { job: job.name.clone(), step: current, millis });
        }
        if before != Some(job.state) && !matches!(job.state, JobState::Blocked | JobState::Queued | JobState::Running) {
            let JobEnd { name, state, reason, millis } = JobEnd::from(job.clone());
            happenings.push(Happening::Job { job: name, state, reason, millis });
        }
        Ok(())
    }

    async fn show_step(
        &mut self,
        job: &Job,
        task: &Task,
        step: &Step,
        happenings: &mut Vec<Happening>,
    ) -> anyhow::Result<()> {
        // The runner's own step is of interest only when it fails: then its sentence is the job's reason.
        if step.key.step == model::event::SPIN_UP_STEP {
            return Ok(());
        }
        let id = (step.task_id, step.key);
        if !self.steps.contains_key(&id) {
            happenings.push(Happening::Step { job: show::label(job, task), name: step.name.clone() });
        }
        let watched = self.steps.entry(id).or_default();
        if watched.ended {
            return Ok(());
        }
        loop {
            let key = LogKey::of(task, step.key);
            let bytes = self.engine.logs().read(key, watched.offset, PIECE_BYTES).await?;
            if bytes.is_empty() {
                break;
            }
            watched.offset += bytes.len() as u64;
            watched.rest.extend_from_slice(&bytes);
            let complete = watched.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let unfinished = watched.rest.split_off(complete);
            let lines = std::mem::replace(&mut watched.rest, unfinished);
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                push_line(job, task, line, happenings);
            }
        }
        if let Some(result) = &step.result {
            watched.ended = true;
            if !watched.rest.is_empty() {
                push_line(job, task, &std::mem::take(&mut watched.rest), happenings);
            }
            if let Some(sentence) = result.sentence() {
                happenings.push(Happening::StepFailed { job: show::label(job, task), sentence });
            }
        }
        Ok(())
    }
}

fn push_line(job: &Job, task: &Task, line: &[u8], happenings: &mut Vec<Happening>) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    happenings
        .push(Happening::Output { job: show::label(job, task), line: String::from_utf8_lossy(line).into_owned() });
}

/// Whether a pipeline has all the workflows that it will have by itself.
fn compiled(state: PipelineState) -> bool {
    match state {
        PipelineState::Pending | PipelineState::SetupPending => false,
        PipelineState::Setup | PipelineState::Created | PipelineState::Errored => true,
    }
}

/// The last attempts at each workflow, and their jobs.
fn ended(pipeline: Pipeline, workflows: Vec<Workflow>, jobs: Vec<Job>) -> Ended {
    let latest = |workflow: &&Workflow| {
        let later = |other: &Workflow| other.workspace_id == workflow.workspace_id && other.attempt > workflow.attempt;
        !workflows.iter().any(later)
    };
    let latest: Vec<&Workflow> = workflows.iter().filter(latest).collect();
    let is_latest = |job: &Job| latest.iter().any(|workflow| workflow.id == job.workflow_id);
    Ended {
        state: pipeline.state,
        reason: pipeline.reason,
        jobs: jobs.into_iter().filter(is_latest).map(JobEnd::from).collect(),
        workflows: latest.iter().map(|workflow| (workflow.name.clone(), workflow.status)).collect(),
    }
}

impl From<Job> for JobEnd {
    fn from(job: Job) -> Self {
        let millis = job.started_at.zip(job.ended_at).map(|(started, ended)| ended.millis_since(started));
        Self { name: job.name, state: job.state, reason: job.reason, millis }
    }
}
