//! Pipeline values that only GitHub's events have: `pipeline.event.github.*`, and the deprecated
//! `pipeline.trigger_parameters.github_app.*` that many configurations still use.

use model::project::GitRef;
use serde_json::json;

use super::webhook::{EndBody, PullRequestBody, PullRequestPart, PushBody, RepositoryBody, UserBody};
use crate::vcs::{event::Commit, value::Values};

pub(super) fn of_push(body: &PushBody) -> Values {
    let mut values = Values::default();
    let head = body.head_commit.as_ref();
    values.set("event.github.after", json!(body.after));
    values.set("event.github.ref", json!(body.full_ref));
    values.set("event.github.head_commit.url", json!(head.and_then(|head| head.url.as_ref())));
    repository(&mut values, &body.repository);
    if let Some(user) = &body.sender {
        sender(&mut values, user);
    }
    let git_ref = GitRef::from_full(&body.full_ref).ok();
    let commit = head.map(|head| Commit::new(&head.message, ""));
    let author = head.and_then(|head| head.author.as_ref()).and_then(|author| author.name.as_ref());
    for (name, value) in [
        ("branch", json!(git_ref.as_ref().and_then(GitRef::branch))),
        ("tag", json!(git_ref.as_ref().and_then(GitRef::tag))),
        ("ref", json!(body.full_ref)),
        ("checkout_sha", json!(body.after)),
        ("commit_sha", json!(body.after)),
        ("commit_title", json!(commit.as_ref().map(|commit| &commit.subject))),
        ("commit_message", json!(commit.as_ref().map(|commit| &commit.body))),
        ("commit_timestamp", json!(head.and_then(|head| head.timestamp.as_ref()))),
        ("commit_author_name", json!(author)),
        ("default_branch", json!(body.repository.default_branch)),
    ] {
        values.set(&format!("trigger_parameters.github_app.{name}"), value);
    }
    values
}

pub(super) fn of_pull_request(body: &PullRequestBody) -> Values {
    let mut values = Values::default();
    let PullRequestBody { action: _, number, pull_request, label, repository: base_repository, sender: user, .. } =
        body;
    let PullRequestPart { title, state: _, draft, merged, url, html_url: _, head, base, user: author } = pull_request;
    let EndBody { branch: head_ref, sha: head_sha, repo: head_repository } = head;
    let EndBody { branch: base_ref, sha: base_sha, repo: _ } = base;
    for (name, value) in [
        ("number", json!(number)),
        ("title", json!(title)),
        ("draft", json!(draft)),
        ("merged", json!(merged.unwrap_or(false))),
        ("url", json!(url)),
        ("head.ref", json!(head_ref)),
        ("head.sha", json!(head_sha)),
        ("base.ref", json!(base_ref)),
        ("base.sha", json!(base_sha)),
    ] {
        values.set(&format!("event.github.pull_request.{name}"), value);
    }
    // For variables of jobs of forks alone; no configuration can ask for these.
    if let Some(fork) = head_repository.as_ref().filter(|head| head.id != base_repository.id) {
        let author = author.as_ref().and_then(|author| author.login.as_ref());
        values.set("event.github.pull_request.user.login", json!(author));
        values.set("event.github.pull_request.head.repo.full_name", json!(fork.full_name));
    }
    values.set("event.github.label.name", json!(label.as_ref().map(|label| &label.name)));
    repository(&mut values, base_repository);
    sender(&mut values, user);
    for (name, value) in [
        ("branch", json!(head_ref)),
        ("ref", json!(head_ref)),
        ("checkout_sha", json!(head_sha)),
        ("commit_sha", json!(head_sha)),
    ] {
        values.set(&format!("trigger_parameters.github_app.{name}"), value);
    }
    values
}

fn repository(values: &mut Values, repository: &RepositoryBody) {
    let (owner, name) = repository.full_name.split_once('/').unwrap_or(("", &repository.full_name));
    values.set("event.github.repository.name", json!(name));
    values.set("event.github.repository.owner.login", json!(owner));
    values.set("event.github.repository.url", json!(repository.url.as_ref().unwrap_or(&repository.html_url)));
    values.set("trigger_parameters.github_app.repo_name", json!(name));
    values.set("trigger_parameters.github_app.repo_url", json!(repository.html_url));
    values.set("trigger_parameters.github_app.web_url", json!(repository.html_url));
}

fn sender(values: &mut Values, user: &UserBody) {
    let UserBody { id, login, kind, avatar_url } = user;
    values.set("event.github.sender.login", json!(login));
    values.set("event.github.sender.type", json!(kind));
    values.set("event.github.sender.avatar_url", json!(avatar_url));
    values.set("trigger_parameters.github_app.user_id", json!(id.to_string()));
    values.set("trigger_parameters.github_app.user_name", json!(login));
    values.set("trigger_parameters.github_app.user_username", json!(login));
    values.set("trigger_parameters.github_app.user_avatar", json!(avatar_url));
}
