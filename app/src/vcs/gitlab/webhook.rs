//! Reads the bodies of GitLab's webhooks.

use model::{
    project::{GitRef, ProjectSlug, Sha, Vcs},
    trigger::Actor,
};
use serde::Deserialize;

use crate::vcs::event::{BadPayload, Commit, Incoming, Push, Repository, VcsEvent, ignored_ref};

/// Reads a body. `event` is the header `X-Gitlab-Event`.
///
/// # Errors
/// A body that is not what the event's name promises.
pub fn parse(event: &str, body: &[u8]) -> Result<Incoming, BadPayload> {
    match event {
        "Push Hook" | "Tag Push Hook" => {
            push(serde_json::from_slice(body).map_err(|error| BadPayload::of(body, error))?)
        }
        "System Hook" => Ok(Incoming::Ignored(
            "system hooks start nothing: add the webhook to a project or a group, for push and tag push events"
                .to_owned(),
        )),
        _ => Ok(Incoming::Ignored(format!("`{event}` events start nothing"))),
    }
}

#[derive(Deserialize)]
struct PushBody {
    #[serde(rename = "ref")]
    full_ref: String,
    before: Sha,
    after: Sha,
    checkout_sha: Option<Sha>,
    user_id: Option<i64>,
    user_name: Option<String>,
    user_username: Option<String>,
    project: ProjectBody,
    #[serde(default)]
    commits: Vec<CommitBody>,
}

#[derive(Deserialize)]
struct ProjectBody {
    id: i64,
    path_with_namespace: String,
    default_branch: Option<String>,
    git_http_url: String,
    web_url: String,
    #[serde(default)]
    visibility_level: i64,
}

#[derive(Deserialize)]
struct CommitBody {
    id: Sha,
    #[serde(default)]
    message: String,
    author: Option<AuthorBody>,
}

#[derive(Deserialize)]
struct AuthorBody {
    #[serde(default)]
    name: String,
}

/// GitLab's `visibility_level` of a project that everybody may see.
const PUBLIC: i64 = 20;

fn push(body: PushBody) -> Result<Incoming, BadPayload> {
    let PushBody { full_ref, before, after, checkout_sha, user_id, user_name, user_username, project, commits } = body;
    if let Some(note) = ignored_ref(&full_ref, after.is_zero()) {
        return Ok(Incoming::Ignored(note));
    }
    // For an annotated tag, `after` is the tag object and `checkout_sha` the commit.
    let sha = checkout_sha.unwrap_or(after);
    let head = commits.into_iter().find(|commit| commit.id == sha).map(|commit| {
        let author = commit.author.map(|author| author.name);
        Commit::new(&commit.message, author.unwrap_or_default())
    });
    let ProjectBody { id, path_with_namespace, default_branch, git_http_url, web_url, visibility_level } = project;
    Ok(Incoming::Event(VcsEvent::Push(Box::new(Push {
        repository: Repository {
            forge_id: id,
            slug: ProjectSlug::from_full_name(Vcs::GitLab, &path_with_namespace)?,
            default_branch,
            clone_url: git_http_url,
            html_url: web_url,
            private: visibility_level != PUBLIC,
            installation_id: None,
        },
        git_ref: GitRef::from_full(&full_ref)?,
        before: Some(before).filter(|before| !before.is_zero()),
        sha,
        head,
        actor: Actor { id: user_id, login: user_username.or(user_name).unwrap_or_default() },
    }))))
}

#[cfg(test)]
mod tests;
