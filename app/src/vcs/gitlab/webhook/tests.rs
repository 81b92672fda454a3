use model::project::GitRef;

use super::*;

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/gitlab/", $name, ".json"))
    };
}

fn push_of(event: &str, body: &[u8]) -> Push {
    match parse(event, body).unwrap() {
        Incoming::Event(VcsEvent::Push(push)) => *push,
        other => panic!("not a push: {other:?}"),
    }
}

#[test]
fn a_push_to_a_branch() {
    let push = push_of("Push Hook", example!("push"));
    assert_eq!(
        push,
        Push {
            repository: Repository {
                forge_id: 15,
                slug: "gl/group/mike/diaspora".parse().unwrap(),
                default_branch: Some("master".to_owned()),
                clone_url: "http://example.com/group/mike/diaspora.git".to_owned(),
                html_url: "http://example.com/group/mike/diaspora".to_owned(),
                private: true,
                installation_id: None,
            },
            git_ref: GitRef::Branch("master".to_owned()),
            before: Some("95790bf891e76fee5e1747ab589903a6a1f80f22".parse().unwrap()),
            sha: "da1560886d4f094c3e6c9ef40349f7d38b5d27d7".parse().unwrap(),
            head: Some(Commit {
                subject: "fixed readme".to_owned(),
                body: "and a typo".to_owned(),
                author: "GitLab dev user".to_owned(),
                author_login: None,
            }),
            actor: Actor { id: Some(4), login: "jsmith".to_owned() },
            values: push.values.clone(),
        }
    );
}

#[test]
fn a_pushed_tag_stands_for_its_commit() {
    let push = push_of("Tag Push Hook", example!("tag_push"));
    assert_eq!(push.git_ref, GitRef::Tag("v1.0.0".to_owned()));
    assert_eq!(push.sha.as_str(), "82b3d5ae55f7080f1e6022629cdb57bfae7cccc7");
    assert_eq!((push.before, push.head, push.repository.private), (None, None, false));
    assert_eq!(push.actor.login, "John Smith");
}

#[test]
fn a_deleted_branch_is_told() {
    let mut body: serde_json::Value = serde_json::from_slice(example!("push")).unwrap();
    body["after"] = "0".repeat(40).into();
    body["checkout_sha"] = serde_json::Value::Null;
    let deletion = Deletion { vcs: Vcs::GitLab, forge_id: 15, git_ref: GitRef::Branch("master".to_owned()) };
    let expected = Incoming::Event(VcsEvent::Deletion(Box::new(deletion)));
    assert_eq!(parse("Push Hook", body.to_string().as_bytes()).unwrap(), expected);
}

fn merge_request(change: impl FnOnce(&mut serde_json::Value)) -> PullRequest {
    let push: serde_json::Value = serde_json::from_slice(example!("push")).unwrap();
    let mut body = serde_json::json!({
        "object_kind": "merge_request",
        "user": { "id": 4, "name": "John Smith", "username": "jsmith" },
        "project": push["project"],
        "object_attributes": {
            "iid": 7, "action": "open", "state": "opened", "title": "Say hello", "draft": true,
            "url": "http://example.com/group/mike/diaspora/-/merge_requests/7",
            "source_branch": "hello", "target_branch": "master", "source_project_id": 15, "target_project_id": 15,
            "last_commit": { "id": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "message": "Hello\n\nworld",
                             "author": { "name": "Ada" } }
        }
    });
    change(&mut body);
    match parse("Merge Request Hook", body.to_string().as_bytes()).unwrap() {
        Incoming::Event(VcsEvent::PullRequest(event)) => *event,
        other => panic!("not a merge request: {other:?}"),
    }
}

#[test]
fn a_merge_request() {
    let event = merge_request(|_| {});
    assert_eq!((event.action.as_str(), event.number, event.open, event.draft), ("opened", 7, true, true));
    assert_eq!((event.is_fork(), event.git_ref()), (false, GitRef::Branch("hello".to_owned())));
    assert_eq!(event.head, Some(Commit::new("Hello\n\nworld", "Ada")));
    let fork = merge_request(|body| body["object_attributes"]["source_project_id"] = 99.into());
    assert_eq!((fork.is_fork(), fork.git_ref()), (true, GitRef::Branch("merge-requests/7".to_owned())));
}

#[test]
fn actions_of_merge_requests_are_those_of_github() {
    let action = |action: &str, oldrev: Option<&str>| {
        merge_request(|body| {
            body["object_attributes"]["action"] = action.into();
            body["object_attributes"]["oldrev"] = oldrev.into();
        })
        .action
    };
    let sha = "95790bf891e76fee5e1747ab589903a6a1f80f22";
    assert_eq!(action("update", Some(sha)), "synchronize");
    assert_eq!(action("update", None), "edited");
    assert_eq!(action("reopen", None), "reopened");
    assert_eq!(action("merge", None), "closed");
    assert_eq!(action("approved", None), "approved");
}

#[test]
fn other_events_are_ignored_with_a_note() {
    let ignored = parse("Issue Hook", b"{}").unwrap();
    assert_eq!(ignored, Incoming::Ignored("`Issue Hook` events start nothing".to_owned()));
}
