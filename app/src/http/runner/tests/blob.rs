//! Caches, workspaces, artifacts and test results, over HTTP.

use axum::body::Body;
use futures_util::future::join_all;
use model::{
    blob::{FailedTests, KEY_HEADER, Timings, Workspace},
    job::{JobEvent, Outcome},
    plan::JobPlan,
    trigger::Actor,
    zone::Zone,
};
use store::{
    artifact, job, test_result,
    workflow::{self, Rerun},
};

use super::*;

/// A task that runs, with its token.
struct Claimed {
    path: String,
    token: String,
    task: TaskId,
}

impl Door {
    async fn running(&self) -> Claimed {
        self.running_in(Zone::Repo, plan(vec![run()], docker())).await
    }

    async fn running_in(&self, zone: Zone, plan: JobPlan) -> Claimed {
        self.kit.queue_in(zone, plan, false).await;
        let assignment = self.claim().await;
        let (path, token) = (format!("/tasks/{}/blobs", assignment.task), assignment.token.expose().to_owned());
        Claimed { path, token, task: assignment.task }
    }

    async fn blob(&self, claimed: &Claimed, method: &str, rest: &str, body: impl Into<Body>) -> Answer {
        self.send(method, &format!("{}{rest}", claimed.path), &claimed.token, body).await
    }
}

#[tokio::test]
async fn artifacts_that_come_together_are_no_more_than_a_job_may_have() {
    let door = Door::new().await;
    let task = door.running().await;
    let names: Vec<String> = (0..ARTIFACTS + 4).map(|number| format!("/artifact?path=file-{number}")).collect();
    let answers = join_all(names.iter().map(|name| door.blob(&task, "PUT", name, "bytes"))).await;
    let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status != StatusCode::CREATED).collect();
    assert_eq!(refused.len(), 4);
    for answer in refused {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.message().contains("has 12 artifacts already"), "{}", answer.message());
    }
    let job = store::task::get(door.kit.store.read(), task.task).await.unwrap().job_id;
    assert_eq!(artifact::count(door.kit.store.read(), job).await.unwrap().0, ARTIFACTS);
}

