//! Why jobs wait, in words.

use model::{
    id::JobId,
    plan::ResourceClass,
    protocol::{ClaimRequest, Offers},
};
use store::{
    job,
    pause::{self, PauseScope},
    queue,
};

use super::kit::{Kit, docker, plan, run};

async fn pause(kit: &Kit, scope: &PauseScope, by: &str, reason: &str) {
    let mut tx = kit.store.begin().await.unwrap();
    pause::begin(&mut tx, scope, by, reason, kit.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn resume(kit: &Kit, scope: &PauseScope) {
    let mut tx = kit.store.begin().await.unwrap();
    assert!(pause::end(&mut tx, scope).await.unwrap());
    tx.commit().await.unwrap();
}

async fn why(kit: &Kit, job: JobId) -> String {
    kit.dispatch.queue().why(job).await.unwrap()
}

#[tokio::test]
async fn a_waiting_job_says_what_it_waits_for() {
    let kit = Kit::new().await;
    let mut told = Vec::new();
    let first = kit.queue(plan(vec![run()], docker()), false).await;
    told.push(why(&kit, first).await);
    let other = Offers { docker: false, machine: true, resource_classes: Vec::new() };
    let request = ClaimRequest { offers: other, runner: "bert".to_owned(), ..kit.request() };
    assert!(kit.dispatch.claim(kit.runner().await, &request).await.unwrap().is_none());
    told.push(why(&kit, first).await);
    let second = kit.queue(plan(vec![run()], docker()), false).await;
    let mut of_class = plan(vec![run()], docker());
    of_class.resource_class = Some(ResourceClass("acme/gpu".to_owned()));
    let of_class = kit.queue(of_class, false).await;
    told.push(why(&kit, of_class).await);
    kit.claim().await.unwrap();
    told.push(why(&kit, second).await);
    let third = kit.queue(plan(vec![run()], docker()), false).await;
    told.push(why(&kit, third).await);

    let project = job::get(kit.store.read(), third).await.unwrap().project_id;
    let mut tx = kit.store.begin().await.unwrap();
    queue::set_project_limit(&mut tx, project, Some(1)).await.unwrap();
    tx.commit().await.unwrap();
    told.push(why(&kit, third).await);
    for (scope, reason) in [
        (PauseScope::Runner("anna".to_owned()), "new memory"),
        (PauseScope::Project(project), ""),
        (PauseScope::All, "the disk is being replaced"),
    ] {
        pause(&kit, &scope, "alice", reason).await;
        told.push(why(&kit, third).await);
        resume(&kit, &scope).await;
    }
    kit.clock.advance_millis(3 * 86_400_000);
    told.push(why(&kit, third).await);
    insta::assert_snapshot!(told.join("\n"), @r"
    no runner is connected
    no connected runner offers the Docker executor
    no runner offers the resource class `acme/gpu`: start one with ROUNDHOUSE_RUNNER_LABELS=acme/gpu, or choose another class
    next in the queue of docker/medium
    2nd in the queue of docker/medium
    the project's limit of 1 task is reached
    needs runner class docker/medium: the runner `anna` is paused by alice since 22:13 UTC: new memory
    new work of this project is blocked by alice since 22:13 UTC
    new work is blocked by alice since 22:13 UTC: the disk is being replaced
    needs runner class docker/medium: none online since 2023-11-14 22:13 UTC
    ");
}

#[tokio::test]
async fn a_list_of_jobs_is_told_as_well() {
    let kit = Kit::new().await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        let id = kit.queue(plan(vec![run()], docker()), false).await;
        jobs.push(job::get(kit.store.read(), id).await.unwrap());
    }
    kit.dispatch.queue().explain(&mut jobs, 2).await.unwrap();
    let told: Vec<bool> = jobs.iter().map(|job| job.waits_for.is_some()).collect();
    assert_eq!(told, [true, true, false]);
    assert_eq!(jobs[0].waits_for, Some(why(&kit, jobs[0].id).await));
}
