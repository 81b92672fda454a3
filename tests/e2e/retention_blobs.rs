//! Removing bytes: rows go first, their bytes after, and nothing else.

use std::{collections::BTreeSet, path::PathBuf, task::Poll, time::SystemTime};

use axum::body::Body;
use kit::{TestApp, config::chain};
use model::project::{ProjectSlug, Vcs};
use roundhouse::{
    blob::{BlobKey, Stored},
    settings::Keep,
    worker::Progress,
};
use store::{
    artifact::{self, Artifact},
    cache::{self, Cache, Scope, Zone},
    retention::{self, Kind},
    workspace::{self, Layer},
};
use uuid::Uuid;

const DAY_MS: i64 = 86_400_000;

/// The first job of a pipeline keeps an artifact, a layer and a cache of so many bytes each.
async fn keep(app: &TestApp, number: u64, bytes: usize) {
    let (store, now) = (app.server().store(), app.server().clock().now());
    let slug = ProjectSlug::from_full_name(Vcs::GitHub, kit::app::REPOSITORY).unwrap();
    let project = store::project::find_by_slug(store.read(), &slug).await.unwrap().unwrap();
    let pipeline = store::pipeline::find_by_number(store.read(), project.id, number).await.unwrap().unwrap();
    let workflow = store::workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap().remove(0);
    let job = store::job::list_by_workflow(store.read(), workflow.id).await.unwrap().remove(0);
    let task = store::task::list_by_job(store.read(), job.id).await.unwrap().remove(0);
    let ids = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let mut kept = Vec::new();
    for key in [BlobKey::artifact(ids[0]), BlobKey::workspace(ids[1]), BlobKey::cache(ids[2])] {
        let body = Body::from(vec![7; bytes]).into_data_stream();
        kept.push(app.server().blobs().put(key, body, 1 << 20).await.unwrap());
    }
    let [Stored { size_bytes, sha256 }, ..] = kept[..] else { unreachable!("three were stored") };
    let (job_id, task_id, workflow_id) = (job.id, task.id, workflow.id);
    let path = format!("of/{number}");
    let file = Artifact { id: ids[0], job_id, task_id, node_index: 0, path, size_bytes, sha256, created_at: now };
    let layer = Layer { id: ids[1], workflow_id, job_id, task_id, size_bytes, sha256, created_at: now };
    let saved = Cache {
        id: ids[2],
        scope: Scope { project: project.id, zone: Zone::Repo },
        key: format!("v{number}"),
        size_bytes,
        sha256,
        job_id,
        created_at: now,
        used_at: now,
        expires_at: None,
    };
    let mut tx = store.begin().await.unwrap();
    artifact::put(&mut tx, &file).await.unwrap();
    workspace::create(&mut tx, &layer).await.unwrap();
    cache::create(&mut tx, &saved).await.unwrap();
    tx.commit().await.unwrap();
}

/// The blobs among these files that rows speak of, as `KIND/ID`.
async fn rows(app: &TestApp, ever: &BTreeSet<String>) -> BTreeSet<String> {
    let read = app.server().store().read();
    let mut rows = BTreeSet::new();
    for (name, kind) in [("artifact", Kind::Artifacts), ("workspace", Kind::Workspaces), ("cache", Kind::Caches)] {
        let ids = ever.iter().filter_map(|file| file.strip_prefix(name)?.strip_prefix('/'));
        let ids: Vec<String> = ids.map(str::to_owned).collect();
        let known = retention::list_known(read, kind, &ids).await.unwrap();
        rows.extend(known.into_iter().map(|id| format!("{name}/{id}")));
    }
    rows
}

/// The blobs that are there, as `KIND/ID`, with their files.
fn files(app: &TestApp) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![app.data().join("blobs")];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let (id, kind) = (path.file_name().unwrap(), path.parent().unwrap().parent().unwrap().file_name().unwrap());
            found.push((format!("{}/{}", kind.to_str().unwrap(), id.to_str().unwrap()), path));
        }
    }
    found
}

