//! Whether whoever made a job run is in one of the groups that a context is restricted to. Only the forge can tell; where it does
//! not, the job waits, and whatever else cannot be decided keeps the context from it.

use std::collections::BTreeSet;

use model::{job::Outcome, trigger::Actor};
use store::{
    approval,
    context::{Restriction, Rule},
    job::{self, Job, JobType},
};

use super::{Dispatch, DispatchError, hindrance::Hindrance, oidc::Whose};
use crate::vcs::{ForgeError, Person, RepositoryHandle};

impl Dispatch {
    /// Checks the groups of a context: everybody who made the job run has to be in one of them.
    pub(super) async fn check_groups(
        &self,
        name: &str,
        restrictions: &[Restriction],
        whose: Whose<'_>,
    ) -> Result<Result<(), Hindrance>, DispatchError> {
        let groups: Vec<&str> = restrictions
            .iter()
            .filter_map(|restriction| match &restriction.rule {
                Rule::Group(group) => Some(group.as_str()),
                Rule::Project(_) | Rule::Expression(_) => None,
            })
            .collect();
        if groups.is_empty() {
            return Ok(Ok(()));
        }
        for actor in self.responsible(whose).await? {
            match self.is_in_one(&groups, &actor, whose).await {
                Ok(true) => {}
                Ok(false) => {
                    let login = if actor.login.is_empty() { "nobody who is known" } else { actor.login.as_str() };
                    return Ok(Err(Hindrance::unauthorized(format!(
                        "the job may not use the context `{name}`: it is restricted to the groups {}, and {login}, who made \
                         the job run, is in none of them",
                        quoted(&groups)
                    ))));
                }
                Err(error @ ForgeError::Transient { .. }) => {
                    let what = format!("the groups of the context `{name}` cannot be asked for");
                    return Ok(Err(Hindrance::of_forge(&what, &error)));
                }
                Err(error @ ForgeError::Permanent { .. }) => {
                    return Ok(Err(Hindrance::Lasting(
                        Outcome::Unauthorized,
                        format!(
                            "the job may not use the context `{name}`: who is in the groups {} cannot be asked for: {error}",
                            quoted(&groups)
                        ),
                    )));
                }
            }
        }
        Ok(Ok(()))
    }

    /// Who made a job run: those who approved what it comes after; where nobody did, whoever asked for the rerun or started
    /// the pipeline. Never empty.
    async fn responsible(&self, whose: Whose<'_>) -> Result<Vec<Actor>, DispatchError> {
        let jobs = job::list_by_workflow(self.store().read(), whose.workflow.id).await?;
        let mut approvers = Vec::new();
        for approval_job in upstream(whose.job, &jobs).filter(|job| job.kind == JobType::Approval) {
            approvers.extend(approval::find(self.store().read(), approval_job.id).await?.map(|approval| approval.by));
        }
        if approvers.is_empty() {
            approvers.push(whose.workflow.rerun_by.clone().unwrap_or_else(|| whose.pipeline.actor.clone()));
        }
        Ok(approvers)
    }

    async fn is_in_one(&self, groups: &[&str], actor: &Actor, whose: Whose<'_>) -> Result<bool, ForgeError> {
        // Somebody without a number at the forge (the operator, a program) is in none of its groups.
        let Actor { id: Some(id), login } = actor else { return Ok(false) };
        let project = whose.project;
        let repository = RepositoryHandle {
            slug: project.slug.clone(),
            forge_id: project.forge_id,
            installation_id: project.installation_id,
        };
        for group in groups {
            if self.forges().is_in_group(&repository, group, Person { id: *id, login }).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The jobs that a job comes after, directly or not.
fn upstream<'a>(job: &Job, jobs: &'a [Job]) -> impl Iterator<Item = &'a Job> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = job.requires.iter().map(|required| required.job.as_str()).collect();
    while let Some(name) = open.pop() {
        if let Some(at) = jobs.iter().position(|job| job.name == name)
            && found.insert(at)
        {
            open.extend(jobs[at].requires.iter().map(|required| required.job.as_str()));
        }
    }
    found.into_iter().map(|at| &jobs[at])
}

fn quoted(groups: &[&str]) -> String {
    groups.iter().map(|group| format!("`{group}`")).collect::<Vec<_>>().join(", ")
}
