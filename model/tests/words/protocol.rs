//! Bodies on the wire.

use model::{
    event::{StepKey, StepResult, TaskEvent, TaskEventKind},
    job::Outcome,
    protocol::{GitCredentials, Progress, TaskToken},
    time::Timestamp,
};
use serde_json::json;

#[test]
fn an_event_is_flat() {
    let event = TaskEvent {
        seq: 4,
        at: Timestamp::from_millis(7),
        kind: TaskEventKind::StepEnded { key: StepKey::first(1), result: StepResult::Exit { code: 2 } },
    };
    let body = json!({
        "seq": 4, "at": 7, "event": "step_ended", "step": 1, "attempt": 0, "result": {"kind": "exit", "code": 2}
    });
    assert_eq!(serde_json::to_value(&event).unwrap(), body);
    assert_eq!(serde_json::from_value::<TaskEvent>(body).unwrap(), event);
    let body = json!({"seq": 5, "at": 8, "event": "ended", "outcome": "timed_out"});
    let kind = TaskEventKind::Ended { outcome: Outcome::TimedOut, reason: None };
    assert_eq!(serde_json::from_value::<TaskEvent>(body).unwrap().kind, kind);
}

#[test]
fn progress_names_logs_by_step_and_attempt() {
    let progress = Progress { seq: 2, logs: [(StepKey { step: 3, attempt: 1 }, 512)].into() };
    let body = json!({"seq": 2, "logs": {"3.1": 512}});
    assert_eq!(serde_json::to_value(&progress).unwrap(), body);
    assert_eq!(serde_json::from_value::<Progress>(body).unwrap(), progress);
    assert!(serde_json::from_value::<Progress>(json!({"seq": 2, "logs": {"three": 1}})).is_err());
}

#[test]
fn secrets_do_not_show_themselves() {
    let credentials = GitCredentials { username: "x".to_owned(), password: "hunter2".to_owned() };
    let shown = format!("{credentials:?} {:?}", TaskToken::new("hunter2".to_owned()));
    assert!(!shown.contains("hunter2"), "{shown}");
}