fn names(app: &TestApp) -> BTreeSet<String> {
    files(app).into_iter().map(|(name, _)| name).collect()
}

/// As if everything that is there had been written when the tests begin: to the machine, it was just now.
fn backdate(app: &TestApp) {
    let then =
        SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(app.server().clock().now().millis().unsigned_abs());
    for (_, path) in files(app) {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    }
}

async fn three_green(adjust: fn(&mut roundhouse::server::Options)) -> TestApp {
    let mut app = TestApp::with(adjust).await;
    for number in 1..=3 {
        app.push("main", &chain(["build"])).await;
        app.settle().await;
        keep(&app, number, 100).await;
        app.server().clock().advance_millis(1_000);
    }
    app
}

#[tokio::test]
async fn rows_go_first_their_bytes_after_and_nothing_else_wherever_it_is_cut_off() {
    let mut app = three_green(|_| {}).await;
    backdate(&app);
    let ever = names(&app);
    assert_eq!((ever.len(), &rows(&app, &ever).await), (9, &ever));
    app.server().clock().advance_millis(31 * DAY_MS);
    let worker = app.server().workers().iter().find(|worker| worker.name() == "retention").unwrap().clone();
    let (mut polls, mut cuts) = (1, 0);
    // A step that is cut off is not taken up before the next pass; each comes a little further than the one before.
    loop {
        let (mut left, mut step) = (polls, worker.step());
        let done = std::future::poll_fn(|context| match step.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => {
                left -= 1;
                if left == 0 { Poll::Ready(None) } else { Poll::Pending }
            }
        });
        let done = done.await;
        drop(step);
        let (rows, files) = (rows(&app, &ever).await, names(&app));
        assert!(rows.is_subset(&files), "a row whose bytes are gone: {:?}", rows.difference(&files));
        match done {
            None => {
                (polls, cuts) = (polls + 1, cuts + 1);
                app.server().clock().advance_millis(3_600_000);
            }
            Some(Ok(Progress::Worked)) => polls = 1,
            Some(Ok(Progress::Idle { .. })) => break,
            Some(Err(error)) => panic!("{error:#}"),
        }
    }
    assert!(cuts > 10, "only {cuts} cuts were made, this tests nothing");
    // The pass that came to its end has found what was left by those that were cut off.
    app.advance_s(3_600).await;
    let left = names(&app);
    assert_eq!(rows(&app, &ever).await, left);
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left.iter().all(|name| name.starts_with("artifact/")), "of the last green pipeline: {left:?}");
}

#[tokio::test]
async fn a_budget_of_bytes_takes_the_oldest_and_the_last_green_is_kept_whatever_it_has() {
    let budget = |options: &mut roundhouse::server::Options| {
        options.retention.artifacts = Keep { max_bytes: Some(250), ..Keep::default() };
        options.retention.workspaces = Keep { max_bytes: Some(100), ..Keep::default() };
        options.retention.caches = Keep { max_count: Some(2), ..Keep::default() };
    };
    let mut app = three_green(budget).await;
    app.advance_s(600).await;
    let count = |app: &TestApp, kind: &str| names(app).iter().filter(|name| name.starts_with(kind)).count();
    assert_eq!(
        (count(&app, "artifact"), count(&app, "workspace"), count(&app, "cache")),
        (2, 1, 2),
        "by bytes, by bytes, by count"
    );
    let tiny = |options: &mut roundhouse::server::Options| {
        options.retention.artifacts = Keep { max_bytes: Some(1), ..Keep::default() };
    };
    app.restart_with(tiny).await;
    app.advance_s(600).await;
    assert_eq!(count(&app, "artifact"), 1, "that of the last green pipeline");
    let not_green = |options: &mut roundhouse::server::Options| {
        options.retention.artifacts = Keep { max_bytes: Some(1), ..Keep::default() };
        options.retention.keep_last_green = false;
    };
    app.restart_with(not_green).await;
    app.advance_s(600).await;
    assert_eq!(count(&app, "artifact"), 0, "where nobody wants it to be kept");
}
