//! Who is in a team of an organization.

use http::Method;
use serde::Deserialize;

use super::{
    client::{GitHub, Request},
    token::Purpose,
};
use crate::vcs::{encode_segment, error::ForgeError, forges::RepositoryHandle};

#[derive(Deserialize)]
struct MembershipBody {
    state: String,
}

#[derive(Deserialize)]
struct UserBody {
    login: String,
}

impl GitHub {
    /// Whether the person with this number is in a team of the repository's organization, by its slug, or in a team below it.
    pub(in crate::vcs) async fn is_in_team(
        &self,
        repository: &RepositoryHandle,
        team: &str,
        person: i64,
    ) -> Result<bool, ForgeError> {
        let org = &repository.slug.org;
        let get = |path: String| Request { method: Method::GET, path, accept: None, body: None };
        // GitHub asks for a login, and logins go from hand to hand: the one that this number has now.
        let what = format!("ask who the person {person} is");
        let answer = self.ask(repository, Purpose::Members, get(format!("/user/{person}"))).await?;
        if answer.status == 404 {
            return Ok(false);
        }
        let UserBody { login } = self.accept(answer, &what, Purpose::Members)?.json(&what)?;
        let what = format!("ask whether `{login}` is in the team `{team}` of `{org}`");
        let path = format!(
            "/orgs/{}/teams/{}/memberships/{}",
            encode_segment(org),
            encode_segment(team),
            encode_segment(&login)
        );
        let answer = self.ask(repository, Purpose::Members, get(path)).await?;
        if answer.status == 404 {
            return Ok(false);
        }
        let MembershipBody { state } = self.accept(answer, &what, Purpose::Members)?.json(&what)?;
        Ok(state == "active")
    }
}
