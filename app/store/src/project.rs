//! Repositories at forges.

use model::{
    id::ProjectId,
    project::{ProjectSlug, Vcs},
    time::Timestamp,
};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Topic, Tx, row};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Which.
    pub id: ProjectId,
    /// Its names.
    pub slug: ProjectSlug,
    /// The forge's numeric id: the identity.
    pub forge_id: i64,
    /// Installation of the GitHub App that sees it.
    pub installation_id: Option<i64>,
    /// The branch that the forge shows first.
    pub default_branch: String,
    /// Where Git gets it over HTTP, without credentials.
    pub clone_url: String,
    /// Its page at the forge.
    pub web_url: String,
    /// Whether only some people may see it.
    pub private: bool,
    /// When its first event came.
    pub created_at: Timestamp,
}

/// What an event says of its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProject {
    /// Its names now.
    pub slug: ProjectSlug,
    /// The forge's numeric id: the identity.
    pub forge_id: i64,
    /// Installation of the GitHub App that sees it; `None` keeps what is known.
    pub installation_id: Option<i64>,
    /// The branch that the forge shows first.
    pub default_branch: String,
    /// Where Git gets it over HTTP, without credentials.
    pub clone_url: String,
    /// Its page at the forge.
    pub web_url: String,
    /// Whether only some people may see it.
    pub private: bool,
}

struct ProjectRow {
    id: String,
    vcs: String,
    org: String,
    repo: String,
    forge_id: i64,
    installation_id: Option<i64>,
    default_branch: String,
    clone_url: String,
    web_url: String,
    private: i64,
    created_at: i64,
}

impl TryFrom<ProjectRow> for Project {
    type Error = Error;

    fn try_from(row: ProjectRow) -> Result<Self> {
        let ProjectRow {
            id,
            vcs,
            org,
            repo,
            forge_id,
            installation_id,
            default_branch,
            clone_url,
            web_url,
            private,
            created_at,
        } = row;
        Ok(Self {
            id: row::text("id", &id)?,
            slug: ProjectSlug { vcs: row::text("vcs", &vcs)?, org, repo },
            forge_id,
            installation_id,
            default_branch,
            clone_url,
            web_url,
            private: private != 0,
            created_at: row::time(created_at),
        })
    }
}

/// `SELECT … FROM project` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            ProjectRow,
            "SELECT id, vcs, org, repo, forge_id, installation_id, default_branch, clone_url, web_url, private,
                    created_at
             FROM project " + $rest
            $(, $argument)*
        )
    };
}

/// Stores what is known of a project now. The forge's numeric id decides whether it is new; names follow it.
pub async fn upsert(tx: &mut Tx, new: &NewProject, now: Timestamp) -> Result<Project> {
    let NewProject { slug, forge_id, installation_id, default_branch, clone_url, web_url, private } = new;
    let (id, vcs, now) = (row::new_id().to_string(), slug.vcs.long(), now.millis());
    let id = sqlx::query_scalar!(
        r#"INSERT INTO project (id, vcs, org, repo, forge_id, installation_id, default_branch, clone_url, web_url,
                                private, created_at, updated_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)
           ON CONFLICT (vcs, forge_id) DO UPDATE SET
               updated_at = CASE WHEN org = excluded.org AND repo = excluded.repo THEN updated_at
                                 ELSE excluded.updated_at END,
               org = excluded.org, repo = excluded.repo,
               installation_id = coalesce(excluded.installation_id, installation_id),
               default_branch = excluded.default_branch, clone_url = excluded.clone_url,
               web_url = excluded.web_url, private = excluded.private
           RETURNING id AS "id!: String""#,
        id,
        vcs,
        slug.org,
        slug.repo,
        forge_id,
        installation_id,
        default_branch,
        clone_url,
        web_url,
        private,
        now,
    )
    .fetch_one(tx.db())
    .await?;
    let id = row::text("id", &id)?;
    tx.changed(Topic::Project(id));
    get(tx.db(), id).await
}

/// The project.
pub async fn get(db: impl SqliteExecutor<'_>, id: ProjectId) -> Result<Project> {
    let key = id.to_string();
    select!("WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("project `{id}`")))?
        .try_into()
}

/// The project that has these names now.
pub async fn find_by_slug(db: impl SqliteExecutor<'_>, slug: &ProjectSlug) -> Result<Option<Project>> {
    let vcs = slug.vcs.long();
    select!(
        "WHERE vcs = ?1 AND org = ?2 COLLATE NOCASE AND repo = ?3 COLLATE NOCASE ORDER BY updated_at DESC LIMIT 1",
        vcs,
        slug.org,
        slug.repo
    )
    .fetch_optional(db)
    .await?
    .map(Project::try_from)
    .transpose()
}

/// The project with this id at its forge.
pub async fn find_by_forge_id(db: impl SqliteExecutor<'_>, vcs: Vcs, forge_id: i64) -> Result<Option<Project>> {
    let vcs = vcs.long();
    select!("WHERE vcs = ?1 AND forge_id = ?2", vcs, forge_id)
        .fetch_optional(db)
        .await?
        .map(Project::try_from)
        .transpose()
}

/// All projects, by name.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<Project>> {
    select!("ORDER BY vcs, org, repo, updated_at DESC")
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Project::try_from)
        .collect()
}
