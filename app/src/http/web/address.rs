//! The addresses of pages: writing them, and reading what comes back.
//!
//! `/pipelines/{github|gitlab}/{org…}/{repo}/{number}/workflows/{id}/jobs/{number}` and its prefixes are those that CircleCI
//! uses. A GitLab project may lie in groups within groups, so the path is read from its end.

use std::fmt::Write as _;

use model::{
    event::StepKey,
    id::{ContextId, WorkflowId},
    project::{ProjectSlug, Sha, Vcs},
};

/// Escapes a piece of a path or a value of a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            byte => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// What people call a forge.
pub const fn forge(vcs: Vcs) -> &'static str {
    match vcs {
        Vcs::GitHub => "GitHub",
        Vcs::GitLab => "GitLab",
    }
}

/// A commit's page at its forge.
pub fn commit(web_url: &str, vcs: Vcs, sha: &Sha) -> String {
    match vcs {
        Vcs::GitHub => format!("{web_url}/commit/{sha}"),
        Vcs::GitLab => format!("{web_url}/-/commit/{sha}"),
    }
}

/// The pipelines of a project.
pub fn project(slug: &ProjectSlug) -> String {
    format!("/pipelines/{}/{}/{}", slug.vcs.long(), encode_path(&slug.org), encode(&slug.repo))
}

/// The settings of a project.
pub fn settings(slug: &ProjectSlug) -> String {
    format!("/settings/project/{}/{}/{}", slug.vcs.long(), encode_path(&slug.org), encode(&slug.repo))
}

/// A context.
pub fn context(id: ContextId) -> String {
    format!("/contexts/{id}")
}

/// A pipeline.
pub fn pipeline(slug: &ProjectSlug, number: u64) -> String {
    format!("{}/{number}", project(slug))
}

/// A workflow.
pub fn workflow(slug: &ProjectSlug, number: u64, id: WorkflowId) -> String {
    format!("{}/workflows/{id}", pipeline(slug, number))
}

/// A job.
pub fn job(slug: &ProjectSlug, number: u64, workflow_id: WorkflowId, job: u64) -> String {
    format!("{}/jobs/{job}", workflow(slug, number, workflow_id))
}

/// The raw log of a step, below the address of its job.
pub fn log(job: &str, run: u32, key: StepKey) -> String {
    let run = if run == 0 { String::new() } else { format!("?run={run}") };
    format!("{job}/steps/{}/{}/log{run}", key.step, key.attempt)
}

/// An artifact, below the address of its job.
pub fn artifact(job: &str, node: u32, path: &str) -> String {
    format!("{job}/artifacts/{node}/{}", encode_path(path))
}

/// What an address below `/pipelines` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A project, or a group of projects.
    Project(ProjectSlug),
    /// A pipeline, or a project whose name is a number.
    Pipeline(ProjectSlug, u64),
    /// A pipeline's configuration.
    Config(ProjectSlug, u64),
    /// A pipeline's parameters and values.
    Parameters(ProjectSlug, u64),
    /// A workflow.
    Workflow(ProjectSlug, u64, WorkflowId),
    /// A job.
    Job(ProjectSlug, u64, WorkflowId, u64),
    /// The raw log of a step.
    Log(ProjectSlug, u64, WorkflowId, u64, StepKey),
    /// The tests of a job.
    Tests(ProjectSlug, u64, WorkflowId, u64),
    /// The artifacts of a job.
    Artifacts(ProjectSlug, u64, WorkflowId, u64),
    /// An artifact: of which task, and its path.
    Artifact(ProjectSlug, u64, WorkflowId, u64, u32, String),
}

impl Address {
    /// The project, as the address names it.
    pub const fn slug(&self) -> &ProjectSlug {
        match self {
            Self::Project(slug)
            | Self::Pipeline(slug, ..)
            | Self::Config(slug, ..)
            | Self::Parameters(slug, ..)
            | Self::Workflow(slug, ..)
            | Self::Job(slug, ..)
            | Self::Log(slug, ..)
            | Self::Tests(slug, ..)
            | Self::Artifacts(slug, ..)
            | Self::Artifact(slug, ..) => slug,
        }
    }

