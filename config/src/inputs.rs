//! What a pipeline brings to its configuration.

use std::collections::BTreeMap;

use model::project::GitRef;

use crate::expr::Value;

/// What a pipeline brings to its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// What was pushed: decides branch and tag filters, and gives `pipeline.git.branch` and `pipeline.git.tag` where
    /// `values` does not.
    pub git_ref: GitRef,
    /// Pipeline values by name, such as `pipeline.number`. Known names that are absent are undefined.
    pub values: BTreeMap<String, Value>,
    /// Arguments for pipeline parameters.
    pub parameters: BTreeMap<String, Value>,
    /// The workflow whose schedule started the pipeline: it runs, and no other. Without it, workflows with `triggers` do
    /// not run.
    pub scheduled: Option<String>,
}

impl Inputs {
    /// A push, and nothing else known.
    pub fn new(git_ref: GitRef) -> Self {
        Self { git_ref, values: BTreeMap::new(), parameters: BTreeMap::new(), scheduled: None }
    }

    /// A push to a branch.
    pub fn branch(name: impl Into<String>) -> Self {
        Self::new(GitRef::Branch(name.into()))
    }

    /// A pushed tag.
    pub fn tag(name: impl Into<String>) -> Self {
        Self::new(GitRef::Tag(name.into()))
    }
}
