//! The pipeline values that an event gives (CircleCI's "pipeline values" reference), but for those that the pipeline's
//! own row gives: `pipeline.id` and `pipeline.number`.

use model::{
    project::{GitRef, Vcs},
    trigger::{Actor, Trigger},
};
use serde_json::{Map, Value, json};

use crate::vcs::event::{Commit, Push, Repository};

/// An object from names to literals. What has no value is left out: such a name is undefined in a configuration.
pub(super) fn of_push(push: &Push, head: &Commit, default_branch: &str) -> Value {
    let Push { repository, git_ref, before, sha, head: _, actor } = push;
    let Repository { forge_id, slug, default_branch: _, clone_url: _, html_url, private: _, installation_id: _ } =
        repository;
    let Commit { subject, body, author } = head;
    let Actor { id: actor_id, login } = actor;
    let commit_url = match slug.vcs {
        Vcs::GitHub => format!("{html_url}/commit/{sha}"),
        Vcs::GitLab => format!("{html_url}/-/commit/{sha}"),
    };
    let (provider, source) = match slug.vcs {
        Vcs::GitHub => ("github_app", "github_app"),
        Vcs::GitLab => ("gitlab", "gitlab"),
    };
    let mut values = Map::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            values.insert(format!("pipeline.{name}"), value);
        }
    };
    set("project.git_url", json!(html_url));
    set("project.type", json!(slug.vcs.long()));
    set("project.slug", json!(slug.to_string()));
    set("git.tag", json!(git_ref.tag()));
    set("git.branch", json!(git_ref.branch()));
    set("git.branch.is_default", json!(git_ref.branch() == Some(default_branch)));
    set("git.revision", json!(sha));
    set("git.base_revision", json!(before));
    set("git.commit.subject", json!(subject));
    set("git.commit.body", json!(body));
    set("git.commit.url", json!(commit_url));
    set("git.commit.author_name", json!(author));
    set("git.repo_id", json!(forge_id.to_string()));
    set("git.repo_name", json!(slug.repo));
    set("git.repo_owner", json!(slug.org));
    set("git.repo_url", json!(html_url));
    set("trigger_source", json!(Trigger::Webhook.name()));
    set("trigger.type", json!(source));
    set("event.name", json!("push"));
    set("integration_source", json!(source));
    let (kind, full) = match git_ref {
        GitRef::Branch(_) => ("push", git_ref.full()),
        GitRef::Tag(_) => ("tag", git_ref.full()),
    };
    set("trigger_parameters.circleci.trigger_type", json!(provider));
    set("trigger_parameters.circleci.event_type", json!(kind));
    set("trigger_parameters.circleci.actor_id", json!(actor_id.map(|id| id.to_string())));
    for (name, value) in [
        ("branch", json!(git_ref.branch())),
        ("tag", json!(git_ref.tag())),
        ("ref", json!(full)),
        ("checkout_sha", json!(sha)),
        ("commit_sha", json!(sha)),
        ("commit_title", json!(subject)),
        ("commit_message", json!(body)),
        ("commit_author_name", json!(author)),
        ("default_branch", json!(default_branch)),
        ("repo_name", json!(slug.repo)),
        ("repo_url", json!(html_url)),
        ("web_url", json!(html_url)),
        ("user_id", json!(actor_id.map(|id| id.to_string()))),
        ("user_name", json!(login)),
        ("user_username", json!(login)),
    ] {
        set(&format!("trigger_parameters.{provider}.{name}"), value);
    }
    Value::Object(values)
}
