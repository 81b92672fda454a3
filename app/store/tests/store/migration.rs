//! Every migration on a database that has rows in it, and what tables refuse.

use std::{fs, path::Path};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

/// The migrations in their order, each followed by its sample rows.
async fn migrated() -> SqliteConnection {
    let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files: Vec<_> =
        fs::read_dir(root.join("migrations")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    for file in files {
        for directory in ["migrations", "tests/data/migrations"] {
            let path = root.join(directory).join(&file);
            let sql = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            // As the migrator does: a migration is one transaction.
            let sql = format!("BEGIN; {sql} ; COMMIT;");
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                .execute(&mut db)
                .await
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
    db
}

#[tokio::test]
async fn every_migration_takes_the_rows_of_those_before_it() {
    let mut db = migrated().await;
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut db).await.unwrap();
    assert!(broken.is_empty(), "{} rows point nowhere", broken.len());
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            .fetch_all(&mut db)
            .await
            .unwrap();
    for table in tables {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count: i64 = sqlx::query_scalar(count).fetch_one(&mut db).await.unwrap();
        assert!(count > 0, "`{table}` has no sample rows");
    }
}

#[tokio::test]
async fn a_wrong_row_cannot_be_stored() {
    let mut db = migrated().await;
    let wrong = [
        "UPDATE job SET outcome = 'success' WHERE state = 'running'",
        "UPDATE job SET outcome = NULL WHERE state = 'ended'",
        "UPDATE job SET ended_at = NULL WHERE state = 'ended'",
        "UPDATE job SET state = 'running', outcome = NULL, ended_at = NULL WHERE kind = 'approval'",
        "UPDATE job SET state = 'on_hold' WHERE kind = 'build'",
        "UPDATE job SET plan = NULL WHERE kind = 'build'",
        "UPDATE job SET plan = 'no JSON' WHERE kind = 'build'",
        "UPDATE task SET lease_until = NULL WHERE state = 'running'",
        "UPDATE task SET runner_id = NULL WHERE state = 'running'",
        "UPDATE task SET lease_until = 1 WHERE state = 'ended'",
        "UPDATE task SET outcome = 'fine' WHERE state = 'ended'",
        "UPDATE step SET result = NULL WHERE state = 'ended'",
        "UPDATE pipeline SET reason = NULL WHERE state = 'errored'",
        "UPDATE pipeline SET delivery_id = 1",
        "UPDATE pipeline SET number = 1",
        "UPDATE delivery SET guid = 'g-1' WHERE guid = 'g-2'",
        "UPDATE delivery SET body_sha256 = x'00'",
        "UPDATE status_target SET sent_seq = 9",
        "UPDATE project SET private = 'no'",
        "UPDATE cache SET zone = 'fork'",
        "UPDATE cache SET sha256 = x'00'",
        "UPDATE artifact SET path = ''",
        "UPDATE test_result SET result = 'fine'",
        "UPDATE user SET is_admin = 2",
        "UPDATE user SET forge_id = NULL WHERE vcs = 'github'",
        "UPDATE permission SET level = 'owner'",
        "UPDATE workflow SET attempt = 2 WHERE rerun_of IS NULL",
        "UPDATE workflow SET rerun_kind = NULL WHERE rerun_of IS NOT NULL",
        "UPDATE serial_ticket SET held_at = 4, left_at = NULL",
        "UPDATE approval SET verdict = 'perhaps'",
        "DELETE FROM workflow",
        "UPDATE schedule SET ref_kind = 'tag' WHERE origin = 'config'",
        "UPDATE schedule SET timetable = '{}' WHERE origin = 'config'",
        "UPDATE schedule SET cron = NULL",
        "UPDATE setup SET parameters = NULL",
        "UPDATE continuation_key SET hash = x'00'",
        "UPDATE custom_webhook SET ref_name = NULL WHERE ref_kind = 'branch'",
        "UPDATE custom_webhook SET name = 'chat'",
        "UPDATE project SET auto_cancel = 2",
        "UPDATE runner SET removed_name = name WHERE removed_name IS NULL",
        "UPDATE oidc_key SET jwk = 'no JSON'",
        "UPDATE oidc_key SET kid = 'short'",
        "DELETE FROM project",
    ];
    for sql in wrong {
        let refused = sqlx::raw_sql(sql).execute(&mut db).await;
        assert!(refused.is_err(), "{sql}");
    }
}
