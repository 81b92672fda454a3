//! Pull requests (merge requests at GitLab), as the forge told of them last.

use model::{id::ProjectId, project::Sha, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx, row};

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number in the repository that it wants to change.
    pub number: i64,
    /// Neither closed nor merged.
    pub open: bool,
    /// Not ready for review.
    pub draft: bool,
    /// Its title.
    pub title: String,
    /// Its page.
    pub web_url: String,
    /// The branch in the repository that it comes from.
    pub head_ref: String,
    /// Its newest commit.
    pub head_sha: Sha,
    /// The forge's id of the repository that it comes from; `None` when that is gone.
    pub head_repository_id: Option<i64>,
    /// The branch that it wants to change.
    pub base_ref: String,
}

struct PullRequestRow {
    number: i64,
    open: i64,
    draft: i64,
    title: String,
    web_url: String,
    head_ref: String,
    head_sha: String,
    head_repository_id: Option<i64>,
    base_ref: String,
}

impl TryFrom<PullRequestRow> for PullRequest {
    type Error = Error;

    fn try_from(row: PullRequestRow) -> Result<Self> {
        let PullRequestRow { number, open, draft, title, web_url, head_ref, head_sha, head_repository_id, base_ref } =
            row;
        Ok(Self {
            number,
            open: open != 0,
            draft: draft != 0,
            title,
            web_url,
            head_ref,
            head_sha: row::text("head_sha", &head_sha)?,
            head_repository_id,
            base_ref,
        })
    }
}

/// Stores what is known of a pull request now.
pub async fn put(tx: &mut Tx, project: ProjectId, pull_request: &PullRequest, now: Timestamp) -> Result<()> {
    let PullRequest { number, open, draft, title, web_url, head_ref, head_sha, head_repository_id, base_ref } =
        pull_request;
    let (project, head_sha, now) = (project.to_string(), head_sha.as_str(), now.millis());
    sqlx::query!(
        "INSERT INTO pull_request (project_id, number, open, draft, title, web_url, head_ref, head_sha,
                                   head_repository_id, base_ref, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (project_id, number) DO UPDATE SET
             open = excluded.open, draft = excluded.draft, title = excluded.title, web_url = excluded.web_url,
             head_ref = excluded.head_ref, head_sha = excluded.head_sha,
             head_repository_id = excluded.head_repository_id, base_ref = excluded.base_ref,
             updated_at = excluded.updated_at",
        project,
        number,
        open,
        draft,
        title,
        web_url,
        head_ref,
        head_sha,
        head_repository_id,
        base_ref,
        now
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// The pull request with this number.
pub async fn find(db: impl SqliteExecutor<'_>, project: ProjectId, number: i64) -> Result<Option<PullRequest>> {
    let project = project.to_string();
    sqlx::query_as!(
        PullRequestRow,
        "SELECT number, open, draft, title, web_url, head_ref, head_sha, head_repository_id, base_ref
         FROM pull_request WHERE project_id = ?1 AND number = ?2",
        project,
        number
    )
    .fetch_optional(db)
    .await?
    .map(PullRequest::try_from)
    .transpose()
}

/// The open pull requests of a branch of the repository itself (not of a fork's branch with the same name), by number.
pub async fn list_open_by_branch(
    db: impl SqliteExecutor<'_>,
    project: ProjectId,
    branch: &str,
) -> Result<Vec<PullRequest>> {
    let project = project.to_string();
    let rows = sqlx::query_as!(
        PullRequestRow,
        "SELECT number, open, draft, title, web_url, head_ref, head_sha, head_repository_id, base_ref
         FROM pull_request
         WHERE project_id = ?1 AND head_ref = ?2 AND open = 1
               AND head_repository_id = (SELECT forge_id FROM project WHERE id = ?1)
         ORDER BY number",
        project,
        branch
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(PullRequest::try_from).collect()
}
