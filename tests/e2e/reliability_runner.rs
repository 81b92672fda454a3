//! A runner that says anything to the server, in any order: it is answered, and what is stored stays legal.
//!
//! `ROUNDHOUSE_CALLS=1000000` makes the run longer, `ROUNDHOUSE_SEED=7` another one.

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use kit::{
    TestApp,
    app::{PUBLIC_URL, REPOSITORY},
    config::chain,
};
use model::{
    event::{StepKey, StepResult, TaskEvent, TaskEventKind},
    id::{JobId, TaskId},
    job::{JobState, Outcome},
    project::{ProjectSlug, Vcs},
    protocol::{About, Assignment, ClaimRequest, EventReport, Offers, Unclaim, VERSION},
    time::Timestamp,
};
use roundhouse::log::LogKey;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use crate::reliability_kill::{Dice, setting};

const BASE: &str = "/api/runner/v1";

/// Texts that people and programs do not expect.
const TEXTS: [&str; 6] =
    ["true", "", "<script>alert(1)</script>", "\u{1b}[31mred\u{7}", "nul\0nul", "\u{202e}\u{feff}💥"];

/// Times from the beginning to the end of time.
const TIMES: [i64; 5] = [i64::MIN, -1, 0, 1_767_268_800_000, i64::MAX];

struct Hostile {
    app: TestApp,
    dice: Dice,
    runner_token: String,
    /// Every task that was ever given, with its token.
    given: Vec<(TaskId, String)>,
    claims: Vec<Uuid>,
    /// Highest number that the server has acknowledged, by token.
    acknowledged: HashMap<String, u64>,
    /// What jobs have come to: it never changes.
    ended: HashMap<JobId, Outcome>,
    epochs: HashMap<TaskId, u32>,
    answers: HashMap<u16, u64>,
}

