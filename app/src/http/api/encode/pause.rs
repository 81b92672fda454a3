//! Pauses.

use model::project::ProjectSlug;
use serde::Serialize;
use store::pause::{Pause, PauseScope};

use super::time::Time;

/// A pause in force.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct PauseBody {
    /// `all`, `project` or `runner`.
    scope: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runner: Option<String>,
    paused_by: String,
    reason: String,
    since: Time,
}

impl PauseBody {
    /// `project`: the names of the project that it is for.
    pub(in crate::http::api) fn new(pause: Pause, project: Option<&ProjectSlug>) -> Self {
        let Pause { scope, paused_by, reason, since } = pause;
        let (scope, runner) = match scope {
            PauseScope::All => ("all", None),
            PauseScope::Project(_) => ("project", None),
            PauseScope::Runner(name) => ("runner", Some(name)),
        };
        Self { scope, project_slug: project.map(ToString::to_string), runner, paused_by, reason, since: since.into() }
    }
}
