use model::project::GitRef;

use super::*;

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/github/", $name, ".json"))
    };
}

fn push_of(event: &str, body: &[u8]) -> Push {
    match parse(event, body).unwrap() {
        Incoming::Event(VcsEvent::Push(push)) => *push,
        other => panic!("not a push: {other:?}"),
    }
}

fn note(event: &str, body: &[u8]) -> String {
    match parse(event, body).unwrap() {
        Incoming::Ignored(note) => note,
        other @ Incoming::Event(_) => panic!("not ignored: {other:?}"),
    }
}

#[test]
fn a_push_to_a_branch() {
    let push = push_of("push", example!("push_branch"));
    let sha: Sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246".parse().unwrap();
    assert_eq!(
        push,
        Push {
            repository: Repository {
                forge_id: 186_853_002,
                slug: "gh/Codertocat/Hello-World".parse().unwrap(),
                default_branch: Some("master".to_owned()),
                clone_url: "https://github.com/Codertocat/Hello-World.git".to_owned(),
                html_url: "https://github.com/Codertocat/Hello-World".to_owned(),
                private: false,
                installation_id: Some(1),
            },
            git_ref: GitRef::Branch("master".to_owned()),
            before: None,
            sha,
            head: Some(Commit {
                author_login: Some("Codertocat".to_owned()),
                ..Commit::new("Initial commit", "Codertocat")
            }),
            actor: Actor { id: Some(21_031_067), login: "Codertocat".to_owned() },
            values: push.values.clone(),
        }
    );
}

#[test]
fn a_pushed_tag() {
    let push = push_of("push", example!("push_tag"));
    assert_eq!(push.git_ref, GitRef::Tag("simple-tag".to_owned()));
    assert_eq!(push.sha.as_str(), "6113728f27ae82c7b1a177c8d03f9e96e0adf246");
    assert_eq!(push.repository.installation_id, None);
}

#[test]
fn an_annotated_tag_stands_for_its_commit() {
    let mut body: serde_json::Value = serde_json::from_slice(example!("push_tag")).unwrap();
    body["after"] = "1111111111111111111111111111111111111111".into();
    let push = push_of("push", body.to_string().as_bytes());
    assert_eq!(push.sha.as_str(), "6113728f27ae82c7b1a177c8d03f9e96e0adf246");
}

#[test]
fn a_deleted_tag_is_told() {
    let Incoming::Event(VcsEvent::Deletion(deletion)) = parse("push", example!("push_tag_deleted")).unwrap() else {
        panic!("not a deletion")
    };
    assert_eq!((deletion.vcs, deletion.git_ref), (Vcs::GitHub, GitRef::Tag("simple-tag".to_owned())));
}

#[test]
fn a_ref_that_is_no_branch_is_ignored() {
    let mut body: serde_json::Value = serde_json::from_slice(example!("push_branch")).unwrap();
    body["ref"] = "refs/notes/commits".into();
    assert_eq!(note("push", body.to_string().as_bytes()), "`refs/notes/commits` is neither a branch nor a tag");
}

#[test]
fn other_events_are_ignored_with_a_note() {
    assert_eq!(note("ping", example!("ping")), "ping: the webhook is set up");
    assert_eq!(note("star", example!("star_created")), "`star` events start nothing");
    assert_eq!(
        note("create", example!("create_tag")),
        "`create`: the push event that comes with it is the one that counts"
    );
    assert_eq!(
        note("installation", example!("installation_created")),
        "`installation` created: installation 957387 of `Codertocat`; its projects appear with their first push"
    );
    assert!(
        note("installation_repositories", example!("installation_repositories_added"))
            .starts_with("`installation_repositories` added: installation "),
    );
}

#[test]
fn a_pull_request() {
    let Incoming::Event(VcsEvent::PullRequest(event)) = parse("pull_request", example!("pull_request_opened")).unwrap()
    else {
        panic!("not a pull request")
    };
    assert_eq!((event.number, event.action.as_str(), event.is_fork()), (2, "opened", false));
    assert_eq!((event.open, event.git_ref()), (true, GitRef::Branch("changes".to_owned())));
    let values = event.values.into_row();
    assert_eq!(values["pipeline.event.github.pull_request.number"], 2);
    assert_eq!(values["pipeline.event.github.pull_request.merged"], false);
    assert_eq!(values["pipeline.event.github.pull_request.base.ref"], "master");
    assert_eq!(values["pipeline.event.github.sender.type"], "User");
}

#[test]
fn a_body_that_is_cut_off_says_so() {
    let body = example!("push_branch");
    let error = parse("push", &body[..body.len() / 2]).unwrap_err();
    assert!(error.to_string().starts_with("the body is not the JSON of this event: EOF while parsing"), "{error}");
}

#[test]
fn a_form_says_what_to_set() {
    let error = parse("push", b"payload=%7B%7D").unwrap_err();
    assert!(matches!(error, BadPayload::Form), "{error}");
    assert!(error.to_string().contains("application/json"));
}

#[test]
fn a_wrong_commit_id_is_refused() {
    let mut body: serde_json::Value = serde_json::from_slice(example!("push_branch")).unwrap();
    body["after"] = "../../etc".into();
    let error = parse("push", body.to_string().as_bytes()).unwrap_err();
    assert!(error.to_string().contains("`../../etc` is not a valid commit id"), "{error}");
}

#[test]
fn a_wrong_repository_name_is_refused() {
    let mut body: serde_json::Value = serde_json::from_slice(example!("push_branch")).unwrap();
    body["repository"]["full_name"] = "../x".into();
    assert!(matches!(parse("push", body.to_string().as_bytes()), Err(BadPayload::Name(_))));
}
