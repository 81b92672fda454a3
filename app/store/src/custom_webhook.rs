//! Custom webhooks: addresses with a secret, through which other programs start pipelines.

use model::{id::ProjectId, project::GitRef, time::Timestamp};
use sqlx::SqliteExecutor;
use uuid::Uuid;

use crate::{Error, Result, Topic, Tx, row};

/// A custom webhook. Of its secret only the SHA-256 is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomWebhook {
    /// Which; part of its address.
    pub id: Uuid,
    /// The project whose pipelines it starts.
    pub project_id: ProjectId,
    /// What people call it.
    pub name: String,
    /// SHA-256 of its secret.
    pub secret_hash: Vec<u8>,
    /// The branch or tag that it builds; `None`: the default branch.
    pub git_ref: Option<GitRef>,
    /// Login of who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it started a pipeline last.
    pub used_at: Option<Timestamp>,
}

/// A custom webhook to be made.
#[derive(Clone, Debug)]
pub struct NewCustomWebhook<'a> {
    /// The project whose pipelines it starts.
    pub project_id: ProjectId,
    /// What people call it: one name in a project.
    pub name: &'a str,
    /// SHA-256 of its secret.
    pub secret_hash: &'a [u8; 32],
    /// The branch or tag that it builds; `None`: the default branch.
    pub git_ref: Option<&'a GitRef>,
    /// Login of who makes it.
    pub created_by: &'a str,
}

struct CustomWebhookRow {
    id: String,
    project_id: String,
    name: String,
    secret_hash: Vec<u8>,
    ref_kind: Option<String>,
    ref_name: Option<String>,
    created_by: String,
    created_at: i64,
    used_at: Option<i64>,
}

impl TryFrom<CustomWebhookRow> for CustomWebhook {
    type Error = Error;

    fn try_from(row: CustomWebhookRow) -> Result<Self> {
        let CustomWebhookRow { id, project_id, name, secret_hash, ref_kind, ref_name, created_by, created_at, used_at } =
            row;
        Ok(Self {
            id: row::text("id", &id)?,
            project_id: row::text("project_id", &project_id)?,
            name,
            secret_hash,
            git_ref: ref_kind.zip(ref_name).map(|(kind, name)| row::git_ref(&kind, name)),
            created_by,
            created_at: row::time(created_at),
            used_at: used_at.map(row::time),
        })
    }
}

/// `SELECT … FROM custom_webhook` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            CustomWebhookRow,
            "SELECT id, project_id, name, secret_hash, ref_kind, ref_name, created_by, created_at, used_at
             FROM custom_webhook " + $rest
            $(, $argument)*
        )
    };
}

/// Makes one.
///
/// # Errors
/// `Conflict` when the project has one of this name.
pub async fn create(tx: &mut Tx, new: &NewCustomWebhook<'_>, now: Timestamp) -> Result<CustomWebhook> {
    let NewCustomWebhook { project_id, name, secret_hash, git_ref, created_by } = *new;
    let id = row::new_id();
    let (key, project, hash, now) = (id.to_string(), project_id.to_string(), secret_hash.as_slice(), now.millis());
    let (kind, ref_name) = (git_ref.map(row::ref_kind), git_ref.map(GitRef::name));
    let made = sqlx::query!(
        "INSERT INTO custom_webhook (id, project_id, name, secret_hash, ref_kind, ref_name, created_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (project_id, name) DO NOTHING",
        key,
        project,
        name,
        hash,
        kind,
        ref_name,
        created_by,
        now
    )
    .execute(tx.db())
    .await?;
    if made.rows_affected() == 0 {
        return Err(Error::Conflict(format!("the project has a custom webhook `{name}` already")));
    }
    tx.changed(Topic::Project(project_id));
    get(tx.db(), id).await
}

/// The custom webhook.
pub async fn get(db: impl SqliteExecutor<'_>, id: Uuid) -> Result<CustomWebhook> {
    find(db, id).await?.ok_or_else(|| Error::NotFound(format!("custom webhook `{id}`")))
}

/// The custom webhook, if there is one.
pub async fn find(db: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<CustomWebhook>> {
    let key = id.to_string();
    select!("WHERE id = ?1", key).fetch_optional(db).await?.map(CustomWebhook::try_from).transpose()
}

/// Those of a project, by name.
pub async fn list_by_project(db: impl SqliteExecutor<'_>, project: ProjectId) -> Result<Vec<CustomWebhook>> {
    let key = project.to_string();
    let rows = select!("WHERE project_id = ?1 ORDER BY name", key).fetch_all(db).await?;
    rows.into_iter().map(CustomWebhook::try_from).collect()
}

/// It has started a pipeline.
pub async fn used(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<()> {
    let (key, now) = (id.to_string(), now.millis());
    sqlx::query!("UPDATE custom_webhook SET used_at = ?2 WHERE id = ?1", key, now).execute(tx.db()).await?;
    Ok(())
}

/// Removes one.
///
/// # Errors
/// `NotFound`.
pub async fn delete(tx: &mut Tx, id: Uuid) -> Result<()> {
    let key = id.to_string();
    let gone = sqlx::query!("DELETE FROM custom_webhook WHERE id = ?1", key).execute(tx.db()).await?;
    match gone.rows_affected() {
        0 => Err(Error::NotFound(format!("custom webhook `{id}`"))),
        _ => Ok(()),
    }
}
