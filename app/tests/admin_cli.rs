//! `roundhouse admin queue|pause|resume|drain|limit|retention|project|webhook` from outside: what is printed, and how they end.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use model::{
    id::JobId,
    job::{JobEvent, Outcome},
    protocol::Offers,
    time::Timestamp,
};
use serde_json::{Value, json};
use store::{
    Store, StoreOptions, job,
    pipeline::{self, Compiled},
    project::{self, NewProject},
    queue::Seeker,
    runner,
    task::{self, Claim, Task},
    workflow,
};
use tempfile::TempDir;
use uuid::Uuid;

const DONE: i32 = 0;
const WRONG_USE: i32 = 2;
const IMPOSSIBLE: i32 = 3;

/// 2026-01-01T12:00:00Z.
const THEN: Timestamp = Timestamp::from_millis(1_767_268_800_000);

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roundhouse"));
    command
        .arg("admin")
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", directory)
        .env("USER", "ada")
        .stdin(Stdio::null());
    command
}

/// What a command prints, both ways; it must end so.
fn admin(directory: &TempDir, code: i32, arguments: &[&str]) -> (String, String) {
    let Output { status, stdout, stderr } = command(directory.path(), arguments).output().unwrap();
    let (out, error) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(code), "{arguments:?}: {out}{error}");
    (out, error)
}

/// A data directory with a project, one job that waits and one that runs on the runner `anna`.
struct Data {
    directory: TempDir,
    store: Store,
    running: Task,
}

