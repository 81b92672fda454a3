//! A forge in trouble, at random: in the end every commit shows how its jobs ended.
//!
//! `ROUNDHOUSE_PUSHES=200` makes the run longer, `ROUNDHOUSE_SEED=7` another one.

use fake_forge::Failure;
use kit::{TestApp, config::chain};
use model::job::{JobState, Outcome};
use store::pipeline::PipelineFilter;

use crate::reliability_kill::{Dice, setting};

/// Where trouble may come.
const PLACES: [&str; 4] = ["", "/statuses/", "/access_tokens", "/contents/"];

fn failure(dice: &mut Dice) -> Failure {
    match dice.below(12) {
        0 => Failure::Status(500),
        1 => Failure::Status(502),
        2 => Failure::Status(503),
        3 => Failure::Status(401),
        // A page of a proxy instead of an answer.
        4 | 5 => Failure::Status(200),
        6 => Failure::TooManyRequests { retry_after_s: u32::try_from(dice.below(300)).unwrap() },
        7 => Failure::TooManyRequests { retry_after_s: u32::MAX },
        8 => Failure::SecondaryRateLimit { retry_after_s: 60 },
        9 => Failure::Silence { for_ms: dice.below(30) },
        10 => Failure::Status(403),
        _ => Failure::AnswerLost,
    }
}

#[tokio::test]
async fn after_a_forges_troubles_every_commit_shows_how_its_jobs_ended() {
    let (pushes, mut dice) = (setting("ROUNDHOUSE_PUSHES", 12), Dice(setting("ROUNDHOUSE_SEED", 1)));
    let mut app = TestApp::new().await;
    app.runner().exits("test", 1);
    let mut commits = Vec::new();
    for number in 0..pushes {
        for _ in 0..dice.below(6) {
            let (place, count) = (PLACES[usize::try_from(dice.below(4)).unwrap()], dice.below(3));
            let failure = failure(&mut dice);
            app.github().fail_next_at(place, usize::try_from(count).unwrap(), failure);
        }
        let push = app.push(&format!("topic/{number}"), &chain(["build", "test", "deploy"])).await;
        commits.push(push.sha);
        let seconds = i64::try_from(dice.below(90)).unwrap();
        app.advance_s(seconds).await;
    }
    // The forge is well again once it has had its failures; the longest wait that it may ask for is an hour.
    for _ in 0..72 {
        app.advance_s(3_700).await;
    }
    let errors = app.errors().join("\n");
    assert_eq!(app.waiting_statuses().await, 0, "{errors}");
    let store = app.server().store().clone();
    let pipelines = store::pipeline::list(store.read(), &PipelineFilter::default(), 10_000).await.unwrap();
    assert_eq!(pipelines.len(), commits.len(), "{errors}");
    for sha in &commits {
        let pipeline = pipelines.iter().find(|pipeline| pipeline.sha == *sha).unwrap();
        let mut expected = Vec::new();
        for workflow in store::workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap() {
            for job in store::job::list_by_workflow(store.read(), workflow.id).await.unwrap() {
                let JobState::Ended(outcome) = job.state else { panic!("{} has not ended", job.name) };
                let state = match outcome {
                    Outcome::Success => "success",
                    Outcome::NotRun => continue,
                    Outcome::Failed => "failure",
                    Outcome::Canceled | Outcome::Unauthorized | Outcome::TimedOut | Outcome::InfrastructureFail => {
                        "error"
                    }
                };
                expected.push((format!("ci/roundhouse: {}", job.name), state.to_owned()));
            }
        }
        let shown = app.github().shown_statuses(sha).into_iter().map(|status| (status.context, status.state));
        let mut shown: Vec<_> = shown.collect();
        shown.sort();
        expected.sort();
        assert_eq!(shown, expected, "{} {:?}\n{errors}", pipeline.number, pipeline.reason);
    }
    println!("{pushes} pushes, {} failures left, errors: {}", app.github().waiting_failures(), app.errors().len());
}
