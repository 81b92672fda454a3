//! In which order tasks are claimed, and when not.

use std::fmt::Write;

use model::{
    id::JobId,
    job::{JobEvent, Outcome},
    plan::{JobKind, JobNode, ResourceClass},
    protocol::Offers,
    time::Timestamp,
    trigger::Trigger,
};
use store::{
    StoreOptions, job,
    pause::{self, PauseScope},
    project::Project,
    queue::{self, LimitScope, Limits, Seeker, SetLimit},
    runner, task,
};
use uuid::Uuid;

use crate::kit::{NOW, TestStore, build};

const QUEUES: [&str; 2] = ["docker", "docker@acme/gpu"];

async fn with(limits: Limits) -> TestStore {
    TestStore::with(StoreOptions { limits, ..StoreOptions::default() }).await
}

/// A job of this class.
fn of_class(name: &str, class: &str) -> JobNode {
    let mut node = build(name, 1, &[]);
    if let JobKind::Build { plan } = &mut node.kind {
        plan.resource_class = Some(ResourceClass(class.to_owned()));
    }
    node
}

fn named(prefix: &str, count: usize) -> Vec<JobNode> {
    (1..=count).map(|number| build(&format!("{prefix}{number}"), 1, &[])).collect()
}

/// Queues these jobs in a new pipeline of the project.
async fn push(store: &TestStore, project: &Project, trigger: Trigger, nodes: Vec<JobNode>) -> Vec<JobId> {
    let pipeline = store.pipeline_by(project, trigger).await;
    let jobs = store.jobs_of(&pipeline, nodes).await;
    for job in &jobs {
        store.happen(*job, JobEvent::Unblocked, None).await.unwrap();
    }
    jobs
}

async fn claim(store: &TestStore, runner: &str, now: Timestamp) -> Option<task::Task> {
    let queues = QUEUES.map(str::to_owned);
    let id = store.runner(runner).await;
    let mut tx = store.begin().await.unwrap();
    let claim = task::Claim {
        seeker: Seeker { runner, queues: &queues },
        runner: id,
        claim_id: Uuid::now_v7(),
        token_hash: &[2; 32],
        lease_until: now.plus_millis(60_000),
    };
    let task = task::claim(&mut tx, &claim, now).await.unwrap();
    tx.commit().await.unwrap();
    task
}