impl Data {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let store = Store::open(&data, StoreOptions::default()).await.unwrap();
        let first = queue(&store).await;
        queue(&store).await;
        let running = claim(&store).await;
        assert_eq!(running.job_id, first);
        Self { directory, store, running }
    }

    async fn end(&self) {
        let mut tx = self.store.begin().await.unwrap();
        task::end(&mut tx, self.running.id, Outcome::Success, None, THEN).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A queued job of gh/acme/app.
async fn queue(store: &Store) -> JobId {
    let mut tx = store.begin().await.unwrap();
    let new = NewProject { private: true, ..rows::project("gh/acme/app") };
    let project = project::upsert(&mut tx, &new, THEN).await.unwrap();
    let pipeline = pipeline::create(&mut tx, &rows::pipeline(project.id), THEN).await.unwrap();
    let plan = rows::workflow(vec![rows::build("build", rows::plan())]);
    pipeline::set_created(&mut tx, pipeline.id, &Compiled { workflows: &[plan], warnings: None }, THEN).await.unwrap();
    let workflow = workflow::list_by_pipeline(tx.db(), pipeline.id).await.unwrap().remove(0);
    let job = job::find_by_name(tx.db(), workflow.id, "build").await.unwrap().unwrap();
    job::transition(&mut tx, job.id, JobEvent::Unblocked, None, THEN).await.unwrap();
    tx.commit().await.unwrap();
    job.id
}

async fn claim(store: &Store) -> Task {
    let mut tx = store.begin().await.unwrap();
    let token = runner::put_token(&mut tx, "test", &[1; 32], THEN).await.unwrap();
    let offers = Offers { docker: true, machine: false, resource_classes: Vec::new() };
    let runner = runner::seen(&mut tx, token, "anna", &offers, THEN).await.unwrap();
    let claim = Claim {
        seeker: Seeker { runner: "anna", queues: &["docker".to_owned()] },
        runner,
        claim_id: Uuid::now_v7(),
        token_hash: &[2; 32],
        lease_until: THEN.plus_millis(60_000),
    };
    let task = task::claim(&mut tx, &claim, THEN).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    task
}

#[tokio::test]
async fn the_queue_is_shown_paused_and_resumed() {
    let data = Data::new().await;
    let shown = || admin(&data.directory, DONE, &["queue"]).0;
    assert_eq!(shown().lines().nth(1), Some("docker/medium                           1        1"), "{}", shown());
    let (out, told) = admin(&data.directory, DONE, &["pause", "--reason", "the disk is being replaced"]);
    assert_eq!(
        (out.as_str(), told.as_str()),
        ("", "From now on, all new work is blocked; `roundhouse admin resume` ends that.\n")
    );
    admin(&data.directory, DONE, &["pause", "--project", "gh/acme/app", "--by", "bob"]);
    admin(&data.directory, DONE, &["pause", "--runner", "anna", "--reason", "new memory"]);
    let blocked: Vec<String> =
        shown().lines().skip(2).map(|line| line.split(" since ").next().unwrap().to_owned()).collect();
    assert_eq!(
        blocked,
        [
            "blocked: all new work, by ada",
            "blocked: new work of gh/acme/app, by bob",
            "blocked: new work for the runner `anna`, by ada"
        ]
    );
    assert!(shown().contains(" UTC: the disk is being replaced\n"), "{}", shown());
    assert_eq!(admin(&data.directory, DONE, &["resume"]).1, "All new work may begin again.\n");
    assert_eq!(admin(&data.directory, DONE, &["resume"]).1, "All new work was not blocked.\n");
    assert_eq!(
        admin(&data.directory, DONE, &["resume", "--project", "gh/acme/app"]).1,
        "New work of gh/acme/app may begin again.\n"
    );
    assert_eq!(
        admin(&data.directory, DONE, &["resume", "--runner", "anna"]).1,
        "New work for the runner `anna` may begin again.\n"
    );
    assert_eq!(shown().lines().count(), 2);
}

#[tokio::test]
async fn a_drain_waits_until_nothing_runs_and_leaves_the_pause() {
    let data = Data::new().await;
    let mut drain =
        command(data.directory.path(), &["drain", "--reason", "an update"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(drain.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(told.next().unwrap(), "From now on, all new work is blocked; `roundhouse admin resume` ends that.");
    assert_eq!(told.next().unwrap(), "1 still run");
    assert_eq!(drain.try_wait().unwrap(), None);
    data.end().await;
    assert_eq!(told.next().unwrap(), "Nothing runs any more.");
    assert_eq!(drain.wait().unwrap().code(), Some(DONE));
    assert!(admin(&data.directory, DONE, &["queue"]).0.contains("blocked: all new work, by ada since "));
    // Where nothing runs it ends at once.
    let (_, told) = admin(&data.directory, DONE, &["drain", "--runner", "anna"]);
    assert!(told.ends_with("Nothing runs any more.\n"), "{told}");
}

#[tokio::test]
async fn a_limit_is_set_and_taken_back() {
    let data = Data::new().await;
    let (_, told) = admin(&data.directory, DONE, &["limit", "gh/acme/app", "4"]);
    assert_eq!(told, "At most 4 tasks of gh/acme/app run at the same time from now on.\n");
    let (_, told) = admin(&data.directory, DONE, &["limit", "gh/acme/app", "default"]);
    assert_eq!(told, "gh/acme/app has no limit of its own any more.\n");
}

#[tokio::test]
async fn triggers_of_a_project_are_shown_and_changed() {
    let data = Data::new().await;
    let triggers = ["project", "triggers", "gh/acme/app"];
    let (shown, _) = admin(&data.directory, DONE, &triggers);
    assert_eq!(shown, "auto-cancel         off\nbuild-forks         off\nonly-pull-requests  off\n");
    let change = [triggers.as_slice(), &["--auto-cancel", "on", "--format", "json"]].concat();
    let changed: Value = serde_json::from_str(&admin(&data.directory, DONE, &change).0).unwrap();
    assert_eq!(changed, json!({ "auto_cancel": true, "build_forks": false, "only_pull_requests": false }));
    let (_, error) = admin(&data.directory, WRONG_USE, &[triggers.as_slice(), &["--auto-cancel", "maybe"]].concat());
    assert!(error.contains("say `on` or `off`"), "{error}");
    assert!(admin(&data.directory, DONE, &triggers).0.starts_with("auto-cancel         on\n"));
}

#[tokio::test]
async fn a_custom_webhook_is_made_listed_and_deleted() {
    let data = Data::new().await;
    let create = ["webhook", "create", "gh/acme/app", "registry", "--branch", "dev"];
    let (made, _) = admin(&data.directory, DONE, &create);
    let (path, secret) = made.trim_end().split_once('\n').unwrap();
    let id = path.strip_prefix("/hooks/custom/").unwrap();
    assert!(secret.starts_with("rhw_") && secret.len() > 60, "{secret}");
    let (listed, _) = admin(&data.directory, DONE, &["webhook", "list", "gh/acme/app"]);
    assert_eq!(listed, format!("{id}  {:<24} dev\n", "registry"));
    let (listed, _) = admin(&data.directory, DONE, &["webhook", "list", "gh/acme/app", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&listed["name"], &listed["used"]), (&json!("registry"), &json!(false)));
    assert!(!listed.to_string().contains(secret), "a secret is shown once");
    let (_, error) = admin(&data.directory, IMPOSSIBLE, &create);
    assert!(error.contains("registry"), "a name is taken once: {error}");
    admin(&data.directory, WRONG_USE, &[&create[..], &["--tag", "v1"]].concat());
    admin(&data.directory, DONE, &["webhook", "delete", id]);
    let (_, error) = admin(&data.directory, IMPOSSIBLE, &["webhook", "delete", id]);
    assert!(error.contains(id), "{error}");
    assert_eq!(admin(&data.directory, DONE, &["webhook", "list", "gh/acme/app"]).0, "");
}

#[tokio::test]
async fn retention_tells_what_would_go_and_takes_it_away() {
    let data = Data::new().await;
    data.end().await;
    let rules = ["--retention-pipelines", "1d", "--retention-keep-last-green", "off"];
    let (would, _) = admin(&data.directory, DONE, &[&["retention", "--dry-run"], rules.as_slice()].concat());
    assert!(would.starts_with("would go         number         size  oldest\n"), "{would}");
    let row = |table: &str, name: &str| {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no `{name}`: {table}"));
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    for kind in ["pipelines", "logs"] {
        assert_eq!(row(&would, kind), ["1", "0", "B", "2026-01-01"], "{kind}: what waits stays");
    }
    assert_eq!(row(&would, "caches"), ["0", "0", "B"]);
    assert_eq!(row(&would, "orphans"), ["0"]);
    let count = async || store::retention::count_pipelines(data.store.read()).await.unwrap();
    assert_eq!(count().await, 2);
    let (went, _) = admin(&data.directory, DONE, &[&["retention"], rules.as_slice()].concat());
    assert!(went.starts_with("went "), "{went}");
    assert_eq!(row(&went, "pipelines")[0], "1");
    assert_eq!(count().await, 1);
    let (_, error) = admin(&data.directory, IMPOSSIBLE, &["retention", "--retention-logs", "sometimes"]);
    assert!(error.contains("`retention.logs` is `sometimes`") && error.contains("30d"), "{error}");
}

#[tokio::test]
async fn what_is_not_there_is_said_with_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    for arguments in [
        &["queue"][..],
        &["pause"],
        &["resume"],
        &["drain"],
        &["limit", "gh/acme/app", "4"],
        &["retention"],
        &["project", "triggers", "gh/acme/app"],
        &["webhook", "list", "gh/acme/app"],
    ] {
        let (_, error) = admin(&empty, IMPOSSIBLE, arguments);
        assert!(error.contains("there is no Roundhouse in") && error.contains("--data-dir"), "{arguments:?}: {error}");
    }
    let data = Data::new().await;
    for (arguments, says) in [
        (&["pause", "--project", "gh/acme/nothing"][..], "it appears with its first push"),
        (&["pause", "--project", "nonsense"], "write gh/ORG/REPO or gl/ORG/REPO"),
        (&["pause", "--runner", "nobody"], "`roundhouse admin runner list` shows"),
        (&["limit", "gh/acme/app", "many"], "`many` is neither a number nor `none` nor `default`"),
        (&["project", "triggers", "gh/acme/nothing"], "it appears with its first push"),
        (&["webhook", "create", "gh/acme/nothing", "x"], "it appears with its first push"),
    ] {
        let (_, error) = admin(&data.directory, IMPOSSIBLE, arguments);
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
    let both = ["pause", "--project", "gh/acme/app", "--runner", "anna"];
    assert!(admin(&data.directory, WRONG_USE, &both).1.contains("cannot be used with"));
}
