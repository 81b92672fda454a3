//! Who gets a token, and when.

use model::{
    id::ContextId,
    oidc::{IssuedToken, TOKEN_V2_VARIABLE, TOKEN_VARIABLE},
    plan::{Environment, JobPlan},
    time::Timestamp,
    trigger::{Actor, Trigger},
};
use store::{
    context,
    job::{self, Job},
    pipeline::{self, Pipeline},
    project::{self, Project},
    task::{Task, TaskState},
    workflow::{self, Workflow},
};
use tracing::error;

use super::claims::{About, Claims, Format};
use crate::dispatch::{Dispatch, DispatchError};

/// Audiences that a token may have.
const MOST_AUDIENCES: usize = 16;

/// Characters of an audience.
const LONGEST_AUDIENCE: usize = 1024;

/// A token that a job wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenOrder {
    /// For whom; nobody: the organization's id.
    pub audience: Vec<String>,
    /// Whether the issuer is the server as a whole, instead of the organization.
    pub root_issuer: bool,
}

impl TokenOrder {
    /// What is wrong with it, as a sentence.
    fn mistake(&self) -> Option<String> {
        let Self { audience, root_issuer: _ } = self;
        if audience.len() > MOST_AUDIENCES {
            return Some(format!("a token is for {MOST_AUDIENCES} audiences at most, not for {}", audience.len()));
        }
        let fits = |text: &String| !text.is_empty() && text.chars().count() <= LONGEST_AUDIENCE;
        let wrong = audience.iter().find(|text| !fits(text))?;
        Some(match wrong.is_empty() {
            true => "the audience of a token is a text that is not empty".to_owned(),
            false => format!("the audience of a token has at most {LONGEST_AUDIENCE} characters"),
        })
    }
}

/// Whose token it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::dispatch) struct Whose<'a> {
    pub(in crate::dispatch) project: &'a Project,
    pub(in crate::dispatch) pipeline: &'a Pipeline,
    pub(in crate::dispatch) workflow: &'a Workflow,
    pub(in crate::dispatch) job: &'a Job,
    pub(in crate::dispatch) plan: &'a JobPlan,
}

impl Whose<'_> {
    /// Why it gets no token, as a sentence.
    fn refusal(&self) -> Option<&'static str> {
        match self.pipeline.trigger {
            Trigger::Local => return Some("a job of `roundhouse run` has no OpenID Connect token"),
            Trigger::Webhook | Trigger::Schedule | Trigger::Api => {}
        }
        let trusted = self.pipeline.zone.may_have_secrets();
        (!trusted).then_some("this pipeline runs code of a fork: its jobs get no OpenID Connect tokens")
    }

    /// Whoever made the job run: who asked for the rerun, or else who started the pipeline.
    fn person(&self) -> Option<i64> {
        let Actor { id, login: _ } = self.workflow.rerun_by.as_ref().unwrap_or(&self.pipeline.actor);
        *id
    }
}

impl Dispatch {
    /// The variables with the tokens of a job that was claimed at this time; the same claim gets the same tokens, also later.
    /// None for forks and local runs. A job whose token cannot be signed runs without, with a sentence in its log.
    pub(in crate::dispatch) async fn oidc_variables(
        &self,
        whose: Whose<'_>,
        at: Timestamp,
        notes: &mut Vec<String>,
    ) -> Result<Environment, DispatchError> {
        if whose.refusal().is_some() {
            return Ok(Environment::new());
        }
        let contexts = self.context_ids(whose).await?;
        let variables = async {
            let signer = self.terms().oidc_keys.signer(at).await?;
            let formats = [(TOKEN_VARIABLE, Format::First), (TOKEN_V2_VARIABLE, Format::Second)];
            let named = formats.map(|(name, format)| {
                (name.to_owned(), self.claims(whose, &contexts, format, &TokenOrder::default(), at))
            });
            // Signing takes a processor longer than all the rest of a claim.
            let sign = move || named.into_iter().map(|(name, claims)| Ok((name, signer.sign(&claims)?))).collect();
            let signed: anyhow::Result<Environment> = tokio::task::spawn_blocking(sign).await?;
            signed
        };
        Ok(variables.await.unwrap_or_else(|error| {
            error!(job.id = %whose.job.id, "A job has no OpenID Connect tokens: {error:#}");
            notes.push(format!(
                "This job has neither ${TOKEN_VARIABLE} nor ${TOKEN_V2_VARIABLE}, because the server cannot sign them: {error:#}"
            ));
            Environment::new()
        }))
    }

    /// A token for a task that runs.
    ///
    /// # Errors
    /// `Fenced` when the task does not run, `Refused` when its job gets no tokens or the order makes no sense.
    pub async fn issue_token(&self, task: &Task, order: &TokenOrder) -> Result<IssuedToken, DispatchError> {
        let TaskState::Running { .. } = task.state else {
            return Err(DispatchError::Fenced(format!("task `{}` does not run", task.id)));
        };
        if let Some(mistake) = order.mistake() {
            return Err(DispatchError::Refused(mistake));
        }
        let db = self.store().read();
        let job = job::get(db, task.job_id).await?;
        let plan = job::get_plan(db, task.job_id)
            .await?
            .ok_or_else(|| DispatchError::Refused(format!("job `{}` has nothing to run", job.name)))?;
        let (pipeline, project) = (pipeline::get(db, job.pipeline_id).await?, project::get(db, job.project_id).await?);
        let workflow = workflow::get(db, job.workflow_id).await?;
        let whose = Whose { project: &project, pipeline: &pipeline, workflow: &workflow, job: &job, plan: &plan };
        if let Some(refusal) = whose.refusal() {
            return Err(DispatchError::Refused(refusal.to_owned()));
        }
        let contexts = self.context_ids(whose).await?;
        let now = self.clock().now();
        let signer = self.terms().oidc_keys.signer(now).await.map_err(DispatchError::Internal)?;
        let signed = signer.sign(&self.claims(whose, &contexts, Format::Second, order, now));
        Ok(IssuedToken { token: signed.map_err(DispatchError::Internal)? })
    }

    async fn context_ids(&self, whose: Whose<'_>) -> Result<Vec<ContextId>, DispatchError> {
        let (slug, mut ids) = (&whose.project.slug, Vec::new());
        for name in &whose.plan.contexts {
            ids.extend(context::find(self.store().read(), slug.vcs, &slug.org, name).await?.map(|context| context.id));
        }
        Ok(ids)
    }

    fn claims(
        &self,
        whose: Whose<'_>,
        contexts: &[ContextId],
        format: Format,
        order: &TokenOrder,
        at: Timestamp,
    ) -> Claims {
        let Whose { project, pipeline, workflow: _, job, plan: _ } = whose;
        let about = About { project, pipeline, job, person: whose.person(), contexts };
        let TokenOrder { audience, root_issuer } = order;
        Claims::new(about, format, &self.terms().public_url, *root_issuer, audience, at)
    }
}
