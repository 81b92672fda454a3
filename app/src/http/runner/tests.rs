//! The protocol, over HTTP bodies and status codes.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use model::{
    event::StepKey,
    id::TaskId,
    job::{JobState, Outcome},
    protocol::{Assignment, EventAck, EventReport, LOG_TIME_HEADER, LogAck, Renewal, Unclaim, WholeLog},
    time::Timestamp,
};
use serde::Serialize;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use super::{RunnerState, router};
use crate::{
    blob::Blobs,
    dispatch::tests::kit::{Kit, docker, exited, over, plan, run, started},
    dispatch::{JobData, Limits},
    log::{LogKey, Logs},
    settings::BlobPlace,
};

mod blob;

/// A job has no more.
const ARTIFACTS: u64 = 12;

struct Door {
    kit: Kit,
    logs: Logs,
    router: Router,
}

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn message(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        body["message"].as_str().unwrap().to_owned()
    }

    fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Door {
    async fn new() -> Self {
        let kit = Kit::new().await;
        let logs = Logs::open(kit.directory.path(), kit.store.bus().clone()).unwrap();
        let blobs = Blobs::open(&BlobPlace::Directory(kit.directory.path().join("blobs"))).unwrap();
        let limits = Limits { artifact_bytes: 1 << 20, artifacts: ARTIFACTS, ..Limits::with_cache_budget(1 << 20) };
        let state = RunnerState {
            clock: kit.clock.clone(),
            dispatch: kit.dispatch.clone(),
            logs: logs.clone(),
            data: JobData::new(kit.store.clone(), kit.clock.clone(), blobs, limits),
        };
        Self { kit, logs, router: Router::new().nest("/api/runner/v1", router(state)) }
    }

    async fn send(&self, method: &str, path: &str, token: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/runner/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(LOG_TIME_HEADER, "12345")
            .body(body.into())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec() }
    }

    async fn post(&self, path: &str, token: &str, body: &impl Serialize) -> Answer {
        self.send("POST", path, token, serde_json::to_vec(body).unwrap()).await
    }

    async fn claim(&self) -> Assignment {
        self.post("/claim", &self.kit.token, &self.kit.request()).await.json()
    }
}

