//! People who call the API.

use axum::{
    body::Body,
    http::{Method, Request, request::Builder},
};
use model::project::Vcs;
use roundhouse::http::auth::token;
use secrecy::ExposeSecret;
use serde_json::Value;
use store::user::{Identity, NewUser};

use crate::{TestApp, app::REPOSITORY};

/// Somebody with an API token, or nobody.
#[derive(Clone, Debug, Default)]
pub struct Person {
    token: Option<String>,
}

/// What a call was answered with.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body; null where it is no JSON.
    pub body: Value,
}

impl Person {
    /// Nobody known.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// A user who has this role (`none`, `read`, `write`, `admin`) in [`REPOSITORY`] at GitHub.
    pub async fn with_role(app: &TestApp, login: &str, role: &str) -> Self {
        app.github().set_role(REPOSITORY, login, role);
        let identity = Identity::Forge { vcs: Vcs::GitHub, id: app.github().person_id(login) };
        Self::create(app, identity, login, false).await
    }

    /// A user who is somebody at GitLab.
    pub async fn at_gitlab(app: &TestApp, login: &str) -> Self {
        let identity = Identity::Forge { vcs: Vcs::GitLab, id: app.gitlab().person_id(login) };
        Self::create(app, identity, login, false).await
    }

    /// An administrator of the server, known to no forge.
    pub async fn administrator(app: &TestApp) -> Self {
        Self::create(app, Identity::Local, "root", true).await
    }

    async fn create(app: &TestApp, identity: Identity, login: &str, is_admin: bool) -> Self {
        let (store, clock) = (app.server().store(), app.server().clock());
        let mut tx = store.begin().await.unwrap();
        let new = NewUser { identity, login: login.to_owned(), name: None };
        let user = store::user::create(&mut tx, &new, clock.now()).await.unwrap();
        store::user::set_admin(&mut tx, user.id, is_admin).await.unwrap();
        tx.commit().await.unwrap();
        let token = token::create(store, clock, user.id, "test").await.unwrap();
        Self { token: Some(token.expose_secret().to_owned()) }
    }

    /// The API token; `None` for nobody.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// `GET`.
    pub async fn get(&self, app: &TestApp, path: &str) -> Answer {
        self.call(app, Method::GET, path, None).await
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, app: &TestApp, path: &str, body: Value) -> Answer {
        self.call(app, Method::POST, path, Some(body)).await
    }

    /// A page of the dashboard: the status code and the text.
    pub async fn page(&self, app: &TestApp, path: &str) -> (u16, String) {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        let (status, text) = app.call(request).await;
        (status.as_u16(), text)
    }

    /// Sends a form of the dashboard, its fields encoded; tells the status code.
    pub async fn submit(&self, app: &TestApp, action: &str, fields: &str) -> u16 {
        let request = self
            .request(Method::POST, action)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(fields.to_owned()))
            .unwrap();
        app.call(request).await.0.as_u16()
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        let request = Request::builder().method(method).uri(path).header("host", "ci.example");
        match &self.token {
            Some(token) => request.header("circle-token", token),
            None => request,
        }
    }

    /// Any call.
    pub async fn call(&self, app: &TestApp, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let (status, text) = app.call(self.request(method, path).body(body).unwrap()).await;
        Answer { status: status.as_u16(), body: serde_json::from_str(&text).unwrap_or_default() }
    }
}
