//! What hangs on a pipeline goes with it.

use std::collections::BTreeSet;

use store::retention::{self, Cursor, Kind, Rule};

use crate::kit::{NOW, TestStore, build};

/// Every table that refers to one that retention deletes from. Whoever adds one to this list has thought of
/// `store::retention::delete`, or of `ON DELETE CASCADE`.
const REFERRERS: &[&str] = &[
    "approval.job_id",
    "artifact.job_id",
    "artifact.task_id",
    "cache.job_id",
    "continuation_key.pipeline_id",
    "expanded_config.pipeline_id",
    "job.reuses",
    "job.workflow_id",
    "pipeline.delivery_id",
    "pipeline_orb.pipeline_id",
    "schedule_run.pipeline_id",
    "serial_ticket.job_id",
    "serial_ticket.workflow_id",
    "setup.pipeline_id",
    "status_target.pipeline_id",
    "step.task_id",
    "task.job_id",
    "test_result.job_id",
    "test_result.task_id",
    "workflow.pipeline_id",
    "workflow.rerun_of",
    "workflow.workspace_id",
    "workspace_layer.job_id",
    "workspace_layer.task_id",
    "workspace_layer.workflow_id",
];

#[tokio::test]
async fn no_reference_is_forgotten() {
    let store = TestStore::new().await;
    let found: BTreeSet<String> = sqlx::query_scalar(
        r#"SELECT t.name || '.' || f."from" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
           WHERE t.type = 'table' AND f."table" IN ('pipeline', 'workflow', 'job', 'task', 'delivery')"#,
    )
    .fetch_all(store.read())
    .await
    .unwrap()
    .into_iter()
    .collect();
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), REFERRERS);
}

#[tokio::test]
async fn a_pipeline_goes_in_pieces() {
    let store = TestStore::new().await;
    let (pipeline, jobs) = store.jobs((0..120).map(|number| build(&format!("job{number}"), 1, &[])).collect()).await;
    let rule = Rule { before: NOW.plus_millis(1), beyond: None, all: false };
    let list = async || retention::list(store.read(), Kind::Pipelines, rule, &Cursor::beginning(), 9).await.unwrap();
    assert!(list().await.is_empty(), "it still works");
    let mut tx = store.begin().await.unwrap();
    for job in &jobs {
        store::job::cancel(&mut tx, *job, "enough", NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    let going = list().await;
    assert_eq!((going.len(), going[0].pipeline, going[0].expired), (1, Some(pipeline.id), true));
    assert!(!retention::is_last_green(store.read(), pipeline.id).await.unwrap());
    let mut pieces = Vec::new();
    loop {
        let mut tx = store.begin().await.unwrap();
        let (bytes, gone) = retention::delete_pipeline(&mut tx, pipeline.id).await.unwrap();
        tx.commit().await.unwrap();
        if gone {
            break;
        }
        pieces.push(bytes.len());
    }
    assert_eq!(pieces, [50, 50, 20], "each job has logs");
    assert!(list().await.is_empty());
    let left: i64 = sqlx::query_scalar("SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM workflow)")
        .fetch_one(store.read())
        .await
        .unwrap();
    assert_eq!(left, 0);
}
