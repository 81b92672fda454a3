//! Lists of pipelines, and of what they were of.

use model::id::{PipelineId, ProjectId};
use sqlx::SqliteExecutor;

use super::row::{Pipeline, PipelineRow, select};
use crate::{Result, row};

/// Which pipelines a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineFilter {
    /// Of which projects.
    pub of: OfProjects,
    /// Only of this branch (by short name).
    pub branch: Option<String>,
    /// Only those older than this: the last of the page before.
    pub before: Option<PipelineId>,
}

/// Of which projects a list shows pipelines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OfProjects {
    /// Of all.
    #[default]
    All,
    /// Of this one.
    One(ProjectId),
    /// Of these.
    These(Vec<ProjectId>),
}

/// The newest pipelines that pass the filter, at most `limit`.
pub async fn list(db: impl SqliteExecutor<'_>, filter: &PipelineFilter, limit: u32) -> Result<Vec<Pipeline>> {
    let PipelineFilter { of, branch, before } = filter;
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let (project, among) = match of {
        OfProjects::All => (None, None),
        OfProjects::One(id) => (Some(id.to_string()), None),
        OfProjects::These(ids) => (None, Some(row::to_json(ids)?)),
    };
    let rows = match (project, branch) {
        (None, None) => {
            select!(
                "WHERE p.id < ?1 AND (?3 IS NULL OR p.project_id IN (SELECT value FROM json_each(?3)))
                 ORDER BY p.id DESC LIMIT ?2",
                before,
                limit,
                among
            )
            .fetch_all(db)
            .await?
        }
        (Some(project), None) => {
            select!("WHERE p.project_id = ?3 AND p.id < ?1 ORDER BY p.id DESC LIMIT ?2", before, limit, project)
                .fetch_all(db)
                .await?
        }
        (Some(project), Some(branch)) => {
            select!(
                "WHERE p.project_id = ?3 AND p.ref_name = ?4 AND p.ref_kind = 'branch' AND p.id < ?1
                 ORDER BY p.id DESC LIMIT ?2",
                before,
                limit,
                project,
                branch
            )
            .fetch_all(db)
            .await?
        }
        (None, Some(branch)) => {
            select!(
                "WHERE p.ref_name = ?3 AND p.ref_kind = 'branch' AND p.id < ?1
                       AND (?4 IS NULL OR p.project_id IN (SELECT value FROM json_each(?4)))
                 ORDER BY p.id DESC LIMIT ?2",
                before,
                limit,
                branch,
                among
            )
            .fetch_all(db)
            .await?
        }
    };
    rows.into_iter().map(Pipeline::try_from).collect()
}

/// The branches of a project that have had a pipeline, the latest first, at most `limit`.
pub async fn list_branches(db: impl SqliteExecutor<'_>, project: ProjectId, limit: u32) -> Result<Vec<String>> {
    let project = project.to_string();
    Ok(sqlx::query_scalar!(
        r#"SELECT ref_name AS "name!" FROM pipeline WHERE project_id = ?1 AND ref_kind = 'branch'
           GROUP BY ref_name ORDER BY max(id) DESC LIMIT ?2"#,
        project,
        limit
    )
    .fetch_all(db)
    .await?)
}
