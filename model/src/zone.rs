//! How far a pipeline is trusted.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::project::{GitRef, InvalidName};

/// How far a pipeline is trusted, and so what its jobs may read and write. The server computes it when it makes the
/// pipeline, from the numeric ids of the forge's signed payload, and never changes it: nothing that a person can write (a
/// configuration, a branch's name, an author) has a say.
///
/// As text (in rows): `protected`, `repo`, `fork:1234`, `fork:gone`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Zone {
    /// The default branch, as it stands at the forge: a push to it, a schedule on it.
    Protected,
    /// Anything else that somebody with the right to push brought into the repository itself.
    Repo,
    /// Code of somebody who may not push here. It gets no secrets, no SSH keys, and writes nothing that others read.
    Fork {
        /// Numeric id of the repository that the code is in; `None` when that is gone. Nothing may be kept for a
        /// repository that is gone: nobody could tell whose it is.
        repository: Option<i64>,
    },
}

impl Zone {
    /// Of code that is in the repository itself: a push, a tag, a schedule, a call of the API.
    pub fn of_ref(git_ref: &GitRef, default_branch: &str) -> Self {
        match git_ref {
            GitRef::Branch(branch) if branch == default_branch => Self::Protected,
            GitRef::Branch(_) | GitRef::Tag(_) => Self::Repo,
        }
    }

    /// Of a pull request. `head` is the numeric id of the repository that it comes from (`None` when that is gone), `base`
    /// of the one that it wants to change.
    pub fn of_pull_request(base: i64, head: Option<i64>) -> Self {
        if head == Some(base) { Self::Repo } else { Self::Fork { repository: head } }
    }

    /// Whether its jobs may have secrets: variables of contexts and of the project, SSH keys.
    pub const fn may_have_secrets(self) -> bool {
        match self {
            Self::Protected | Self::Repo => true,
            Self::Fork { repository: _ } => false,
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protected => f.write_str("protected"),
            Self::Repo => f.write_str("repo"),
            Self::Fork { repository: Some(id) } => write!(f, "fork:{id}"),
            Self::Fork { repository: None } => f.write_str("fork:gone"),
        }
    }
}

impl FromStr for Zone {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidName { what: "trust zone", text: text.to_owned() };
        match (text, text.strip_prefix("fork:")) {
            ("protected", _) => Ok(Self::Protected),
            ("repo", _) => Ok(Self::Repo),
            (_, Some("gone")) => Ok(Self::Fork { repository: None }),
            (_, Some(id)) => Ok(Self::Fork { repository: Some(id.parse().map_err(|_| invalid())?) }),
            (_, None) => Err(invalid()),
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.to_string()
    }
}
