//! Where code lives: forge, repository, branch or tag, commit.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The kind of forge that a project lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vcs {
    /// GitHub or GitHub Enterprise Server.
    GitHub,
    /// GitLab, hosted or self-managed.
    GitLab,
}

impl Vcs {
    /// The short form of project slugs: `gh` or `gl`.
    pub const fn short(self) -> &'static str {
        match self {
            Self::GitHub => "gh",
            Self::GitLab => "gl",
        }
    }

    /// The long form of dashboard addresses and rows: `github` or `gitlab`.
    pub const fn long(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
        }
    }

    /// CircleCI's word for how it is connected: `github_app` or `gitlab`.
    pub const fn integration(self) -> &'static str {
        match self {
            Self::GitHub => "github_app",
            Self::GitLab => "gitlab",
        }
    }
}

impl fmt::Display for Vcs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.long())
    }
}

impl FromStr for Vcs {
    type Err = InvalidName;

    /// Takes the short and the long form, as CircleCI's addresses do.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "gh" | "github" => Ok(Self::GitHub),
            "gl" | "gitlab" => Ok(Self::GitLab),
            _ => Err(InvalidName { what: "forge", text: text.to_owned() }),
        }
    }
}

/// `gh/org/repo`: names a project in addresses, the API and messages.
///
/// On GitLab the organization may be a path of groups (`gl/group/subgroup/repo`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProjectSlug {
    /// The forge.
    pub vcs: Vcs,
    /// Organization, user, or path of groups.
    pub org: String,
    /// Name of the repository.
    pub repo: String,
}

impl ProjectSlug {
    /// `org/repo`: what people call the project.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.org, self.repo)
    }

    /// Splits a forge's full name (`org/repo`, `group/subgroup/repo`).
    ///
    /// # Errors
    /// Fails when there is no `/`, or a part is empty, `.` or `..`.
    pub fn from_full_name(vcs: Vcs, full_name: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName { what: "project", text: full_name.to_owned() };
        let (org, repo) = full_name.rsplit_once('/').ok_or_else(invalid)?;
        if full_name.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(invalid());
        }
        Ok(Self { vcs, org: org.to_owned(), repo: repo.to_owned() })
    }
}

impl fmt::Display for ProjectSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.vcs.short(), self.org, self.repo)
    }
}

impl FromStr for ProjectSlug {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (vcs, full_name) =
            text.split_once('/').ok_or_else(|| InvalidName { what: "project", text: text.to_owned() })?;
        Self::from_full_name(vcs.parse()?, full_name)
    }
}

/// A full commit id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha(String);

impl Sha {
    /// "No commit", or none that is known yet: 40 zeros.
    pub fn zero() -> Self {
        Self("0".repeat(40))
    }

    /// All digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }

    /// Whether all digits are zero: how forges say "no commit" (a created or deleted ref).
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|digit| digit == b'0')
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Sha {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        match text.len() {
            40 | 64 if hex => Ok(Self(text.to_owned())),
            _ => Err(InvalidName { what: "commit id", text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for Sha {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Sha> for String {
    fn from(sha: Sha) -> Self {
        sha.0
    }
}

/// What was pushed: a branch or a tag, by its short name (`main`, not `refs/heads/main`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "name")]
pub enum GitRef {
    /// A branch.
    Branch(String),
    /// A tag.
    Tag(String),
}

impl GitRef {
    /// Reads a full ref name.
    ///
    /// # Errors
    /// Fails for anything that is neither `refs/heads/…` nor `refs/tags/…`.
    pub fn from_full(full: &str) -> Result<Self, InvalidName> {
        match (full.strip_prefix("refs/heads/"), full.strip_prefix("refs/tags/")) {
            (Some(branch), _) if !branch.is_empty() => Ok(Self::Branch(branch.to_owned())),
            (_, Some(tag)) if !tag.is_empty() => Ok(Self::Tag(tag.to_owned())),
            _ => Err(InvalidName { what: "ref", text: full.to_owned() }),
        }
    }

    /// `refs/heads/main` or `refs/tags/v1`.
    pub fn full(&self) -> String {
        match self {
            Self::Branch(name) => format!("refs/heads/{name}"),
            Self::Tag(name) => format!("refs/tags/{name}"),
        }
    }

    /// The name without its kind.
    pub fn name(&self) -> &str {
        match self {
            Self::Branch(name) | Self::Tag(name) => name,
        }
    }

    /// The branch's name, if it is one.
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch(name) => Some(name),
            Self::Tag(_) => None,
        }
    }

    /// The tag's name, if it is one.
    pub fn tag(&self) -> Option<&str> {
        match self {
            Self::Branch(_) => None,
            Self::Tag(name) => Some(name),
        }
    }
}

/// A text that cannot be the name of the thing it was read as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {what}")]
pub struct InvalidName {
    /// What was expected, in a word or two.
    pub what: &'static str,
    /// The text.
    pub text: String,
}
