//! Putting together what a runner needs for a task. Credentials join here, and only here.

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{
    agent::{CONTINUATION_KEY_VARIABLE, SERVER_URL_VARIABLE},
    plan::{Environment, JobPlan, StepKind},
    protocol::{Assignment, CheckoutSource, GitCredentials, Progress, TaskToken},
    trigger::Trigger,
    zone::Zone,
};
use secrecy::ExposeSecret;
use store::{
    job::{self, Job},
    pipeline::{self, Pipeline},
    project::{self, Project},
    task::{Task, TaskState},
};
use tracing::warn;

use super::{
    Dispatch, DispatchError,
    lease::{LEASE_MS, fence_ms},
};
use crate::vcs::{ForgeError, RepositoryHandle};

/// The longest that a job may run, in milliseconds: 5 hours, as on CircleCI's paid plans.
const TIME_LIMIT_MS: u64 = 5 * 3_600_000;

/// Where steps run when the configuration does not say.
const WORKING_DIRECTORY: &str = "~/project";

/// The forge gives no right to fetch the code.
#[derive(Debug)]
pub(super) struct NoCode {
    /// One sentence.
    pub(super) reason: String,
    /// Whether trying again may help.
    pub(super) may_come: bool,
}

/// Where a runner may keep something between jobs: never together with jobs that are trusted more, or less.
fn keep_under(job: &Job, zone: Zone) -> Option<String> {
    match zone {
        Zone::Protected | Zone::Repo | Zone::Fork { repository: Some(_) } => Some(format!("{}-{zone}", job.project_id)),
        Zone::Fork { repository: None } => None,
    }
}

impl Dispatch {
    /// What a runner needs for a task that it has. Of the progress only the events are filled in.
    ///
    /// # Errors
    /// `Unavailable` when the forge gives no right to fetch the code, `Fenced` when the task does not run.
    pub async fn assignment(&self, task: &Task, token: TaskToken) -> Result<Assignment, DispatchError> {
        self.assemble(task, token).await?.map_err(|NoCode { reason, may_come: _ }| DispatchError::Unavailable(reason))
    }

    pub(super) async fn assemble(
        &self,
        task: &Task,
        token: TaskToken,
    ) -> Result<Result<Assignment, NoCode>, DispatchError> {
        let TaskState::Running { .. } = task.state else {
            return Err(DispatchError::Fenced(format!("task `{}` does not run", task.id)));
        };
        let db = self.store().read();
        let job = job::get(db, task.job_id).await?;
        let plan = job::get_plan(db, task.job_id)
            .await?
            .ok_or_else(|| DispatchError::Refused(format!("job `{}` has nothing to run", job.name)))?;
        let pipeline = pipeline::get(db, job.pipeline_id).await?;
        let project = project::get(db, job.project_id).await?;
        let mut secrets = Vec::new();
        let checkout = match self.checkout(&project, &pipeline, &plan).await {
            Ok(checkout) => checkout,
            Err(error) => {
                let reason = format!("the code of {} cannot be fetched: {error}", project.slug.full_name());
                let may_come = match error {
                    ForgeError::Transient { .. } => true,
                    ForgeError::Permanent { .. } => false,
                };
                return Ok(Err(NoCode { reason, may_come }));
            }
        };
        if let Some(CheckoutSource::Git { credentials: Some(credentials), .. }) = &checkout {
            let GitCredentials { username, password } = credentials;
            secrets.push(password.clone());
            secrets.push(BASE64_STANDARD.encode(format!("{username}:{password}")));
        }
        let mut environment = self.environment(task, &job, &plan, &pipeline, &project);
        if let Some(key) = self.continuation_key(&pipeline, &token).await? {
            secrets.push(key.clone());
            environment.insert(CONTINUATION_KEY_VARIABLE.to_owned(), key);
        }
        Ok(Ok(Assignment {
            task: task.id,
            epoch: task.epoch,
            token,
            lease_ms: LEASE_MS,
            fence_ms: fence_ms(task.started_user_step),
            project: project.slug.clone(),
            job: job.name.clone(),
            job_number: job.number,
            node_index: task.node_index,
            environment,
            plan,
            secrets,
            checkout,
            time_limit_ms: TIME_LIMIT_MS,
            log_limit_bytes: self.terms().log_limit_bytes,
            zone: Some(pipeline.zone),
            keep_under: keep_under(&job, pipeline.zone),
            progress: Progress { seq: task.last_seq, ..Progress::default() },
        }))
    }

