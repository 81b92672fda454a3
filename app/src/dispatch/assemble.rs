//! Putting together what a runner needs for a task. Credentials join here, and only here.

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{
    agent::CONTINUATION_KEY_VARIABLE,
    protocol::{Assignment, CheckoutSource, GitCredentials, Progress, SshAccess, TaskToken},
    zone::Zone,
};
use store::{
    job::{self, Job},
    pipeline, project,
    task::{Task, TaskState},
    workflow,
};

use super::{
    Dispatch, DispatchError,
    checkout::Reach,
    environment::{self, About},
    gather::Gathered,
    hindrance::Hindrance,
    lease::{LEASE_MS, fence_ms},
    oidc::Whose,
    registry,
};

/// The longest that a job may run, in milliseconds: 5 hours, as on CircleCI's paid plans.
const TIME_LIMIT_MS: u64 = 5 * 3_600_000;

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
    /// `Unavailable` when the forge gives no right to fetch the code now, `Refused` when the job may not have what it asks
    /// for, `Fenced` when the task does not run.
    pub async fn assignment(&self, task: &Task, token: TaskToken) -> Result<Assignment, DispatchError> {
        self.assemble(task, token).await?.map_err(|hindrance| match hindrance {
            Hindrance::Passing(reason) => DispatchError::Unavailable(reason),
            Hindrance::Lasting(_, reason) => DispatchError::Refused(reason),
        })
    }

    pub(super) async fn assemble(
        &self,
        task: &Task,
        token: TaskToken,
    ) -> Result<Result<Assignment, Hindrance>, DispatchError> {
        let TaskState::Running { .. } = task.state else {
            return Err(DispatchError::Fenced(format!("task `{}` does not run", task.id)));
        };
        let db = self.store().read();
        let job = job::get(db, task.job_id).await?;
        let mut plan = job::get_plan(db, task.job_id)
            .await?
            .ok_or_else(|| DispatchError::Refused(format!("job `{}` has nothing to run", job.name)))?;
        let pipeline = pipeline::get(db, job.pipeline_id).await?;
        let project = project::get(db, job.project_id).await?;

        let workflow = workflow::get(db, job.workflow_id).await?;
        let whose = Whose { project: &project, pipeline: &pipeline, workflow: &workflow, job: &job, plan: &plan };
        let Gathered { variables, masks: mut secrets, mut notes } = match self.gather(whose).await? {
            Ok(gathered) => gathered,
            Err(hindrance) => return Ok(Err(hindrance)),
        };
        let claimed_at = task.claimed_at.unwrap_or_else(|| self.clock().now());
        let tokens = self.oidc_variables(whose, claimed_at, &mut notes).await?;
        secrets.extend(tokens.values().cloned());
        let Reach { checkout, ssh, notes: of_reach } = match self.reach(&project, &pipeline, &plan).await? {
            Ok(reach) => reach,
            Err(hindrance) => return Ok(Err(hindrance)),
        };
        notes.extend(of_reach);
        notes.extend(registry::resolve(&mut plan.executor, &variables));
        secrets.extend(registry::masks(&plan.executor));
        if let Some(CheckoutSource::Git { credentials: Some(credentials), .. }) = &checkout {
            let GitCredentials { username, password } = credentials;
            secrets.push(password.clone());
            secrets.push(BASE64_STANDARD.encode(format!("{username}:{password}")));
        }
        let SshAccess { keys, checkout: ssh_checkout } = &ssh;
        let private_keys = keys.iter().chain(ssh_checkout.iter().map(|checkout| &checkout.key));
        secrets.extend(private_keys.map(|key| key.private_key.clone()));
        let repository_url = match &checkout {
            Some(CheckoutSource::Git { url, .. }) => url,
            Some(CheckoutSource::Directory { .. }) | None => &project.clone_url,
        };
        let about = About {
            public_url: &self.terms().public_url,
            task,
            job: &job,
            plan: &plan,
            pipeline: &pipeline,
            project: &project,
            repository_url,
            workspace: workflow.workspace_id,
            previous_job: job::find_previous_number(db, &job).await?,
        };
        let mut environment = environment::layered(&variables, environment::built_in(&about));
        environment.extend(tokens);
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
            notes,
            ssh,
            checkout,
            time_limit_ms: TIME_LIMIT_MS,
            log_limit_bytes: self.terms().log_limit_bytes,
            zone: Some(pipeline.zone),
            keep_under: keep_under(&job, pipeline.zone),
            takes_logs: true,
            progress: Progress { seq: task.last_seq, ..Progress::default() },
        }))
    }
}
