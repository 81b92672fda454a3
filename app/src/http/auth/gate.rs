//! Nothing is shown to those who are not logged in, where the settings say so.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{AuthState, Denied, Visitor};

/// Lets a request through to a page, or not. Whoever asks is known behind it, without being looked for again.
pub async fn gate(State(auth): State<AuthState>, request: Request, next: Next) -> Response {
    if !auth.rules.login_to_read {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match auth.identify(&parts).await {
        Ok(Some(actor)) => {
            parts.extensions.insert(Visitor(Some(actor)));
            next.run(Request::from_parts(parts, body)).await
        }
        Ok(None) => Denied::Unknown.into_response(),
        Err(denied) => denied.into_response(),
    }
}