#[tokio::test]
async fn a_cache_is_saved_once_and_found_by_key_and_prefix() {
    let door = Door::new().await;
    let task = door.running().await;
    let none = door.blob(&task, "GET", "/cache?key=deps", "").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    for (key, status) in [("deps-1", 201), ("deps-2", 201), ("deps-1", 200), ("deps", 201), ("deps%C3%BC%20x", 201)] {
        let saved = door.blob(&task, "PUT", &format!("/cache?key={key}"), format!("bytes of {key}")).await;
        assert_eq!(saved.status.as_u16(), status, "{key}");
    }
    let found = [
        ("key=deps-1", "bytes of deps-1", "deps-1"),
        ("key=deps-", "bytes of deps-2", "deps-2"),
        ("key=deps", "bytes of deps", "deps"),
        ("key=none&key=deps-1&key=deps", "bytes of deps-1", "deps-1"),
        ("key=deps%C3%BC", "bytes of deps%C3%BC%20x", "deps%C3%BC%20x"),
    ];
    for (query, bytes, key) in found {
        let answer = door.blob(&task, "GET", &format!("/cache?{query}"), "").await;
        assert_eq!((answer.status, answer.body.as_slice()), (StatusCode::OK, bytes.as_bytes()), "{query}");
        assert_eq!(answer.headers[KEY_HEADER], key);
    }
    assert_eq!(door.blob(&task, "HEAD", "/cache?key=deps-1", "").await.status, StatusCode::OK);
    assert_eq!(door.blob(&task, "HEAD", "/cache?key=deps-", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_fork_reads_the_caches_of_the_repository_and_writes_none_of_them() {
    let door = Door::new().await;
    let job = || plan(vec![run()], docker());
    let ours = door.running_in(Zone::Protected, job()).await;
    let fork = door.running_in(Zone::Fork { repository: Some(7) }, job()).await;
    let other = door.running_in(Zone::Fork { repository: Some(8) }, job()).await;
    let gone = door.running_in(Zone::Fork { repository: None }, job()).await;
    let branch = door.running_in(Zone::Repo, job()).await;
    let put = async |task: &Claimed, key: &str, bytes: &str| {
        door.blob(task, "PUT", &format!("/cache?key={key}"), bytes.to_owned()).await.status.as_u16()
    };
    let get = async |task: &Claimed, key: &str| {
        let answer = door.blob(task, "GET", &format!("/cache?key={key}"), "").await;
        (answer.status == 200).then(|| String::from_utf8(answer.body).unwrap())
    };
    assert_eq!(put(&ours, "deps-1", "ours").await, 201);
    assert_eq!(get(&fork, "deps").await.as_deref(), Some("ours"));
    assert_eq!(put(&fork, "deps-1", "theirs").await, 201);
    assert_eq!(put(&fork, "deps-2", "theirs").await, 201);
    for (task, key, found) in [
        (&ours, "deps-1", Some("ours")),
        (&ours, "deps-2", None),
        (&branch, "deps-", Some("ours")),
        (&fork, "deps-1", Some("theirs")),
        (&other, "deps-", Some("ours")),
        (&other, "deps-2", None),
        (&gone, "deps-", Some("ours")),
    ] {
        assert_eq!(get(task, key).await.as_deref(), found, "{key}");
    }
    assert_eq!(put(&gone, "deps-3", "nobody's").await, 422);
}

#[tokio::test]
async fn a_job_may_have_its_caches_kept_for_less_time() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let door = Door::new().await;
    let short =
        door.running_in(Zone::Repo, JobPlan { cache_retention_days: Some(3), ..plan(vec![run()], docker()) }).await;
    let long = door.running().await;
    assert_eq!(door.blob(&short, "PUT", "/cache?key=short", "a").await.status, 201);
    assert_eq!(door.blob(&long, "PUT", "/cache?key=long", "a").await.status, 201);
    for (days, left) in [(2, vec!["short", "long"]), (2, vec!["long"]), (12, vec![])] {
        door.kit.clock.advance_millis(days * DAY_MS);
        // Only a save looks for what is over, and then nothing of it stays.
        let mut found = Vec::new();
        for key in ["short", "long"] {
            if door.blob(&long, "GET", &format!("/cache?key={key}"), "").await.status == 200 {
                found.push(key);
            }
        }
        assert_eq!(found, left, "after {days} days more");
    }
    assert_eq!(door.blob(&long, "PUT", "/cache?key=short", "b").await.status, 201);
    assert_eq!(door.blob(&long, "GET", "/cache?key=short", "").await.body, b"b");
}

#[tokio::test]
async fn caches_make_room_for_newer_ones() {
    let door = Door::new().await;
    let task = door.running().await;
    for key in ["a", "b"] {
        assert_eq!(door.blob(&task, "PUT", &format!("/cache?key={key}"), vec![1; 500_000]).await.status, 201);
        door.kit.clock.advance_millis(1_000);
    }
    assert_eq!(door.blob(&task, "GET", "/cache?key=a", "").await.status, 200);
    door.kit.clock.advance_millis(1_000);
    assert_eq!(door.blob(&task, "PUT", "/cache?key=c", vec![1; 500_000]).await.status, 201);
    let mut left = Vec::new();
    for key in ["a", "b", "c"] {
        if door.blob(&task, "HEAD", &format!("/cache?key={key}"), "").await.status == 200 {
            left.push(key);
        }
    }
    assert_eq!(left, ["a", "c"], "`b` was used longest ago");
    let large = door.blob(&task, "PUT", "/cache?key=large", vec![1; (1 << 20) + 1]).await;
    assert_eq!(large.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(large.message(), "the cache `large` is larger than 1 MiB, the most that this server stores");
}

#[tokio::test]
async fn a_damaged_cache_is_never_given_whole_and_then_forgotten() {
    let door = Door::new().await;
    let task = door.running().await;
    assert_eq!(door.blob(&task, "PUT", "/cache?key=a", "right").await.status, 201);
    let mut open = vec![door.kit.directory.path().join("blobs/cache")];
    while let Some(path) = open.pop() {
        match path.is_dir() {
            true => open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path())),
            false => std::fs::write(path, "wrong").unwrap(),
        }
    }
    let request = Request::builder()
        .uri(format!("/api/runner/v1{}/cache?key=a", task.path))
        .header(header::AUTHORIZATION, format!("Bearer {}", task.token))
        .body(Body::empty())
        .unwrap();
    let response = door.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_LENGTH], "5");
    assert!(to_bytes(response.into_body(), usize::MAX).await.is_err());
    while door.blob(&task, "HEAD", "/cache?key=a", "").await.status == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(door.blob(&task, "PUT", "/cache?key=a", "right").await.status, 201);
}

