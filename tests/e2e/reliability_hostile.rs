//! Jobs and names that mean harm: the runner, the server and other jobs go on, and what is told is true.

use std::{path::Path, process::Command};

use fake_forge::Delivery;
use kit::{
    app::REPOSITORY,
    real::{RealServer, until},
};
use model::{
    event::StepKey,
    job::{JobState, Outcome},
    project::{GitRef, Sha},
};
use roundhouse::log::{LogKey, Logs};
use store::{Store, StoreOptions, job::Job, pipeline::PipelineFilter};

const BUSYBOX: &str = "roundhouse-test/busybox:1";
const DEBIAN: &str = "roundhouse-test/debian:1";

/// A server, and its rows and files seen from outside.
struct Lab {
    server: RealServer,
    store: Store,
    logs: Logs,
}

impl Lab {
    async fn new() -> Self {
        let server = RealServer::start().await;
        let data = server.directory().join("server");
        let store = Store::open(&data, StoreOptions::default()).await.unwrap();
        let logs = Logs::open(&data, store.bus().clone()).unwrap();
        Self { server, store, logs }
    }

    async fn push(&self, branch: &str, subject: &str, config: &str) -> Sha {
        let files = [(".circleci/config.yml", config), ("hello.txt", "hello\n")];
        let sha = self.server.github().commit(REPOSITORY, branch, &files, subject).unwrap();
        let git_ref = GitRef::Branch(branch.to_owned());
        let delivery: Delivery = self.server.github().push_webhook(REPOSITORY, &git_ref, None, Some(&sha)).unwrap();
        assert_eq!(delivery.send(self.server.url()).await.unwrap().0, 202, "{branch}");
        sha
    }

    /// The jobs of a push, once all of them have ended.
    async fn jobs(&self, sha: &Sha) -> Vec<Job> {
        until(&format!("the jobs of {sha} to end"), async || {
            let pipelines = store::pipeline::list(self.store.read(), &PipelineFilter::default(), 100).await.unwrap();
            let pipeline = pipelines.into_iter().find(|pipeline| pipeline.sha == *sha)?;
            assert_eq!(pipeline.reason, None, "{:?}", pipeline.errors);
            let workflow = store::workflow::list_by_pipeline(self.store.read(), pipeline.id).await.unwrap().pop()?;
            let jobs = store::job::list_by_workflow(self.store.read(), workflow.id).await.unwrap();
            jobs.iter().all(|job| matches!(job.state, JobState::Ended(_))).then_some(jobs)
        })
        .await
    }

    /// The log of a step of the plan, from 1.
    async fn log(&self, job: &Job, step: u32) -> Vec<u8> {
        let tasks = store::task::list_by_job(self.store.read(), job.id).await.unwrap();
        self.logs.read(LogKey::of(&tasks[0], StepKey::first(step)), 0, usize::MAX / 2).await.unwrap().to_vec()
    }

    /// A job's page, by way of the address that GitHub shows.
    async fn page(&self, sha: &Sha, context: &str) -> String {
        let shown = self.server.github().shown_statuses(sha);
        let address =
            shown.iter().find(|status| status.context == context).and_then(|status| status.target_url.clone());
        let address = address.unwrap_or_else(|| panic!("{context} is not among {shown:?}"));
        let answer = reqwest::get(address).await.unwrap();
        let (status, page) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{page}");
        page
    }
}

