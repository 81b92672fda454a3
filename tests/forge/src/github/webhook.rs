//! Signed push events, in the shape of GitHub's own examples.

use anyhow::Context;
use model::project::{GitRef, Sha};
use serde_json::{Value, json};
use uuid::Uuid;

use super::state::{INSTALLATION_ID, Repository, State, account};
use crate::{Delivery, delivery::hmac_sha256_hex, person};

/// What webhooks are signed with.
pub(super) const SECRET: &str = "it's a secret to everybody";

/// How a push says "no commit".
const ZERO: &str = "0000000000000000000000000000000000000000";

/// The event of a push.
pub(super) fn push(
    state: &State,
    repository: &Repository,
    git_ref: &GitRef,
    before: Option<&Sha>,
    after: Option<&Sha>,
) -> anyhow::Result<Delivery> {
    let name = &repository.name;
    let org = name.split_once('/').map_or("", |(org, _)| org);
    let head = after.map(|sha| commit_json(state, repository, sha)).transpose()?;
    let before = before.map_or(ZERO, Sha::as_str);
    let after = after.map_or(ZERO, Sha::as_str);
    let (short_before, short_after) = (before.get(..12).unwrap_or(before), after.get(..12).unwrap_or(after));
    // A tag, and a branch at a commit that is known already, bring no commits.
    let commits: Vec<&Value> = match git_ref {
        GitRef::Branch(_) => head.iter().collect(),
        GitRef::Tag(_) => Vec::new(),
    };
    let mut shown = state.repository_json(repository);
    // In push events these two are numbers, elsewhere they are dates; and there is a second name for the owner.
    shown["created_at"] = json!(1_767_258_000);
    shown["pushed_at"] = json!(1_767_261_600);
    shown["master_branch"] = json!("main");
    shown["organization"] = json!(org);
    shown["owner"]["name"] = json!(org);
    let body = json!({
        "ref": git_ref.full(),
        "before": before,
        "after": after,
        "repository": shown,
        "pusher": { "name": person::LOGIN, "email": person::EMAIL },
        "organization": { "login": org, "id": person::stable_id(org), "node_id": "O_1", "description": "" },
        "sender": account(&state.url, person::LOGIN, "User"),
        "installation": { "id": INSTALLATION_ID, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uMzEzMzc=" },
        "created": before == ZERO,
        "deleted": after == ZERO,
        "forced": false,
        "base_ref": null,
        "compare": format!("{}/{name}/compare/{short_before}...{short_after}", state.url),
        "commits": commits,
        "head_commit": head
    });
    Ok(sign("push", body.to_string().as_bytes()))
}

/// A pull request, as a test has it.
#[derive(Clone, Debug)]
pub struct PullRequest<'a> {
    /// Its number.
    pub number: i64,
    /// The branch that it comes from.
    pub head_ref: &'a str,
    /// Its newest commit.
    pub head_sha: &'a Sha,
    /// The repository that it comes from; `None`: the one that it wants to change.
    pub fork: Option<&'a str>,
}

/// The event of a pull request to `main`.
pub(super) fn pull_request(
    state: &State,
    repository: &Repository,
    action: &str,
    pull_request: &PullRequest<'_>,
) -> Delivery {
    let PullRequest { number, head_ref, head_sha, fork } = pull_request;
    let name = &repository.name;
    let closed = action == "closed";
    let page = format!("{}/{name}/pull/{number}", state.url);
    let base_sha = repository.git.find("refs/heads/main").ok().flatten();
    let head_name = fork.unwrap_or(name);
    let head_id = if fork.is_some() { person::stable_id(head_name) } else { repository.id };
    let body = json!({
        "action": action,
        "number": number,
        "pull_request": {
            "url": format!("{}/api/v3/repos/{name}/pulls/{number}", state.url),
            "id": 1_000 + number,
            "html_url": page,
            "number": number,
            "state": if closed { "closed" } else { "open" },
            "locked": false,
            "title": "Say hello",
            "user": account(&state.url, person::LOGIN, "User"),
            "body": null,
            "head": {
                "label": format!("{}:{head_ref}", head_name.split('/').next().unwrap_or_default()),
                "ref": head_ref,
                "sha": head_sha,
                "repo": { "id": head_id, "full_name": head_name, "fork": fork.is_some() }
            },
            "base": {
                "label": format!("{}:main", name.split('/').next().unwrap_or_default()),
                "ref": "main",
                "sha": base_sha.as_ref().map_or(ZERO, Sha::as_str),
                "repo": { "id": repository.id, "full_name": name, "fork": false }
            },
            "draft": false,
            "merged": false
        },
        "repository": state.repository_json(repository),
        "sender": account(&state.url, person::LOGIN, "User"),
        "installation": { "id": INSTALLATION_ID, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uMzEzMzc=" }
    });
    sign("pull_request", body.to_string().as_bytes())
}

/// The event that comes when a webhook is made.
pub(super) fn ping() -> Delivery {
    let body = json!({
        "zen": "Keep it logically awesome.",
        "hook_id": 1,
        "hook": {
            "type": "App",
            "id": 1,
            "name": "web",
            "active": true,
            "events": ["push"],
            "config": { "content_type": "json", "insecure_ssl": "0", "secret": "********", "url": "https://roundhouse.example/hooks/github" },
            "updated_at": "2026-01-01T00:00:00Z",
            "created_at": "2026-01-01T00:00:00Z",
            "app_id": super::state::APP_ID
        }
    });
    sign("ping", body.to_string().as_bytes())
}

fn commit_json(state: &State, repository: &Repository, sha: &Sha) -> anyhow::Result<Value> {
    let info = repository.git.describe(sha).with_context(|| format!("find commit {sha} in `{}`", repository.name))?;
    let person = json!({ "name": person::NAME, "email": person::EMAIL, "username": person::LOGIN });
    Ok(json!({
        "id": sha,
        "tree_id": info.tree,
        "distinct": true,
        "message": info.message,
        "timestamp": info.at,
        "url": format!("{}/{}/commit/{sha}", state.url, repository.name),
        "author": person,
        "committer": person,
        "added": [],
        "removed": [],
        "modified": [".circleci/config.yml"]
    }))
}

/// Any body as GitHub would sign and send it.
pub fn sign(event: &str, body: &[u8]) -> Delivery {
    let guid = Uuid::new_v4().to_string();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![
        header("Accept", "*/*"),
        header("Content-Type", "application/json"),
        header("X-GitHub-Delivery", &guid),
        header("X-GitHub-Event", event),
        header("X-GitHub-Hook-ID", "1"),
        header("X-GitHub-Hook-Installation-Target-ID", &super::state::APP_ID.to_string()),
        header("X-GitHub-Hook-Installation-Target-Type", "integration"),
        header("X-Hub-Signature-256", &format!("sha256={}", hmac_sha256_hex(SECRET.as_bytes(), body))),
    ];
    Delivery { guid, path: "/hooks/github", headers, body: body.to_vec() }
}
