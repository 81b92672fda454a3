//! Repeating workflows.

use std::collections::BTreeMap;

use model::{
    id::WorkflowId,
    job::{JobEvent, JobState, Outcome},
    plan::{GroupRole, JobGroup, JobKind, JobNode, SerialGroup},
};
use store::{
    Error, approval, job, retention,
    serial_group::{self, GroupKey},
    status::{self, StatusState},
    workflow::{self, Rerun, RerunKind},
};

use crate::kit::{NOW, TestStore, ada, build, node};

const SUCCESS: JobEvent = JobEvent::Ended(Outcome::Success);
const FAILED: JobEvent = JobEvent::Ended(Outcome::Failed);

async fn rerun(store: &TestStore, id: WorkflowId, what: &Rerun) -> store::Result<WorkflowId> {
    let mut tx = store.begin().await?;
    let new = workflow::rerun(&mut tx, id, what, &ada(), NOW).await?;
    tx.commit().await?;
    Ok(new)
}

/// What forges should show: each context that was not taken before, with its state and words.
async fn wishes(store: &TestStore) -> BTreeMap<String, (StatusState, String)> {
    let mut tx = store.begin().await.unwrap();
    let mut wishes = BTreeMap::new();
    while let Some(target) = status::take_due(&mut tx, NOW, NOW.plus_millis(1)).await.unwrap() {
        wishes.insert(target.desired.context, (target.desired.state, target.desired.description));
    }
    // Dropped: nothing was taken.
    wishes
}

#[tokio::test]
async fn jobs_that_run_again_are_pending_at_once_and_an_earlier_attempt_is_silent_then() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("slow", 1, &[]), build("bad", 1, &[])]).await;
    for job in &jobs {
        store.happen(*job, JobEvent::Unblocked, None).await.unwrap();
    }
    store.happen(jobs[1], FAILED, Some("no")).await.unwrap();
    let first = job::get(store.read(), jobs[0]).await.unwrap().workflow_id;
    let second = rerun(&store, first, &Rerun::FromStart).await.unwrap();
    let again = (StatusState::Pending, "Waits for its turn in attempt 2".to_owned());
    let told = wishes(&store).await;
    assert_eq!(told.get("ci/roundhouse: slow"), Some(&again));
    assert_eq!(told.get("ci/roundhouse: bad"), Some(&again));
    store.happen(jobs[0], FAILED, Some("late")).await.unwrap();
    assert_eq!(wishes(&store).await.get("ci/roundhouse: slow"), Some(&again));
    let slow = job::find_by_name(store.read(), second, "slow").await.unwrap().unwrap();
    store.happen(slow.id, JobEvent::Unblocked, None).await.unwrap();
    let told = wishes(&store).await;
    assert_eq!(told["ci/roundhouse: slow"], (StatusState::Pending, "Waits for a runner".to_owned()));
    let attempts = workflow::list_attempts(store.read(), second).await.unwrap();
    assert_eq!(attempts.iter().map(|workflow| workflow.attempt).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((attempts[1].rerun_of, attempts[1].rerun_kind), (Some(first), Some(RerunKind::FromStart)));
    assert_eq!((attempts[1].workspace_id, attempts[1].rerun_by.clone()), (first, Some(ada())));
}

#[tokio::test]
async fn what_succeeded_is_taken_over_with_its_number_and_its_approval() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![node("hold", JobKind::Approval, &[]), build("test", 1, &["hold"])]).await;
    store.happen(jobs[0], JobEvent::Held, None).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let hold = job::approve(&mut tx, jobs[0], &ada(), NOW).await.unwrap();
    tx.commit().await.unwrap();
    store.happen(jobs[1], FAILED, Some("no")).await.unwrap();
    let second = rerun(&store, hold.workflow_id, &Rerun::FailedTests).await.unwrap();
    let third = rerun(&store, second, &Rerun::FromStart).await.unwrap();
    let taken = job::find_by_name(store.read(), second, "hold").await.unwrap().unwrap();
    assert_eq!((taken.state, taken.number, taken.origin()), (hold.state, hold.number, hold.id));
    assert_eq!(taken.approved_by.as_deref(), Some("ada"));
    assert_eq!(approval::find(store.read(), taken.id).await.unwrap().unwrap().by, ada());
    assert_eq!(job::find_by_number(store.read(), hold.project_id, hold.number).await.unwrap().unwrap().id, hold.id);
    let asked = job::find_by_name(store.read(), third, "hold").await.unwrap().unwrap();
    assert_eq!((asked.state, asked.reuses, asked.approved_by), (JobState::Blocked, None, None));
}