/// A workflow of jobs, each with the commands of its steps; what is given as `- …` is taken as it is.
fn jobs(image: &str, jobs: &[(&str, &[&str])]) -> String {
    let mut text = "version: 2.1\njobs:\n".to_owned();
    for (job, commands) in jobs {
        text += &format!("  {job}:\n    docker: [{{image: {image}}}]\n    steps:\n");
        for command in *commands {
            match command.strip_prefix("- ") {
                Some(step) => text += &format!("      - {step}\n"),
                None => text += &format!("      - run: {}\n", serde_json::to_string(command).unwrap()),
            }
        }
    }
    text += "workflows:\n  main:\n    jobs:\n";
    for (job, _) in jobs {
        text += &format!("      - {job}\n");
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_attack_their_environment_hurt_only_themselves() {
    let lab = Lab::new().await;
    let runner = lab.server.runner().await.with("ROUNDHOUSE_RUNNER_CAPACITY", "2").start();
    let bomb = "f() { f | f & }; f 2>/dev/null; sleep 2; echo bombed";
    let config = jobs(
        BUSYBOX,
        &[
            ("kill-all", &["kill -9 -1; echo survived", "echo next"]),
            ("kill-agent", &["kill -9 1; sleep 1; echo survived", "echo next"]),
            ("term-agent", &["kill 1; sleep 60; echo survived", "echo next"]),
            ("fork-bomb", &[bomb, "echo next"]),
            ("remove-all", &["rm -rf / 2>/dev/null; echo removed", "echo next"]),
            ("remove-spool", &["rm -rf /.roundhouse/* /.roundhouse; echo removed", "echo next"]),
            ("nonsense", &["echo nonsense >> /.roundhouse/events.jsonl; sleep 60", "echo next"]),
            (
                "attempts",
                &[
                    "i=4; while :; do echo \"{\\\"seq\\\":$i,\\\"at\\\":1,\\\"event\\\":\\\"step_started\\\",\\\"step\\\":1,\\\"attempt\\\":$i,\\\"name\\\":\\\"x\\\"}\"; i=$((i+1)); done >> /.roundhouse/events.jsonl",
                ],
            ),
            (
                "link",
                &["ln -s /etc/hostname /.roundhouse/2.0.log; mkdir /.roundhouse/3.0.log", "echo second", "echo third"],
            ),
            (
                "swap",
                &[
                    "rm /.roundhouse/1.0.log; ln -s /proc/self/environ /.roundhouse/1.0.log; sleep 1; echo swapped",
                    "echo next",
                ],
            ),
            (
                "cut",
                &["echo a longer first line; sleep 1; : > /.roundhouse/1.0.log; sleep 1; echo second", "echo next"],
            ),
        ],
    );
    let sha = lab.push("main", "Attack", &config).await;
    for job in lab.jobs(&sha).await {
        let mut logs = Vec::new();
        for step in 1..=3 {
            logs.push(String::from_utf8_lossy(&lab.log(&job, step).await).into_owned());
        }
        let JobState::Ended(outcome) = job.state else { panic!("{} has not ended", job.name) };
        let reason = job.reason.clone().unwrap_or_default();
        let story = format!("{}: {} ({reason}) {logs:?}\n{}", job.name, outcome.name(), runner.log());
        assert!(outcome == Outcome::Success || !reason.is_empty(), "{story}");
        let is_marked = |step: usize| logs[step - 1].contains("the rest of this log is missing");
        match job.name.as_str() {
            "kill-agent" => assert_eq!((outcome, logs[1].as_str()), (Outcome::Success, "next\n"), "{story}"),
            "term-agent" => assert_eq!(outcome, Outcome::Canceled, "{story}"),
            "nonsense" | "attempts" => {
                assert_eq!(outcome, Outcome::InfrastructureFail, "{story}");
                assert!(reason.contains("something in the job wrote to the directory of its task agent"), "{story}");
            }
            "link" => assert!(is_marked(2) && is_marked(3), "{story}"),
            "cut" => assert!(is_marked(1), "{story}"),
            // How these end depends on who is faster.
            "kill-all" | "fork-bomb" | "remove-all" | "remove-spool" | "swap" => {}
            name => panic!("{name}"),
        }
        // Nothing of the host has come through a link.
        assert!(!logs.concat().contains("PATH=") && !logs.concat().contains(&hostname()), "{story}");
        lab.page(&sha, &format!("ci/roundhouse: {}", job.name)).await;
    }
    let directory = lab.server.directory().to_string_lossy().into_owned();
    until("all containers to be gone", async || {
        let list =
            Command::new("docker").args(["ps", "--all", "--no-trunc", "--format", "{{.Mounts}}"]).output().unwrap();
        (!String::from_utf8_lossy(&list.stdout).contains(&directory)).then_some(())
    })
    .await;
}

fn hostname() -> String {
    std::fs::read_to_string("/etc/hostname").unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_of_any_shape_arrive_byte_for_byte() {
    let lab = Lab::new().await;
    let _runner = lab.server.runner().await.with("ROUNDHOUSE_RUNNER_CAPACITY", "2").start();
    let config = jobs(
        BUSYBOX,
        &[
            ("one-line", &["head -c 20000000 /dev/zero | tr '\\0' x"]),
            ("lines", &["seq 1 100000"]),
            (
                "bytes",
                &[
                    "i=0; while [ $i -lt 2000 ]; do printf '\\0\\1\\033[2J\\033]0;x\\7\\377\\376\\300\\257\\r\\b<b>&amp;'; i=$((i+1)); done",
                ],
            ),
        ],
    );
    let sha = lab.push("main", "Print", &config).await;
    let ended = lab.jobs(&sha).await;
    let seq: String = (1..=100_000).map(|number| format!("{number}\n")).collect();
    for job in &ended {
        assert_eq!(job.state, JobState::Ended(Outcome::Success), "{}: {:?}", job.name, job.reason);
        let expected = match job.name.as_str() {
            "one-line" => vec![b'x'; 20_000_000],
            "lines" => seq.clone().into_bytes(),
            _ => b"\0\x01\x1b[2J\x1b]0;x\x07\xff\xfe\xc0\xaf\r\x08<b>&amp;".repeat(2_000),
        };
        let log = lab.log(job, 1).await;
        assert!(log == expected, "{}: {} bytes instead of {}", job.name, log.len(), expected.len());
        let page = lab.page(&sha, &format!("ci/roundhouse: {}", job.name)).await;
        assert!(!page.contains("<b>&amp;<") && page.len() < 8 << 20, "{}: {} bytes", job.name, page.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_only_names() {
    let lab = Lab::new().await;
    let runner = lab.server.runner().await.with("ROUNDHOUSE_RUNNER_CAPACITY", "2").start();
    let long = "x".repeat(240);
    let branches = [
        "--upload-pack=touch${IFS}pwned",
        "$(touch${IFS}pwned)",
        "`touch${IFS}pwned`",
        "<script>alert(1)</script>",
        "-x;touch${IFS}pwned;",
        "a'b\"c|d&e",
        "\u{1f4a5}\u{202e}evil\u{e9}",
        long.as_str(),
    ];
    let config = jobs(
        DEBIAN,
        &[(
            "build",
            &[
                "- checkout",
                "- run: {name: \"<img src=x onerror=alert(2)>\\e[31m\\u202e\\a\", command: \"ls; git status --short --branch; printf '%s' \\\"$CIRCLE_BRANCH\\\" > /tmp/branch; cat /tmp/branch\"}",
            ],
        )],
    );
    let subject = "<script>alert(3)</script> \u{1b}[31m\u{7}\u{202e} \r bell";
    let mut pushed = Vec::new();
    for branch in branches {
        pushed.push((branch, lab.push(branch, subject, &config).await));
    }
    for (branch, sha) in pushed {
        let job = lab.jobs(&sha).await.remove(0);
        let log = String::from_utf8_lossy(&lab.log(&job, 2).await).into_owned();
        assert_eq!(job.state, JobState::Ended(Outcome::Success), "{branch}: {:?}\n{log}\n{}", job.reason, runner.log());
        assert!(!log.lines().any(|line| line == "pwned"), "{branch}: {log}");
        assert!(log.ends_with(branch), "{branch}: {log}");
        let page = lab.page(&sha, "ci/roundhouse: build").await;
        for evil in ["<script>alert", "<img src=x"] {
            assert!(!page.contains(evil), "{branch}: {evil} on the page");
        }
        for path in ["/pipelines", "/deliveries"] {
            let page = reqwest::get(format!("{}{path}", lab.server.url())).await.unwrap().text().await.unwrap();
            assert!(!page.contains("<script>alert"), "{path}");
        }
        lab.server.github_shows(&sha, "ci/roundhouse: build", "success").await;
    }
    assert!(!pwned(lab.server.directory()) && !Path::new("pwned").exists());
}

/// Whether there is a file of that name somewhere.
fn pwned(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            entry.file_name() == "pwned" || entry.file_type().is_ok_and(|kind| kind.is_dir()) && pwned(&entry.path())
        })
    })
}
