//! A runner that speaks the real protocol and does as it is told, one call of the server at a time.

use std::collections::{HashMap, VecDeque};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use model::{
    event::{StepKey, StepResult, TaskEvent, TaskEventKind},
    id::TaskId,
    job::Outcome,
    plan::StepKind,
    protocol::{About, Assignment, ClaimRequest, EventReport, LOG_TIME_HEADER, Offers, TaskToken, VERSION},
    time::Timestamp,
};
use serde::Serialize;
use tower::ServiceExt;
use uuid::Uuid;

/// Where the protocol lives.
const BASE: &str = "/api/runner/v1";

/// What a job does instead of succeeding.
#[derive(Clone, Debug)]
enum Behaviour {
    /// Its first `run` step exits with this code.
    Exits(i32),
    /// Its runner is never heard of again once its first step has started.
    Vanishes,
    /// Its environment cannot be had.
    NoEnvironment(String),
}

/// One call that is still to be made.
#[derive(Clone, Debug)]
enum Call {
    Event(TaskEvent),
    Log {
        key: StepKey,
        bytes: Vec<u8>,
    },
    /// Not the runner's: a command of the job calls the API.
    Continue(serde_json::Value),
}

/// A task at work.
#[derive(Debug)]
struct Work {
    task: TaskId,
    token: TaskToken,
    calls: VecDeque<Call>,
}

/// A runner for one task at a time. It may go by more names than one: who of them has nothing to do claims in turn.
#[derive(Debug)]
pub struct ScriptedRunner {
    token: String,
    behaviours: HashMap<String, Behaviour>,
    continuations: HashMap<String, (String, serde_json::Value)>,
    work: Option<Work>,
    paused: bool,
    assignments: Vec<Assignment>,
    names: Vec<String>,
}

impl ScriptedRunner {
    /// A runner with this token, with which everything succeeds.
    pub fn new(token: String) -> Self {
        Self {
            token,
            behaviours: HashMap::new(),
            continuations: HashMap::new(),
            work: None,
            paused: false,
            assignments: Vec::new(),
            names: vec!["scripted".to_owned()],
        }
    }

    /// Another token from now on.
    pub fn set_token(&mut self, token: String) {
        self.token = token;
    }

    /// The first `run` step of a job exits with a code.
    pub fn exits(&mut self, job: &str, code: i32) {
        self.behaviours.insert(job.to_owned(), Behaviour::Exits(code));
    }

    /// The runner is never heard of again once the first step of this job has started; the next run of it succeeds.
    pub fn vanishes(&mut self, job: &str) {
        self.behaviours.insert(job.to_owned(), Behaviour::Vanishes);
    }

    /// The environment of a job cannot be had, for this reason.
    pub fn has_no_environment(&mut self, job: &str, reason: &str) {
        self.behaviours.insert(job.to_owned(), Behaviour::NoEnvironment(reason.to_owned()));
    }

    /// The first `run` step of a job of a setup workflow continues its pipeline, with the key that the job has.
    pub fn continues(&mut self, job: &str, configuration: &str, parameters: serde_json::Value) {
        self.continuations.insert(job.to_owned(), (configuration.to_owned(), parameters));
    }

    /// There is another runner, which gets what is left by those that came before it.
    pub fn joined_by(&mut self, name: &str) {
        self.names.push(name.to_owned());
    }

    /// Claims nothing more until [`ScriptedRunner::resume`].
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Claims again.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// What it was given so far.
    pub fn assignments(&self) -> &[Assignment] {
        &self.assignments
    }

    /// Makes one call. `false`: there is nothing to do.
    pub async fn step(&mut self, router: &Router, now: Timestamp) -> bool {
        let Some(work) = &mut self.work else {
            for name in self.names.clone() {
                if !self.paused && self.claim(router, &name, now).await {
                    return true;
                }
            }
            return false;
        };
        let Some(call) = work.calls.pop_front() else {
            self.work = None;
            return true;
        };
        let path = format!("{BASE}/tasks/{}", work.task);
        let (status, body) = match call {
            Call::Event(event) => {
                let body = json(&EventReport::from(vec![event]));
                send(router, "POST", &format!("{path}/events"), work.token.expose(), now, body).await
            }
            Call::Log { key, bytes } => {
                let path = format!("{path}/logs/{}/{}?offset=0", key.step, key.attempt);
                send(router, "PUT", &path, work.token.expose(), now, bytes).await
            }
            Call::Continue(body) => send(router, "POST", "/api/v2/pipeline/continue", "", now, json(&body)).await,
        };
        match status {
            // The server has given the task to another: a runner stops.
            StatusCode::CONFLICT => self.work = None,
            status => assert!(status.is_success(), "the server answered {status}: {}", String::from_utf8_lossy(&body)),
        }
        true
    }

