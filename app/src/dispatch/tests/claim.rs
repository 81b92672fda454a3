//! Claims, leases, tokens.

use model::{
    job::{JobState, Outcome},
    plan::{Executor, ResourceClass},
    protocol::{ClaimRequest, Offers, TaskToken},
};
use store::job;

use super::kit::{Kit, docker, plan, run, started};
use crate::dispatch::{DispatchError, LOST_AFTER_MS, MAX_UNCLAIMS, create_runner_token};

#[tokio::test]
async fn a_runner_gets_only_what_it_offers() {
    let kit = Kit::new().await;
    let machine = Executor::Machine { image: None, docker_layer_caching: false };
    let on_host = kit.queue(plan(vec![run()], machine), false).await;
    let mut of_class = plan(vec![run()], docker());
    of_class.resource_class = Some(ResourceClass("acme/big".to_owned()));
    let of_class = kit.queue(of_class, false).await;
    let runner = kit.runner().await;
    let claim = async |docker, machine, class: &str| {
        let resource_classes = if class.is_empty() { vec![] } else { vec![class.to_owned()] };
        let offers = Offers { docker, machine, resource_classes };
        let request = ClaimRequest { offers, ..kit.request() };
        kit.dispatch.claim(runner, &request).await.unwrap().map(|(task, _)| task.job_id)
    };
    assert_eq!(claim(true, false, "").await, None);
    assert_eq!(claim(false, true, "acme/big").await, Some(on_host));
    assert_eq!(claim(false, true, "acme/big").await, None, "it needs Docker as well");
    assert_eq!(claim(true, true, "acme/big").await, Some(of_class));
}

#[tokio::test]
async fn a_waiting_claim_gets_what_is_queued_meanwhile() {
    let kit = Kit::new().await;
    let runner = kit.runner().await;
    let request = ClaimRequest { wait_ms: 60_000, ..kit.request() };
    let (claimed, queued) =
        tokio::join!(kit.dispatch.claim(runner, &request), kit.queue(plan(vec![run()], docker()), false));
    assert_eq!(claimed.unwrap().unwrap().0.job_id, queued);
    assert_eq!(kit.job(queued).await.state, JobState::Running);
}

#[tokio::test]
async fn a_lost_answer_loses_nothing() {
    let kit = Kit::new().await;
    kit.queue(plan(vec![run()], docker()), false).await;
    kit.queue(plan(vec![run()], docker()), false).await;
    let (runner, request) = (kit.runner().await, kit.request());
    let (first, lost) = kit.dispatch.claim(runner, &request).await.unwrap().unwrap();
    let (again, assignment) = kit.dispatch.claim(runner, &request).await.unwrap().unwrap();
    assert_eq!((again.id, again.epoch), (first.id, first.epoch));
    kit.dispatch.authenticate_task(again.id, &assignment.token).await.unwrap();
    let stale = kit.dispatch.authenticate_task(again.id, &lost.token).await;
    assert!(matches!(stale, Err(DispatchError::Unauthorized)), "nobody has the answer that was lost");
}

#[tokio::test]
async fn tokens_are_bound_to_their_claim() {
    let kit = Kit::new().await;
    kit.queue(plan(vec![run()], docker()), false).await;
    let (task, assignment) = kit.claim().await.unwrap();
    for wrong in ["", "nonsense", "1.", "1.00", "2.00"] {
        let refused = kit.dispatch.authenticate_task(task.id, &TaskToken::new(wrong.to_owned())).await;
        assert!(matches!(refused, Err(DispatchError::Unauthorized)), "{wrong}");
    }
    kit.dispatch.unclaim(&task, "no image").await.unwrap();
    let fenced = kit.dispatch.authenticate_task(task.id, &assignment.token).await;
    assert!(matches!(fenced, Err(DispatchError::Fenced(_))));
    let (next, _) = kit.claim().await.unwrap();
    assert_eq!(next.id, task.id);
    for call in [kit.dispatch.renew(&task).await.err(), kit.report(&task, &[started(1, 0)]).await.err()] {
        assert!(matches!(call, Some(DispatchError::Fenced(_))), "{call:?}");
    }
}

#[tokio::test]
async fn a_task_that_nobody_can_start_ends_after_some_tries() {
    let kit = Kit::new().await;
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    for _ in 0..=MAX_UNCLAIMS {
        let (task, _) = kit.claim().await.unwrap();
        kit.dispatch.unclaim(&task, "Docker does not answer").await.unwrap();
    }
    let job = kit.job(job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::InfrastructureFail));
    assert_eq!(
        job.reason.as_deref(),
        Some("no runner could start it, 4 times in a row; the last one said: Docker does not answer")
    );
    assert!(kit.claim().await.is_none());
}

#[tokio::test]
async fn a_renewal_tells_of_a_cancellation() {
    let kit = Kit::new().await;
    let job = kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    assert!(!kit.dispatch.renew(&task).await.unwrap().cancel);
    let mut tx = kit.store.begin().await.unwrap();
    job::cancel(&mut tx, job, "ada canceled it", kit.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(kit.dispatch.renew(&task).await.unwrap().cancel);
    kit.clock.advance_millis(LOST_AFTER_MS);
    kit.dispatch.unclaim(&task, "I was told to stop").await.unwrap();
    let job = kit.job(job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::Canceled));
    assert_eq!(job.reason.as_deref(), Some("ada canceled it"));
}

#[tokio::test]
async fn a_replaced_token_opens_nothing_and_a_name_has_one_owner() {
    let kit = Kit::new().await;
    kit.claim().await;
    let other = create_runner_token(&kit.store, &kit.clock, "other").await.unwrap();
    let other = kit.dispatch.authenticate_runner(secrecy::ExposeSecret::expose_secret(&other)).await.unwrap();
    let taken = kit.dispatch.claim(other, &kit.request()).await;
    assert!(matches!(taken, Err(DispatchError::Refused(_))), "the name belongs to the first");
    create_runner_token(&kit.store, &kit.clock, "test").await.unwrap();
    let refused = kit.dispatch.authenticate_runner(&kit.token).await;
    assert!(matches!(refused, Err(DispatchError::Unauthorized)));
}

#[tokio::test]
async fn another_version_is_told_what_to_do() {
    let kit = Kit::new().await;
    let request = ClaimRequest { version: 99, ..kit.request() };
    let refused = kit.dispatch.claim(kit.runner().await, &request).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this runner speaks version 99 of the protocol, this server version 1; install the same version of Roundhouse for \
         both"
    );
}
