//! What jobs keep: caches, layers, artifacts, test results.

use store::{
    artifact::{self, Artifact},
    cache::{self, Cache, Scope, Zone},
    job,
    test_result::{self, Source, TestCase, TestOutcome},
    workspace::{self, Layer},
};
use uuid::Uuid;

use crate::kit::{NOW, TestStore, build};

struct Kept {
    store: TestStore,
    job: job::Job,
    task: store::task::Task,
}

async fn kept() -> Kept {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("test", 1, &[])]).await;
    store.happen(jobs[0], model::job::JobEvent::Unblocked, None).await.unwrap();
    let runner = store.runner("anna").await;
    let task = store.claim(runner, Uuid::now_v7()).await.unwrap().unwrap();
    let job = job::get(store.read(), jobs[0]).await.unwrap();
    Kept { store, job, task }
}

impl Kept {
    fn cache(&self, key: &str, at: i64) -> Cache {
        Cache {
            id: Uuid::now_v7(),
            scope: Scope { project: self.job.project_id, zone: Zone::Repo },
            key: key.to_owned(),
            size_bytes: 10,
            sha256: [1; 32],
            job_id: self.job.id,
            created_at: NOW.plus_millis(at),
            used_at: NOW.plus_millis(at),
            expires_at: None,
        }
    }

    async fn save(&self, cache: &Cache) -> bool {
        let mut tx = self.store.begin().await.unwrap();
        let created = cache::create(&mut tx, cache).await.unwrap();
        tx.commit().await.unwrap();
        created
    }
}

#[tokio::test]
async fn the_first_cache_of_a_key_stays_and_prefixes_find_the_newest() {
    let kept = kept().await;
    let first = kept.cache("v1-a", 0);
    assert!(kept.save(&first).await);
    assert!(!kept.save(&kept.cache("v1-a", 5)).await);
    assert!(kept.save(&kept.cache("v1-b", 9)).await);
    assert!(kept.save(&kept.cache("v1-c", 7)).await);
    assert!(kept.save(&kept.cache("v1", 1)).await);
    assert!(kept.save(&kept.cache("v2_%", 20)).await);
    let (db, scope) = (kept.store.read(), first.scope);
    assert_eq!(cache::find(db, scope, "v1-a", NOW).await.unwrap(), Some(first));
    assert_eq!(cache::find(db, scope, "v1-", NOW).await.unwrap(), None);
    for (prefix, key) in [
        ("v1-", Some("v1-b")),
        ("v1", Some("v1")),
        ("v1-c", Some("v1-c")),
        ("v", Some("v2_%")),
        ("_", None),
        ("v3", None),
    ] {
        let found = cache::find_by_prefix(db, scope, prefix, NOW).await.unwrap();
        assert_eq!(found.as_ref().map(|cache| cache.key.as_str()), key, "{prefix}");
    }
}

