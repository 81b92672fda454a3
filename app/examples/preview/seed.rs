//! Made-up rows.

use anyhow::Context;
use config::{Inputs, Orbs, Refusal, Source};
use model::{
    event::{StepKey, StepResult},
    id::RunnerId,
    job::{JobEvent, Outcome},
    plan::{
        Container, Executor, JobKind, JobNode, JobPlan, Requires, ResourceClass, Run, Skipped, Step, StepKind, When,
        WorkflowPlan,
    },
    project::{GitRef, ProjectSlug, Vcs},
    protocol::{About, Offers},
    time::Timestamp,
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::json;
use store::{
    Store,
    context::Rule,
    inbox::NewDelivery,
    pause::{self, PauseScope},
    pipeline::{Compiled, NewPipeline, Pipeline},
    project::{NewProject, Project},
    queue::{self, LimitScope, SetLimit},
    task::{Claim, Task},
};
use uuid::Uuid;

use roundhouse::{
    log::{LogKey, Logs},
    secret::{Owner, Vault},
};

use crate::output;

const MINUTE: i64 = 60_000;

/// What becomes of a job.
#[derive(Clone, Copy)]
enum Fate {
    Ok(i64),
    Fails(i64),
    Infra,
    Runs(i64),
    Queued,
    Held,
    Blocked,
    NotRun,
    Canceled,
}

type Plan<'a> = &'a [(&'a str, &'a [&'a str], Fate)];

struct Seed<'a> {
    store: &'a Store,
    logs: &'a Logs,
    runner: RunnerId,
    live: Option<LogKey>,
}

const BIG: Plan<'static> = &[
    ("lint", &[], Fate::Ok(24)),
    ("build", &[], Fate::Ok(108)),
    ("test-unit", &["lint", "build"], Fate::Ok(151)),
    ("test-integration", &["build"], Fate::Ok(124)),
    ("e2e", &["build"], Fate::Runs(72)),
    ("package", &["build"], Fate::Ok(52)),
    ("docs", &["build"], Fate::NotRun),
    ("approve-prod", &["test-unit", "test-integration", "package"], Fate::Held),
    ("deploy-canary", &["package"], Fate::Queued),
    ("deploy-prod", &["approve-prod", "e2e", "deploy-canary"], Fate::Blocked),
    ("smoke", &["deploy-prod"], Fate::Blocked),
    ("announce", &["smoke", "docs"], Fate::Blocked),
];

/// A context with variables and restrictions, and a variable of a project.
pub async fn secrets(store: &Store, vault: &Vault, now: Timestamp) -> anyhow::Result<()> {
    let projects = store::project::list(store.read()).await?;
    let mut tx = store.begin().await?;
    for name in ["deploy-prod", "npm"] {
        let context = store::context::create(&mut tx, Vcs::GitHub, "acme", name, now).await?;
        for variable in ["AWS_ROLE_ARN", "KUBECONFIG_B64", "SLACK_WEBHOOK"] {
            let sealed = vault.seal(Owner::Context(context.id, variable), &format!("a value of {variable}").into())?;
            store::context::set_variable(&mut tx, context.id, variable, &sealed, now).await?;
        }
        if name == "deploy-prod" {
            let branch = Rule::Expression("pipeline.git.branch == \"main\"".to_owned());
            for rule in projects.iter().take(2).map(|project| Rule::Project(project.id)).chain([branch]) {
                store::context::restrict(&mut tx, context.id, &rule, now).await?;
            }
        }
    }
    for project in projects.iter().filter(|project| project.slug.vcs == Vcs::GitHub) {
        let sealed =
            vault.seal(Owner::Project(project.id, "SENTRY_DSN"), &"https://example.com/7721".to_owned().into())?;
        store::project_variable::set(&mut tx, project.id, "SENTRY_DSN", &sealed, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes everything; returns the log of the job that runs.
pub async fn all(store: &Store, logs: &Logs, now: Timestamp) -> anyhow::Result<LogKey> {
    let mut tx = store.begin().await?;
    let token = store::runner::put_token(&mut tx, "preview", &[7; 32], now).await?;
    let offers =
        Offers { docker: true, machine: true, resource_classes: vec!["acme/gpu".to_owned(), "arm".to_owned()] };
    let about = About { version: Some("0.1.0".to_owned()), capacity: Some(6) };
    let runner = store::runner::introduce(&mut tx, token, "turntable-1", &offers, &about, now).await?;
    for (name, away) in [("arm-1", 0), ("mac-mini", 1), ("rh-3", 19 * 60)] {
        let (seen, about) = (now.plus_millis(-away * MINUTE), About { capacity: Some(2), ..about.clone() });
        let offers = Offers { machine: true, ..Offers::default() };
        store::runner::introduce(&mut tx, token, name, &offers, &about, seen).await?;
    }
    let drained = PauseScope::Runner("mac-mini".to_owned());
    pause::begin(&mut tx, &drained, "tomas", "macOS is updated", now.plus_millis(-30 * MINUTE)).await?;
    for (scope, most) in [(LimitScope::All, Some(20)), (LimitScope::Class("docker/medium".to_owned()), Some(1))] {
        queue::set_limit(&mut tx, &SetLimit { scope, most, set_by: "mara".to_owned(), set_at: now }).await?;
    }
    let project = |vcs, name: &str, forge_id| NewProject {
        slug: ProjectSlug::from_full_name(vcs, name).expect("a name with a slash"),
        forge_id,
        installation_id: None,
        default_branch: "main".to_owned(),
        clone_url: format!("https://example.com/{name}.git"),
        web_url: format!("https://example.com/{name}"),
        private: false,
    };
    let api = store::project::upsert(&mut tx, &project(Vcs::GitHub, "acme/api", 1), now).await?;
    let web = store::project::upsert(&mut tx, &project(Vcs::GitHub, "acme/web", 2), now).await?;
    let infra = store::project::upsert(&mut tx, &project(Vcs::GitLab, "acme/platform/infra", 3), now).await?;
    tx.commit().await?;
    for (event, note) in [
        ("ping", Some("a ping asks for nothing")),
        ("push", Some("the branch `old` was deleted")),
        ("check_suite", Some("events of the kind `check_suite` start nothing")),
    ] {
        deliver(store, event, note, now.plus_millis(-90 * MINUTE)).await?;
    }
    let mut seed = Seed { store, logs, runner, live: None };
    let ok: Plan<'_> =
        &[("lint", &[], Fate::Ok(22)), ("build", &[], Fate::Ok(111)), ("test", &["lint", "build"], Fate::Ok(90))];
    let bad: Plan<'_> = &[
        ("lint", &[], Fate::Ok(22)),
        ("build", &[], Fate::Ok(111)),
        ("test", &["lint", "build"], Fate::Fails(221)),
        ("e2e", &["build"], Fate::Ok(158)),
        ("coverage", &["test"], Fate::NotRun),
        ("preview", &["test", "e2e"], Fate::NotRun),
    ];
    let audit: Plan<'_> = &[("audit", &[], Fate::Ok(31)), ("sbom", &["audit"], Fate::Ok(41))];
    let infra_fails: Plan<'_> = &[("test", &[], Fate::Infra), ("report", &["test"], Fate::NotRun)];
    let canceled: Plan<'_> = &[("lint", &[], Fate::Ok(22)), ("build", &[], Fate::Canceled)];
    let queued: Plan<'_> = &[("plan", &[], Fate::Queued), ("apply", &["plan"], Fate::Blocked)];
    let branch = |name: &str| GitRef::Branch(name.to_owned());
    let day = 24 * 60;
    for (back, subject) in [
        (3 * day, "Snapshot the settings pages at 390 px"),
        (2 * day, "Nightly"),
        (day + 90, "Remember which steps were open"),
    ] {
        let at = now.plus_millis(-back * MINUTE);
        seed.pipeline(&web, subject, branch("main"), "Priya Raman", at, &[("ci", ok), ("preview", audit)]).await?;
    }
    let at = |minutes: i64| now.plus_millis(-minutes * MINUTE);
    seed.pipeline(
        &web,
        "Bump vite from 7.1.4 to 7.2.0",
        branch("renovate/vite-7.x"),
        "Renovate",
        at(day + 10),
        &[("ci", infra_fails)],
    )
    .await?;
    seed.pipeline(
        &api,
        "Bump axum from 0.8.3 to 0.8.4",
        branch("main"),
        "Renovate",
        at(180),
        &[("build-deploy", ok), ("security", audit)],
    )
    .await?;
    seed.broken(&infra, at(95)).await?;
    seed.pipeline(
        &api,
        "WIP: give up after five attempts",
        branch("ledger-retry"),
        "Mara Lind",
        at(55),
        &[("checks", canceled)],
    )
    .await?;
    seed.pipeline(
        &api,
        "Give up after five attempts, and say so",
        branch("feat/<script>alert(1)</script>"),
        "Mara Lind",
        at(52),
        &[("checks", bad), ("security", audit)],
    )
    .await?;
    seed.pipeline(
        &api,
        "Release 2.14.0",
        GitRef::Tag("v2.14.0".to_owned()),
        "Mara Lind",
        at(34),
        &[("release", ok), ("security", audit)],
    )
    .await?;
    seed.pipeline(
        &api,
        "Retry ledger writes when the database is busy",
        branch("main"),
        "Mara Lind",
        at(6),
        &[("build-deploy", BIG), ("security", audit), ("nightly", &[])],
    )
    .await?;
    seed.pipeline(
        &infra,
        "Raise the node pool ceiling to 12",
        branch("main"),
        "Tomás Vega",
        at(1),
        &[("plan-apply", queued)],
    )
    .await?;
    let mut tx = store.begin().await?;
    let pending =
        new(&web, "Stream log lines into the viewer with one observer", branch("log-observer"), "Priya Raman");
    store::pipeline::create(&mut tx, &pending, now).await?;
    tx.commit().await?;
    // As wide and as wordy as they come.
    let names: Vec<String> =
        (1..=500).map(|shard| format!("test-the-whole-thing-on-every-platform-shard-{shard}-of-500")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut wide: Vec<(&str, &[&str], Fate)> = all.iter().map(|name| (*name, &[][..], Fate::Queued)).collect();
    wide.push(("report", &all, Fate::Blocked));
    seed.pipeline(
        &web,
        "Five hundred shards of the test of everything that this company has ever made, and a subject that does not end",
        branch("feature/a-very-long-name-of-a-branch-that-somebody-thought-was-a-good-idea-at-the-time"),
        "Bartholomew Featherstonehaugh-Cholmondeley",
        at(4 * day),
        &[("wide", &wide)],
    )
    .await?;
    seed.live.context("a job runs")
}

async fn deliver(store: &Store, event: &str, note: Option<&str>, now: Timestamp) -> anyhow::Result<()> {
    let delivery = NewDelivery {
        vcs: Vcs::GitHub,
        guid: Uuid::new_v4().to_string(),
        event: event.to_owned(),
        body: b"{\"ref\": \"refs/heads/main\", \"repository\": {\"full_name\": \"acme/api\"}}".to_vec(),
        received_at: now,
    };
    store.inbox().insert(delivery).await?;
    if let (Some(note), Some(due)) = (note, store::delivery::next_due(store.read(), now).await?) {
        let mut tx = store.begin().await?;
        store::delivery::ignore(&mut tx, due.id, note).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn new(project: &Project, subject: &str, git_ref: GitRef, author: &str) -> NewPipeline {
    let digits = Uuid::new_v4().simple().to_string() + "4f2a91c0";
    NewPipeline {
        project_id: project.id,
        trigger: Trigger::Webhook,
        git_ref,
        sha: digits.parse().expect("40 digits"),
        subject: subject.to_owned(),
        body: String::new(),
        actor: Actor { id: Some(1), login: author.to_lowercase().replace(' ', "-") },
        author: Some(author.to_owned()),
        parameters: json!({}),
        values: json!({}),
        delivery_id: None,
        zone: Zone::Repo,
    }
}

impl Seed<'_> {
    async fn pipeline(
        &mut self,
        project: &Project,
        subject: &str,
        git_ref: GitRef,
        author: &str,
        at: Timestamp,
        workflows: &[(&str, Plan<'_>)],
    ) -> anyhow::Result<Pipeline> {
        let plans: Vec<WorkflowPlan> = workflows.iter().map(|(name, jobs)| plan(name, jobs)).collect();
        let warning = json!([]);
        let mut tx = self.store.begin().await?;
        let pipeline = store::pipeline::create(&mut tx, &new(project, subject, git_ref, author), at).await?;
        store::pipeline::set_config_source(&mut tx, pipeline.id, CONFIG).await?;
        store::pipeline::set_created(
            &mut tx,
            pipeline.id,
            &Compiled { workflows: &plans, warnings: Some(&warning) },
            at,
        )
        .await?;
        tx.commit().await?;
        let found = store::workflow::list_by_pipeline(self.store.read(), pipeline.id).await?;
        // What only waits comes last: a claim takes the oldest that waits.
        for waits in [false, true] {
            for (workflow, (_, jobs)) in found.iter().zip(workflows) {
                let rows = store::job::list_by_workflow(self.store.read(), workflow.id).await?;
                for (row, (_, _, fate)) in rows.iter().zip(*jobs) {
                    if matches!(fate, Fate::Queued) == waits {
                        self.play(row, *fate, at).await?;
                    }
                }
            }
        }
        Ok(pipeline)
    }

    async fn play(&mut self, job: &store::job::Job, fate: Fate, at: Timestamp) -> anyhow::Result<()> {
        let end = |outcome| JobEvent::Ended(outcome);
        let mut tx = self.store.begin().await?;
        let (event, reason) = match fate {
            Fate::Blocked => return Ok(()),
            Fate::Held => (JobEvent::Held, None),
            Fate::NotRun => (end(Outcome::NotRun), Some("the job `test` failed, and it requires its success")),
            Fate::Canceled => (end(Outcome::Canceled), Some("a newer pipeline of this branch, 418, took its place")),
            Fate::Queued | Fate::Ok(_) | Fate::Fails(_) | Fate::Infra | Fate::Runs(_) => (JobEvent::Unblocked, None),
        };
        store::job::transition(&mut tx, job.id, event, reason, at).await?;
        let (seconds, outcome, reason) = match fate {
            Fate::Ok(seconds) => (seconds, Some(Outcome::Success), None),
            Fate::Fails(seconds) => (seconds, Some(Outcome::Failed), Some("exit code 1 in “Run tests”")),
            Fate::Infra => (
                3,
                Some(Outcome::InfrastructureFail),
                Some(
                    "the image cimg/rust:1.84 could not be pulled: the registry does not answer; check the runner's network, or run the pipeline again",
                ),
            ),
            Fate::Runs(seconds) => (seconds, None, None),
            Fate::Queued | Fate::Held | Fate::NotRun | Fate::Canceled | Fate::Blocked => {
                tx.commit().await?;
                return Ok(());
            }
        };
        let start = at.plus_millis(2_000);
        let start = if outcome.is_none() { at.plus_millis(6 * MINUTE - seconds * 1_000) } else { start };
        for node in 0..job.parallelism {
            let claim = Claim {
                seeker: store::queue::Seeker { runner: "preview", queues: &["docker".to_owned()] },
                runner: self.runner,
                claim_id: Uuid::new_v4(),
                token_hash: &[node as u8; 32],
                lease_until: start.plus_millis(1_000_000_000),
            };
            let task = store::task::claim(&mut tx, &claim, start).await?.context("a task waits")?;
            let last = self.steps(&mut tx, &task, fate, start, seconds).await?;
            if let Some(outcome) = outcome {
                store::task::end(&mut tx, task.id, outcome, reason, start.plus_millis(seconds * 1_000)).await?;
            } else {
                self.live = Some(LogKey::of(&task, last));
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn steps(
        &self,
        tx: &mut store::Tx,
        task: &Task,
        fate: Fate,
        start: Timestamp,
        seconds: i64,
    ) -> anyhow::Result<StepKey> {
        let spin =
            "Image \x1b[36mcimg/rust:1.84\x1b[0m, already here, sha256:e49a1f…\nContainer ready in 212 ms\n".to_owned();
        let checkout = "Cloning \x1b[36mgithub.com/acme/api\x1b[0m, blobless\nHEAD is now at \x1b[33mb7e31d4\x1b[0m Give up after five attempts, and say so\n".to_owned();
        let (last, result) = match fate {
            Fate::Fails(_) => (output::failing_tests(), Some(StepResult::Exit { code: 1 })),
            Fate::Runs(_) => ("Running 31 tests using 4 workers\n".to_owned(), None),
            _ => (output::long(3_000), Some(StepResult::SUCCESS)),
        };
        let mut list = vec![("Spin up environment", "", spin, Some(StepResult::SUCCESS), 0, 2)];
        if !matches!(fate, Fate::Infra) {
            list.push(("Checkout code", "", checkout, Some(StepResult::SUCCESS), 2, 3));
            list.push((
                "Run tests",
                "circleci tests glob \"crates/*/tests/**\" | xargs cargo nextest run --profile ci",
                last,
                result,
                3,
                seconds,
            ));
        } else {
            list[0].3 = Some(StepResult::NotStarted { reason: "the image could not be pulled".to_owned() });
        }
        let mut key = StepKey::first(0);
        for (index, (name, command, text, result, from, to)) in (0..).zip(list) {
            key = StepKey::first(index);
            let (from, to) = (start.plus_millis(from * 1_000), start.plus_millis(to * 1_000));
            let step = store::step::Step {
                task_id: task.id,
                key,
                name: name.to_owned(),
                command: command.to_owned(),
                background: false,
                result: None,
                started_at: from,
                ended_at: None,
            };
            store::step::start(tx, &step).await?;
            let pieces: Vec<&str> = text.split_inclusive('\n').collect();
            let (mut have, count) = (0, pieces.len().max(1) as i64);
            for (at, piece) in (0..).zip(pieces.chunks(50)) {
                let when = from.plus_millis((to.millis_since(from)) * at * 50 / count);
                have = self.logs.append(LogKey::of(task, key), have, piece.concat().into(), when).await?;
            }
            if let Some(result) = result {
                store::step::end(tx, task.id, key, &result, to).await?;
            }
        }
        Ok(key)
    }

    async fn broken(&self, project: &Project, at: Timestamp) -> anyhow::Result<()> {
        let source = Source::new(".circleci/config.yml", BROKEN);
        let Err(Refusal::Invalid(findings)) =
            config::compile(&source, &Inputs::branch("split-contexts"), &Orbs::default())
        else {
            anyhow::bail!("the broken configuration compiles");
        };
        let errors = serde_json::to_value(&findings)?;
        let mut tx = self.store.begin().await?;
        let new = new(
            project,
            "Split the staging and prod contexts",
            GitRef::Branch("split-contexts".to_owned()),
            "Tomás Vega",
        );
        let pipeline = store::pipeline::create(&mut tx, &new, at).await?;
        store::pipeline::set_config_source(&mut tx, pipeline.id, BROKEN).await?;
        let reason = format!("{} errors in .circleci/config.yml", findings.len());
        store::pipeline::set_errored(&mut tx, pipeline.id, &reason, Some(&errors), at).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn plan(name: &str, jobs: Plan<'_>) -> WorkflowPlan {
    let step = |name: &str, command: &str| Step {
        name: name.to_owned(),
        when: When::default(),
        kind: StepKind::Run(Run::command(command)),
    };
    let nodes = jobs.iter().map(|(name, requires, fate)| JobNode {
        name: (*name).to_owned(),
        requires: requires.iter().map(|job| Requires::success(*job)).collect(),
        serial_group: None,
        group: None,
        kind: match fate {
            Fate::Held => JobKind::Approval,
            _ => JobKind::Build {
                plan: Box::new(JobPlan {
                    executor: Executor::Docker {
                        containers: vec![Container { image: "cimg/rust:1.84".to_owned(), ..Container::default() }],
                    },
                    resource_class: Some(ResourceClass("large".to_owned())),
                    working_directory: None,
                    shell: None,
                    environment: Default::default(),
                    steps: vec![
                        step("Checkout code", ""),
                        step("Run tests", "cargo nextest run"),
                        step("Store test results", "true"),
                    ],
                    parallelism: if *name == "e2e" { 4 } else { 1 },
                    contexts: Vec::new(),
                    cache_retention_days: None,
                }),
            },
        },
    });
    let skipped = |name: &str, reason: &str| Skipped { name: name.to_owned(), reason: reason.to_owned() };
    WorkflowPlan {
        name: name.to_owned(),
        jobs: nodes.collect(),
        skipped: match name {
            "nightly" => vec![skipped("nightly", "`when` is false: `pipeline.trigger_source` is `webhook`")],
            "build-deploy" => vec![skipped("publish-docs", "filter branches.only [/docs\\/.*/]: the branch is `main`")],
            _ => Vec::new(),
        },
        max_auto_reruns: 0,
    }
}

const CONFIG: &str = "# Everything that a push runs.\nversion: 2.1\njobs:\n  build:\n    docker:\n      - image: cimg/rust:1.84\n    resource_class: large\n    steps:\n      - checkout\n      - run:\n          name: Build\n          command: cargo build --workspace --locked # as on a laptop\n      - run: |\n          echo \"a: b\"\nworkflows:\n  build-deploy:\n    jobs:\n      - lint\n      - build\n      - test:\n          requires: [lint, build]\n";

const BROKEN: &str = "version: 2.1\njobs:\n  plan:\n    docker:\n      - image: cimg/base:2025.01\n    steps:\n      - checkout\n      - restore_cach:\n          keys:\n            - deps\n  apply:\n    docker:\n      - image: cimg/base:2025.01\n    steps:\n      - run: terraform apply\nworkflows:\n  plan-apply:\n    jobs:\n      - plan\n      - apply:\n          requires: [plan, validat]\n";
