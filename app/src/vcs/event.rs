//! What a forge tells, in our own words: the same for every forge.

use model::{
    project::{GitRef, InvalidName, ProjectSlug, Sha, Vcs},
    trigger::Actor,
};

use super::value::Values;

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
    /// A branch or a tag is gone.
    Deletion(Box<Deletion>),
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
    /// Pipeline values that only this forge's events have.
    pub values: Values,
}

/// A branch or a tag is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The forge.
    pub vcs: Vcs,
    /// The forge's numeric id of the repository.
    pub forge_id: i64,
    /// What is gone.
    pub git_ref: GitRef,
}

/// Something happened to a pull request (a merge request at GitLab).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// The repository that it wants to change.
    pub repository: Repository,
    /// In GitHub's words, whatever the forge: `opened`, `synchronize` (new commits), `reopened`, `closed`, …
    pub action: String,
    /// Its number in that repository.
    pub number: i64,
    /// Neither closed nor merged.
    pub open: bool,
    /// Not ready for review.
    pub draft: bool,
    /// Its title.
    pub title: String,
    /// Its page.
    pub web_url: String,
    /// Numeric id of the repository that it comes from; `None` when that is gone.
    pub head_repository_id: Option<i64>,
    /// The branch that it comes from, in that repository.
    pub head_ref: String,
    /// The branch that it wants to change.
    pub base_ref: String,
    /// Its newest commit.
    pub sha: Sha,
    /// That commit, when the event describes it.
    pub head: Option<Commit>,
    /// Who did it.
    pub actor: Actor,
    /// Pipeline values that only this forge's events have.
    pub values: Values,
}

impl PullRequest {
    /// Whether it comes from another repository, or from one that is gone.
    pub fn is_fork(&self) -> bool {
        self.head_repository_id != Some(self.repository.forge_id)
    }

    /// The branch under which its pipeline goes. A fork's branch may be called like one of ours: it goes under the forge's
    /// name of the pull request.
    pub fn git_ref(&self) -> GitRef {
        let number = self.number;
        GitRef::Branch(match (self.is_fork(), self.repository.slug.vcs) {
            (false, _) => self.head_ref.clone(),
            (true, Vcs::GitHub) => format!("pull/{number}"),
            (true, Vcs::GitLab) => format!("merge-requests/{number}"),
        })
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
    /// The author's login at the forge, where the forge knows it.
    pub author_login: Option<String>,
}

impl Commit {
    /// Splits a commit's message as Git does: the first line, and what follows the empty line after it.
    pub fn new(message: &str, author: impl Into<String>) -> Self {
        let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
        Self {
            subject: subject.trim_end().to_owned(),
            body: body.trim().to_owned(),
            author: author.into(),
            author_login: None,
        }
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

/// What is pushed: a branch or a tag, or else why it starts nothing.
pub(super) fn pushed_ref(full: &str) -> Result<GitRef, String> {
    GitRef::from_full(full).map_err(|_| format!("`{full}` is neither a branch nor a tag"))
}