#[tokio::test]
async fn no_project_sees_the_caches_of_another() {
    let kept = kept().await;
    assert!(kept.save(&kept.cache("v1", 0)).await);
    let other = kept.store.project().await;
    let scope = Scope { project: other.id, zone: Zone::Repo };
    assert_eq!(cache::find_by_prefix(kept.store.read(), scope, "v", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn caches_of_a_fork_are_its_own() {
    let kept = kept().await;
    let fork = Scope { project: kept.job.project_id, zone: Zone::Fork { repository: 7 } };
    let ours = kept.cache("v1", 0);
    let theirs = Cache { scope: fork, ..kept.cache("v1", 1) };
    assert!(kept.save(&ours).await && kept.save(&theirs).await);
    let db = kept.store.read();
    assert_eq!(cache::find(db, ours.scope, "v1", NOW).await.unwrap(), Some(ours.clone()));
    assert_eq!(cache::find(db, fork, "v1", NOW).await.unwrap(), Some(theirs.clone()));
    let other = Scope { zone: Zone::Fork { repository: 8 }, ..fork };
    assert_eq!(cache::find(db, other, "v1", NOW).await.unwrap(), None);
    assert_eq!(cache::list_by_project(db, fork.project).await.unwrap(), [theirs, ours]);
}

#[tokio::test]
async fn a_cache_whose_time_is_over_is_not_found() {
    let kept = kept().await;
    let cache = Cache { expires_at: Some(NOW.plus_millis(10)), ..kept.cache("v1", 0) };
    assert!(kept.save(&cache).await);
    let (db, scope) = (kept.store.read(), cache.scope);
    for (at, found) in [(9, true), (10, false)] {
        let at = NOW.plus_millis(at);
        assert_eq!(cache::find(db, scope, "v1", at).await.unwrap().is_some(), found);
        assert_eq!(cache::find_by_prefix(db, scope, "v", at).await.unwrap().is_some(), found);
        assert_eq!(cache::list_over(db, NOW, at, 9).await.unwrap().is_empty(), found);
    }
}

#[tokio::test]
async fn the_cache_that_was_used_longest_ago_comes_first() {
    let kept = kept().await;
    let caches = [kept.cache("a", 0), kept.cache("b", 1), kept.cache("c", 2)];
    for cache in &caches {
        kept.save(cache).await;
    }
    let mut tx = kept.store.begin().await.unwrap();
    cache::used(&mut tx, caches[0].id, NOW.plus_millis(9)).await.unwrap();
    cache::used(&mut tx, caches[0].id, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let keys = |caches: Vec<Cache>| caches.into_iter().map(|cache| cache.key).collect::<Vec<_>>();
    assert_eq!(keys(cache::list_least_used(kept.store.read(), 9).await.unwrap()), ["b", "c", "a"]);
    assert_eq!(cache::total_bytes(kept.store.read()).await.unwrap(), 30);
    let old = cache::list_over(kept.store.read(), NOW.plus_millis(1), NOW, 9).await.unwrap();
    assert_eq!(keys(old), ["a"]);
    let mut tx = kept.store.begin().await.unwrap();
    cache::delete(&mut tx, caches[1].id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(cache::total_bytes(kept.store.read()).await.unwrap(), 20);
}

#[tokio::test]
async fn an_artifact_replaces_the_one_with_its_path() {
    let kept = kept().await;
    let new = |size_bytes| Artifact {
        id: Uuid::now_v7(),
        job_id: kept.job.id,
        task_id: kept.task.id,
        node_index: 0,
        path: "a/b.txt".to_owned(),
        size_bytes,
        sha256: [2; 32],
        created_at: NOW,
    };
    let (one, two) = (new(1), new(2));
    let mut tx = kept.store.begin().await.unwrap();
    assert_eq!(artifact::put(&mut tx, &one).await.unwrap(), None);
    assert_eq!(artifact::put(&mut tx, &two).await.unwrap(), Some(one));
    tx.commit().await.unwrap();
    let db = kept.store.read();
    assert_eq!(artifact::count(db, kept.job.id).await.unwrap(), (1, 2));
    assert_eq!(artifact::list_by_job(db, kept.job.id, 9).await.unwrap(), std::slice::from_ref(&two));
    assert_eq!(artifact::find(db, kept.job.id, 0, "a/b.txt").await.unwrap(), Some(two));
    assert_eq!(artifact::find(db, kept.job.id, 1, "a/b.txt").await.unwrap(), None);
}

#[tokio::test]
async fn layers_come_in_the_order_of_time() {
    let kept = kept().await;
    let layers: Vec<Layer> = (0..3)
        .map(|at| Layer {
            id: Uuid::now_v7(),
            workflow_id: kept.job.workflow_id,
            job_id: kept.job.id,
            task_id: kept.task.id,
            size_bytes: at,
            sha256: [3; 32],
            created_at: NOW,
        })
        .collect();
    let mut tx = kept.store.begin().await.unwrap();
    for layer in &layers {
        workspace::create(&mut tx, layer).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(workspace::list_by_workflow(kept.store.read(), kept.job.workflow_id).await.unwrap(), layers);
}

#[tokio::test]
async fn test_results_by_kind_and_by_time() {
    let kept = kept().await;
    let case = |name: &str, result, duration_us| TestCase {
        name: name.to_owned(),
        classname: "K".to_owned(),
        file: None,
        result,
        duration_us,
        message: "<&>\u{1}\"".to_owned(),
    };
    let mut cases = vec![
        case("slow", TestOutcome::Success, 9_000_000),
        case("bad", TestOutcome::Failure, 1),
        case("broken", TestOutcome::Error, 5),
        case("skipped", TestOutcome::Skipped, 0),
    ];
    cases.extend((0..5_000).map(|at| case(&format!("t{at}"), TestOutcome::Success, at)));
    let source = Source { job: kept.job.id, task: kept.task.id, node_index: 0, path: "junit.xml" };
    for _ in 0..2 {
        let mut tx = kept.store.begin().await.unwrap();
        test_result::clear(&mut tx, source).await.unwrap();
        test_result::append(&mut tx, source, &cases).await.unwrap();
        tx.commit().await.unwrap();
    }
    let db = kept.store.read();
    let counts = test_result::count(db, kept.job.id).await.unwrap();
    assert_eq!((counts.success, counts.failed, counts.skipped, counts.total()), (5_001, 2, 1, 5_004));
    let failed = test_result::list_failed(db, kept.job.id, 9).await.unwrap();
    assert_eq!(failed.iter().map(|found| &found.case).collect::<Vec<_>>(), [&cases[1], &cases[2]]);
    let slowest = test_result::list_slowest(db, kept.job.id, 2).await.unwrap();
    assert_eq!(slowest.iter().map(|found| found.case.name.as_str()).collect::<Vec<_>>(), ["slow", "t4999"]);
    let timings = test_result::timings(db, kept.job.project_id, "test", kept.job.number + 1).await.unwrap();
    assert_eq!((timings.name["slow"], timings.name.contains_key("skipped")), (9.0, false));
    assert!(timings.file.is_empty());
    let own = test_result::timings(db, kept.job.project_id, "test", kept.job.number).await.unwrap();
    assert!(own.name.is_empty(), "a run does not time itself");
}
