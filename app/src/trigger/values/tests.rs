//! One snapshot for each trigger: every value that it gives, with its type.

use model::id::ProjectId;
use store::schedule::Origin;
use uuid::Uuid;

use super::*;
use crate::vcs::{
    event::{Incoming, VcsEvent},
    github, gitlab,
};

const NOON: Timestamp = Timestamp::from_millis(1_767_268_800_000);

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/", $name, ".json"))
    };
}

fn lines(values: &Value) -> String {
    let line = |(name, value): (&String, &Value)| format!("{name}: {value}\n");
    values.as_object().unwrap().iter().map(line).collect()
}

fn push(incoming: Incoming) -> Value {
    let Incoming::Event(VcsEvent::Push(push)) = incoming else { panic!("not a push") };
    let head = push.head.clone().unwrap_or_else(|| Commit::new("Release\n\nAll of it", "Ada"));
    of_push(&push, &head, "master", Some("https://forge.example/pull/7"), NOON)
}

fn project() -> Project {
    Project {
        id: ProjectId::from_uuid(Uuid::nil()),
        slug: "gh/acme/app".parse().unwrap(),
        forge_id: 15,
        installation_id: Some(1),
        default_branch: "main".to_owned(),
        clone_url: "https://github.com/acme/app.git".to_owned(),
        web_url: "https://github.com/acme/app".to_owned(),
        private: false,
        created_at: NOON,
    }
}

#[test]
fn a_push_to_github() {
    insta::assert_snapshot!(lines(&push(github::webhook::parse("push", example!("github/push_branch")).unwrap())));
}

#[test]
fn a_tag_at_github() {
    insta::assert_snapshot!(lines(&push(github::webhook::parse("push", example!("github/push_tag")).unwrap())));
}

#[test]
fn a_push_to_gitlab() {
    insta::assert_snapshot!(lines(&push(gitlab::webhook::parse("Push Hook", example!("gitlab/push")).unwrap())));
}

#[test]
fn a_pull_request() {
    let incoming = github::webhook::parse("pull_request", example!("github/pull_request_opened")).unwrap();
    let Incoming::Event(VcsEvent::PullRequest(event)) = incoming else { panic!("not a pull request") };
    let head = Commit::new("Say hello", "Ada");
    insta::assert_snapshot!(lines(&of_pull_request(&event, &event.git_ref(), &head, "master", NOON)));
}

#[test]
fn a_call_of_the_api() {
    insta::assert_snapshot!(lines(&of_api(&project(), &GitRef::Branch("main".to_owned()), NOON)));
}

#[test]
fn a_schedule() {
    let schedule = Schedule {
        id: Uuid::nil(),
        project_id: ProjectId::from_uuid(Uuid::nil()),
        origin: Origin::Trigger,
        name: "nightly".to_owned(),
        description: None,
        cron: "0 0 * * *".to_owned(),
        timetable: None,
        parameters: json!({}),
        git_ref: GitRef::Tag("v1".to_owned()),
        actor: Actor::default(),
        next_at: None,
        last_slot_at: None,
        note: None,
        created_at: NOON,
        updated_at: NOON,
    };
    insta::assert_snapshot!(lines(&of_schedule(&project(), &schedule, NOON)));
}

#[test]
fn a_custom_webhook() {
    let webhook = CustomWebhook {
        id: Uuid::nil(),
        project_id: ProjectId::from_uuid(Uuid::nil()),
        name: "registry".to_owned(),
        secret_hash: Vec::new(),
        git_ref: None,
        created_by: "ada".to_owned(),
        created_at: NOON,
        used_at: None,
    };
    let git_ref = GitRef::Branch("main".to_owned());
    insta::assert_snapshot!(lines(&of_webhook(&project(), &git_ref, &webhook, r#"{"image":"a"}"#, NOON)));
}