async fn end(store: &TestStore, task: &task::Task) {
    let mut tx = store.begin().await.unwrap();
    task::end(&mut tx, task.id, Outcome::Success, None, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

/// Claims until nothing is given any more; at most `slots` run at a time, and the one that runs longest ends first. Gives the
/// names in their order.
async fn order(store: &TestStore, slots: usize, now: Timestamp) -> String {
    let (mut names, mut running) = (String::new(), Vec::new());
    while let Some(task) = claim(store, "anna", now).await {
        write!(names, "{} ", job::get(store.read(), task.job_id).await.unwrap().name).unwrap();
        running.push(task);
        if running.len() == slots {
            end(store, &running.remove(0)).await;
        }
    }
    names.trim_end().to_owned()
}

#[tokio::test]
async fn projects_take_turns_however_much_one_of_them_has() {
    let store = TestStore::new().await;
    let (a, b, c) = (store.project().await, store.project().await, store.project().await);
    push(&store, &a, Trigger::Webhook, named("a", 6)).await;
    push(&store, &b, Trigger::Webhook, named("b", 2)).await;
    push(&store, &c, Trigger::Api, named("c", 1)).await;
    assert_eq!(order(&store, 1, NOW).await, "a1 b1 c1 a2 b2 a3 a4 a5 a6");
}

#[tokio::test]
async fn who_has_less_running_goes_first() {
    let store = TestStore::new().await;
    let (a, b) = (store.project().await, store.project().await);
    push(&store, &a, Trigger::Webhook, named("a", 5)).await;
    for _ in 0..3 {
        claim(&store, "anna", NOW).await.unwrap();
    }
    push(&store, &b, Trigger::Webhook, named("b", 5)).await;
    assert_eq!(order(&store, 100, NOW).await, "b1 b2 b3 a4 b4 a5 b5");
}

#[tokio::test]
async fn scheduled_work_steps_back_but_not_for_ever() {
    let store = TestStore::new().await;
    let (a, b) = (store.project().await, store.project().await);
    push(&store, &a, Trigger::Schedule, named("nightly", 2)).await;
    push(&store, &b, Trigger::Webhook, named("push", 3)).await;
    let first = claim(&store, "anna", NOW).await.unwrap();
    assert_eq!(job::get(store.read(), first.job_id).await.unwrap().name, "push1");
    end(&store, &first).await;
    let patience = Limits::default().scheduled_patience_ms;
    assert_eq!(order(&store, 1, NOW.plus_millis(patience - 1)).await, "push2 push3 nightly1 nightly2");

    push(&store, &a, Trigger::Schedule, named("nightly", 2)).await;
    push(&store, &b, Trigger::Webhook, named("push", 3)).await;
    assert_eq!(order(&store, 1, NOW.plus_millis(patience)).await, "push1 nightly1 push2 nightly2 push3");
}

#[tokio::test]
async fn limits_hold_for_all_for_a_project_and_for_a_class() {
    let classes = [("docker/large".to_owned(), 1), ("acme/gpu".to_owned(), 1)].into();
    let store = with(Limits { total: Some(6), project: Some(3), classes, ..Limits::default() }).await;
    let (a, b) = (store.project().await, store.project().await);
    let mut nodes = vec![of_class("large1", "large"), of_class("large2", "large"), of_class("gpu1", "acme/gpu")];
    nodes.extend([of_class("gpu2", "acme/gpu"), build("a1", 1, &[]), build("a2", 1, &[])]);
    push(&store, &a, Trigger::Webhook, nodes).await;
    push(&store, &b, Trigger::Webhook, named("b", 9)).await;
    let mut names = Vec::new();
    let mut last = None;
    while let Some(task) = claim(&store, "anna", NOW).await {
        names.push(job::get(store.read(), task.job_id).await.unwrap().name);
        last = Some(task);
    }
    names.sort();
    assert_eq!(names, ["a1", "b1", "b2", "b3", "gpu1", "large1"], "two of one class, a fourth of one project: no");
    end(&store, &last.unwrap()).await;
    assert!(claim(&store, "anna", NOW).await.is_some(), "one ended, one may begin");
    assert!(claim(&store, "anna", NOW).await.is_none());

    let mut tx = store.begin().await.unwrap();
    queue::set_project_limit(&mut tx, a.id, Some(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(queue::find_project(store.read(), a.id).await.unwrap().max_running, Some(0));
}

#[tokio::test]
async fn a_project_may_have_a_limit_of_its_own() {
    let store = with(Limits { project: Some(1), ..Limits::default() }).await;
    let (a, b) = (store.project().await, store.project().await);
    push(&store, &a, Trigger::Webhook, named("a", 5)).await;
    push(&store, &b, Trigger::Webhook, named("b", 5)).await;
    let mut tx = store.begin().await.unwrap();
    queue::set_project_limit(&mut tx, b.id, Some(3)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(order(&store, 100, NOW).await, "a1 b1 b2 b3");
}

#[tokio::test]
async fn what_an_administrator_sets_comes_before_the_settings() {
    let store =
        with(Limits { total: Some(1), classes: [("docker/large".to_owned(), 0)].into(), ..Limits::default() }).await;
    let project = store.project().await;
    push(&store, &project, Trigger::Webhook, vec![build("a", 1, &[]), build("b", 1, &[]), of_class("c", "large")])
        .await;
    let set = async |scope: &LimitScope, most: Option<u32>| {
        let mut tx = store.begin().await.unwrap();
        let limit = SetLimit { scope: scope.clone(), most, set_by: "alice".to_owned(), set_at: NOW };
        queue::set_limit(&mut tx, &limit).await.unwrap();
        tx.commit().await.unwrap();
    };
    assert!(claim(&store, "anna", NOW).await.is_some());
    assert!(claim(&store, "anna", NOW).await.is_none(), "one in all, as the settings say");
    set(&LimitScope::All, Some(2)).await;
    assert!(claim(&store, "anna", NOW).await.is_some());
    assert!(claim(&store, "anna", NOW).await.is_none());
    set(&LimitScope::All, None).await;
    assert!(claim(&store, "anna", NOW).await.is_none(), "what waits is of a class that may not run");
    let large = LimitScope::Class("docker/large".to_owned());
    set(&large, None).await;
    assert!(claim(&store, "anna", NOW).await.is_some());
    assert_eq!(queue::list_limits(store.read()).await.unwrap().len(), 2);

    let mut tx = store.begin().await.unwrap();
    assert!(queue::unset_limit(&mut tx, &large).await.unwrap());
    assert!(!queue::unset_limit(&mut tx, &large).await.unwrap());
    let limits = store.options().limits.in_force(tx.db()).await.unwrap();
    assert_eq!((limits.total, limits.classes.len()), (None, 1), "the settings hold again");
}

#[tokio::test]
async fn a_pause_keeps_new_work_back_until_it_ends() {
    let store = TestStore::new().await;
    let (a, b) = (store.project().await, store.project().await);
    push(&store, &a, Trigger::Webhook, named("a", 2)).await;
    push(&store, &b, Trigger::Webhook, named("b", 1)).await;
    let scopes = [PauseScope::All, PauseScope::Runner("anna".to_owned()), PauseScope::Project(a.id)];
    for scope in &scopes {
        let mut tx = store.begin().await.unwrap();
        pause::begin(&mut tx, scope, "alice", "", NOW).await.unwrap();
        tx.commit().await.unwrap();
        let found = pause::find(store.read(), scope).await.unwrap().unwrap();
        assert_eq!((found.paused_by.as_str(), found.since), ("alice", NOW));
    }
    assert_eq!(pause::list(store.read()).await.unwrap().len(), 3);
    assert!(claim(&store, "anna", NOW).await.is_none());
    let resume = async |scope: &PauseScope| {
        let mut tx = store.begin().await.unwrap();
        let was = pause::end(&mut tx, scope).await.unwrap();
        tx.commit().await.unwrap();
        was
    };
    assert!(resume(&scopes[0]).await && !resume(&scopes[0]).await);
    assert!(claim(&store, "anna", NOW).await.is_none(), "the runner is paused");
    assert!(claim(&store, "bert", NOW).await.is_some(), "another is not");
    assert!(claim(&store, "bert", NOW).await.is_none(), "what is left is the project's that is paused");
    resume(&scopes[2]).await;
    resume(&scopes[1]).await;
    assert_eq!(order(&store, 1, NOW).await, "a1 a2");
}

#[tokio::test]
async fn a_place_is_how_many_are_claimed_before() {
    let store = TestStore::new().await;
    let (a, b) = (store.project().await, store.project().await);
    let mut jobs = push(&store, &a, Trigger::Webhook, named("a", 4)).await;
    jobs.extend(push(&store, &b, Trigger::Schedule, named("nightly", 2)).await);
    jobs.extend(push(&store, &b, Trigger::Webhook, named("b", 2)).await);
    claim(&store, "anna", NOW).await.unwrap();
    let mut places = Vec::new();
    let mut db = store.read().acquire().await.unwrap();
    for job in jobs {
        if let Some(place) = queue::place(&mut db, job).await.unwrap() {
            places.push((place.ahead, job));
        }
    }
    drop(db);
    places.sort_unstable();
    assert_eq!(places.iter().map(|(ahead, _)| *ahead).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    for (_, expected) in places {
        assert_eq!(claim(&store, "anna", NOW).await.unwrap().job_id, expected);
    }
}

#[tokio::test]
async fn counts_follow_every_way_of_a_task() {
    let store = TestStore::new().await;
    let project = store.project().await;
    let jobs = push(&store, &project, Trigger::Webhook, named("a", 4)).await;
    let counts = async || {
        let lines = queue::list_lines(store.read()).await.unwrap();
        let running = queue::find_project(store.read(), project.id).await.unwrap().running;
        let line = lines.first().map_or((0, 0), |line| (line.waiting, line.running));
        assert_eq!(line.1, running);
        line
    };
    assert_eq!(counts().await, (4, 0));
    let first = claim(&store, "anna", NOW).await.unwrap();
    let second = claim(&store, "anna", NOW).await.unwrap();
    assert_eq!(counts().await, (2, 2));
    let mut tx = store.begin().await.unwrap();
    task::unclaim(&mut tx, first.id, NOW).await.unwrap();
    job::cancel(&mut tx, jobs[3], "no", NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counts().await, (2, 1));
    end(&store, &second).await;
    assert_eq!(counts().await, (2, 0));
    let recount: (i64, i64) =
        sqlx::query_as("SELECT sum(waiting), sum(load) FROM queue_lane").fetch_one(store.read()).await.unwrap();
    assert_eq!(recount, (2, 0));
    assert_eq!(task::count_queued(store.read()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_task_that_was_given_back_is_another_runners_for_a_while() {
    let store = TestStore::new().await;
    let project = store.project().await;
    push(&store, &project, Trigger::Webhook, named("a", 2)).await;
    let give_back = async |task: &task::Task| {
        let mut tx = store.begin().await.unwrap();
        task::unclaim(&mut tx, task.id, NOW).await.unwrap();
        tx.commit().await.unwrap();
    };
    let first = claim(&store, "anna", NOW).await.unwrap();
    give_back(&first).await;
    assert_eq!(claim(&store, "anna", NOW).await.unwrap().id, first.id, "there is no other runner");
    let second = claim(&store, "bert", NOW).await.unwrap();
    give_back(&first).await;
    assert!(claim(&store, "anna", NOW).await.is_none(), "bert could take it");
    assert_eq!(claim(&store, "bert", NOW).await.unwrap().id, first.id);
    give_back(&first).await;
    assert!(claim(&store, "bert", NOW).await.is_none(), "now it is anna's");
    let mut tx = store.begin().await.unwrap();
    pause::begin(&mut tx, &PauseScope::Runner("anna".to_owned()), "alice", "", NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&store, "bert", NOW).await.unwrap().id, first.id, "anna is paused");
    give_back(&first).await;
    let mut tx = store.begin().await.unwrap();
    pause::end(&mut tx, &PauseScope::Runner("anna".to_owned())).await.unwrap();
    tx.commit().await.unwrap();
    end(&store, &second).await;
    let late = NOW.plus_millis(queue::FOR_OTHERS_MS);
    let mut tx = store.begin().await.unwrap();
    let token = runner::put_token(&mut tx, "test", &[1; 32], NOW).await.unwrap();
    let offers = Offers { docker: true, machine: false, resource_classes: Vec::new() };
    runner::seen(&mut tx, token, "anna", &offers, late).await.unwrap();
    tx.commit().await.unwrap();
    assert!(claim(&store, "bert", late.plus_millis(-1)).await.is_none(), "anna is there");
    let late = claim(&store, "bert", late).await;
    assert_eq!(late.unwrap().id, first.id, "anna has had her time");
}

#[tokio::test]
async fn what_is_behind_a_task_that_is_kept_for_another_is_not_held_up() {
    let store = TestStore::new().await;
    let project = store.project().await;
    push(&store, &project, Trigger::Webhook, named("a", 2)).await;
    store.runner("bert").await;
    let first = claim(&store, "anna", NOW).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    task::unclaim(&mut tx, first.id, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let next = claim(&store, "anna", NOW).await.unwrap();
    assert_ne!(next.id, first.id);
}

/// What a claim asks, as it stands in the source.
#[tokio::test]
async fn no_claim_reads_the_whole_queue() {
    let store = TestStore::new().await;
    let mut seen = 0;
    for source in [
        include_str!("../../src/queue/next.rs"),
        include_str!("../../src/queue/lane.rs"),
        include_str!("../../src/queue/limits.rs"),
        include_str!("../../src/queue/line.rs"),
        include_str!("../../src/queue/other.rs"),
        include_str!("../../src/pause.rs"),
    ] {
        // A lane is made once; the scan in its plan is for foreign keys that were violated before, and there are none.
        for sql in statements(source).into_iter().filter(|sql| !sql.starts_with("INSERT INTO queue_lane")) {
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                    .fetch_all(store.read())
                    .await
                    .unwrap();
            for (_, _, _, line) in plan {
                let small = ["queue_line", "queue_limit", "pause", "CONSTANT", "seen", "SUBQUERY", "VALUES"];
                let fine = !line.starts_with("SCAN") || small.iter().any(|name| line.contains(name));
                assert!(fine && !line.contains("TEMP B-TREE"), "{line}: {sql}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

/// The texts of `query!` and its kin.
fn statements(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in source.split("sqlx::query").skip(1) {
        let begin = call.find('"').unwrap();
        let raw = call[..begin].ends_with("r#");
        let text = &call[begin + 1..];
        let text = &text[..text.find(if raw { "\"#" } else { "\"" }).unwrap()];
        found.push(text.to_owned());
    }
    found
}