    async fn claim(&mut self, router: &Router, name: &str, now: Timestamp) -> bool {
        let request = ClaimRequest {
            claim_id: Uuid::now_v7(),
            runner: name.to_owned(),
            version: VERSION,
            offers: Offers { docker: true, machine: true, resource_classes: Vec::new() },
            wait_ms: 0,
            about: About { version: Some("1.2.3".to_owned()), capacity: Some(2) },
        };
        let (status, body) = send(router, "POST", &format!("{BASE}/claim"), &self.token, now, json(&request)).await;
        if status == StatusCode::NO_CONTENT {
            return false;
        }
        assert_eq!(status, StatusCode::OK, "claim: {}", String::from_utf8_lossy(&body));
        let assignment: Assignment = serde_json::from_slice(&body).unwrap();
        let calls = self.script(&assignment, now);
        self.work = Some(Work { task: assignment.task, token: assignment.token.clone(), calls });
        self.assignments.push(assignment);
        true
    }

    /// The calls that tell of a task, from its spin-up to its end.
    fn script(&mut self, assignment: &Assignment, now: Timestamp) -> VecDeque<Call> {
        let behaviour = self.behaviours.get(&assignment.job).cloned();
        let mut continuation = self.continuations.remove(&assignment.job).map(|(configuration, parameters)| {
            let key =
                assignment.environment.get("CIRCLE_CONTINUATION_KEY").expect("a job of a setup workflow has a key");
            serde_json::json!({ "continuation-key": key, "configuration": configuration, "parameters": parameters })
        });
        let mut script = Script { calls: VecDeque::new(), seq: 0, at: now };
        let spin_up = StepKey::first(0);
        script.start(spin_up, "Spin up environment", "");
        script.log(spin_up, "Ready.\n");
        if let Some(Behaviour::NoEnvironment(reason)) = behaviour {
            script.end(spin_up, StepResult::NotStarted { reason: reason.clone() });
            script.finish(Outcome::InfrastructureFail, Some(reason));
            return script.calls;
        }
        script.end(spin_up, StepResult::SUCCESS);
        let mut outcome = (Outcome::Success, None);
        for (index, step) in (1..).zip(&assignment.plan.steps) {
            let key = StepKey::first(index);
            let failed = outcome.0 != Outcome::Success;
            if !step.when.holds(failed) {
                continue;
            }
            let command = match &step.kind {
                StepKind::Run(run) => Some(run.command.as_str()),
                StepKind::Checkout(_)
                | StepKind::SetupRemoteDocker(_)
                | StepKind::SaveCache(_)
                | StepKind::RestoreCache(_)
                | StepKind::PersistToWorkspace(_)
                | StepKind::AttachWorkspace(_)
                | StepKind::StoreArtifacts(_)
                | StepKind::StoreTestResults(_)
                | StepKind::AddSshKeys(_) => None,
            };
            script.start(key, &step.name, command.unwrap_or_default());
            script.log(key, &format!("output of {}\n", step.name));
            if command.is_some()
                && let Some(body) = continuation.take()
            {
                script.calls.push_back(Call::Continue(body));
            }
            match (&behaviour, command) {
                (Some(Behaviour::Vanishes), _) => {
                    self.behaviours.remove(&assignment.job);
                    return script.calls;
                }
                (Some(Behaviour::Exits(code)), Some(_)) if !failed => {
                    let result = StepResult::Exit { code: *code };
                    let reason = result.sentence().map(|sentence| format!("step `{}` {sentence}", step.name));
                    script.end(key, result);
                    if *code != 0 {
                        outcome = (Outcome::Failed, reason);
                    }
                }
                (None | Some(Behaviour::Exits(_) | Behaviour::NoEnvironment(_)), _) => {
                    script.end(key, StepResult::SUCCESS);
                }
            }
        }
        script.finish(outcome.0, outcome.1);
        script.calls
    }
}

/// Calls in the making.
struct Script {
    calls: VecDeque<Call>,
    seq: u64,
    at: Timestamp,
}

impl Script {
    fn event(&mut self, kind: TaskEventKind) {
        self.seq += 1;
        self.calls.push_back(Call::Event(TaskEvent { seq: self.seq, at: self.at, kind }));
    }

    fn start(&mut self, key: StepKey, name: &str, command: &str) {
        let (name, command) = (name.to_owned(), command.to_owned());
        self.event(TaskEventKind::StepStarted { key, name, command, background: false });
    }

    fn log(&mut self, key: StepKey, text: &str) {
        self.calls.push_back(Call::Log { key, bytes: text.as_bytes().to_vec() });
    }

    fn end(&mut self, key: StepKey, result: StepResult) {
        self.event(TaskEventKind::StepEnded { key, result });
    }

    fn finish(&mut self, outcome: Outcome, reason: Option<String>) {
        self.event(TaskEventKind::Ended { outcome, reason });
    }
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap()
}

async fn send(
    router: &Router,
    method: &str,
    path: &str,
    token: &str,
    now: Timestamp,
    body: Vec<u8>,
) -> (StatusCode, bytes::Bytes) {
    let kind = if method == "PUT" { "application/octet-stream" } else { "application/json" };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, kind)
        .header(LOG_TIME_HEADER, now.millis())
        .body(Body::from(body))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap())
}
