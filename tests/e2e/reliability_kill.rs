//! The server is killed again and again, at any moment, while webhooks come in and jobs run: nothing that was answered is
//! lost, nothing happens twice, and every log is whole.
//!
//! `ROUNDHOUSE_KILLS=100` makes the run longer, `ROUNDHOUSE_SEED=7` another one.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fake_forge::{Delivery, FakeGitHub};
use kit::{app::REPOSITORY, config::machine_job, real::until, server_process::ServerProcess, setting::choose_tls};
use model::{
    event::StepKey,
    job::{JobState, Outcome},
    pipeline::PipelineState,
    project::{GitRef, Sha},
};
use roundhouse::log::{LogKey, Logs};
use store::{Store, StoreOptions, pipeline::PipelineFilter};
use tempfile::TempDir;
use tokio::time::timeout;

/// How many numbered lines a job prints: half of them at once, the others slowly.
const LINES: usize = 120;

/// A push, and whether the server has said that it has it.
struct Entry {
    sha: Sha,
    branch: String,
    delivery: Delivery,
    acknowledged: bool,
}

/// What was sent, kept outside of the server.
type Ledger = Arc<Mutex<Vec<Entry>>>;

/// A small generator of numbers that look random: the same for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn variables(github: &FakeGitHub) -> Vec<(&'static str, String)> {
    vec![
        ("ROUNDHOUSE_GITHUB_URL", github.url()),
        ("ROUNDHOUSE_GITHUB_API_URL", github.api_url()),
        ("ROUNDHOUSE_GITHUB_APP_ID", github.app_id().to_string()),
        ("ROUNDHOUSE_GITHUB_PRIVATE_KEY", github.private_key_pem().to_owned()),
        ("ROUNDHOUSE_GITHUB_WEBHOOK_SECRET", github.webhook_secret().to_owned()),
        ("ROUNDHOUSE_RUNNER_MACHINE", "on".to_owned()),
        ("ROUNDHOUSE_RUNNER_CAPACITY", "3".to_owned()),
    ]
}

fn config() -> String {
    let (half, all) = (LINES / 2, LINES);
    machine_job(&format!(
        "- run: {{name: count, command: \"for i in $(seq 1 {half}); do echo line $i; done; \
         for i in $(seq {} {all}); do echo line $i; sleep 0.01; done\"}}\n\
         - run: {{name: after, command: echo after}}",
        half + 1
    ))
}

fn counted() -> String {
    (1..=LINES).map(|number| format!("line {number}\n")).collect()
}

/// Commits to a branch of its own, and puts the webhook into the ledger.
fn push(github: &FakeGitHub, ledger: &Ledger) -> Delivery {
    let branch = format!("topic/{}", ledger.lock().unwrap().len());
    let sha = github.commit(REPOSITORY, &branch, &[(".circleci/config.yml", &config())], &branch).unwrap();
    let delivery = github.push_webhook(REPOSITORY, &GitRef::Branch(branch.clone()), None, Some(&sha)).unwrap();
    let entry = Entry { sha, branch, delivery: delivery.clone(), acknowledged: false };
    ledger.lock().unwrap().push(entry);
    delivery
}

