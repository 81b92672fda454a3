//! CircleCI's own orbs, unchanged, in real containers: they continue a pipeline of this server. They are read from the corpus
//! beside the checkout; where that is absent, the tests say so and do nothing.

use std::path::PathBuf;

use kit::{
    app::REPOSITORY,
    real::{RealServer, until},
};
use model::{
    job::{JobState, Outcome},
    project::{ProjectSlug, Vcs},
};
use store::job::Job;

const ORBS: &[(&str, &str)] =
    &[("circleci/continuation", "2.0.1"), ("circleci/path-filtering", "2.1.0"), ("circleci/jq", "3.0.2")];

const NEXT: &str = "version: 2.1\nparameters:\n  build-code: {type: boolean, default: false}\n  note: {type: string, default: none}\n\
                    jobs:\n  code:\n    docker: [{image: roundhouse-test/busybox:1}]\n    steps:\n      - run: {name: say, command: echo built with << pipeline.parameters.note >>}\n\
                    workflows:\n  code:\n    when: << pipeline.parameters.build-code >>\n    jobs: [code]\n";

/// A server that has the orbs; `None` where there are none.
async fn server() -> Option<RealServer> {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/orbs");
    if !corpus.is_dir() {
        eprintln!("{} is absent: nothing is tested", corpus.display());
        return None;
    }
    let server = RealServer::start().await;
    for (name, version) in ORBS {
        let path = corpus.join(format!("{}@{version}.yml", name.replace('/', "__")));
        server.import_orb(name, version, &std::fs::read_to_string(path).unwrap()).await;
    }
    Some(server)
}

/// The job `name` of any workflow of the first pipeline, once it has ended.
async fn ended(server: &RealServer, name: &str) -> Job {
    let read = server.store().read();
    let slug = ProjectSlug::from_full_name(Vcs::GitHub, REPOSITORY).unwrap();
    let what = format!("the job `{name}` to end");
    let job = until(&what, async || {
        let project = store::project::find_by_slug(read, &slug).await.unwrap()?;
        let pipeline = store::pipeline::find_by_number(read, project.id, 1).await.unwrap()?;
        assert_eq!(pipeline.errors, None, "{:?}", pipeline.reason);
        for workflow in store::workflow::list_by_pipeline(read, pipeline.id).await.unwrap() {
            let job = store::job::find_by_name(read, workflow.id, name).await.unwrap();
            if let Some(job) = job.filter(|job| matches!(job.state, JobState::Ended(_))) {
                return Some(job);
            }
        }
        None
    });
    job.await
}

async fn succeeds(server: &RealServer, name: &str) -> Job {
    let job = ended(server, name).await;
    let logs = server.all_logs(&job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}\n{logs}", job.reason);
    job
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_continuation_orb_continues_a_pipeline() {
    let Some(server) = server().await else { return };
    let _runner = server.runner().await.start();
    let config = "version: 2.1\nsetup: true\norbs: {continuation: circleci/continuation@2.0.1}\nexecutors:\n  here:\n    \
                  docker: [{image: roundhouse-test/orb:1}]\nworkflows:\n  setup:\n    jobs:\n      - continuation/continue:\n          \
                  executor: here\n          configuration_path: .circleci/next.yml\n          \
                  parameters: '{\"build-code\": true, \"note\": \"care\"}'\n";
    server.push(&[(".circleci/config.yml", config), (".circleci/next.yml", NEXT)]).await;
    let setup = succeeds(&server, "continuation/continue").await;
    let log = String::from_utf8_lossy(&server.log(&setup, "Continue Pipeline").await).into_owned();
    assert!(log.contains("Pipeline continued"), "{log}");
    assert!(log.contains("\"continuation-key\": \"*"), "the key is in the log: {log}");
    let code = succeeds(&server, "code").await;
    assert_eq!(server.log(&code, "say").await, b"built with care\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_path_filtering_orb_finds_what_has_changed() {
    let Some(server) = server().await else { return };
    let _runner = server.runner().await.start();
    // The orb's own image has `yq`; of one file it prints the file.
    let yq = "printf '#!/bin/sh\\nshift 2\\nexec cat \"$@\"\\n' >/usr/local/bin/yq && chmod 755 /usr/local/bin/yq";
    let config = format!(
        "version: 2.1\nsetup: true\norbs: {{path-filtering: circleci/path-filtering@2.1.0}}\nexecutors:\n  here:\n    \
         docker: [{{image: roundhouse-test/orb:1}}]\nworkflows:\n  setup:\n    jobs:\n      - path-filtering/filter:\n          \
         pre-steps: [run: {{name: yq, command: {yq:?}}}]\n          executor: here\n          base-revision: main\n          \
         config-path: .circleci/next.yml\n          mapping: |\n            src/.* build-code true\n            docs/.* note words\n"
    );
    let files = [(".circleci/config.yml", config.as_str()), (".circleci/next.yml", NEXT)];
    server.github().commit(REPOSITORY, "main", &files, "Begin").unwrap();
    server.push(&[("src/main.c", "int main() {}\n")]).await;
    succeeds(&server, "path-filtering/filter").await;
    let code = succeeds(&server, "code").await;
    assert_eq!(server.log(&code, "say").await, b"built with none\n");
}
