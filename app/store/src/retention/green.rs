//! The last green pipeline of a branch.

use model::id::PipelineId;
use sqlx::SqliteExecutor;

use crate::Result;

/// Whether a pipeline is the newest of its branch that succeeded: the last attempt at each of its workflows did, and there
/// was one at least.
pub async fn is_last_green(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<bool> {
    let id = id.to_string();
    let found = sqlx::query_scalar!(
        r#"SELECT coalesce(?1 = (
               SELECT o.id FROM pipeline p JOIN pipeline o ON o.project_id = p.project_id AND o.ref_name = p.ref_name
               WHERE p.id = ?1 AND p.ref_kind = 'branch' AND o.ref_kind = 'branch' AND o.state = 'created' AND o.id >= p.id
                 AND EXISTS (SELECT 1 FROM workflow w WHERE w.pipeline_id = o.id AND w.status = 'success')
                 AND NOT EXISTS (
                     SELECT 1 FROM workflow w WHERE w.pipeline_id = o.id AND w.status NOT IN ('success', 'not_run')
                     AND NOT EXISTS (SELECT 1 FROM workflow later
                                     WHERE later.pipeline_id = o.id AND later.name = w.name AND later.id > w.id))
               ORDER BY o.id DESC LIMIT 1), 0) AS "is!: i64""#,
        id
    )
    .fetch_one(db)
    .await?;
    Ok(found != 0)
}
