//! Reads the bodies of GitLab's webhooks.

use model::{
    project::{ProjectSlug, Sha, Vcs},
    trigger::Actor,
};
use serde::Deserialize;

use super::value;
use crate::vcs::event::{BadPayload, Commit, Deletion, Incoming, PullRequest, Push, Repository, VcsEvent, pushed_ref};

/// Reads a body. `event` is the header `X-Gitlab-Event`.
///
/// # Errors
/// A body that is not what the event's name promises.
pub fn parse(event: &str, body: &[u8]) -> Result<Incoming, BadPayload> {
    match event {
        "Push Hook" | "Tag Push Hook" => push(read(body)?),
        "Merge Request Hook" => merge_request(read(body)?),
        "System Hook" => Ok(Incoming::Ignored(
            "system hooks start nothing: add the webhook to a project or a group, for push and tag push events"
                .to_owned(),
        )),
        _ => Ok(Incoming::Ignored(format!("`{event}` events start nothing"))),
    }
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, BadPayload> {
    serde_json::from_slice(body).map_err(|error| BadPayload::of(body, error))
}

#[derive(Deserialize)]
pub(super) struct PushBody {
    pub(super) object_kind: Option<String>,
    #[serde(rename = "ref")]
    pub(super) full_ref: String,
    before: Sha,
    pub(super) after: Sha,
    pub(super) checkout_sha: Option<Sha>,
    pub(super) user_id: Option<i64>,
    pub(super) user_name: Option<String>,
    pub(super) user_username: Option<String>,
    pub(super) user_avatar: Option<String>,
    pub(super) project: ProjectBody,
    #[serde(default)]
    pub(super) commits: Vec<CommitBody>,
}

#[derive(Deserialize)]
pub(super) struct ProjectBody {
    id: i64,
    pub(super) path_with_namespace: String,
    pub(super) default_branch: Option<String>,
    git_http_url: String,
    pub(super) web_url: String,
    #[serde(default)]
    visibility_level: i64,
}

#[derive(Deserialize)]
pub(super) struct CommitBody {
    pub(super) id: Sha,
    #[serde(default)]
    pub(super) message: String,
    pub(super) timestamp: Option<String>,
    pub(super) author: Option<AuthorBody>,
}

#[derive(Deserialize)]
pub(super) struct AuthorBody {
    #[serde(default)]
    pub(super) name: String,
    pub(super) email: Option<String>,
}

/// GitLab's `visibility_level` of a project that everybody may see.
const PUBLIC: i64 = 20;

fn push(body: PushBody) -> Result<Incoming, BadPayload> {
    let values = value::of_push(&body);
    let PushBody { full_ref, before, after, checkout_sha, user_id, user_name, user_username, project, commits, .. } =
        body;
    let git_ref = match pushed_ref(&full_ref) {
        Ok(git_ref) => git_ref,
        Err(note) => return Ok(Incoming::Ignored(note)),
    };
    if after.is_zero() {
        let deletion = Deletion { vcs: Vcs::GitLab, forge_id: project.id, git_ref };
        return Ok(Incoming::Event(VcsEvent::Deletion(Box::new(deletion))));
    }
    // For an annotated tag, `after` is the tag object and `checkout_sha` the commit.
    let sha = checkout_sha.unwrap_or(after);
    let head = commits.into_iter().find(|commit| commit.id == sha).map(CommitBody::read);
    Ok(Incoming::Event(VcsEvent::Push(Box::new(Push {
        repository: project.read()?,
        git_ref,
        before: Some(before).filter(|before| !before.is_zero()),
        sha,
        head,
        actor: Actor { id: user_id, login: user_username.or(user_name).unwrap_or_default() },
        values,
    }))))
}

impl CommitBody {
    fn read(self) -> Commit {
        let Self { id: _, message, timestamp: _, author } = self;
        Commit::new(&message, author.map(|author| author.name).unwrap_or_default())
    }
}

impl ProjectBody {
    fn read(self) -> Result<Repository, BadPayload> {
        let Self { id, path_with_namespace, default_branch, git_http_url, web_url, visibility_level } = self;
        Ok(Repository {
            forge_id: id,
            slug: ProjectSlug::from_full_name(Vcs::GitLab, &path_with_namespace)?,
            default_branch,
            clone_url: git_http_url,
            html_url: web_url,
            private: visibility_level != PUBLIC,
            installation_id: None,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct MergeRequestBody {
    pub(super) user: UserBody,
    pub(super) project: ProjectBody,
    pub(super) object_attributes: MergeRequestPart,
}

#[derive(Deserialize)]
pub(super) struct UserBody {
    pub(super) id: Option<i64>,
    #[serde(default)]
    pub(super) username: String,
    pub(super) name: Option<String>,
    pub(super) avatar_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct MergeRequestPart {
    pub(super) iid: i64,
    /// `open`, `update`, `reopen`, `close`, `merge`, `approved` …; hooks that are sent by hand have none.
    pub(super) action: Option<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    pub(super) url: String,
    pub(super) source_branch: String,
    pub(super) target_branch: String,
    pub(super) source_project_id: Option<i64>,
    pub(super) target_project_id: i64,
    pub(super) last_commit: CommitBody,
    /// Where the source branch stood before an `update` that brought commits.
    oldrev: Option<Sha>,
}

fn merge_request(body: MergeRequestBody) -> Result<Incoming, BadPayload> {
    let values = value::of_merge_request(&body);
    let MergeRequestBody { user, project, object_attributes } = body;
    let MergeRequestPart {
        iid,
        action,
        state,
        title,
        draft,
        url,
        source_branch,
        target_branch,
        source_project_id,
        target_project_id: _,
        last_commit,
        oldrev,
    } = object_attributes;
    let action = match (action.as_deref(), oldrev) {
        (Some("open"), _) => "opened".to_owned(),
        (Some("reopen"), _) => "reopened".to_owned(),
        (Some("close" | "merge"), _) => "closed".to_owned(),
        (Some("update"), Some(_)) => "synchronize".to_owned(),
        (Some("update") | None, _) => "edited".to_owned(),
        (Some(other), _) => other.to_owned(),
    };
    Ok(Incoming::Event(VcsEvent::PullRequest(Box::new(PullRequest {
        repository: project.read()?,
        action,
        number: iid,
        open: matches!(state.as_str(), "opened" | "locked"),
        draft,
        title,
        web_url: url,
        head_repository_id: source_project_id,
        head_ref: source_branch,
        base_ref: target_branch,
        sha: last_commit.id.clone(),
        head: Some(last_commit.read()),
        actor: Actor { id: user.id, login: user.username },
        values,
    }))))
}

#[cfg(test)]
mod tests;