#[tokio::test]
async fn a_task_from_claim_to_end() {
    let door = Door::new().await;
    let nothing = door.post("/claim", &door.kit.token, &door.kit.request()).await;
    assert_eq!((nothing.status, nothing.body.len()), (StatusCode::NO_CONTENT, 0));
    let job = door.kit.queue(plan(vec![run()], docker()), false).await;
    let assignment = door.claim().await;
    let (path, token) = (format!("/tasks/{}", assignment.task), assignment.token.expose());
    let events = EventReport::from(vec![started(1, 0), exited(2, 0, 0), started(3, 1)]);
    assert_eq!(door.post(&format!("{path}/events"), token, &events).await.json::<EventAck>().seq, 3);
    let renewal: Renewal = door.post(&format!("{path}/renew"), token, &Value::Null).await.json();
    assert!(!renewal.cancel);
    for (offset, have) in [(0, 5), (0, 5), (99, 5), (5, 10)] {
        let answer = door.send("PUT", &format!("{path}/logs/1/0?offset={offset}"), token, "hello").await;
        assert_eq!(answer.json::<LogAck>(), LogAck { have }, "offset {offset}");
    }
    let again: Assignment = door.send("GET", &path, token, "").await.json();
    assert_eq!(again.token, assignment.token);
    assert_eq!(again.progress.seq, 3);
    assert_eq!(again.progress.logs.into_iter().collect::<Vec<_>>(), [(StepKey::first(1), 10)]);
    let events = EventReport::from(vec![exited(4, 1, 0), over(5, Outcome::Success)]);
    for _ in 0..2 {
        assert_eq!(door.post(&format!("{path}/events"), token, &events).await.json::<EventAck>().seq, 5);
    }
    assert_eq!(door.kit.job(job).await.state, JobState::Ended(Outcome::Success));
    let task = store::task::get(door.kit.store.read(), assignment.task).await.unwrap();
    let key = LogKey::of(&task, StepKey::first(1));
    assert_eq!(door.logs.read(key, 0, 100).await.unwrap(), "hellohello");
    assert_eq!(door.logs.marks(key).await.unwrap()[1].at.millis(), 12345);
    let over = door.post(&format!("{path}/renew"), token, &Value::Null).await;
    assert_eq!(over.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_short_task_is_told_in_one_call_with_its_logs() {
    let door = Door::new().await;
    let job = door.kit.queue(plan(vec![run()], docker()), false).await;
    let assignment = door.claim().await;
    assert!(assignment.takes_logs);
    let (path, token) = (format!("/tasks/{}", assignment.task), assignment.token.expose());
    let log =
        |step, text: &str| WholeLog { key: StepKey::first(step), at: Timestamp::from_millis(7), text: text.to_owned() };
    let report = EventReport {
        events: vec![started(1, 0), exited(2, 0, 0), started(3, 1), exited(4, 1, 0), over(5, Outcome::Success)],
        logs: vec![log(0, "ready\n"), log(1, "hello\n")],
    };
    // As after a loss of power, which has left a part of it; and a second time, as after a lost answer.
    let append = format!("{path}/logs/1/0?offset=0");
    assert_eq!(door.send("PUT", &append, token, "hel").await.json::<LogAck>(), LogAck { have: 3 });
    for _ in 0..2 {
        assert_eq!(door.post(&format!("{path}/events"), token, &report).await.json::<EventAck>().seq, 5);
    }
    assert_eq!(door.kit.job(job).await.state, JobState::Ended(Outcome::Success));
    let task = store::task::get(door.kit.store.read(), assignment.task).await.unwrap();
    for (step, text) in [(0, "ready\n"), (1, "hello\n")] {
        assert_eq!(door.logs.read(LogKey::of(&task, StepKey::first(step)), 0, 100).await.unwrap(), text);
    }
}

#[tokio::test]
async fn refusals_have_their_codes_and_a_message() {
    let door = Door::new().await;
    door.kit.queue(plan(vec![run()], docker()), false).await;
    let assignment = door.claim().await;
    let (path, token) = (format!("/tasks/{}", assignment.task), assignment.token.expose());
    let nobody = format!("/tasks/{}/renew", TaskId::from_uuid(Uuid::nil()));
    let request = door.kit.request();
    let answers = [
        (StatusCode::UNAUTHORIZED, door.post("/claim", "wrong", &request).await),
        (StatusCode::UNAUTHORIZED, door.post("/claim", token, &request).await),
        (StatusCode::UNPROCESSABLE_ENTITY, door.post("/claim", &door.kit.token, &json!({})).await),
        (StatusCode::UNAUTHORIZED, door.post(&format!("{path}/renew"), &door.kit.token, &Value::Null).await),
        (StatusCode::NOT_FOUND, door.post(&nobody, token, &Value::Null).await),
        (StatusCode::NOT_FOUND, door.post("/tasks/nonsense/renew", token, &Value::Null).await),
        (StatusCode::UNPROCESSABLE_ENTITY, door.send("POST", &format!("{path}/events"), token, "{").await),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            door.post(&format!("{path}/events"), token, &EventReport::from(vec![started(2, 0)])).await,
        ),
    ];
    for (index, (status, answer)) in answers.into_iter().enumerate() {
        assert_eq!(answer.status, status, "{index}: {}", String::from_utf8_lossy(&answer.body));
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(body["message"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn a_fenced_runner_is_told_so_on_every_call() {
    let door = Door::new().await;
    door.kit.queue(plan(vec![run()], docker()), false).await;
    let assignment = door.claim().await;
    let (path, token) = (format!("/tasks/{}", assignment.task), assignment.token.expose());
    let unclaim = Unclaim { reason: "no image".to_owned() };
    assert_eq!(door.post(&format!("{path}/unclaim"), token, &unclaim).await.status, StatusCode::NO_CONTENT);
    door.claim().await;
    let answers = [
        door.send("GET", &path, token, "").await,
        door.post(&format!("{path}/renew"), token, &Value::Null).await,
        door.post(&format!("{path}/events"), token, &EventReport::from(vec![started(1, 0)])).await,
        door.send("PUT", &format!("{path}/logs/0/0?offset=0"), token, "hello").await,
        door.post(&format!("{path}/unclaim"), token, &unclaim).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", String::from_utf8_lossy(&answer.body));
    }
}

#[tokio::test]
async fn an_append_of_eight_mebibytes_is_taken() {
    let door = Door::new().await;
    door.kit.queue(plan(vec![run()], docker()), false).await;
    let assignment = door.claim().await;
    let path = format!("/tasks/{}/logs/1/0?offset=0", assignment.task);
    let answer = door.send("PUT", &path, assignment.token.expose(), vec![b'x'; 8 * 1024 * 1024]).await;
    assert_eq!(answer.json::<LogAck>().have, 8 * 1024 * 1024);
}
