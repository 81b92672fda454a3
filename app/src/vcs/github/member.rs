//! What a person may do with a repository.

use http::Method;
use model::permission::Permission;
use serde::Deserialize;

use super::{
    client::{GitHub, Request},
    token::Purpose,
};
use crate::vcs::{
    error::ForgeError,
    forges::{Person, RepositoryHandle},
};

#[derive(Deserialize)]
struct PermissionBody {
    permission: String,
    user: Option<UserBody>,
}

#[derive(Deserialize)]
struct UserBody {
    id: i64,
}

impl GitHub {
    /// What GitHub lets this person do. A login that has gone to somebody else since brings no rights.
    pub(in crate::vcs) async fn permission(
        &self,
        repository: &RepositoryHandle,
        person: Person<'_>,
    ) -> Result<Permission, ForgeError> {
        let Person { id, login } = person;
        // GitHub gives out no others, and this one becomes a part of an address.
        if !login.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            return Ok(Permission::None);
        }
        let name = repository.slug.full_name();
        let what = format!("ask what `{login}` may do with `{name}`");
        let request = Request {
            method: Method::GET,
            path: format!("/repos/{name}/collaborators/{login}/permission"),
            accept: None,
            body: None,
        };
        let answer = self.ask(repository, Purpose::Read, request).await?;
        if answer.status == 404 {
            return Ok(Permission::None);
        }
        let PermissionBody { permission, user } = self.accept(answer, &what, Purpose::Read)?.json(&what)?;
        if user.is_none_or(|user| user.id != id) {
            return Ok(Permission::None);
        }
        Ok(match permission.as_str() {
            "admin" => Permission::Admin,
            // The finer roles are told as one of these four.
            "write" | "maintain" => Permission::Write,
            "read" | "triage" => Permission::Read,
            _ => Permission::None,
        })
    }
}
