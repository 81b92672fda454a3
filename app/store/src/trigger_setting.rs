//! What a project wants to be built: settings beside its row, which no event of the forge changes.

use model::id::ProjectId;
use sqlx::SqliteExecutor;

use crate::{Error, Result, Topic, Tx};

/// What a project wants to be built. All off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TriggerSettings {
    /// A newer push to a branch that is not the default one cancels what still runs for the older ones.
    pub auto_cancel: bool,
    /// Pull requests from other repositories are built, without secrets.
    pub build_forks: bool,
    /// Of the branches that are not the default one, only those with an open pull request are built.
    pub only_pull_requests: bool,
}

/// What a project wants to be built.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: impl SqliteExecutor<'_>, project: ProjectId) -> Result<TriggerSettings> {
    let key = project.to_string();
    let found = sqlx::query!("SELECT auto_cancel, build_forks, only_pull_requests FROM project WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("project `{project}`")))?;
    Ok(TriggerSettings {
        auto_cancel: found.auto_cancel != 0,
        build_forks: found.build_forks != 0,
        only_pull_requests: found.only_pull_requests != 0,
    })
}

/// Changes what a project wants to be built, from the next event on. What is there when auto-cancel is turned on is never
/// cancelled by it, as at CircleCI.
///
/// # Errors
/// `NotFound`.
pub async fn set(tx: &mut Tx, project: ProjectId, settings: TriggerSettings) -> Result<()> {
    let TriggerSettings { auto_cancel, build_forks, only_pull_requests } = settings;
    let key = project.to_string();
    let changed = sqlx::query!(
        "UPDATE project SET auto_cancel_from = iif(?2 > auto_cancel, next_pipeline_number, auto_cancel_from),
                            auto_cancel = ?2, build_forks = ?3, only_pull_requests = ?4
         WHERE id = ?1",
        key,
        auto_cancel,
        build_forks,
        only_pull_requests
    )
    .execute(tx.db())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound(format!("project `{project}`")));
    }
    tx.changed(Topic::Project(project));
    Ok(())
}
