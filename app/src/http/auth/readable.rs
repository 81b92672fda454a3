//! Which projects a list may name to whoever looks at it: the rule of [`AuthState::require`], for many projects at once.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use model::{id::ProjectId, permission::Permission};
use store::{permission, project::Project};
use tokio::time::{Instant, timeout_at};

use super::{Actor, AuthState, permission::is_believed};

/// How long a list waits for the word of forges in all: what they have not told by then is not named this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many projects a forge is asked of at a time.
const AT_A_TIME: usize = 8;

/// Projects that somebody may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readable {
    /// All there are.
    All,
    /// These, of those that were asked for.
    These(HashSet<ProjectId>),
}

impl Readable {
    /// Whether the project is one of them.
    pub fn has(&self, project: ProjectId) -> bool {
        match self {
            Self::All => true,
            Self::These(projects) => projects.contains(&project),
        }
    }

    /// The projects, to narrow a list down to them; `None`: there is nothing to narrow down.
    pub fn only(&self) -> Option<Vec<ProjectId>> {
        match self {
            Self::All => None,
            Self::These(projects) => Some(projects.iter().copied().collect()),
        }
    }
}

impl AuthState {
    /// Which of these projects somebody may read. Where reading needs no login, and for administrators, nothing is looked at.
    /// What forges have said lately is read at once; of the rest they are asked, and when they do not tell, the answer is no.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub async fn readable(
        &self,
        actor: Option<&Actor>,
        among: impl IntoIterator<Item = ProjectId>,
    ) -> store::Result<Readable> {
        if !self.rules.login_to_read || actor.is_some_and(Actor::is_admin) {
            return Ok(Readable::All);
        }
        let among: HashSet<ProjectId> = among.into_iter().collect();
        let mut readable = HashSet::new();
        let Some(user) = actor.and_then(Actor::user).filter(|_| !among.is_empty()) else {
            return Ok(Readable::These(readable));
        };
        let now = self.clock.now();
        let said = permission::list(self.store.read(), user.id).await?;
        let mut unknown: Vec<Project> = Vec::new();
        for project in store::project::list(self.store.read()).await? {
            if !among.contains(&project.id) {
                continue;
            }
            match said.get(&project.id) {
                _ if !project.private => {
                    readable.insert(project.id);
                }
                Some((level, asked_at)) if is_believed(*asked_at, now) => {
                    if *level >= Permission::Read {
                        readable.insert(project.id);
                    }
                }
                Some(_) | None => unknown.push(project),
            }
        }
        let deadline = Instant::now() + PATIENCE;
        for projects in unknown.chunks(AT_A_TIME) {
            let asked = projects.iter().map(|project| self.require(actor, project, Permission::Read));
            let Ok(answers) = timeout_at(deadline, join_all(asked)).await else { break };
            let told = projects.iter().zip(answers).filter(|(_, answer)| answer.is_ok());
            readable.extend(told.map(|(project, _)| project.id));
        }
        Ok(Readable::These(readable))
    }
}
