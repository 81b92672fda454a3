//! Contexts. A value never leaves.

use model::{
    id::{ContextId, RestrictionId},
    project::ProjectSlug,
    time::Timestamp,
};
use serde::Serialize;
use store::context::{Context, Restriction, Rule};
use uuid::Uuid;

use super::time::Time;
use crate::vcs::organization_id;

/// A context.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct ContextBody {
    id: ContextId,
    name: String,
    created_at: Time,
    org_id: Uuid,
}

impl ContextBody {
    pub(in crate::http::api) fn new(context: &Context) -> Self {
        let Context { id, vcs, org, name, created_at } = context;
        Self { id: *id, name: name.clone(), created_at: (*created_at).into(), org_id: organization_id(*vcs, org) }
    }
}

/// A variable of a context.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct ContextVariableBody {
    variable: String,
    truncated_value: String,
    created_at: Time,
    updated_at: Time,
    context_id: ContextId,
}

impl ContextVariableBody {
    pub(in crate::http::api) fn new(
        context_id: ContextId,
        variable: String,
        shown: String,
        created_at: Timestamp,
        updated_at: Timestamp,
    ) -> Self {
        Self {
            variable,
            truncated_value: shown,
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            context_id,
        }
    }
}

/// A restriction of a context.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct RestrictionBody {
    id: RestrictionId,
    context_id: ContextId,
    project_id: Option<Uuid>,
    name: Option<String>,
    restriction_type: &'static str,
    restriction_value: String,
}

impl RestrictionBody {
    /// `project`: the names of the project that it is about.
    pub(in crate::http::api) fn new(
        context_id: ContextId,
        restriction: &Restriction,
        project: Option<&ProjectSlug>,
    ) -> Self {
        let (restriction_type, restriction_value, project_id, name) = match &restriction.rule {
            Rule::Project(id) => ("project", id.to_string(), Some(id.uuid()), project.map(|slug| slug.repo.clone())),
            Rule::Expression(expression) => ("expression", expression.clone(), None, None),
            // The forge knows it by its name, and so do people.
            Rule::Group(group) => ("group", group.clone(), None, Some(group.clone())),
        };
        Self { id: restriction.id, context_id, project_id, name, restriction_type, restriction_value }
    }
}