/// Sends it, and notes an answer that says that it is stored.
async fn send(url: &str, delivery: &Delivery, ledger: &Ledger) {
    if let Ok((200 | 202, _)) = delivery.send(url).await {
        let mut ledger = ledger.lock().unwrap();
        let entry = ledger.iter_mut().find(|entry| entry.delivery.guid == delivery.guid).unwrap();
        entry.acknowledged = true;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_the_server_loses_and_doubles_nothing() {
    choose_tls();
    let (kills, seed) = (setting("ROUNDHOUSE_KILLS", 8), setting("ROUNDHOUSE_SEED", 1));
    let mut dice = Dice(seed);
    let github = FakeGitHub::start().await.unwrap();
    github.create_private_repo(REPOSITORY).unwrap();
    let (data, ledger) = (TempDir::with_prefix("roundhouse-kill-").unwrap(), Ledger::default());
    let variables = variables(&github);
    let mut killed_in_start = 0;
    for _ in 0..kills {
        // A tenth of the kills hit the start, the others what follows.
        let patience = if dice.below(10) == 0 { dice.below(60) } else { 30_000 };
        let starting = ServerProcess::start(data.path(), &[], &variables);
        let Ok(server) = timeout(Duration::from_millis(patience), starting).await else {
            killed_in_start += 1;
            continue;
        };
        let until_the_end = Duration::from_millis(20 + dice.below(1_800));
        let url = server.url();
        let sending = async {
            for _ in 0..dice.below(3) {
                let delivery = push(&github, &ledger);
                send(&url, &delivery, &ledger).await;
                // A forge that is told to send something again, or does so by itself.
                send(&url, &delivery, &ledger).await;
            }
            std::future::pending::<()>().await;
        };
        // Mostly the kill comes between two requests or inside one.
        timeout(until_the_end, sending).await.unwrap_err();
        server.kill();
    }
    let server = ServerProcess::start(data.path(), &[], &variables).await;
    // The forge sends again what was not answered, and one more that finds the server well.
    push(&github, &ledger);
    let waiting: Vec<Delivery> = {
        let ledger = ledger.lock().unwrap();
        ledger.iter().filter(|entry| !entry.acknowledged).map(|entry| entry.delivery.clone()).collect()
    };
    let resent = waiting.len();
    for delivery in waiting {
        send(&server.url(), &delivery, &ledger).await;
    }
    let store = Store::open(data.path(), StoreOptions::default()).await.unwrap();
    let pushes = ledger.lock().unwrap().len();
    until("everything to end", async || is_quiet(&store, pushes).await.then_some(())).await;
    server.stop();
    let count = check(&store, data.path(), &github, &ledger).await;
    println!(
        "seed {seed}: {kills} kills, {killed_in_start} in the start; {count} pipelines, {resent} webhooks sent again"
    );
}

/// Whether every pipeline's jobs have ended and no status waits.
async fn is_quiet(store: &Store, count: usize) -> bool {
    let pipelines = store::pipeline::list(store.read(), &PipelineFilter::default(), 10_000).await.unwrap();
    if pipelines.len() < count || store::status::count_waiting(store.read()).await.unwrap() > 0 {
        return false;
    }
    for pipeline in pipelines {
        let workflows = store::workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap();
        for workflow in &workflows {
            let jobs = store::job::list_by_workflow(store.read(), workflow.id).await.unwrap();
            if jobs.iter().any(|job| !matches!(job.state, JobState::Ended(_))) {
                return false;
            }
        }
        if workflows.is_empty() {
            return false;
        }
    }
    true
}

/// Everything that must hold, from the ledger's side; returns how many pipelines there are.
async fn check(store: &Store, data: &std::path::Path, github: &FakeGitHub, ledger: &Ledger) -> usize {
    let logs = Logs::open(data, store.bus().clone()).unwrap();
    let all = PipelineFilter::default();
    let pipelines = store::pipeline::list(store.read(), &all, 10_000).await.unwrap();
    let ledger = std::mem::take(&mut *ledger.lock().unwrap());
    assert!(ledger.iter().all(|entry| entry.acknowledged));
    assert_eq!(pipelines.len(), ledger.len(), "one pipeline for each delivery");
    for entry in ledger.iter() {
        let mut of_push = pipelines.iter().filter(|pipeline| pipeline.sha == entry.sha);
        let (Some(pipeline), None) = (of_push.next(), of_push.next()) else {
            panic!("{} has not one pipeline", entry.branch)
        };
        assert_eq!(pipeline.state, PipelineState::Created, "{:?}", pipeline.reason);
        let workflows = store::workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap();
        let jobs = store::job::list_by_workflow(store.read(), workflows[0].id).await.unwrap();
        assert_eq!((workflows.len(), jobs.len()), (1, 1));
        let (job, branch) = (&jobs[0], &entry.branch);
        assert_eq!(job.state, JobState::Ended(Outcome::Success), "{branch}: {:?}", job.reason);
        let tasks = store::task::list_by_job(store.read(), job.id).await.unwrap();
        assert_eq!(tasks.len(), 1, "{branch}");
        let steps = store::step::list_by_task(store.read(), tasks[0].id).await.unwrap();
        let keys: Vec<StepKey> = steps.iter().map(|step| step.key).collect();
        assert_eq!(keys, [0, 1, 2].map(StepKey::first), "{branch}");
        for (step, expected) in [(1, counted()), (2, "after\n".to_owned())] {
            let log = logs.read(LogKey::of(&tasks[0], StepKey::first(step)), 0, 1 << 20).await.unwrap();
            assert_eq!(String::from_utf8_lossy(&log), expected, "{branch}, step {step}");
        }
        let shown = github.shown_statuses(&entry.sha);
        let shown: Vec<_> = shown.iter().map(|status| (status.context.as_str(), status.state.as_str())).collect();
        assert_eq!(shown, [("ci/roundhouse: build", "success")], "{branch}");
    }
    pipelines.len()
}
