//! Reports of runners.

use model::{
    event::{StepKey, StepResult, TaskEvent, TaskEventKind},
    job::{JobState, Outcome},
    protocol::ClaimRequest,
};
use store::workflow;

use super::kit::{Kit, docker, exited, over, plan, run, started};
use crate::dispatch::DispatchError;

fn life() -> Vec<TaskEvent> {
    vec![
        started(1, 0),
        exited(2, 0, 0),
        started(3, 1),
        exited(4, 1, 0),
        started(5, 2),
        exited(6, 2, 3),
        over(7, Outcome::Failed),
    ]
}

#[tokio::test]
async fn a_life_told_in_any_pieces_and_any_number_of_times_ends_the_same() {
    for piece in 1..=life().len() {
        let kit = Kit::new().await;
        let job = kit.queue(plan(vec![run(), run()], docker()), false).await;
        let (task, _) = kit.claim().await.unwrap();
        for events in life().chunks(piece) {
            let seq = kit.report(&task, events).await.unwrap();
            assert_eq!(kit.report(&task, events).await.unwrap(), seq, "a repeat changes nothing");
            assert_eq!(seq, events.last().unwrap().seq);
        }
        assert_eq!(kit.report(&task, &life()).await.unwrap(), 7, "nor does everything again");
        let job = kit.job(job).await;
        assert_eq!(job.state, JobState::Ended(Outcome::Failed));
        assert_eq!(job.reason.as_deref(), Some("step `step 2` exited with code 3"));
        let results: Vec<_> = kit.steps(&task).await.into_iter().map(|step| (step.key, step.result.unwrap())).collect();
        assert_eq!(
            results,
            [
                (StepKey::first(0), StepResult::SUCCESS),
                (StepKey::first(1), StepResult::SUCCESS),
                (StepKey::first(2), StepResult::Exit { code: 3 }),
            ]
        );
        assert_eq!(workflow::next_due(kit.store.read(), kit.clock.now()).await.unwrap(), Some(job.workflow_id));
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_leaves_nothing() {
    let kit = Kit::new().await;
    kit.queue(plan(vec![run(), run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    let mut again = started(1, 1);
    if let TaskEventKind::StepStarted { key, .. } = &mut again.kind {
        key.attempt = 1;
    }
    let cases: [(&str, Vec<TaskEvent>); 8] = [
        ("event 1 is missing: 2 came", vec![exited(2, 0, 0)]),
        ("event 2 is missing: 3 came", vec![started(1, 0), started(3, 1)]),
        ("event 1: step 1.0 is not running", vec![exited(1, 1, 0)]),
        ("event 1: there is no step 3: the job has 2", vec![started(1, 3)]),
        ("event 1: step 1 cannot have an attempt 2: it may be run again 0 times", vec![again]),
        ("event 2: step 0.0 has begun before", vec![started(1, 0), started(2, 0)]),
        ("event 3: step 0.0 is not running", vec![started(1, 0), exited(2, 0, 0), exited(3, 0, 0)]),
        ("event 1: a task that was claimed cannot end as `not_run`", vec![over(1, Outcome::NotRun)]),
    ];
    for (message, events) in cases {
        let refused = kit.report(&task, &events).await.unwrap_err();
        assert!(matches!(refused, DispatchError::Refused(_)), "{refused:?}");
        assert_eq!(refused.to_string(), message);
        assert_eq!(kit.task(&task).await.last_seq, 0);
        assert_eq!(kit.steps(&task).await, []);
    }
}

#[tokio::test]
async fn nothing_follows_an_end() {
    let kit = Kit::new().await;
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    let late = kit.report(&task, &[over(1, Outcome::Success), started(2, 1)]).await;
    assert!(matches!(late, Err(DispatchError::Fenced(_))), "{late:?}");
    kit.report(&task, &[over(1, Outcome::Success)]).await.unwrap();
    let late = kit.report(&task, &[started(2, 1)]).await;
    assert!(matches!(late, Err(DispatchError::Fenced(_))), "{late:?}");
    assert_eq!(kit.job(job).await.state, JobState::Ended(Outcome::Success));
}

#[tokio::test]
async fn a_task_whose_work_has_begun_cannot_be_given_back() {
    let kit = Kit::new().await;
    kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    kit.report(&task, &[started(1, 0), exited(2, 0, 0)]).await.unwrap();
    assert!(!kit.task(&task).await.started_user_step);
    kit.report(&task, &[started(3, 1)]).await.unwrap();
    assert!(kit.task(&task).await.started_user_step);
    let refused = kit.dispatch.unclaim(&task, "no").await;
    assert!(matches!(refused, Err(DispatchError::Fenced(_))), "{refused:?}");
}

#[tokio::test]
async fn an_environment_that_fails_is_tried_once_more() {
    let kit = Kit::new().await;
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    for last in [false, true] {
        let (task, _) = kit.claim().await.unwrap();
        kit.report(&task, &[started(1, 0), exited(2, 0, 1), over(3, Outcome::InfrastructureFail)]).await.unwrap();
        let state = if last { JobState::Ended(Outcome::InfrastructureFail) } else { JobState::Queued };
        assert_eq!(kit.job(job).await.state, state);
    }
}

#[tokio::test]
async fn the_second_try_is_another_runners_and_the_reason_says_so() {
    let fails = |seq: u64| TaskEvent {
        seq,
        at: model::time::Timestamp::from_millis(3),
        kind: TaskEventKind::Ended {
            outcome: Outcome::InfrastructureFail,
            reason: Some("Docker does not answer".to_owned()),
        },
    };
    let mut told = Vec::new();
    for others in [true, false] {
        let kit = Kit::new().await;
        let runner = kit.runner().await;
        let claim = async |name: &str| {
            let request = ClaimRequest { runner: name.to_owned(), ..kit.request() };
            kit.dispatch.claim(runner, &request).await.unwrap().map(|(task, _)| task)
        };
        if others {
            assert!(claim("bert").await.is_none());
        }
        let job = kit.queue(plan(vec![run()], docker()), false).await;
        let first = claim("anna").await.unwrap();
        kit.report(&first, &[fails(1)]).await.unwrap();
        told.push(kit.dispatch.queue().why(job).await.unwrap());
        let second = match claim("anna").await {
            Some(task) => task,
            None => claim("bert").await.unwrap(),
        };
        kit.report(&second, &[fails(1)]).await.unwrap();
        let job = kit.job(job).await;
        assert_eq!(job.state, JobState::Ended(Outcome::InfrastructureFail));
        told.extend(job.reason);
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    waits for another runner than `anna`, which could not start it; `anna` may again at 22:18 UTC
    Docker does not answer (another try, on the runner `bert`: the runner `anna` could not start it)
    next in the queue of docker/medium
    Docker does not answer (another try on the runner `anna`, which could not start it before: no other runner took it)
    ");
}

#[tokio::test]
async fn an_environment_that_fails_in_the_middle_is_not_tried_again() {
    let kit = Kit::new().await;
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    kit.report(&task, &[started(1, 1), over(2, Outcome::InfrastructureFail)]).await.unwrap();
    assert_eq!(kit.job(job).await.state, JobState::Ended(Outcome::InfrastructureFail));
}