impl Hostile {
    async fn new(seed: u64) -> Self {
        let mut app = TestApp::new().await;
        app.runner().pause();
        let runner_token = app.server().bundled_runner_token().await.unwrap().expose_secret().to_owned();
        let (given, claims) = (Vec::new(), Vec::new());
        Self {
            app,
            dice: Dice(seed),
            runner_token,
            given,
            claims,
            acknowledged: HashMap::new(),
            ended: HashMap::new(),
            epochs: HashMap::new(),
            answers: HashMap::new(),
        }
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.dice.below(of.len() as u64)).unwrap()].clone()
    }

    async fn send(&mut self, method: &str, path: &str, token: &str, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let what = format!("{method} {path} {}", String::from_utf8_lossy(&body[..body.len().min(2_000)]));
        let response = self.app.server().router().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        // A handler that panics answers 500, too.
        assert!(!status.is_server_error(), "{status} {}: {what}", String::from_utf8_lossy(&body));
        *self.answers.entry(status.as_u16()).or_default() += 1;
        (status, body)
    }

    async fn claim(&mut self) {
        let claim_id = match self.dice.below(4) {
            0 if !self.claims.is_empty() => self.pick(&self.claims.clone()),
            _ => Uuid::now_v7(),
        };
        self.claims.push(claim_id);
        let request = ClaimRequest {
            claim_id,
            runner: self.pick(&["one", "one", "one", "two", "", "<b>three</b>"]).to_owned(),
            version: if self.dice.below(20) == 0 { 2 } else { VERSION },
            offers: Offers { docker: self.dice.below(8) > 0, machine: true, resource_classes: Vec::new() },
            wait_ms: 0,
            about: About::default(),
        };
        let token = if self.dice.below(10) == 0 { self.any_token() } else { self.runner_token.clone() };
        let (status, body) =
            self.send("POST", &format!("{BASE}/claim"), &token, serde_json::to_vec(&request).unwrap()).await;
        if status == StatusCode::OK {
            let assignment: Assignment = serde_json::from_slice(&body).unwrap();
            let token = assignment.token.expose().to_owned();
            self.acknowledged.insert(token.clone(), assignment.progress.seq);
            self.given.push((assignment.task, token));
        }
    }

    fn any_token(&mut self) -> String {
        let known = if self.given.is_empty() { String::new() } else { self.pick(&self.given.clone()).1 };
        let secret = known.split_once('.').map_or("", |(_, secret)| secret).to_owned();
        let odd = ["", ".", "-1.x", "1.", "99999999999.x", "4294967295.", "é"].map(str::to_owned);
        match self.dice.below(6) {
            0 => self.runner_token.clone(),
            1 => self.pick(&odd),
            2 => format!("{}.{secret}", self.dice.below(9)),
            _ => known,
        }
    }

    fn events(&mut self, token: &str) -> Vec<TaskEvent> {
        let known = self.acknowledged.get(token).copied().unwrap_or(0);
        let mut seq = match self.dice.below(8) {
            0 => self.pick(&[0, u64::MAX, u64::MAX - 1, known + 2]),
            1 => known.saturating_sub(self.dice.below(3)),
            _ => known + 1,
        };
        let mut events = Vec::new();
        for _ in 0..self.dice.below(5) {
            events.push(TaskEvent { seq, at: Timestamp::from_millis(self.pick(&TIMES)), kind: self.kind() });
            seq = seq.wrapping_add(if self.dice.below(12) == 0 { self.dice.below(4) } else { 1 });
        }
        events
    }

    fn kind(&mut self) -> TaskEventKind {
        let key =
            StepKey { step: self.pick(&[0, 0, 1, 1, 2, u32::MAX]), attempt: self.pick(&[0, 0, 0, 0, 1, u32::MAX]) };
        let text = self.pick(&TEXTS).to_owned();
        match self.dice.below(12) {
            0 => {
                let outcome = self.pick(&[
                    Outcome::Success,
                    Outcome::Failed,
                    Outcome::Canceled,
                    Outcome::NotRun,
                    Outcome::Unauthorized,
                    Outcome::TimedOut,
                    Outcome::InfrastructureFail,
                ]);
                TaskEventKind::Ended { outcome, reason: (self.dice.below(2) == 0).then_some(text) }
            }
            1..6 => {
                let result = self.pick(&[
                    StepResult::SUCCESS,
                    StepResult::Exit { code: i32::MIN },
                    StepResult::Signal { signal: i32::MAX, out_of_memory: false },
                    StepResult::TimedOut { limit_ms: u64::MAX },
                    StepResult::NoOutput { limit_ms: 0 },
                    StepResult::NotStarted { reason: text },
                    StepResult::Canceled,
                ]);
                TaskEventKind::StepEnded { key, result }
            }
            _ => {
                let (name, background) = (self.pick(&TEXTS).to_owned(), self.dice.below(3) == 0);
                TaskEventKind::StepStarted { key, name, command: text, background }
            }
        }
    }

    async fn speak(&mut self) {
        let from = self.given.len().saturating_sub(4);
        let recent = self.given[from..].to_vec();
        let (mut task, mut token) = match self.dice.below(4) {
            0 => self.pick(&self.given.clone()),
            _ => self.pick(&recent),
        };
        if self.dice.below(12) == 0 {
            token = self.any_token();
        }
        if self.dice.below(30) == 0 {
            task = TaskId::from_uuid(Uuid::now_v7());
        }
        let path = format!("{BASE}/tasks/{task}");
        match self.dice.below(16) {
            0 => drop(self.send("GET", &path, &token, Vec::new()).await),
            1 => drop(self.send("POST", &format!("{path}/renew"), &token, Vec::new()).await),
            2 => {
                let body = serde_json::to_vec(&Unclaim { reason: self.pick(&TEXTS).to_owned() }).unwrap();
                self.send("POST", &format!("{path}/unclaim"), &token, body).await;
            }
            3..7 => {
                let (step, attempt) = (self.pick(&[0, 1, 2, u32::MAX]), self.pick(&[0, 0, 1, u32::MAX]));
                let offset = self.pick(&[0, 0, 5, 10, u64::MAX]);
                let path = format!("{path}/logs/{step}/{attempt}?offset={offset}");
                let bytes = self.pick(&["12345", "", "\0\x1b[2Jx", "\n\r\n<i>"]).as_bytes().to_vec();
                self.send("PUT", &path, &token, bytes).await;
            }
            7 => {
                let odd = ["logs/1/0", "logs/-1/0?offset=0", "logs/1/0?offset=-1", "logs/1/4294967296?offset=0", "x"];
                let path = format!("{path}/{}", self.pick(&odd));
                self.send("PUT", &path, &token, vec![b'x'; 9]).await;
            }
            8 => {
                let odd: [Value; 4] = [json!(null), json!({"events": 1}), json!([]), json!({"events": [{"seq": -1}]})];
                let body = serde_json::to_vec(&self.pick(&odd)).unwrap();
                self.send("POST", &format!("{path}/events"), &token, body).await;
            }
            _ => {
                let events = self.events(&token);
                let last = events.last().map(|event| event.seq);
                let body = serde_json::to_vec(&EventReport::from(events)).unwrap();
                let (status, _) = self.send("POST", &format!("{path}/events"), &token, body).await;
                if let (StatusCode::OK, Some(last)) = (status, last) {
                    let known = self.acknowledged.entry(token).or_default();
                    *known = (*known).max(last);
                }
            }
        }
    }

    /// What must hold at any time.
    async fn check(&mut self) {
        let store = self.app.server().store().clone();
        let slug = ProjectSlug::from_full_name(Vcs::GitHub, REPOSITORY).unwrap();
        let Some(project) = store::project::find_by_slug(store.read(), &slug).await.unwrap() else { return };
        for number in 1.. {
            let Some(pipeline) = store::pipeline::find_by_number(store.read(), project.id, number).await.unwrap()
            else {
                break;
            };
            for workflow in store::workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap() {
                for job in store::job::list_by_workflow(store.read(), workflow.id).await.unwrap() {
                    let tasks = store::task::list_by_job(store.read(), job.id).await.unwrap();
                    if let JobState::Ended(outcome) = job.state {
                        assert_eq!(*self.ended.entry(job.id).or_insert(outcome), outcome, "a job's end changed");
                    } else {
                        assert!(!self.ended.contains_key(&job.id), "a job that had ended runs again");
                    }
                    for task in tasks {
                        let epoch = self.epochs.entry(task.id).or_default();
                        assert!(task.epoch.0 >= *epoch, "an epoch went back");
                        *epoch = task.epoch.0;
                        for step in store::step::list_by_task(store.read(), task.id).await.unwrap() {
                            let log = LogKey::of(&task, step.key);
                            self.app.server().logs().len(log).await.unwrap();
                        }
                    }
                    let path =
                        format!("/pipelines/gh/{REPOSITORY}/{number}/workflows/{}/jobs/{}", workflow.id, job.number);
                    let (status, _) = self.send("GET", &path, "", Vec::new()).await;
                    assert_eq!(status, StatusCode::OK, "{path}");
                }
            }
        }
        for path in ["/pipelines", "/deliveries"] {
            let (status, _) = self.send("GET", path, "", Vec::new()).await;
            assert_eq!(status, StatusCode::OK, "{path} at {PUBLIC_URL}");
        }
    }
}