#[tokio::test]
async fn what_cannot_be_repeated_is_refused() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("a", 1, &[])]).await;
    let (_, others) = store.jobs(vec![build("x", 1, &[])]).await;
    let id = job::get(store.read(), jobs[0]).await.unwrap().workflow_id;
    let refused = rerun(&store, id, &Rerun::Jobs(vec![jobs[0]])).await.unwrap_err();
    assert_eq!(refused.to_string(), "job `a` has not ended: cancel it before you rerun it");
    let refused = rerun(&store, id, &Rerun::Jobs(vec![others[0]])).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound(_)), "{refused}");
    store.happen(jobs[0], SUCCESS, None).await.unwrap();
    let refused = rerun(&store, id, &Rerun::FromFailed).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no job of the workflow `main` has failed: rerun it from its start, or choose jobs"
    );
    let mut last = id;
    for _ in 0..workflow::MOST_RERUNS {
        last = rerun(&store, last, &Rerun::FromStart).await.unwrap();
    }
    let refused = rerun(&store, id, &Rerun::FromStart).await.unwrap_err();
    assert_eq!(refused.to_string(), "the workflow `main` was rerun 100 times, the most it may: start a new pipeline");
}

#[tokio::test]
async fn a_part_of_a_locked_job_group_takes_the_lock_again() {
    let store = TestStore::new().await;
    let member = |name: &str, role, requires: &[&str]| JobNode {
        group: Some(JobGroup { name: "ship".to_owned(), role }),
        ..node(name, JobKind::NoOp, requires)
    };
    let entry = JobNode {
        serial_group: Some(SerialGroup("deploy".to_owned())),
        ..member("ship/group-start", GroupRole::Entry, &[])
    };
    let nodes = vec![
        entry,
        member("a", GroupRole::Member, &["ship/group-start"]),
        member("b", GroupRole::Member, &["a"]),
        member("ship/group-end", GroupRole::Exit, &["b"]),
    ];
    let (_, jobs) = store.jobs(nodes).await;
    for (job, event) in jobs.iter().zip([SUCCESS, SUCCESS, FAILED, JobEvent::Ended(Outcome::NotRun)]) {
        store.happen(*job, event, Some("because")).await.unwrap();
    }
    let id = job::get(store.read(), jobs[0]).await.unwrap().workflow_id;
    let second = rerun(&store, id, &Rerun::FromFailed).await.unwrap();
    let again: Vec<_> = job::list_by_workflow(store.read(), second).await.unwrap();
    let again: Vec<_> = again.iter().filter(|job| job.reuses.is_none()).map(|job| job.name.as_str()).collect();
    assert_eq!(again, ["ship/group-start", "b", "ship/group-end"]);
}

#[tokio::test]
async fn a_lock_that_nobody_has_cannot_be_released() {
    let store = TestStore::new().await;
    let (pipeline, jobs) = store.jobs(vec![build("deploy", 1, &[])]).await;
    let group =
        GroupKey { vcs: pipeline.slug.vcs, org: pipeline.slug.org.clone(), key: SerialGroup("deploy".to_owned()) };
    let mut tx = store.begin().await.unwrap();
    let refused = serial_group::release(&mut tx, &group, &ada(), NOW).await.unwrap_err();
    assert_eq!(refused.to_string(), "a holder of the serial group `deploy` of `acme` does not exist");
    let job = job::get(tx.db(), jobs[0]).await.unwrap();
    serial_group::join(&mut tx, &pipeline, &job, &group, "deploy", NOW).await.unwrap();
    serial_group::hold(&mut tx, job.id, NOW).await.unwrap();
    let released = serial_group::release(&mut tx, &group, &ada(), NOW).await.unwrap();
    assert_eq!((released.job_id, released.released_by.as_deref()), (job.id, Some("ada")));
    assert_eq!(serial_group::list_queue(tx.db(), &group).await.unwrap(), []);
}

#[tokio::test]
async fn a_pipeline_goes_with_all_attempts() {
    let store = TestStore::new().await;
    let names: Vec<String> = (0..60).map(|number| format!("job-{number}")).collect();
    let (pipeline, jobs) = store.jobs(names.iter().map(|name| build(name, 1, &[])).collect()).await;
    for job in &jobs {
        store.happen(*job, if *job == jobs[0] { FAILED } else { SUCCESS }, Some("no")).await.unwrap();
    }
    let id = job::get(store.read(), jobs[0]).await.unwrap().workflow_id;
    let second = rerun(&store, id, &Rerun::FromFailed).await.unwrap();
    let again = job::find_by_name(store.read(), second, "job-0").await.unwrap().unwrap();
    store.happen(again.id, SUCCESS, None).await.unwrap();
    for _ in 0..10 {
        let mut tx = store.begin().await.unwrap();
        let (_, is_gone) = retention::delete_pipeline(&mut tx, pipeline.id).await.unwrap();
        tx.commit().await.unwrap();
        if is_gone {
            return;
        }
    }
    panic!("it is still there");
}
