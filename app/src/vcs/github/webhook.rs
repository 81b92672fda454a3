//! Reads the bodies of GitHub's webhooks.

use model::{
    project::{ProjectSlug, Sha, Vcs},
    trigger::Actor,
};
use serde::Deserialize;

use super::value;
use crate::vcs::event::{BadPayload, Commit, Deletion, Incoming, PullRequest, Push, Repository, VcsEvent, pushed_ref};

/// Reads a body. `event` is the header `X-GitHub-Event`.
///
/// # Errors
/// A body that is not what the event's name promises.
pub fn parse(event: &str, body: &[u8]) -> Result<Incoming, BadPayload> {
    match event {
        "push" => push(read(body)?),
        "pull_request" => pull_request(read(body)?),
        "ping" => Ok(Incoming::Ignored("ping: the webhook is set up".to_owned())),
        "create" | "delete" => {
            Ok(Incoming::Ignored(format!("`{event}`: the push event that comes with it is the one that counts")))
        }
        "installation" | "installation_repositories" => installation(event, &read(body)?),
        _ => Ok(Incoming::Ignored(format!("`{event}` events start nothing"))),
    }
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, BadPayload> {
    serde_json::from_slice(body).map_err(|error| BadPayload::of(body, error))
}

#[derive(Deserialize)]
pub(super) struct PushBody {
    #[serde(rename = "ref")]
    pub(super) full_ref: String,
    before: Sha,
    pub(super) after: Sha,
    #[serde(default)]
    deleted: bool,
    pub(super) head_commit: Option<CommitBody>,
    pub(super) repository: RepositoryBody,
    pub(super) sender: Option<UserBody>,
    pusher: Option<PusherBody>,
    installation: Option<InstallationBody>,
}

#[derive(Deserialize)]
pub(super) struct CommitBody {
    id: Sha,
    #[serde(default)]
    pub(super) message: String,
    pub(super) timestamp: Option<String>,
    pub(super) url: Option<String>,
    pub(super) author: Option<AuthorBody>,
}

#[derive(Deserialize)]
pub(super) struct AuthorBody {
    pub(super) name: Option<String>,
    username: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct RepositoryBody {
    pub(super) id: i64,
    pub(super) full_name: String,
    pub(super) url: Option<String>,
    pub(super) default_branch: Option<String>,
    clone_url: String,
    pub(super) html_url: String,
    #[serde(default)]
    private: bool,
}

#[derive(Deserialize)]
pub(super) struct UserBody {
    pub(super) id: i64,
    pub(super) login: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct PusherBody {
    name: String,
}

#[derive(Deserialize)]
pub(super) struct InstallationBody {
    id: i64,
}

fn push(body: PushBody) -> Result<Incoming, BadPayload> {
    let values = value::of_push(&body);
    let PushBody { full_ref, before, after, deleted, head_commit, repository, sender, pusher, installation } = body;
    let git_ref = match pushed_ref(&full_ref) {
        Ok(git_ref) => git_ref,
        Err(note) => return Ok(Incoming::Ignored(note)),
    };
    if deleted || after.is_zero() {
        let deletion = Deletion { vcs: Vcs::GitHub, forge_id: repository.id, git_ref };
        return Ok(Incoming::Event(VcsEvent::Deletion(Box::new(deletion))));
    }
    let actor = match (sender, pusher) {
        (Some(UserBody { id, login, .. }), _) => Actor { id: Some(id), login },
        (None, Some(pusher)) => Actor { id: None, login: pusher.name },
        (None, None) => Actor::default(),
    };
    // For an annotated tag, `after` is the tag object: statuses and configurations hang on commits.
    let sha = head_commit.as_ref().map_or(after, |head| head.id.clone());
    let head = head_commit.map(|CommitBody { id: _, message, author, .. }| {
        let (name, login) = author.map_or((None, None), |AuthorBody { name, username }| (name, username));
        let mut commit = Commit::new(&message, name.or_else(|| login.clone()).unwrap_or_default());
        commit.author_login = login;
        commit
    });
    Ok(Incoming::Event(VcsEvent::Push(Box::new(Push {
        repository: repository.read(installation)?,
        git_ref,
        before: Some(before).filter(|before| !before.is_zero()),
        sha,
        head,
        actor,
        values,
    }))))
}

impl RepositoryBody {
    fn read(self, installation: Option<InstallationBody>) -> Result<Repository, BadPayload> {
        let Self { id, full_name, url: _, default_branch, clone_url, html_url, private } = self;
        Ok(Repository {
            forge_id: id,
            slug: ProjectSlug::from_full_name(Vcs::GitHub, &full_name)?,
            default_branch,
            clone_url,
            html_url,
            private,
            installation_id: installation.map(|installation| installation.id),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct PullRequestBody {
    pub(super) action: String,
    pub(super) number: i64,
    pub(super) pull_request: PullRequestPart,
    pub(super) label: Option<LabelBody>,
    pub(super) repository: RepositoryBody,
    pub(super) sender: UserBody,
    pub(super) installation: Option<InstallationBody>,
}

#[derive(Deserialize)]
pub(super) struct PullRequestPart {
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) draft: bool,
    pub(super) merged: Option<bool>,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) html_url: String,
    pub(super) head: EndBody,
    pub(super) base: EndBody,
    /// Who has opened it.
    pub(super) user: Option<AccountBody>,
}

/// One end of a pull request.
#[derive(Deserialize)]
pub(super) struct EndBody {
    #[serde(rename = "ref")]
    pub(super) branch: String,
    pub(super) sha: Sha,
    pub(super) repo: Option<EndRepositoryBody>,
}

#[derive(Deserialize)]
pub(super) struct EndRepositoryBody {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) full_name: String,
}

#[derive(Deserialize)]
pub(super) struct LabelBody {
    pub(super) name: String,
}

fn pull_request(body: PullRequestBody) -> Result<Incoming, BadPayload> {
    let values = value::of_pull_request(&body);
    let PullRequestBody { action, number, pull_request, label: _, repository, sender, installation } = body;
    let PullRequestPart { title, state, draft, merged: _, url: _, html_url, head, base, user: _ } = pull_request;
    Ok(Incoming::Event(VcsEvent::PullRequest(Box::new(PullRequest {
        repository: repository.read(installation)?,
        action,
        number,
        open: state != "closed",
        draft,
        title,
        web_url: html_url,
        head_repository_id: head.repo.map(|repo| repo.id),
        head_ref: head.branch,
        base_ref: base.branch,
        sha: head.sha,
        // The event says nothing of it.
        head: None,
        actor: Actor { id: Some(sender.id), login: sender.login },
        values,
    }))))
}

#[derive(Deserialize)]
struct InstallationEventBody {
    action: String,
    installation: InstallationPart,
}

#[derive(Deserialize)]
struct InstallationPart {
    id: i64,
    account: Option<AccountBody>,
}

#[derive(Deserialize)]
pub(super) struct AccountBody {
    pub(super) login: Option<String>,
}

fn installation(event: &str, body: &InstallationEventBody) -> Result<Incoming, BadPayload> {
    let InstallationEventBody { action, installation: InstallationPart { id, account } } = body;
    let account = account.as_ref().and_then(|account| account.login.as_deref()).unwrap_or("an unnamed account");
    Ok(Incoming::Ignored(format!(
        "`{event}` {action}: installation {id} of `{account}`; its projects appear with their first push"
    )))
}

#[cfg(test)]
mod tests;
