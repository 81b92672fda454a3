//! Lost runners.

use model::job::{JobState, Outcome};

use super::kit::{Kit, docker, exited, plan, run, started};
use crate::{
    dispatch::{LOST_AFTER_MS, ReapWorker, lease::IDLE_AFTER_MS},
    worker::{Progress, Worker},
};

#[tokio::test]
async fn before_the_first_step_another_runner_gets_it() {
    let kit = Kit::new().await;
    let reaper = ReapWorker::new(kit.store.clone(), kit.clock.clone());
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    kit.report(&task, &[started(1, 0)]).await.unwrap();
    kit.clock.advance_millis(IDLE_AFTER_MS - 1);
    assert_eq!(kit.reap(&reaper).await, 0);
    kit.clock.advance_millis(1);
    assert_eq!(kit.reap(&reaper).await, 1);
    assert_eq!(kit.job(job).await.state, JobState::Queued);
    assert_eq!(kit.steps(&task).await, [], "the next runner begins anew");
    let (again, assignment) = kit.claim().await.unwrap();
    assert_eq!((again.id, again.epoch.0, assignment.progress.seq), (task.id, 2, 0));
    assert_eq!(kit.report(&again, &[started(1, 0)]).await.unwrap(), 1);
}

#[tokio::test]
async fn once_work_has_begun_it_is_given_up_late_and_never_repeated() {
    let kit = Kit::new().await;
    let reaper = ReapWorker::new(kit.store.clone(), kit.clock.clone());
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    kit.report(&task, &[started(1, 0), exited(2, 0, 0), started(3, 1)]).await.unwrap();
    kit.clock.advance_millis(LOST_AFTER_MS - 1);
    assert_eq!(kit.reap(&reaper).await, 0);
    kit.dispatch.renew(&task).await.unwrap();
    kit.clock.advance_millis(LOST_AFTER_MS - 1);
    assert_eq!(kit.reap(&reaper).await, 0);
    let soon = Progress::Idle { until: Some(kit.clock.now().plus_millis(1)) };
    assert_eq!(Worker::step(&reaper).await.unwrap(), soon);
    kit.clock.advance_millis(1);
    assert_eq!(kit.reap(&reaper).await, 1);
    let job = kit.job(job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::InfrastructureFail));
    assert_eq!(
        job.reason.as_deref(),
        Some("the runner `anna` was lost while the job ran: nothing was heard of it for 10 minutes")
    );
    assert!(kit.claim().await.is_none());
    assert!(kit.steps(&task).await.iter().all(|step| step.result.is_some()));
}

#[tokio::test]
async fn a_server_that_was_away_gives_every_runner_a_whole_lease_to_come_back() {
    let kit = Kit::new().await;
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    kit.report(&task, &[started(1, 0), exited(2, 0, 0), started(3, 1)]).await.unwrap();
    kit.clock.advance_millis(10 * LOST_AFTER_MS);
    let reaper = ReapWorker::new(kit.store.clone(), kit.clock.clone());
    kit.clock.advance_millis(LOST_AFTER_MS - 1);
    assert_eq!(kit.reap(&reaper).await, 0);
    assert_eq!(kit.job(job).await.state, JobState::Running);
    kit.clock.advance_millis(1);
    assert_eq!(kit.reap(&reaper).await, 1);
}

#[tokio::test]
async fn a_cancelled_task_whose_runner_is_lost_is_canceled() {
    let kit = Kit::new().await;
    let reaper = ReapWorker::new(kit.store.clone(), kit.clock.clone());
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    kit.claim().await.unwrap();
    let mut tx = kit.store.begin().await.unwrap();
    store::job::cancel(&mut tx, job, "ada canceled it", kit.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    kit.clock.advance_millis(IDLE_AFTER_MS);
    assert_eq!(kit.reap(&reaper).await, 1);
    assert_eq!(kit.job(job).await.state, JobState::Ended(Outcome::Canceled));
}

#[tokio::test]
async fn a_clock_that_is_set_forward_loses_nobody() {
    let kit = Kit::new().await;
    let reaper = ReapWorker::new(kit.store.clone(), kit.clock.clone());
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    kit.report(&task, &[started(1, 0), exited(2, 0, 0), started(3, 1)]).await.unwrap();
    kit.clock.advance_millis(1_000);
    assert_eq!(kit.reap(&reaper).await, 0);
    kit.clock.set_by_millis(10 * LOST_AFTER_MS);
    assert_eq!(kit.reap(&reaper).await, 0, "not that time has passed");
    assert_eq!(kit.job(job).await.state, JobState::Running);
    kit.clock.advance_millis(LOST_AFTER_MS - 1);
    assert_eq!(kit.reap(&reaper).await, 0);
    kit.clock.advance_millis(1);
    assert_eq!(kit.reap(&reaper).await, 1, "it had a whole lease since, and nothing was heard of it");
    assert_eq!(kit.job(job).await.state, JobState::Ended(Outcome::InfrastructureFail));
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_lease_longer_than_it_is() {
    let kit = Kit::new().await;
    let reaper = ReapWorker::new(kit.store.clone(), kit.clock.clone());
    let jobs =
        [kit.queue(plan(vec![run()], docker()), false).await, kit.queue(plan(vec![run()], docker()), false).await];
    let (lost, _) = kit.claim().await.unwrap();
    let (alive, _) = kit.claim().await.unwrap();
    for task in [&lost, &alive] {
        kit.report(task, &[started(1, 0), exited(2, 0, 0), started(3, 1)]).await.unwrap();
    }
    kit.clock.set_by_millis(-24 * 3_600_000);
    assert_eq!(kit.reap(&reaper).await, 0);
    kit.clock.advance_millis(LOST_AFTER_MS - 1);
    kit.dispatch.renew(&alive).await.unwrap();
    assert_eq!(kit.reap(&reaper).await, 0);
    kit.clock.advance_millis(1);
    assert_eq!(kit.reap(&reaper).await, 1, "a lease after the jump, not a day later");
    assert_eq!(kit.task(&lost).await.state, store::task::TaskState::Ended(Outcome::InfrastructureFail));
    let left: Vec<JobState> = [kit.job(jobs[0]).await.state, kit.job(jobs[1]).await.state].into();
    assert!(left.contains(&JobState::Running), "{left:?}");
}