#[tokio::test]
async fn artifacts_have_names_and_replace_themselves() {
    let door = Door::new().await;
    let task = door.running().await;
    for bytes in ["one", "two"] {
        let stored = door.blob(&task, "PUT", "/artifact?path=coverage/index.html", bytes).await;
        assert_eq!(stored.status, StatusCode::CREATED);
    }
    let job = store::task::get(door.kit.store.read(), task.task).await.unwrap().job_id;
    assert_eq!(artifact::count(door.kit.store.read(), job).await.unwrap(), (1, 3));
    let long = "a/".repeat(512) + "b";
    let names = [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a/..",
        "..",
        ".",
        "a/./b",
        "a//b",
        "a/",
        "%00",
        "a%00b",
        "..%2f..%2fx",
        &long,
    ];
    for name in names {
        let refused = door.blob(&task, "PUT", &format!("/artifact?path={name}"), "x").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(refused.message().starts_with("the path "), "{name}: {}", refused.message());
    }
    for name in ["a%5C..%5Cb", "C:%5Cx", "con", "%252e%252e/x", "a%0Ab", "...", "%E2%80%AEgpj.exe", "%20a%20", "a."] {
        let stored = door.blob(&task, "PUT", &format!("/artifact?path={name}"), "x").await;
        assert_eq!(stored.status, StatusCode::CREATED, "{name} is a name like any other");
    }
    let large = door.blob(&task, "PUT", "/artifact?path=big", vec![0; (1 << 20) + 1]).await;
    assert_eq!(large.message(), "the artifact `big` is larger than 1 MiB, the most that this server stores");
    let twice = door.blob(&task, "PUT", "/artifact?path=a&path=b", "x").await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn test_results_are_read_and_give_timings_to_later_runs() {
    let door = Door::new().await;
    let task = door.running().await;
    let file = "<testsuite><testcase name='a' classname='K' file='k.py' time='1.5'/>\
                <testcase name='b' classname='K' file='k.py' time='0.5'><failure>no</failure></testcase></testsuite>";
    for _ in 0..2 {
        assert_eq!(door.blob(&task, "PUT", "/test-results?path=out/junit.xml", file).await.status, 201);
    }
    let job = store::task::get(door.kit.store.read(), task.task).await.unwrap().job_id;
    let counts = test_result::count(door.kit.store.read(), job).await.unwrap();
    assert_eq!((counts.success, counts.failed, counts.skipped), (1, 1, 0), "the same file again replaces itself");
    let broken = door.blob(&task, "PUT", "/test-results?path=x.xml", "<!DOCTYPE a []><testsuite/>").await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        broken.message(),
        "the file `x.xml` has no test results: it has a document type (`<!DOCTYPE`), which is not accepted"
    );
    assert_eq!(door.blob(&task, "GET", "/timings", "").await.json::<Timings>(), Timings::default());
    let next = door.running().await;
    let timings: Timings = door.blob(&next, "GET", "/timings", "").await.json();
    assert_eq!(timings.file.into_iter().collect::<Vec<_>>(), [("k.py".to_owned(), 2.0)]);
    assert_eq!(timings.name["a"], 1.5);
    assert_eq!(timings.classname["K"], 2.0);
}

