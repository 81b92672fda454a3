//! Contexts: the list of all, and one with its variables and restrictions. Administrators only, as through the API.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use model::{
    id::{ContextId, ProjectId},
    project::Vcs,
};
use store::{
    context::{self, Context, Restriction, Rule},
    project::Project,
};

use super::{
    WebState, address,
    error::PageError,
    part::When,
    secret::{VariableView, variable},
};
use crate::{
    http::{
        auth::Actor,
        format::plural,
        page::{Area, Frame, render},
        viewer::Viewer,
    },
    secret::Owner,
};

/// What a restriction to a project is called.
const PROJECT: &str = "Project";

#[derive(Template)]
#[template(path = "contexts.html")]
struct ContextsPage {
    frame: Frame,
    groups: Vec<Group>,
    /// `github/acme`: whose a new one can be.
    owners: Vec<String>,
}

/// The contexts of an organization.
#[derive(Clone, Debug)]
struct Group {
    vcs: &'static str,
    org: String,
    contexts: Vec<Row>,
}

/// A context in the list.
#[derive(Clone, Debug)]
struct Row {
    href: String,
    name: String,
    variables: Vec<String>,
    restrictions: Vec<RestrictionView>,
    made: When,
}

#[derive(Template)]
#[template(path = "context.html")]
struct ContextPage {
    frame: Frame,
    name: String,
    vcs: &'static str,
    org: String,
    made: When,
    /// Where the forms go.
    action: String,
    variables: Vec<VariableView>,
    restrictions: Vec<RestrictionView>,
    /// Projects that a restriction can name.
    projects: Vec<String>,
}

impl ContextPage {
    fn summary(&self) -> String {
        plural(self.variables.len() as u64, "variable")
    }

    /// Whether some restriction names projects; without one, every project of the organization may use it.
    fn names_projects(&self) -> bool {
        self.restrictions.iter().any(|restriction| restriction.kind == PROJECT)
    }
}

/// A restriction.
#[derive(Clone, Debug)]
struct RestrictionView {
    id: String,
    /// `Project`, `Group`, `Expression`.
    kind: &'static str,
    text: String,
}

/// `GET /contexts`.
pub async fn list(State(state): State<WebState>, viewer: Viewer, actor: Actor) -> Result<Response, PageError> {
    actor.require_admin()?;
    let (db, now) = (state.store.read(), state.now());
    let projects = store::project::list(db).await?;
    let mut groups: BTreeMap<(Vcs, String), Vec<Row>> = BTreeMap::new();
    for context in context::list(db).await? {
        let variables = context::list_variables(db, context.id).await?;
        let restrictions = context::list_restrictions(db, context.id).await?;
        groups.entry((context.vcs, context.org.clone())).or_default().push(Row {
            href: address::context(context.id),
            name: context.name,
            variables: variables.into_iter().map(|variable| variable.name).collect(),
            restrictions: restrictions.iter().map(|restriction| restriction_view(restriction, &projects)).collect(),
            made: When::ago(context.created_at, now),
        });
    }
    let owners: BTreeSet<String> =
        projects.iter().map(|project| format!("{}/{}", project.slug.vcs.long(), project.slug.org)).collect();
    let page = ContextsPage {
        frame: Frame::new("Contexts", Area::Contexts, viewer),
        groups: groups
            .into_iter()
            .map(|((vcs, org), contexts)| Group { vcs: address::forge(vcs), org, contexts })
            .collect(),
        owners: owners.into_iter().collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// `GET /contexts/{id}`.
pub async fn page(
    State(state): State<WebState>,
    viewer: Viewer,
    actor: Actor,
    Path(id): Path<ContextId>,
) -> Result<Response, PageError> {
    actor.require_admin()?;
    let (db, now) = (state.store.read(), state.now());
    let Context { id, vcs, org, name, created_at } = context::get(db, id).await?;
    let projects = store::project::list(db).await?;
    let variables = context::list_variables(db, id).await?;
    let restrictions = context::list_restrictions(db, id).await?;
    let of_org =
        projects.iter().filter(|project| project.slug.vcs == vcs && project.slug.org.eq_ignore_ascii_case(&org));
    let page = ContextPage {
        frame: Frame::new(format!("Context {name}"), Area::Contexts, viewer),
        vcs: address::forge(vcs),
        made: When::ago(created_at, now),
        action: format!("/actions/contexts/{id}"),
        variables: variables.iter().map(|it| variable(&state.vault, Owner::Context(id, &it.name), it, now)).collect(),
        restrictions: restrictions.iter().map(|restriction| restriction_view(restriction, &projects)).collect(),
        projects: of_org.map(|project| project.slug.full_name()).collect(),
        name,
        org,
    };
    Ok(render(StatusCode::OK, &page))
}

fn restriction_view(restriction: &Restriction, projects: &[Project]) -> RestrictionView {
    let name = |id: ProjectId| projects.iter().find(|project| project.id == id).map(|project| project.slug.full_name());
    let (kind, text) = match &restriction.rule {
        Rule::Project(id) => (PROJECT, name(*id).unwrap_or_else(|| format!("project {id}"))),
        Rule::Group(group) => ("Group", group.clone()),
        Rule::Expression(text) => ("Expression", text.clone()),
    };
    RestrictionView { id: restriction.id.to_string(), kind, text }
}
