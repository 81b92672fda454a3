//! `GET /tasks/{id}/oidc/token`: a token that says who the job is.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use model::oidc::{AUDIENCE, IssuedToken, ROOT_ISSUER};

use super::{auth::FromTask, error::Refusal, router::RunnerState};
use crate::dispatch::{DispatchError, TokenOrder};

/// `GET /tasks/{id}/oidc/token?audience=…&root-issuer=true`.
pub(super) async fn token(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    parameters: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<IssuedToken>, Refusal> {
    let Query(parameters) = parameters.map_err(|error| DispatchError::Refused(error.body_text()))?;
    let mut order = TokenOrder::default();
    for (name, value) in parameters {
        match (name.as_str(), value.as_str()) {
            (AUDIENCE, _) => order.audience.push(value),
            (ROOT_ISSUER, "true") => order.root_issuer = true,
            (ROOT_ISSUER, "false") => order.root_issuer = false,
            (name, _) => {
                let why = format!("the parameter `{name}` of a token means nothing here, or has no such value");
                return Err(DispatchError::Refused(why).into());
            }
        }
    }
    Ok(Json(api.dispatch.issue_token(&task, &order).await?))
}
