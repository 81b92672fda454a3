//! What a person may do with a project: what the forge says, believed for some minutes.
//!
//! This is the one place where a request waits for another system: nobody but the forge can tell, and an answer of yesterday
//! would let those in who have left. When the forge gives no answer, the answer is no.

use std::time::Duration;

use model::{permission::Permission, time::Timestamp};
use store::{
    permission,
    project::Project,
    user::{Identity, User},
};
use tracing::warn;

use super::{Actor, AuthState, Denied};
use crate::vcs::{Person, RepositoryHandle};

/// How long the forge's word is believed.
const BELIEVED_MS: i64 = 5 * 60_000;

/// How long a request waits for the forge's word.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the forge's word of then still holds.
pub(super) fn is_believed(asked_at: Timestamp, now: Timestamp) -> bool {
    (0..BELIEVED_MS).contains(&now.millis_since(asked_at))
}

impl AuthState {
    /// Passes those on who have a right to a project. Reading needs none, unless the settings ask for a login.
    ///
    /// # Errors
    /// They do not have it, nobody is known, or the forge does not tell.
    pub async fn require(&self, actor: Option<&Actor>, project: &Project, need: Permission) -> Result<(), Denied> {
        if need <= Permission::Read && !self.rules.login_to_read {
            return Ok(());
        }
        let actor = actor.ok_or(Denied::Unknown)?;
        let has = self.permission(actor, project).await?;
        if has >= need {
            return Ok(());
        }
        if self.rules.login_to_read && has < Permission::Read {
            return Err(Denied::Hidden(format!("project `{}`", project.slug)));
        }
        Err(Denied::NotAllowed { login: actor.login().to_owned(), project: project.slug.clone(), need, has })
    }

    /// The rights of a person to a project.
    ///
    /// # Errors
    /// The forge does not tell.
    pub async fn permission(&self, actor: &Actor, project: &Project) -> Result<Permission, Denied> {
        let user = match actor {
            Actor::Operator => return Ok(Permission::Admin),
            Actor::User(user) if user.is_admin => return Ok(Permission::Admin),
            Actor::User(user) => user,
        };
        let of_everybody = if project.private { Permission::None } else { Permission::Read };
        let own = match user.identity {
            Identity::Forge { vcs, id } if vcs == project.slug.vcs => self.ask(user, id, project).await?,
            Identity::Forge { .. } | Identity::Local => Permission::None,
        };
        Ok(own.max(of_everybody))
    }

    async fn ask(&self, user: &User, forge_user_id: i64, project: &Project) -> Result<Permission, Denied> {
        let now = self.clock.now();
        if let Some((level, asked_at)) = permission::find(self.store.read(), user.id, project.id).await?
            && is_believed(asked_at, now)
        {
            return Ok(level);
        }
        let repository = RepositoryHandle {
            slug: project.slug.clone(),
            forge_id: project.forge_id,
            installation_id: project.installation_id,
        };
        let person = Person { id: forge_user_id, login: &user.login };
        let level = match tokio::time::timeout(PATIENCE, self.forges.permission(&repository, person)).await {
            Ok(Ok(level)) => level,
            Ok(Err(error)) => {
                warn!("The rights of `{}` to `{}` are unknown: {error}", user.login, project.slug);
                return Err(Denied::Untold(format!("the forge does not tell what `{}` may do: {error}", user.login)));
            }
            Err(_) => {
                return Err(Denied::Untold(format!(
                    "the forge did not tell within {} s what `{}` may do; try again",
                    PATIENCE.as_secs(),
                    user.login
                )));
            }
        };
        let mut tx = self.store.begin().await?;
        permission::put(&mut tx, user.id, project.id, level, now).await?;
        tx.commit().await?;
        Ok(level)
    }
}