#[tokio::test]
async fn whatever_a_runner_says_the_server_answers_and_stays_legal() {
    let (calls, seed) = (setting("ROUNDHOUSE_CALLS", 10_000), setting("ROUNDHOUSE_SEED", 1));
    let mut hostile = Hostile::new(seed).await;
    for call in 0..calls {
        if call % (calls / 20) == 0 {
            hostile.app.push("main", &chain(["build", "test"])).await;
            hostile.app.settle().await;
        }
        match hostile.dice.below(200) {
            0 => {
                let seconds = hostile.pick(&[1, 20, 61, 700]);
                hostile.app.advance_s(seconds).await;
            }
            1..20 => hostile.claim().await,
            _ if hostile.given.is_empty() => hostile.claim().await,
            _ => hostile.speak().await,
        }
        if call % (calls / 10) == 0 {
            hostile.check().await;
        }
    }
    // Then the runner is gone, another one takes what is left, and everything comes to an end.
    hostile.app.runner().resume();
    let runner_token = hostile.runner_token.clone();
    hostile.app.runner().set_token(runner_token);
    for _ in 0..20 {
        hostile.app.advance_s(700).await;
    }
    hostile.check().await;
    assert_eq!(hostile.app.waiting_statuses().await, 0);
    assert!(hostile.app.errors().is_empty(), "{:?}", hostile.app.errors());
    let timeline = hostile.app.timeline().await;
    assert!(!timeline.contains("running\n") && !timeline.contains("queued\n"), "{timeline}");
    println!("seed {seed}: {calls} calls, answers {:?}, {} jobs ended", hostile.answers, hostile.ended.len());
}
