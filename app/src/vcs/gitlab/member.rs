//! What a person may do with a project, and which groups they are in.

use model::permission::Permission;
use reqwest::Method;
use serde::Deserialize;

use super::client::GitLab;
use crate::vcs::{
    encode_segment,
    error::ForgeError,
    forges::{Person, RepositoryHandle},
};

/// Access levels, as GitLab counts them.
const REPORTER: i64 = 20;
const DEVELOPER: i64 = 30;
const MAINTAINER: i64 = 40;

#[derive(Deserialize)]
struct MemberBody {
    access_level: i64,
    #[serde(default)]
    state: Option<String>,
}

impl GitLab {
    /// What GitLab lets this person do, in the project itself or through its groups.
    pub(in crate::vcs) async fn permission(
        &self,
        repository: &RepositoryHandle,
        person: Person<'_>,
    ) -> Result<Permission, ForgeError> {
        let Person { id, login } = person;
        let what = format!("ask what `{login}` may do with `{}`", repository.slug.full_name());
        let answer = self.ask(Method::GET, repository, &format!("members/all/{id}"), None).await?;
        if answer.status == 404 {
            return Ok(Permission::None);
        }
        let MemberBody { access_level, state } = self.accept(answer, &what)?.json(&what)?;
        if state.is_some_and(|state| state != "active") {
            return Ok(Permission::None);
        }
        // A guest may see a project's name, but not its code.
        Ok(match access_level {
            MAINTAINER.. => Permission::Admin,
            DEVELOPER.. => Permission::Write,
            REPORTER.. => Permission::Read,
            _ => Permission::None,
        })
    }

    /// Whether a person is in a group, by its full path, or in one that it takes its members from.
    pub(in crate::vcs) async fn is_in_group(&self, group: &str, person: Person<'_>) -> Result<bool, ForgeError> {
        let Person { id, login } = person;
        let what = format!("ask whether `{login}` is in the group `{group}`");
        let path = format!("groups/{}/members/all/{id}", encode_segment(group));
        let answer = self.ask_at(Method::GET, &path, None).await?;
        if answer.status == 404 {
            return Ok(false);
        }
        let MemberBody { access_level: _, state } = self.accept(answer, &what)?.json(&what)?;
        Ok(state.is_none_or(|state| state == "active"))
    }
}
