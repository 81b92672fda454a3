//! Limits of the queue.

use model::project::ProjectSlug;
use serde::Serialize;

use super::time::Time;
use crate::dispatch::{LimitInForce, LimitOf, LimitOrigin};

/// A limit, or what has none. Its first members are what sets it.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct LimitBody {
    /// `all`, `each-project`, `class` or `project`.
    scope: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_slug: Option<String>,
    /// Tasks; null: as many as the runners take.
    limit: Option<u32>,
    running: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u64>,
    /// `none`, `setting`, `administrator` or `project`.
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    setting: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_at: Option<Time>,
}

impl LimitBody {
    /// `project`: the names of the project that it is of.
    pub(in crate::http::api) fn new(limit: LimitInForce, project: Option<&ProjectSlug>) -> Self {
        let LimitInForce { of, most, running, waiting, origin } = limit;
        let (scope, class) = match of {
            LimitOf::All => ("all", None),
            LimitOf::EachProject => ("each-project", None),
            LimitOf::Class(class) => ("class", Some(class)),
            LimitOf::Project(_) => ("project", None),
        };
        let (origin, setting, set_by, set_at) = match origin {
            LimitOrigin::Nowhere => ("none", None, None, None),
            LimitOrigin::Setting(name) => ("setting", Some(name), None, None),
            LimitOrigin::Administrator { by, at } => ("administrator", None, Some(by), Some(at.into())),
            LimitOrigin::OwnOfProject => ("project", None, None, None),
        };
        Self {
            scope,
            class,
            project_slug: project.map(ToString::to_string),
            limit: most,
            running,
            waiting,
            origin,
            setting,
            set_by,
            set_at,
        }
    }
}
