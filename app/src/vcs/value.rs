//! Pipeline values that say what is checked out (CircleCI's "pipeline values" reference: `pipeline.project.*`,
//! `pipeline.git.*`, `pipeline.config.*`). They are the same whatever started the pipeline.

use model::project::{GitRef, ProjectSlug, Sha, Vcs};
use serde_json::{Map, Value, json};

use super::{event::Commit, forges::CONFIG_PATH};

/// Values by name. What has none is left out: such a name is undefined in a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Map<String, Value>);

impl Values {
    /// Those of a row: an object.
    pub fn of_row(values: &Value) -> Self {
        Self(values.as_object().cloned().unwrap_or_default())
    }

    /// Sets `pipeline.NAME`; null sets nothing.
    pub fn set(&mut self, name: &str, value: Value) {
        if !value.is_null() {
            self.0.insert(format!("pipeline.{name}"), value);
        }
    }

    /// Sets all of these, too.
    pub fn extend(&mut self, others: &Self) {
        self.0.extend(others.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// As rows hold them: an object from names to literals.
    pub fn into_row(self) -> Value {
        Value::Object(self.0)
    }
}

/// What is checked out.
#[derive(Clone, Copy, Debug)]
pub struct Checkout<'a> {
    /// The repository's names.
    pub slug: &'a ProjectSlug,
    /// The forge's numeric id of the repository.
    pub forge_id: i64,
    /// Where people look at the repository.
    pub html_url: &'a str,
    /// The branch that the forge shows first.
    pub default_branch: &'a str,
    /// The branch or tag.
    pub git_ref: &'a GitRef,
    /// The commit, once it is known.
    pub commit: Option<(&'a Sha, &'a Commit)>,
}

impl Checkout<'_> {
    /// Sets everything that it says.
    pub fn set(&self, values: &mut Values) {
        let Self { slug, forge_id, html_url, default_branch, git_ref, commit } = *self;
        values.set("project.git_url", json!(html_url));
        values.set("project.type", json!(slug.vcs.long()));
        values.set("project.slug", json!(slug.to_string()));
        values.set("integration_source", json!(slug.vcs.integration()));
        values.set("git.tag", json!(git_ref.tag()));
        values.set("git.branch", json!(git_ref.branch()));
        values.set("git.branch.is_default", json!(git_ref.branch() == Some(default_branch)));
        values.set("git.repo_id", json!(forge_id.to_string()));
        values.set("git.repo_name", json!(slug.repo));
        values.set("git.repo_owner", json!(slug.org));
        values.set("git.repo_url", json!(html_url));
        values.set("config.repository.name", json!(slug.full_name()));
        values.set("config.repository.url", json!(html_url));
        values.set("config.file_path", json!(CONFIG_PATH));
        values.set("config.ref", json!(git_ref.full()));
        let Some((sha, Commit { subject, body, author, author_login })) = commit else { return };
        let commit_url = match slug.vcs {
            Vcs::GitHub => format!("{html_url}/commit/{sha}"),
            Vcs::GitLab => format!("{html_url}/-/commit/{sha}"),
        };
        values.set("git.revision", json!(sha));
        values.set("config.sha", json!(sha));
        values.set("git.commit.subject", json!(subject));
        values.set("git.commit.body", json!(body));
        values.set("git.commit.url", json!(commit_url));
        values.set("git.commit.author_name", json!(author));
        values.set("git.commit.author_login", json!(author_login));
    }
}
