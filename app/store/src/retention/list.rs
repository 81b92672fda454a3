//! Pages of what may go, the oldest first.

use model::{id::PipelineId, time::Timestamp};
use sqlx::SqliteExecutor;

use super::Kind;
use crate::{Result, row};

/// What may go.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What is older than this.
    pub before: Timestamp,
    /// What is not of the newest so many pipelines of its project (of caches and deliveries: is not among the newest).
    pub beyond: Option<u32>,
    /// Everything, because there are too many bytes.
    pub all: bool,
}

/// One thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id: of a blob's row, a job, a delivery, a pipeline.
    pub id: String,
    /// Its pipeline; `None` for caches and deliveries.
    pub pipeline: Option<PipelineId>,
    /// Its bytes, as far as rows know.
    pub size_bytes: u64,
    /// By what it is ordered.
    pub at: Timestamp,
    /// Whether it goes by age or count; otherwise only bytes speak against it.
    pub expired: bool,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    id: String,
}

impl Cursor {
    /// Before everything.
    pub const fn beginning() -> Self {
        Self { at: i64::MIN, id: String::new() }
    }

    /// Behind an item.
    pub fn behind(item: &Item) -> Self {
        Self { at: item.at.millis(), id: item.id.clone() }
    }
}

struct ItemRow {
    id: String,
    pipeline: Option<String>,
    size: i64,
    at: i64,
    expired: i64,
}

impl TryFrom<ItemRow> for Item {
    type Error = crate::Error;

    fn try_from(row: ItemRow) -> Result<Self> {
        let ItemRow { id, pipeline, size, at, expired } = row;
        Ok(Self {
            id,
            pipeline: pipeline.map(|id| row::text("pipeline_id", &id)).transpose()?,
            size_bytes: row::number("size", size)?,
            at: row::time(at),
            expired: expired != 0,
        })
    }
}

/// What a page is asked for, as every statement takes it.
struct Asked {
    before: i64,
    beyond: i64,
    all: bool,
    at: i64,
    limit: u32,
}

/// The rows of one page: pieces of a statement that takes `?1` before, `?2` beyond, `?3` all, `?4` and `?5` the cursor, `?6`
/// the limit.
macro_rules! page {
    ($db:ident, $asked:ident, $id:ident, $first:literal $($more:literal)*) => {
        sqlx::query_as!(
            ItemRow,
            $first $(+ $more)*,
            $asked.before,
            $asked.beyond,
            $asked.all,
            $asked.at,
            $id,
            $asked.limit
        )
        .fetch_all($db)
        .await?
    };
}

/// The same of blobs `a` of a workflow `w`, from these tables.
macro_rules! page_of_blobs {
    ($db:ident, $asked:ident, $id:ident, $from:literal) => {
        page!(
            $db, $asked, $id,
            r#"SELECT a.id AS "id!", w.pipeline_id AS "pipeline", a.size_bytes AS "size!", a.created_at AS "at!",
                      (a.created_at < ?1 OR p.number < r.next_pipeline_number - ?2) AS "expired!: i64"
               FROM "#
            $from
            r#" JOIN pipeline p ON p.id = w.pipeline_id JOIN project r ON r.id = p.project_id
               WHERE (a.created_at, a.id) > (?4, ?5)
                 AND (a.created_at < ?1
                      OR (p.number < r.next_pipeline_number - ?2 OR ?3) AND NOT EXISTS (
                          SELECT 1 FROM workflow o WHERE o.pipeline_id = p.id AND o.ended_at IS NULL))
               ORDER BY a.created_at, a.id LIMIT ?6"#
        )
    };
}

