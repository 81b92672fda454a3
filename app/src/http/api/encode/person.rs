//! People and organizations.

use model::{project::Vcs, trigger::Actor};
use serde::Serialize;
use store::{
    project::Project,
    user::{Identity, User},
};
use uuid::Uuid;

use crate::vcs::{organization_id, person_id};

/// A user.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct UserBody {
    id: Uuid,
    login: String,
    name: String,
    avatar_url: Option<String>,
}

impl UserBody {
    pub(in crate::http::api) fn new(user: &User) -> Self {
        let User { id: _, identity: _, login, name, is_admin: _, created_at: _ } = user;
        Self {
            id: Self::id_of(user),
            login: login.clone(),
            name: name.clone().unwrap_or_else(|| login.clone()),
            avatar_url: None,
        }
    }

    /// A user's id in the API.
    pub(in crate::http::api) fn id_of(user: &User) -> Uuid {
        match user.identity {
            Identity::Local => user.id.uuid(),
            Identity::Forge { vcs, id } => person_id(vcs, Some(id)),
        }
    }

    /// The person at the server's machine.
    pub(in crate::http::api) fn operator() -> Self {
        Self { id: Uuid::nil(), login: "operator".to_owned(), name: "operator".to_owned(), avatar_url: None }
    }
}

/// The actor of a pipeline.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct ActorBody {
    login: String,
    /// Never null: there are clients that refuse it.
    avatar_url: String,
}

impl ActorBody {
    pub(in crate::http::api) fn new(actor: &Actor, project: &Project) -> Self {
        let host = project.web_url.strip_suffix(&project.slug.full_name());
        let avatar_url = match (project.slug.vcs, host, actor.id) {
            (Vcs::GitHub, Some(host), Some(_)) => format!("{host}{}.png", actor.login),
            _ => String::new(),
        };
        Self { login: actor.login.clone(), avatar_url }
    }
}

/// An organization that somebody works with. Both spellings of its forge are read by clients.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct CollaborationBody {
    id: Uuid,
    #[serde(rename = "vcs-type")]
    vcs_type_dashed: &'static str,
    vcs_type: &'static str,
    name: String,
    avatar_url: &'static str,
    slug: String,
}

impl CollaborationBody {
    pub(in crate::http::api) fn new(vcs: Vcs, org: &str) -> Self {
        Self {
            id: organization_id(vcs, org),
            vcs_type_dashed: vcs.long(),
            vcs_type: vcs.long(),
            name: org.to_owned(),
            avatar_url: "",
            slug: format!("{}/{org}", vcs.short()),
        }
    }
}
