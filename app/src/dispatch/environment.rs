//! Environment variables of a job: those of the variables reference, and who wins where two set the same.

use model::{
    agent::SERVER_URL_VARIABLE,
    id::WorkflowId,
    plan::{Environment, JobPlan},
    zone::Zone,
};
use store::{
    job::Job,
    pipeline::{self, Pipeline},
    project::Project,
    task::Task,
};

use crate::vcs::organization_id;

/// Where steps run when the configuration does not say.
const WORKING_DIRECTORY: &str = "~/project";

/// What the variables speak of.
pub(super) struct About<'a> {
    /// The server's address, without a slash at its end.
    pub(super) public_url: &'a str,
    pub(super) task: &'a Task,
    pub(super) job: &'a Job,
    pub(super) plan: &'a JobPlan,
    pub(super) pipeline: &'a Pipeline,
    pub(super) project: &'a Project,
    /// Where `checkout` clones from.
    pub(super) repository_url: &'a str,
    /// The workflow whose workspace the job sees: of a rerun, the first one.
    pub(super) workspace: WorkflowId,
    /// The number of the job before this one on the same branch or tag.
    pub(super) previous_job: Option<u64>,
}

/// What the server gives of a job's environment, from weak to strong: variables of the project and of contexts, then the
/// built-in ones. (The runner puts the job's own `environment` on top, and the agent that of each step: the order of
/// CircleCI's documentation.)
pub(super) fn layered(variables: &Environment, built_in: Environment) -> Environment {
    let mut environment = variables.clone();
    environment.extend(built_in);
    environment
}

/// The built-in variables that are the server's to give.
pub(super) fn built_in(about: &About<'_>) -> Environment {
    let About { public_url, task, job, plan, pipeline, project, repository_url, workspace, previous_job } = about;
    let (slug, workflow) = (&pipeline.slug, job.workflow_id.to_string());
    let path = pipeline::path(slug, pipeline.number);
    let mut environment = Environment::new();
    let mut set = |name: &str, value: String| {
        if !value.is_empty() {
            environment.insert(name.to_owned(), value);
        }
    };
    for name in ["CI", "CIRCLECI", "ROUNDHOUSE"] {
        set(name, "true".to_owned());
    }
    set(SERVER_URL_VARIABLE, (*public_url).to_owned());
    // What scripts and orbs that call the API take for its address.
    set("CIRCLECI_API_HOST", (*public_url).to_owned());
    set("CIRCLE_BRANCH", pipeline.git_ref.branch().unwrap_or_default().to_owned());
    set("CIRCLE_BUILD_NUM", job.number.to_string());
    set("CIRCLE_BUILD_URL", format!("{public_url}{path}/workflows/{workflow}/jobs/{}", job.number));
    set("CIRCLE_JOB", job.name.clone());
    set("CIRCLE_NODE_INDEX", task.node_index.to_string());
    set("CIRCLE_NODE_TOTAL", job.parallelism.to_string());
    set("CIRCLE_ORGANIZATION_ID", organization_id(project.slug.vcs, &project.slug.org).to_string());
    set("CIRCLE_PIPELINE_ID", pipeline.id.to_string());
    set("CIRCLE_PIPELINE_NUMBER", pipeline.number.to_string());
    set("CIRCLE_PREVIOUS_BUILD_NUM", previous_job.map_or_else(String::new, |number| number.to_string()));
    set("CIRCLE_PROJECT_ID", project.id.to_string());
    set("CIRCLE_PROJECT_REPONAME", slug.repo.clone());
    set("CIRCLE_PROJECT_USERNAME", slug.org.clone());
    set("CIRCLE_REPOSITORY_URL", (*repository_url).to_owned());
    set("CIRCLE_SHA1", pipeline.sha.to_string());
    set("CIRCLE_TAG", pipeline.git_ref.tag().unwrap_or_default().to_owned());
    set("CIRCLE_USERNAME", pipeline.actor.login.clone());
    set("CIRCLE_WORKFLOW_ID", workflow);
    set("CIRCLE_WORKFLOW_JOB_ID", job.id.to_string());
    set("CIRCLE_WORKFLOW_WORKSPACE_ID", workspace.to_string());
    set("CIRCLE_WORKING_DIRECTORY", plan.working_directory.as_deref().unwrap_or(WORKING_DIRECTORY).to_owned());
    if let Some(url) = value(pipeline, "pipeline.event.context.github.pr_url") {
        set("CIRCLE_PULL_REQUEST", url.clone());
        set("CIRCLE_PULL_REQUESTS", url.clone());
        match pipeline.zone {
            Zone::Protected | Zone::Repo => {}
            // As documented, only for pull requests of forks.
            Zone::Fork { repository: _ } => {
                let number = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                set("CIRCLE_PR_NUMBER", number.to_owned());
                // The repository that it comes from, and who has opened it; only GitHub tells both.
                let from = value(pipeline, "pipeline.event.github.pull_request.head.repo.full_name");
                let from = from.as_deref().and_then(|name| name.rsplit('/').next()).unwrap_or(&slug.repo);
                let author = value(pipeline, "pipeline.event.github.pull_request.user.login");
                set("CIRCLE_PR_REPONAME", from.to_owned());
                set("CIRCLE_PR_USERNAME", author.unwrap_or_else(|| pipeline.actor.login.clone()));
            }
        }
    }
    environment
}

/// A pipeline value that is a text with something in it.
fn value(pipeline: &Pipeline, name: &str) -> Option<String> {
    pipeline.values.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