    async fn checkout(
        &self,
        project: &Project,
        pipeline: &Pipeline,
        plan: &JobPlan,
    ) -> Result<Option<CheckoutSource>, ForgeError> {
        if let (Trigger::Local, Some(path)) = (pipeline.trigger, project.clone_url.strip_prefix("file://")) {
            return Ok(Some(CheckoutSource::Directory { path: path.to_owned() }));
        }
        if !plan.steps.iter().any(|step| matches!(step.kind, StepKind::Checkout(_))) {
            return Ok(None);
        }
        let repository = RepositoryHandle {
            slug: project.slug.clone(),
            forge_id: project.forge_id,
            installation_id: project.installation_id,
        };
        let credentials = match self.forges().clone_credentials(&repository).await {
            Ok(credentials) => Some(GitCredentials {
                username: credentials.username,
                password: credentials.password.expose_secret().to_owned(),
            }),
            // Anyone may fetch it.
            Err(ForgeError::Permanent { message }) if !project.private => {
                warn!(project.slug = %project.slug, "Fetching {} without credentials: {message}", project.slug);
                None
            }
            Err(error) => return Err(error),
        };
        Ok(Some(CheckoutSource::Git {
            url: project.clone_url.clone(),
            sha: pipeline.sha.clone(),
            git_ref: pipeline.git_ref.clone(),
            credentials,
        }))
    }

    /// The variables of the variables reference that are the server's to give.
    fn environment(
        &self,
        task: &Task,
        job: &Job,
        plan: &JobPlan,
        pipeline: &Pipeline,
        project: &Project,
    ) -> Environment {
        let (slug, workflow) = (&pipeline.slug, job.workflow_id.to_string());
        let url = format!(
            "{}{}/workflows/{workflow}/jobs/{}",
            self.terms().public_url,
            pipeline::path(slug, pipeline.number),
            job.number
        );
        let working_directory = plan.working_directory.as_deref().unwrap_or(WORKING_DIRECTORY);
        let mut environment = Environment::new();
        let mut set = |name: &str, value: String| {
            environment.insert(name.to_owned(), value);
        };
        for name in ["CI", "CIRCLECI", "ROUNDHOUSE"] {
            set(name, "true".to_owned());
        }
        set(SERVER_URL_VARIABLE, self.terms().public_url.clone());
        set("CIRCLE_BUILD_NUM", job.number.to_string());
        set("CIRCLE_BUILD_URL", url);
        set("CIRCLE_JOB", job.name.clone());
        set("CIRCLE_NODE_INDEX", task.node_index.to_string());
        set("CIRCLE_NODE_TOTAL", job.parallelism.to_string());
        set("CIRCLE_PIPELINE_ID", pipeline.id.to_string());
        set("CIRCLE_PIPELINE_NUMBER", pipeline.number.to_string());
        set("CIRCLE_PROJECT_ID", project.id.to_string());
        set("CIRCLE_PROJECT_REPONAME", slug.repo.clone());
        set("CIRCLE_PROJECT_USERNAME", slug.org.clone());
        set("CIRCLE_REPOSITORY_URL", project.clone_url.clone());
        set("CIRCLE_SHA1", pipeline.sha.to_string());
        set("CIRCLE_WORKFLOW_ID", workflow.clone());
        set("CIRCLE_WORKFLOW_JOB_ID", job.id.to_string());
        set("CIRCLE_WORKFLOW_WORKSPACE_ID", workflow);
        set("CIRCLE_WORKING_DIRECTORY", working_directory.to_owned());
        if let Some(branch) = pipeline.git_ref.branch() {
            set("CIRCLE_BRANCH", branch.to_owned());
        }
        if let Some(tag) = pipeline.git_ref.tag() {
            set("CIRCLE_TAG", tag.to_owned());
        }
        if !pipeline.actor.login.is_empty() {
            set("CIRCLE_USERNAME", pipeline.actor.login.clone());
        }
        environment
    }
}
