//! How much may run at the same time. What is set here comes before the settings, and stops nothing that runs.

use axum::{Json, extract::State};
use model::{permission::Permission, project::ProjectSlug};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::{
    ApiState,
    body::Body,
    encode::LimitBody,
    error::{ApiError, Result},
    page::Page,
};
use crate::{
    dispatch::{LimitChange, LimitOf, change_limit, list_limits},
    http::auth::{Actor, Visitor},
};

/// Of what a limit is, with the words of the list.
#[derive(Debug, Deserialize)]
pub(super) struct Subject {
    scope: Scope,
    /// The class, where the limit is of one.
    class: Option<String>,
    /// The project, where the limit is of one.
    project_slug: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Scope {
    All,
    EachProject,
    Class,
    Project,
}

/// A limit, as it shall be.
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    #[serde(flatten)]
    subject: Subject,
    /// How many tasks; null: as many as the runners take. It must be there.
    #[serde(deserialize_with = "given")]
    limit: Option<u32>,
}

/// Null is a value here, and nothing is not.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    Option::deserialize(value)
}

impl Subject {
    /// What the body names.
    async fn find(self, state: &ApiState) -> Result<LimitOf> {
        let Self { scope, class, project_slug } = self;
        Ok(match (scope, class, project_slug) {
            (Scope::All, _, _) => LimitOf::All,
            (Scope::EachProject, _, _) => LimitOf::EachProject,
            (Scope::Class, Some(class), _) => LimitOf::Class(class.trim().to_owned()),
            (Scope::Class, None, _) => {
                return Err(ApiError::refused("a limit of a class needs its name: `\"class\": \"docker/large\"`"));
            }
            (Scope::Project, _, Some(text)) => {
                let missing = || ApiError::missing(format_args!("project `{text}`"));
                let slug: ProjectSlug = text.parse().map_err(|_| missing())?;
                LimitOf::Project(store::project::find_by_slug(state.store.read(), &slug).await?.ok_or_else(missing)?.id)
            }
            (Scope::Project, _, None) => {
                return Err(ApiError::refused(
                    "a limit of a project needs the project: `\"project_slug\": \"gh/acme/app\"`",
                ));
            }
        })
    }
}

/// `GET /limit`: those of the server, and of the projects that the caller may see.
pub(super) async fn list(State(state): State<ApiState>, Visitor(actor): Visitor) -> Result<Json<Page<LimitBody>>> {
    let mut seen = Vec::new();
    for limit in list_limits(&state.store).await? {
        let LimitOf::Project(id) = limit.of else {
            seen.push(LimitBody::new(limit, None));
            continue;
        };
        let project = store::project::get(state.store.read(), id).await?;
        if state.auth.require(actor.as_ref(), &project, Permission::Read).await.is_ok() {
            seen.push(LimitBody::new(limit, Some(&project.slug)));
        }
    }
    Ok(Page::whole(seen))
}

/// `POST /limit`.
pub(super) async fn set(
    State(state): State<ApiState>,
    actor: Actor,
    Body(Order { subject, limit }): Body<Order>,
) -> Result<Json<Value>> {
    let of = subject.find(&state).await?;
    let change = limit.map_or(LimitChange::None, LimitChange::Most);
    apply(&state, &actor, &of, change).await?;
    Ok(Json(json!({ "message": "Set. What runs goes on." })))
}

/// `POST /limit/reset`: what the settings say holds again; for a project, what holds for each.
pub(super) async fn reset(
    State(state): State<ApiState>,
    actor: Actor,
    Body(subject): Body<Subject>,
) -> Result<Json<Value>> {
    let of = subject.find(&state).await?;
    apply(&state, &actor, &of, LimitChange::Default).await?;
    Ok(Json(json!({ "message": "Taken back." })))
}

async fn apply(state: &ApiState, actor: &Actor, of: &LimitOf, change: LimitChange) -> Result<()> {
    let mut tx = state.store.begin().await?;
    change_limit(&mut tx, of, change, actor.login(), state.now()).await?;
    Ok(tx.commit().await?)
}
