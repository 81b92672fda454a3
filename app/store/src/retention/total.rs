//! How many bytes there are of a kind.

use sqlx::SqlitePool;

use super::Kind;
use crate::{Result, row};

/// How many bytes all of a kind have, as far as rows know: of logs 0, of pipelines what the database uses.
pub async fn total_bytes(db: &SqlitePool, kind: Kind) -> Result<u64> {
    let total = match kind {
        Kind::Artifacts => {
            sqlx::query_scalar!(r#"SELECT coalesce(sum(size_bytes), 0) AS "total!: i64" FROM artifact"#)
                .fetch_one(db)
                .await?
        }
        Kind::Workspaces => {
            sqlx::query_scalar!(r#"SELECT coalesce(sum(size_bytes), 0) AS "total!: i64" FROM workspace_layer"#)
                .fetch_one(db)
                .await?
        }
        Kind::Caches => {
            sqlx::query_scalar!(r#"SELECT coalesce(sum(size_bytes), 0) AS "total!: i64" FROM cache"#)
                .fetch_one(db)
                .await?
        }
        Kind::Logs => 0,
        Kind::Deliveries => {
            sqlx::query_scalar!(r#"SELECT coalesce(sum(length(body)), 0) AS "total!: i64" FROM delivery"#)
                .fetch_one(db)
                .await?
        }
        Kind::Pipelines => {
            sqlx::query_scalar!(
                r#"SELECT (c.page_count - f.freelist_count) * s.page_size AS "total!: i64"
                   FROM pragma_page_count c, pragma_freelist_count f, pragma_page_size s"#
            )
            .fetch_one(db)
            .await?
        }
    };
    row::number("total", total)
}

/// How many pipelines there are.
pub async fn count_pipelines(db: &SqlitePool) -> Result<u64> {
    let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!: i64" FROM pipeline"#).fetch_one(db).await?;
    row::number("count", count)
}
