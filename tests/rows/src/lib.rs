//! Ordinary rows for tests and benchmarks to begin with: a project, a pipeline of it, a job of one step.
//!
//! What a test is about, it says itself, and takes the rest from here:
//!
//! ```
//! use store::project::NewProject;
//!
//! let secret = NewProject { private: true, ..rows::project("gh/acme/app") };
//! assert_eq!(secret.web_url, "https://github.com/acme/app");
//! ```

use model::{
    id::ProjectId,
    plan::{Container, Executor, JobKind, JobNode, JobPlan, Run, Step, StepKind, When, WorkflowPlan},
    project::{GitRef, ProjectSlug, Vcs},
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::json;
use store::{pipeline::NewPipeline, project::NewProject};

/// A public project with this slug (`gh/acme/app`), the first of its forge.
///
/// # Panics
/// It is no slug.
pub fn project(slug: &str) -> NewProject {
    let slug: ProjectSlug = slug.parse().expect("a slug is written as gh/ORG/REPO or gl/GROUP/REPO");
    let host = match slug.vcs {
        Vcs::GitHub => "github.com",
        Vcs::GitLab => "gitlab.com",
    };
    let web_url = format!("https://{host}/{}", slug.full_name());
    NewProject {
        slug,
        forge_id: 1,
        installation_id: None,
        default_branch: "main".to_owned(),
        clone_url: format!("{web_url}.git"),
        web_url,
        private: false,
    }
}

/// A push by Ada to the branch `main`.
pub fn pipeline(project_id: ProjectId) -> NewPipeline {
    NewPipeline {
        project_id,
        trigger: Trigger::Webhook,
        git_ref: GitRef::Branch("main".to_owned()),
        sha: "a".repeat(40).parse().expect("forty digits are a SHA"),
        subject: "Add a thing".to_owned(),
        body: String::new(),
        actor: Actor { id: Some(1), login: "ada".to_owned() },
        author: None,
        parameters: json!({}),
        values: json!({}),
        delivery_id: None,
        zone: Zone::Repo,
    }
}

/// A container of BusyBox.
pub fn docker() -> Executor {
    Executor::Docker { containers: vec![Container { image: "busybox".to_owned(), ..Container::default() }] }
}

/// A step that runs while all goes well.
pub fn step(kind: StepKind) -> Step {
    Step { name: "test".to_owned(), when: When::OnSuccess, kind }
}

/// What a job does: `true`, in a container of BusyBox.
pub fn plan() -> JobPlan {
    JobPlan {
        executor: docker(),
        resource_class: None,
        working_directory: None,
        shell: None,
        environment: Default::default(),
        steps: vec![step(StepKind::Run(Run::command("true")))],
        parallelism: 1,
        cache_retention_days: None,
        contexts: Vec::new(),
    }
}

/// A job of this kind that requires no other.
pub fn node(name: &str, kind: JobKind) -> JobNode {
    JobNode { name: name.to_owned(), requires: Vec::new(), serial_group: None, group: None, kind }
}

/// A job that does this.
pub fn build(name: &str, plan: JobPlan) -> JobNode {
    node(name, JobKind::Build { plan: Box::new(plan) })
}

/// The workflow `main` of these jobs.
pub fn workflow(jobs: Vec<JobNode>) -> WorkflowPlan {
    WorkflowPlan { name: "main".to_owned(), jobs, skipped: Vec::new(), max_auto_reruns: 0 }
}
