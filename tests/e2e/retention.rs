//! What is old enough goes, and the last green pipeline of a branch stays.

use kit::{TestApp, config::chain};
use model::event::StepKey;
use roundhouse::log::LogKey;
use store::{pipeline::PipelineFilter, retention::Kind};

const DAY_S: i64 = 86_400;

/// Of every pipeline that is there: its number, and the bytes that the logs of its first job have.
async fn kept(app: &TestApp) -> Vec<(u64, u64)> {
    let read = app.server().store().read();
    let mut kept = Vec::new();
    let mut pipelines = store::pipeline::list(read, &PipelineFilter::default(), 100).await.unwrap();
    pipelines.sort_by_key(|pipeline| pipeline.number);
    for pipeline in pipelines {
        let workflow = store::workflow::list_by_pipeline(read, pipeline.id).await.unwrap().remove(0);
        let job = store::job::list_by_workflow(read, workflow.id).await.unwrap().remove(0);
        let task = store::task::list_by_job(read, job.id).await.unwrap().remove(0);
        let key = LogKey::of(&task, StepKey::first(1));
        kept.push((pipeline.number, app.server().logs().len(key).await.unwrap()));
    }
    kept
}

#[tokio::test]
async fn old_things_go_and_the_last_green_pipeline_of_a_branch_stays() {
    let mut app = TestApp::new().await;
    let config = chain(["build"]);
    app.push("main", &config).await;
    app.settle().await;
    app.push("main", &config).await;
    app.settle().await;
    app.runner().exits("build", 1);
    app.push("main", &format!("{config}\n")).await;
    app.settle().await;
    let size = kept(&app).await[0].1;
    assert!(size > 0);
    assert_eq!(kept(&app).await, [(1, size), (2, size), (3, size)]);

    // A dry run finds what goes, and takes nothing away.
    let whole = app.server().retention();
    app.advance_s(89 * DAY_S).await;
    assert_eq!(kept(&app).await, [(1, size), (2, size), (3, size)]);
    let mut pass = whole.pass();
    assert_eq!(pass.next().await.unwrap(), None, "deliveries are gone since the 30th day, and nothing else is old");

    app.advance_s(2 * DAY_S).await;
    assert_eq!(kept(&app).await, [(1, 0), (2, size), (3, 0)], "2 is the last that succeeded");
    app.advance_s(310 * DAY_S).await;
    assert_eq!(kept(&app).await, [(2, size)], "the others are gone as a whole");

    // A newer one that succeeds takes its place.
    app.runner().exits("build", 0);
    app.push("main", &config).await;
    app.settle().await;
    let mut pass = whole.pass();
    let mut going = Vec::new();
    while let Some(batch) = pass.next().await.unwrap() {
        going.push((batch.kind, batch.items.len()));
    }
    assert_eq!(going, [(Kind::Logs, 1), (Kind::Pipelines, 1)]);
    app.advance_s(2 * 3_600).await;
    assert_eq!(kept(&app).await, [(4, size)]);
}