#[tokio::test]
async fn a_rerun_of_failed_tests_is_told_which_failed() {
    let door = Door::new().await;
    let task = door.running().await;
    let report = "<testsuite><testcase classname=\"a.B\" name=\"x\" file=\"b.py\"><failure/></testcase>\
                  <testcase classname=\"a.C\" name=\"y\" file=\"c.py\"/></testsuite>";
    assert_eq!(door.blob(&task, "PUT", "/test-results?path=a.xml", report).await.status, StatusCode::CREATED);
    assert_eq!(door.blob(&task, "GET", "/failed-tests", "").await.status, StatusCode::NOT_FOUND);
    let events = EventReport::from(vec![started(1, 0), exited(2, 0, 0), over(3, Outcome::Failed)]);
    assert_eq!(door.post(&format!("/tasks/{}/events", task.task), &task.token, &events).await.status, StatusCode::OK);
    for (kind, told) in [(Rerun::FailedTests, true), (Rerun::FromStart, false)] {
        let now = door.kit.clock.now();
        let before = store::task::get(door.kit.store.read(), task.task).await.unwrap().job_id;
        let before = job::get(door.kit.store.read(), before).await.unwrap();
        let mut tx = door.kit.store.begin().await.unwrap();
        let by = Actor { id: Some(1), login: "ada".to_owned() };
        let again = workflow::rerun(&mut tx, before.workflow_id, &kind, &by, now).await.unwrap();
        let again = job::find_by_name(tx.db(), again, "test").await.unwrap().unwrap();
        job::transition(&mut tx, again.id, JobEvent::Unblocked, None, now).await.unwrap();
        tx.commit().await.unwrap();
        let assignment = door.claim().await;
        let (path, token) = (format!("/tasks/{}/blobs", assignment.task), assignment.token.expose().to_owned());
        let rerun = Claimed { path, token, task: assignment.task };
        let answer = door.blob(&rerun, "GET", "/failed-tests", "").await;
        assert_eq!(answer.status == StatusCode::OK, told, "{kind:?}");
        if told {
            let failed: FailedTests = answer.json();
            let only = |name: &str| std::collections::BTreeSet::from([name.to_owned()]);
            assert_eq!(failed, FailedTests { file: only("b.py"), classname: only("a.B"), failed: 1, total: 2 });
        }
        let events = EventReport::from(vec![started(1, 0), exited(2, 0, 0), over(3, Outcome::Failed)]);
        door.post(&format!("/tasks/{}/events", rerun.task), &rerun.token, &events).await;
    }
}

#[tokio::test]
async fn a_job_does_not_see_its_own_layers() {
    let door = Door::new().await;
    let task = door.running().await;
    assert_eq!(door.blob(&task, "PUT", "/workspace", "archive").await.status, StatusCode::CREATED);
    assert_eq!(door.blob(&task, "GET", "/workspace", "").await.json::<Workspace>(), Workspace::default());
    for layer in [Uuid::now_v7().to_string(), "x".to_owned()] {
        let missing = door.blob(&task, "GET", &format!("/workspace/{layer}"), "").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        assert!(missing.message().contains("does not exist"));
    }
}

#[tokio::test]
async fn only_the_live_claim_may_ask() {
    let door = Door::new().await;
    let task = door.running().await;
    let wrong = Claimed { token: "1.wrong".to_owned(), ..door.running().await };
    let events = EventReport::from(vec![started(1, 0), exited(2, 0, 0), over(3, Outcome::Success)]);
    let report = format!("/tasks/{}/events", task.task);
    assert_eq!(door.post(&report, &task.token, &events).await.status, StatusCode::OK);
    let calls = [
        ("GET", "/cache?key=a"),
        ("HEAD", "/cache?key=a"),
        ("PUT", "/cache?key=a"),
        ("GET", "/workspace"),
        ("PUT", "/workspace"),
        ("PUT", "/artifact?path=a"),
        ("PUT", "/test-results?path=a"),
        ("GET", "/timings"),
        ("GET", "/failed-tests"),
    ];
    for (method, rest) in calls {
        assert_eq!(door.blob(&wrong, method, rest, "x").await.status, StatusCode::UNAUTHORIZED, "{method} {rest}");
        assert_eq!(door.blob(&task, method, rest, "x").await.status, StatusCode::CONFLICT, "{method} {rest}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_stores_nothing() {
    let door = Door::new().await;
    let task = door.running().await;
    for rest in ["/cache?key=a", "/workspace", "/artifact?path=a", "/test-results?path=a"] {
        let pieces = [Ok("begun"), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let answer = door.blob(&task, "PUT", rest, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{rest}");
        assert!(answer.message().contains("did not come whole"), "{}", answer.message());
    }
    assert_eq!(door.blob(&task, "HEAD", "/cache?key=a", "").await.status, StatusCode::NOT_FOUND);
}
