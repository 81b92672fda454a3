//! What a forge tells, in our own words: the same for every forge.

use model::{
    project::{GitRef, InvalidName, ProjectSlug, Sha},
    trigger::Actor,
};

/// What a webhook's body turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// Something that may start a pipeline.
    Event(VcsEvent),
    /// Something that starts nothing, for this reason.
    Ignored(String),
}

/// An event at a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VcsEvent {
    /// A branch or a tag came to point at a commit.
    Push(Box<Push>),
    /// Something happened to a pull request.
    PullRequest(Box<PullRequest>),
}

/// A branch or a tag came to point at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The repository.
    pub repository: Repository,
    /// The branch or tag.
    pub git_ref: GitRef,
    /// Where it pointed before; `None` when it is new.
    pub before: Option<Sha>,
    /// The commit that it points at: for an annotated tag the commit, not the tag object.
    pub sha: Sha,
    /// That commit, when the event describes it.
    pub head: Option<Commit>,
    /// Who pushed.
    pub actor: Actor,
}

/// Something happened to a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// The repository that it wants to change.
    pub repository: Repository,
    /// `opened`, `synchronize`, …
    pub action: String,
    /// Its number in that repository.
    pub number: i64,
    /// Numeric id of the repository that it comes from; `None` when that is gone.
    pub head_repository_id: Option<i64>,
    /// Its newest commit.
    pub sha: Sha,
    /// Who did it.
    pub actor: Actor,
}

impl PullRequest {
    /// Whether it comes from another repository, or from one that is gone.
    pub fn is_fork(&self) -> bool {
        self.head_repository_id != Some(self.repository.forge_id)
    }
}

/// A repository, as an event describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The forge's numeric id: the identity. A name can be taken by others.
    pub forge_id: i64,
    /// Its name at the time of the event.
    pub slug: ProjectSlug,
    /// The default branch, when the event tells.
    pub default_branch: Option<String>,
    /// Where Git clones it from, over HTTP.
    pub clone_url: String,
    /// Where people look at it.
    pub html_url: String,
    /// Not everybody may see it.
    pub private: bool,
    /// The installation of our GitHub App that told.
    pub installation_id: Option<i64>,
}

/// A commit, as far as people want to see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// First line of the message.
    pub subject: String,
    /// The rest of the message.
    pub body: String,
    /// Name of the author.
    pub author: String,
}

impl Commit {
    /// Splits a commit's message as Git does: the first line, and what follows the empty line after it.
    pub fn new(message: &str, author: impl Into<String>) -> Self {
        let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
        Self { subject: subject.trim_end().to_owned(), body: body.trim().to_owned(), author: author.into() }
    }
}

/// A body that is not what its event's name promises.
#[derive(Debug, thiserror::Error)]
pub enum BadPayload {
    /// It is not JSON, or something in it is missing or of another type.
    #[error("the body is not the JSON of this event: {0}")]
    Json(#[from] serde_json::Error),
    /// It was sent as a form.
    #[error(
        "the body is form data, not JSON: set the webhook's content type to application/json, and redeliver the event"
    )]
    Form,
    /// A name or commit id in it is none.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

impl BadPayload {
    /// Says what is wrong with a body that serde did not take.
    pub(super) fn of(body: &[u8], error: serde_json::Error) -> Self {
        if body.starts_with(b"payload=") { Self::Form } else { Self::Json(error) }
    }
}

/// Why a ref that is neither a branch nor a tag, or is gone, starts nothing.
pub(super) fn ignored_ref(full: &str, deleted: bool) -> Option<String> {
    match GitRef::from_full(full) {
        Err(_) => Some(format!("`{full}` is neither a branch nor a tag")),
        Ok(GitRef::Branch(name)) if deleted => Some(format!("branch `{name}` was deleted")),
        Ok(GitRef::Tag(name)) if deleted => Some(format!("tag `{name}` was deleted")),
        Ok(GitRef::Branch(_) | GitRef::Tag(_)) => None,
    }
}
