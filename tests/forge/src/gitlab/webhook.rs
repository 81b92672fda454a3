//! Push and tag hooks, in the shape that GitLab's documentation shows.

use anyhow::Context;
use model::project::{GitRef, Sha};
use serde_json::{Value, json};
use uuid::Uuid;

use super::state::{Project, State};
use crate::{Delivery, person};

/// What hooks carry to prove where they come from.
pub(super) const SECRET: &str = "a secret token of GitLab's";

/// How a push says "no commit".
const ZERO: &str = "0000000000000000000000000000000000000000";

/// The hook of a push of a branch or a tag.
pub(super) fn push(
    state: &State,
    project: &Project,
    git_ref: &GitRef,
    before: Option<&Sha>,
    after: Option<&Sha>,
) -> anyhow::Result<Delivery> {
    let (kind, event) = match git_ref {
        GitRef::Branch(_) => ("push", "Push Hook"),
        GitRef::Tag(_) => ("tag_push", "Tag Push Hook"),
    };
    let commits: Vec<Value> = match (git_ref, after) {
        (GitRef::Branch(_), Some(sha)) => vec![commit_json(state, project, sha)?],
        (GitRef::Branch(_), None) | (GitRef::Tag(_), _) => Vec::new(),
    };
    let name = project.path.rsplit('/').next().unwrap_or_default();
    let web = format!("{}/{}", state.url, project.path);
    let ssh = format!("git@gitlab.example:{}.git", project.path);
    let visibility = if project.private { 0 } else { 20 };
    let body = json!({
        "object_kind": kind,
        "event_name": kind,
        "before": before.map_or(ZERO, Sha::as_str),
        "after": after.map_or(ZERO, Sha::as_str),
        "ref": git_ref.full(),
        "ref_protected": true,
        "checkout_sha": after,
        "message": null,
        "user_id": person::ID,
        "user_name": person::NAME,
        "user_username": person::LOGIN,
        "user_email": "",
        "user_avatar": format!("{}/avatars/{}", state.url, person::LOGIN),
        "project_id": project.id,
        "project": {
            "id": project.id,
            "name": name,
            "description": "",
            "web_url": web,
            "avatar_url": null,
            "git_ssh_url": ssh,
            "git_http_url": format!("{web}.git"),
            "namespace": project.path.rsplit_once('/').map(|(group, _)| group),
            "visibility_level": visibility,
            "path_with_namespace": project.path,
            "default_branch": "main",
            "ci_config_path": null,
            "homepage": web,
            "url": ssh,
            "ssh_url": ssh,
            "http_url": format!("{web}.git")
        },
        "commits": commits,
        "total_commits_count": commits.len(),
        "push_options": {},
        "repository": {
            "name": name,
            "url": ssh,
            "description": "",
            "homepage": web,
            "git_http_url": format!("{web}.git"),
            "git_ssh_url": ssh,
            "visibility_level": visibility
        }
    });
    let guid = Uuid::new_v4().to_string();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![
        header("Content-Type", "application/json"),
        header("X-Gitlab-Event", event),
        header("X-Gitlab-Event-UUID", &guid),
        header("X-Gitlab-Webhook-UUID", &Uuid::new_v4().to_string()),
        header("Idempotency-Key", &guid),
        header("X-Gitlab-Instance", &state.url),
        header("X-Gitlab-Token", SECRET),
    ];
    Ok(Delivery { guid, path: "/hooks/gitlab", headers, body: body.to_string().into_bytes() })
}

fn commit_json(state: &State, project: &Project, sha: &Sha) -> anyhow::Result<Value> {
    let info = project.git.describe(sha).with_context(|| format!("find commit {sha} in `{}`", project.path))?;
    Ok(json!({
        "id": sha,
        "message": info.message,
        "title": info.message.lines().next().unwrap_or_default(),
        "timestamp": info.at,
        "url": format!("{}/{}/-/commit/{sha}", state.url, project.path),
        "author": { "name": person::NAME, "email": person::EMAIL },
        "added": [],
        "modified": [".circleci/config.yml"],
        "removed": []
    }))
}
