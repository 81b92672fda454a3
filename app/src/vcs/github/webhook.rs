//! Reads the bodies of GitHub's webhooks.

use model::{
    project::{GitRef, ProjectSlug, Sha, Vcs},
    trigger::Actor,
};
use serde::Deserialize;

use crate::vcs::event::{BadPayload, Commit, Incoming, PullRequest, Push, Repository, VcsEvent, ignored_ref};

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
struct PushBody {
    #[serde(rename = "ref")]
    full_ref: String,
    before: Sha,
    after: Sha,
    #[serde(default)]
    deleted: bool,
    head_commit: Option<CommitBody>,
    repository: RepositoryBody,
    sender: Option<UserBody>,
    pusher: Option<PusherBody>,
    installation: Option<InstallationBody>,
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
    name: Option<String>,
    username: Option<String>,
}

#[derive(Deserialize)]
struct RepositoryBody {
    id: i64,
    full_name: String,
    default_branch: Option<String>,
    clone_url: String,
    html_url: String,
    #[serde(default)]
    private: bool,
}

#[derive(Deserialize)]
struct UserBody {
    id: i64,
    login: String,
}

#[derive(Deserialize)]
struct PusherBody {
    name: String,
}

#[derive(Deserialize)]
struct InstallationBody {
    id: i64,
}

fn push(body: PushBody) -> Result<Incoming, BadPayload> {
    let PushBody { full_ref, before, after, deleted, head_commit, repository, sender, pusher, installation } = body;
    if let Some(note) = ignored_ref(&full_ref, deleted || after.is_zero()) {
        return Ok(Incoming::Ignored(note));
    }
    let actor = match (sender, pusher) {
        (Some(user), _) => Actor { id: Some(user.id), login: user.login },
        (None, Some(pusher)) => Actor { id: None, login: pusher.name },
        (None, None) => Actor::default(),
    };
    // For an annotated tag, `after` is the tag object: statuses and configurations hang on commits.
    let sha = head_commit.as_ref().map_or(after, |head| head.id.clone());
    let head = head_commit.map(|head| {
        let author = head.author.and_then(|author| author.name.or(author.username));
        Commit::new(&head.message, author.unwrap_or_default())
    });
    Ok(Incoming::Event(VcsEvent::Push(Box::new(Push {
        repository: repository.read(installation)?,
        git_ref: GitRef::from_full(&full_ref)?,
        before: Some(before).filter(|before| !before.is_zero()),
        sha,
        head,
        actor,
    }))))
}

impl RepositoryBody {
    fn read(self, installation: Option<InstallationBody>) -> Result<Repository, BadPayload> {
        let Self { id, full_name, default_branch, clone_url, html_url, private } = self;
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
struct PullRequestBody {
    action: String,
    number: i64,
    pull_request: PullRequestPart,
    repository: RepositoryBody,
    sender: UserBody,
    installation: Option<InstallationBody>,
}

#[derive(Deserialize)]
struct PullRequestPart {
    head: HeadBody,
}

#[derive(Deserialize)]
struct HeadBody {
    sha: Sha,
    repo: Option<HeadRepositoryBody>,
}

#[derive(Deserialize)]
struct HeadRepositoryBody {
    id: i64,
}

fn pull_request(body: PullRequestBody) -> Result<Incoming, BadPayload> {
    let PullRequestBody { action, number, pull_request: PullRequestPart { head }, repository, sender, installation } =
        body;
    Ok(Incoming::Event(VcsEvent::PullRequest(Box::new(PullRequest {
        repository: repository.read(installation)?,
        action,
        number,
        head_repository_id: head.repo.map(|repo| repo.id),
        sha: head.sha,
        actor: Actor { id: Some(sender.id), login: sender.login },
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
struct AccountBody {
    login: Option<String>,
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