/// The next page of a kind, at most `limit` long. What belongs to a pipeline that still works goes by age alone, and of its
/// logs and rows nothing goes.
pub async fn list(
    db: impl SqliteExecutor<'_>,
    kind: Kind,
    rule: Rule,
    cursor: &Cursor,
    limit: u32,
) -> Result<Vec<Item>> {
    let Rule { before, beyond, all } = rule;
    let (before, beyond) = (before.millis(), beyond.map_or(1 << 60, i64::from));
    let (asked, id) = (Asked { before, beyond, all, at: cursor.at, limit }, cursor.id.as_str());
    let rows = match kind {
        Kind::Artifacts => page_of_blobs!(
            db,
            asked,
            id,
            "artifact a JOIN job j ON j.id = a.job_id JOIN workflow w ON w.id = j.workflow_id"
        ),
        Kind::Workspaces => {
            page_of_blobs!(db, asked, id, "workspace_layer a JOIN workflow w ON w.id = a.workflow_id")
        }
        // The one that was used longest ago is the oldest; its age counts from when it was saved.
        Kind::Caches => page!(
            db,
            asked,
            id,
            r#"SELECT id AS "id!", NULL AS "pipeline?: String", size_bytes AS "size!", used_at AS "at!",
                      (created_at < ?1 OR (SELECT count(*) FROM cache o WHERE o.project_id = c.project_id
                                                                         AND o.used_at > c.used_at) >= ?2)
                      AS "expired!: i64"
               FROM cache c
               WHERE (used_at, id) > (?4, ?5)
                 AND (?3 OR created_at < ?1 OR (SELECT count(*) FROM cache o WHERE o.project_id = c.project_id
                                                                             AND o.used_at > c.used_at) >= ?2)
               ORDER BY used_at, id LIMIT ?6"#
        ),
        Kind::Logs => page!(
            db,
            asked,
            id,
            r#"SELECT j.id AS "id!", w.pipeline_id AS "pipeline", 0 AS "size!: i64", j.ended_at AS "at!",
                      (j.ended_at < ?1 OR p.number < r.next_pipeline_number - ?2) AS "expired!: i64"
               FROM job j JOIN workflow w ON w.id = j.workflow_id JOIN pipeline p ON p.id = w.pipeline_id
                          JOIN project r ON r.id = p.project_id
               WHERE j.state = 'ended' AND j.kind = 'build' AND j.logs_deleted_at IS NULL
                 AND (j.ended_at, j.id) > (?4, ?5)
                 AND (j.ended_at < ?1 OR p.number < r.next_pipeline_number - ?2 OR ?3)
                 AND NOT EXISTS (SELECT 1 FROM workflow o WHERE o.pipeline_id = p.id AND o.ended_at IS NULL)
               ORDER BY j.ended_at, j.id LIMIT ?6"#
        ),
        Kind::Deliveries => {
            let id: i64 = id.parse().unwrap_or(0);
            page!(
                db,
                asked,
                id,
                r#"SELECT CAST(id AS TEXT) AS "id!: String", NULL AS "pipeline?: String", length(body) AS "size!: i64",
                          received_at AS "at!",
                          (received_at < ?1 OR id <= (SELECT max(id) FROM delivery) - ?2) AS "expired!: i64"
                   FROM delivery
                   WHERE state <> 'new' AND (received_at, id) > (?4, ?5)
                     AND (?3 OR received_at < ?1 OR id <= (SELECT max(id) FROM delivery) - ?2)
                   ORDER BY received_at, id LIMIT ?6"#
            )
        }
        // A cache keeps the pipeline that saved it.
        Kind::Pipelines => page!(
            db,
            asked,
            id,
            r#"SELECT p.id AS "id!", p.id AS "pipeline", 0 AS "size!: i64", p.created_at AS "at!",
                      (p.created_at < ?1 OR p.number < r.next_pipeline_number - ?2) AS "expired!: i64"
               FROM pipeline p JOIN project r ON r.id = p.project_id
               WHERE (p.created_at, p.id) > (?4, ?5) AND p.state IN ('created', 'errored')
                 AND (p.created_at < ?1 OR p.number < r.next_pipeline_number - ?2 OR ?3)
                 AND NOT EXISTS (SELECT 1 FROM workflow o WHERE o.pipeline_id = p.id AND o.ended_at IS NULL)
                 AND NOT EXISTS (SELECT 1 FROM workflow w JOIN job j ON j.workflow_id = w.id
                                                          JOIN cache c ON c.job_id = j.id
                                 WHERE w.pipeline_id = p.id)
               ORDER BY p.created_at, p.id LIMIT ?6"#
        ),
    };
    rows.into_iter().map(Item::try_from).collect()
}
