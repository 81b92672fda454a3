use model::{
    project::{GitRef, Sha},
    trigger::Actor,
};

use super::*;
use crate::vcs::{Values, event::Repository};

#[test]
fn marks_near_the_start_count() {
    assert_eq!(
        skipped(&Commit::new("Fix docs [skip ci]", "")).as_deref(),
        Some("the subject of the commit message says [skip ci]")
    );
    assert_eq!(
        skipped(&Commit::new("Fix docs\n\nreally\n[ci skip]", "")).as_deref(),
        Some("the body of the commit message says [ci skip]")
    );
}

#[test]
fn marks_far_from_the_start_do_not_count() {
    assert_eq!(skipped(&Commit::new(&format!("{}[skip ci]", "ä".repeat(250)), "")), None);
    assert_eq!(skipped(&Commit::new("plain\n\nand simple", "")), None);
}

const ONLY: TriggerSettings = TriggerSettings { auto_cancel: false, build_forks: false, only_pull_requests: true };
const FORKS: TriggerSettings = TriggerSettings { auto_cancel: false, build_forks: true, only_pull_requests: false };

#[test]
fn pushes_without_a_pull_request_can_be_left_out() {
    let branch = |name: &str| GitRef::Branch(name.to_owned());
    let builds = |git_ref: GitRef, settings, open| push(&git_ref, "main", settings, open).is_ok();
    assert!(builds(branch("dev"), TriggerSettings::default(), false));
    assert!(!builds(branch("dev"), ONLY, false));
    assert!(builds(branch("dev"), ONLY, true));
    assert!(builds(branch("main"), ONLY, false), "the default branch is always built");
    assert!(builds(GitRef::Tag("v1".to_owned()), ONLY, false), "and so are tags");
}

fn event(action: &str, fork: bool) -> PullRequest {
    PullRequest {
        repository: Repository {
            forge_id: 1,
            slug: "gh/acme/app".parse().unwrap(),
            default_branch: None,
            clone_url: String::new(),
            html_url: String::new(),
            private: false,
            installation_id: None,
        },
        action: action.to_owned(),
        number: 7,
        open: action != "closed",
        draft: false,
        title: String::new(),
        web_url: String::new(),
        head_repository_id: Some(if fork { 2 } else { 1 }),
        head_ref: "hello".to_owned(),
        base_ref: "main".to_owned(),
        sha: Sha::zero(),
        head: None,
        actor: Actor::default(),
        values: Values::default(),
    }
}

#[test]
fn which_pull_requests_start_a_pipeline() {
    let none = TriggerSettings::default();
    let table = [
        // Ours: the push counts, unless pushes without a pull request are left out.
        ("opened", false, none, false),
        ("synchronize", false, none, false),
        ("opened", false, ONLY, true),
        ("reopened", false, ONLY, true),
        ("synchronize", false, ONLY, false),
        ("closed", false, ONLY, false),
        // A fork's: only where the project wants it.
        ("opened", true, none, false),
        ("opened", true, ONLY, false),
        ("opened", true, FORKS, true),
        ("synchronize", true, FORKS, true),
        ("reopened", true, FORKS, true),
        ("labeled", true, FORKS, false),
        ("closed", true, FORKS, false),
    ];
    for (action, fork, settings, expected) in table {
        let said = pull_request(&event(action, fork), settings);
        assert_eq!(said.is_ok(), expected, "{action}, fork: {fork}, {settings:?}: {said:?}");
    }
}
