//! How much may run at the same time, as people see and change it: the same for the dashboard, the API and the command line.

use std::collections::{BTreeMap, BTreeSet};

use model::{id::ProjectId, time::Timestamp};
use store::{
    Store, Tx,
    queue::{self, LimitScope, SetLimit},
};

/// Of what a limit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitOf {
    /// Of all tasks.
    All,
    /// Of each project that has no limit of its own.
    EachProject,
    /// Of a class: `docker/large`.
    Class(String),
    /// Of this project.
    Project(ProjectId),
}

/// What shall hold from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitChange {
    /// So many tasks at most.
    Most(u32),
    /// As many as the runners take, whatever the settings say.
    None,
    /// What the settings say; for a project, what holds for each.
    Default,
}

/// A limit, or what has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitInForce {
    /// Of what.
    pub of: LimitOf,
    /// How many tasks may run; `None`: as many as the runners take.
    pub most: Option<u32>,
    /// Tasks that run. Of each project: of the one that has most.
    pub running: u64,
    /// Tasks that wait; `None` where nobody counts them.
    pub waiting: Option<u64>,
    /// Where it comes from.
    pub origin: LimitOrigin,
}

/// Where a limit comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitOrigin {
    /// Nobody has set any.
    Nowhere,
    /// From the setting of this name.
    Setting(&'static str),
    /// An administrator has set it, over the setting.
    Administrator {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// It is the project's own, and comes before the one of each project.
    OwnOfProject,
}

/// Changes a limit. What runs goes on.
///
/// # Errors
/// `Conflict` for a class without a name, and for a project that shall have no limit at all.
pub async fn change_limit(
    tx: &mut Tx,
    of: &LimitOf,
    change: LimitChange,
    by: &str,
    now: Timestamp,
) -> store::Result<()> {
    let scope = match of {
        LimitOf::All => LimitScope::All,
        LimitOf::EachProject => LimitScope::EachProject,
        LimitOf::Class(class) => LimitScope::Class(class.clone()),
        LimitOf::Project(id) => return change_own_limit(tx, *id, change).await,
    };
    let most = match change {
        LimitChange::Default => return queue::unset_limit(tx, &scope).await.map(drop),
        LimitChange::Most(most) => Some(most),
        LimitChange::None => None,
    };
    queue::set_limit(tx, &SetLimit { scope, most, set_by: by.to_owned(), set_at: now }).await
}

async fn change_own_limit(tx: &mut Tx, id: ProjectId, change: LimitChange) -> store::Result<()> {
    let most = match change {
        LimitChange::Most(most) => Some(most),
        LimitChange::Default => None,
        LimitChange::None => {
            return Err(store::Error::Conflict(
                "a project is under the limit of every project, unless it has a number of its own: give a number, or \
                 take its own limit back"
                    .to_owned(),
            ));
        }
    };
    queue::set_project_limit(tx, id, most).await
}

/// All limits with what runs of each, and the classes without any: first of all tasks, then by class, of each project, and
/// those of single projects.
///
/// # Errors
/// The rows cannot be read.
pub async fn list_limits(store: &Store) -> store::Result<Vec<LimitInForce>> {
    let (db, settings) = (store.read(), &store.options().limits);
    let in_force = settings.in_force(db).await?;
    let set = queue::list_limits(db).await?;
    let lines = queue::list_lines(db).await?;
    let origin = |scope: &LimitScope, setting, given: bool| match set.iter().find(|set| set.scope == *scope) {
        Some(set) => LimitOrigin::Administrator { by: set.set_by.clone(), at: set.set_at },
        None if given => LimitOrigin::Setting(setting),
        None => LimitOrigin::Nowhere,
    };
    let mut limits = vec![LimitInForce {
        of: LimitOf::All,
        most: in_force.total,
        running: lines.iter().map(|line| line.running).sum(),
        waiting: Some(lines.iter().map(|line| line.waiting).sum()),
        origin: origin(&LimitScope::All, "limits.total", settings.total.is_some()),
    }];
    // By class, whichever runners take it.
    let mut classes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut named: BTreeSet<&str> = in_force.classes.keys().map(String::as_str).collect();
    named.extend(set.iter().filter_map(|set| match &set.scope {
        LimitScope::Class(class) => Some(class.as_str()),
        LimitScope::All | LimitScope::EachProject => None,
    }));
    for class in named {
        classes.insert(class, (0, 0));
    }
    for line in &lines {
        let (running, waiting) = classes.entry(&line.class).or_default();
        *running += line.running;
        *waiting += line.waiting;
    }
    limits.extend(classes.into_iter().map(|(class, (running, waiting))| LimitInForce {
        of: LimitOf::Class(class.to_owned()),
        most: in_force.classes.get(class).copied(),
        running,
        waiting: Some(waiting),
        origin: origin(&LimitScope::Class(class.to_owned()), "limits.classes", settings.classes.contains_key(class)),
    }));
    limits.push(LimitInForce {
        of: LimitOf::EachProject,
        most: in_force.project,
        running: queue::find_busiest(db).await?,
        waiting: None,
        origin: origin(&LimitScope::EachProject, "limits.project", settings.project.is_some()),
    });
    limits.extend(queue::list_project_limits(db).await?.into_iter().map(|(id, load)| LimitInForce {
        of: LimitOf::Project(id),
        most: load.max_running,
        running: load.running,
        waiting: None,
        origin: LimitOrigin::OwnOfProject,
    }));
    Ok(limits)
}
