//! The pipeline values that a trigger gives (CircleCI's "pipeline values" reference), but for those that the pipeline's own
//! row gives: `pipeline.id` and `pipeline.number`. `docs/triggers.md` has the table.

use model::{
    project::GitRef,
    time::Timestamp,
    trigger::{Actor, Trigger},
};
use serde_json::{Value, json};
use store::{custom_webhook::CustomWebhook, project::Project, schedule::Schedule};

use crate::vcs::{
    Checkout, Values,
    event::{Commit, PullRequest, Push, Repository},
};

/// CircleCI's word for a schedule in `pipeline.trigger_source`.
const SCHEDULED: &str = "scheduled_pipeline";

/// Those of a push. `pull_request` is the page of an open pull request of the branch.
pub(super) fn of_push(
    push: &Push,
    head: &Commit,
    default_branch: &str,
    pull_request: Option<&str>,
    received_at: Timestamp,
) -> Value {
    let Push { repository, git_ref, before, sha, head: _, actor, values: own } = push;
    let mut values = Values::default();
    checkout(repository, default_branch, git_ref, Some((sha, head))).set(&mut values);
    let source = repository.slug.vcs.integration();
    trigger(&mut values, Trigger::Webhook.name(), source, "push", "push", received_at);
    values.set("git.base_revision", json!(before));
    values.set("event.context.github.pr_url", json!(pull_request));
    let kind = match git_ref {
        GitRef::Branch(_) => "push",
        GitRef::Tag(_) => "tag",
    };
    legacy(&mut values, source, kind, actor, received_at);
    values.extend(own);
    values.into_row()
}

/// Those of a pull request. `git_ref` is what its pipeline is said to build.
pub(super) fn of_pull_request(
    event: &PullRequest,
    git_ref: &GitRef,
    head: &Commit,
    default_branch: &str,
    received_at: Timestamp,
) -> Value {
    let mut values = Values::default();
    checkout(&event.repository, default_branch, git_ref, Some((&event.sha, head))).set(&mut values);
    let source = event.repository.slug.vcs.integration();
    trigger(&mut values, Trigger::Webhook.name(), source, "pull_request", &event.action, received_at);
    legacy(&mut values, source, "pull_request", &event.actor, received_at);
    values.set("event.context.github.pr_url", json!(event.web_url));
    values.extend(&event.values);
    values.into_row()
}

/// Those of a call of the API.
pub(super) fn of_api(project: &Project, git_ref: &GitRef, received_at: Timestamp) -> Value {
    let mut values = unresolved(project, git_ref);
    trigger(&mut values, Trigger::Api.name(), "api", "api", "api", received_at);
    values.into_row()
}

/// Those of a schedule.
pub(super) fn of_schedule(project: &Project, schedule: &Schedule, received_at: Timestamp) -> Value {
    let mut values = unresolved(project, &schedule.git_ref);
    trigger(&mut values, SCHEDULED, "schedule", "schedule", "schedule", received_at);
    values.set("trigger.id", json!(schedule.id.to_string()));
    values.set("schedule.id", json!(schedule.id.to_string()));
    values.set("schedule.name", json!(schedule.name));
    values.into_row()
}

/// Those of a custom webhook.
pub(super) fn of_webhook(
    project: &Project,
    git_ref: &GitRef,
    webhook: &CustomWebhook,
    body: &str,
    received_at: Timestamp,
) -> Value {
    let mut values = unresolved(project, git_ref);
    trigger(&mut values, Trigger::Webhook.name(), "webhook", "custom_webhook", "custom_webhook", received_at);
    values.set("trigger.id", json!(webhook.id.to_string()));
    values.set("trigger_parameters.webhook.body", json!(body));
    values.into_row()
}

fn trigger(values: &mut Values, source: &str, kind: &str, name: &str, action: &str, received_at: Timestamp) {
    values.set("trigger_source", json!(source));
    values.set("trigger.type", json!(kind));
    values.set("trigger.received_at", json!(iso(received_at)));
    values.set("event.name", json!(name));
    values.set("event.action", json!(action));
}

/// `pipeline.trigger_parameters.circleci.…`: deprecated, and in many configurations.
fn legacy(values: &mut Values, source: &str, kind: &str, actor: &Actor, received_at: Timestamp) {
    values.set("trigger_parameters.circleci.trigger_type", json!(source));
    values.set("trigger_parameters.circleci.event_type", json!(kind));
    values.set("trigger_parameters.circleci.event_time", json!(iso(received_at)));
    values.set("trigger_parameters.circleci.actor_id", json!(actor.id.map(|id| id.to_string())));
}

/// What is known before the forge was asked where the branch or tag stands.
fn unresolved(project: &Project, git_ref: &GitRef) -> Values {
    let mut values = Values::default();
    let checkout = Checkout {
        slug: &project.slug,
        forge_id: project.forge_id,
        html_url: &project.web_url,
        default_branch: &project.default_branch,
        git_ref,
        commit: None,
    };
    checkout.set(&mut values);
    values
}

fn checkout<'a>(
    repository: &'a Repository,
    default_branch: &'a str,
    git_ref: &'a GitRef,
    commit: Option<(&'a model::project::Sha, &'a Commit)>,
) -> Checkout<'a> {
    let Repository { forge_id, slug, default_branch: _, clone_url: _, html_url, private: _, installation_id: _ } =
        repository;
    Checkout { slug, forge_id: *forge_id, html_url, default_branch, git_ref, commit }
}

/// ISO 8601.
fn iso(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.millis()).map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
