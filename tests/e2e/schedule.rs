//! Schedules and clocks: each minute at most once, whatever happens.

use kit::TestApp;
use model::{project::GitRef, time::Timestamp, trigger::Trigger};
use roundhouse::trigger::schedule::next_times;
use serde_json::json;
use store::pipeline::PipelineFilter;

const CONFIG: &str = "version: 2.1\njobs:\n  build:\n    docker: [{image: busybox}]\n    steps: [run: make]\n\
                      workflows:\n  main:\n    jobs: [build]\n";

async fn app() -> TestApp {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    app
}

fn main_branch() -> GitRef {
    GitRef::Branch("main".to_owned())
}

/// How many pipelines schedules have started.
async fn started(app: &TestApp) -> usize {
    let pipelines =
        store::pipeline::list(app.server().store().read(), &PipelineFilter::default(), 1_000).await.unwrap();
    pipelines.iter().filter(|pipeline| pipeline.trigger == Trigger::Schedule).count()
}

#[tokio::test]
async fn each_minute_is_started_once_over_restarts() {
    let mut app = app().await.restarting();
    app.schedule("often", main_branch(), "*/10 * * * *", json!({})).await;
    for _ in 0..6 {
        app.advance_s(600).await;
        app.restart().await;
        app.settle().await;
    }
    assert_eq!(started(&app).await, 6);
}

#[tokio::test]
async fn what_was_missed_is_told_and_made_up_for_once() {
    let mut app = app().await;
    let schedule = app.schedule("often", main_branch(), "*/10 * * * *", json!({})).await;
    app.advance_s(3 * 600).await;
    assert_eq!(started(&app).await, 1);
    let schedule = store::schedule::get(app.server().store().read(), schedule.id).await.unwrap();
    assert_eq!(
        schedule.note.as_deref(),
        Some(
            "2 runs were missed from 2026-01-01T12:10Z to 2026-01-01T12:20Z: the server did not run then; the one after \
             has run"
        )
    );
    let next: Vec<i64> = next_times(&schedule, 5).into_iter().map(|at| at.millis() / 60_000 % 60).collect();
    assert_eq!(next, [40, 50, 0, 10, 20]);
}

#[tokio::test]
async fn a_clock_that_goes_back_starts_nothing_twice_and_does_not_stop_for_ever() {
    let mut app = app().await;
    app.schedule("daily", main_branch(), "0 0 * * *", json!({})).await;
    // The clock is wrong by thirty days; somebody corrects it.
    let days = 30 * 24 * 3600;
    app.advance_s(days).await;
    let ahead = started(&app).await;
    app.advance_s(-days).await;
    assert_eq!(started(&app).await, ahead);
    for _ in 0..48 {
        app.advance_s(3600).await;
    }
    assert_eq!(started(&app).await, ahead + 2, "the two nights after the correction");
    let due = store::schedule::next_due_at(app.server().store().read()).await.unwrap().unwrap();
    assert!(due > Timestamp::from_millis(0));
}

#[tokio::test]
async fn a_schedule_builds_a_tag_with_its_parameters() {
    let mut app = app().await;
    let sha = app.push("main", CONFIG).await.sha;
    app.push_tag("v1", &sha).await;
    app.settle().await;
    let config = format!("parameters:\n  deep: {{type: boolean, default: false}}\n{CONFIG}");
    app.push("main", &config).await;
    app.schedule("deep", main_branch(), "0 13 * * *", json!({ "deep": true })).await;
    app.schedule("tagged", GitRef::Tag("v1".to_owned()), "0 13 * * *", json!({})).await;
    app.advance_s(3600).await;
    let pipelines = store::pipeline::list(app.server().store().read(), &PipelineFilter::default(), 2).await.unwrap();
    let [tagged, deep] = pipelines.as_slice() else { panic!("{pipelines:?}") };
    assert_eq!(
        (&tagged.git_ref, &tagged.sha, tagged.trigger),
        (&GitRef::Tag("v1".to_owned()), &sha, Trigger::Schedule)
    );
    assert_eq!(
        (tagged.values["pipeline.schedule.name"].as_str(), tagged.actor.login.as_str()),
        (Some("tagged"), "scheduling system")
    );
    assert_eq!((&deep.parameters, &deep.reason), (&json!({ "deep": true }), &None));
}