    /// Reads a path without `/pipelines/`, its escapes undone.
    pub fn parse(path: &str) -> Option<Self> {
        let (vcs, rest) = path.trim_end_matches('/').split_once('/')?;
        let vcs: Vcs = vcs.parse().ok()?;
        let parts: Vec<&str> = rest.split('/').collect();
        let slug = |parts: &[&str]| {
            let fits = vcs == Vcs::GitLab || parts.len() == 2;
            fits.then(|| ProjectSlug::from_full_name(vcs, &parts.join("/")).ok()).flatten()
        };
        // An artifact's path may look like anything, also like the rest of an address: the first place counts.
        for at in 2..parts.len() {
            if let [number, "workflows", id, "jobs", job, "artifacts", node, file @ ..] = &parts[at..]
                && let (Ok(number), Ok(id), Ok(job), Ok(node)) = (number.parse(), id.parse(), job.parse(), node.parse())
                && !file.is_empty()
            {
                return Some(Self::Artifact(slug(&parts[..at])?, number, id, job, node, file.join("/")));
            }
        }
        match parts.as_slice() {
            [project @ .., number, "workflows", id, "jobs", job, "tests"] => {
                Some(Self::Tests(slug(project)?, number.parse().ok()?, id.parse().ok()?, job.parse().ok()?))
            }
            [project @ .., number, "workflows", id, "jobs", job, "artifacts"] => {
                Some(Self::Artifacts(slug(project)?, number.parse().ok()?, id.parse().ok()?, job.parse().ok()?))
            }
            [project @ .., number, "workflows", id, "jobs", job, "steps", step, attempt, "log"] => {
                let key = StepKey { step: step.parse().ok()?, attempt: attempt.parse().ok()? };
                Some(Self::Log(slug(project)?, number.parse().ok()?, id.parse().ok()?, job.parse().ok()?, key))
            }
            [project @ .., number, "workflows", id, "jobs", job] => {
                Some(Self::Job(slug(project)?, number.parse().ok()?, id.parse().ok()?, job.parse().ok()?))
            }
            [project @ .., number, "workflows", id] => {
                Some(Self::Workflow(slug(project)?, number.parse().ok()?, id.parse().ok()?))
            }
            [project @ .., number, "config"] if number.parse::<u64>().is_ok() && project.len() > 1 => {
                Some(Self::Config(slug(project)?, number.parse().ok()?))
            }
            [project @ .., number, "parameters"] if number.parse::<u64>().is_ok() && project.len() > 1 => {
                Some(Self::Parameters(slug(project)?, number.parse().ok()?))
            }
            [project @ .., number] if number.parse::<u64>().is_ok() && project.len() > 1 => {
                Some(Self::Pipeline(slug(project)?, number.parse().ok()?))
            }
            project => slug(project).map(Self::Project),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn github() -> ProjectSlug {
        ProjectSlug::from_full_name(Vcs::GitHub, "acme/api").unwrap()
    }

    #[test]
    fn addresses_are_read_back() {
        let id: WorkflowId = "0193b1c0-0000-7000-8000-000000000001".parse().unwrap();
        let nested = ProjectSlug::from_full_name(Vcs::GitLab, "group/sub group/42").unwrap();
        for slug in [github(), nested] {
            let read = |address: &str| Address::parse(&address.trim_start_matches("/pipelines/").replace("%20", " "));
            assert_eq!(read(&pipeline(&slug, 7)), Some(Address::Pipeline(slug.clone(), 7)));
            assert_eq!(read(&format!("{}/config", pipeline(&slug, 7))), Some(Address::Config(slug.clone(), 7)));
            let given = Address::Parameters(slug.clone(), 7);
            assert_eq!(read(&format!("{}/parameters", pipeline(&slug, 7))), Some(given));
            assert_eq!(read(&workflow(&slug, 7, id)), Some(Address::Workflow(slug.clone(), 7, id)));
            let page = job(&slug, 7, id, 12);
            assert_eq!(read(&page), Some(Address::Job(slug.clone(), 7, id, 12)));
            let key = StepKey { step: 3, attempt: 1 };
            assert_eq!(read(&format!("{page}/tests")), Some(Address::Tests(slug.clone(), 7, id, 12)));
            assert_eq!(read(&format!("{page}/artifacts")), Some(Address::Artifacts(slug.clone(), 7, id, 12)));
            for path in ["a.txt", "x/7/workflows/y/jobs/1/steps/0/0/log", "deep/12"] {
                let named = Address::Artifact(slug.clone(), 7, id, 12, 3, path.to_owned());
                assert_eq!(read(&artifact(&page, 3, path)), Some(named));
            }
            assert_eq!(read(&log(&page, 0, key)), Some(Address::Log(slug.clone(), 7, id, 12, key)));
        }
        assert_eq!(Address::parse("gh/acme/api/"), Some(Address::Project(github())));
        assert_eq!(Address::parse("github/acme/42"), Address::parse("gh/acme/42/"));
    }

    #[test]
    fn other_paths_name_nothing() {
        for path in
            ["", "github", "github/acme", "svn/acme/api", "github/a/b/c", "github/../api", "github/acme/api/x/y"]
        {
            assert_eq!(Address::parse(path), None, "{path}");
        }
    }

    #[test]
    fn names_are_escaped() {
        assert_eq!(encode("feat/<script>&ü"), "feat%2F%3Cscript%3E%26%C3%BC");
    }
}
