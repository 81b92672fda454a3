use model::{
    pipeline::PipelineState,
    project::GitRef,
    time::Timestamp,
    trigger::{Actor, Trigger},
};
use serde_json::json;
use store::{
    StoreOptions,
    pipeline::NewPipeline,
    project::{self, NewProject},
    status::{self, StatusState},
    workflow,
};
use tempfile::TempDir;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

struct Fixture {
    store: Store,
    worker: CompileWorker,
    _directory: TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
        let worker = CompileWorker::new(store.clone(), Clock::manual(NOW));
        Self { store, worker, _directory: directory }
    }

    /// A pipeline of this configuration, compiled.
    async fn compile(&self, config: Option<&str>) -> Pipeline {
        let pipeline = self.pending(config).await;
        while self.worker.step().await.unwrap() == Progress::Worked {}
        pipeline::get(self.store.read(), pipeline.id).await.unwrap()
    }

    async fn pending(&self, config: Option<&str>) -> Pipeline {
        let mut tx = self.store.begin().await.unwrap();
        let new = NewProject {
            slug: "gh/acme/app".parse().unwrap(),
            forge_id: 1,
            installation_id: None,
            default_branch: "main".to_owned(),
            clone_url: "https://github.com/acme/app.git".to_owned(),
            web_url: "https://github.com/acme/app".to_owned(),
            private: false,
        };
        let project = project::upsert(&mut tx, &new, NOW).await.unwrap();
        let new = NewPipeline {
            project_id: project.id,
            trigger: Trigger::Webhook,
            git_ref: GitRef::Branch("main".to_owned()),
            sha: "1".repeat(40).parse().unwrap(),
            subject: "Add a thing".to_owned(),
            body: String::new(),
            actor: Actor::default(),
            author: None,
            parameters: json!({}),
            values: json!({ "pipeline.git.branch.is_default": true }),
            delivery_id: None,
        };
        let pipeline = pipeline::create(&mut tx, &new, NOW).await.unwrap();
        if let Some(config) = config {
            pipeline::set_config_source(&mut tx, pipeline.id, config).await.unwrap();
        }
        tx.commit().await.unwrap();
        pipeline
    }

    async fn posted(&self) -> Option<(String, StatusState, String)> {
        let mut tx = self.store.begin().await.unwrap();
        let target = status::take_due(&mut tx, NOW, NOW.plus_millis(1)).await.unwrap();
        target.map(|target| (target.desired.context, target.desired.state, target.desired.description))
    }
}

#[tokio::test]
async fn a_configuration_becomes_workflows() {
    let fixture = Fixture::new().await;
    let config = "version: 2.1\njobs:\n  build:\n    docker:\n      - image: busybox\n    steps:\n      - run: true\n\
                  workflows:\n  main:\n    jobs:\n      - build\n";
    let pipeline = fixture.compile(Some(config)).await;
    assert_eq!((pipeline.state, &pipeline.errors), (PipelineState::Created, &None), "{:?}", pipeline.reason);
    let workflows = workflow::list_by_pipeline(fixture.store.read(), pipeline.id).await.unwrap();
    assert_eq!(workflows.iter().map(|workflow| workflow.name.as_str()).collect::<Vec<_>>(), ["main"]);
}

#[tokio::test]
async fn errors_are_kept_whole_and_the_commit_gets_a_failed_status() {
    let fixture = Fixture::new().await;
    let pipeline = fixture.compile(Some("- a\n- b\n")).await;
    assert_eq!(pipeline.state, PipelineState::Errored);
    let errors = pipeline.errors.unwrap();
    assert!(!errors.as_array().unwrap().is_empty(), "{errors}");
    let reason = pipeline.reason.unwrap();
    let (context, state, description) = fixture.posted().await.unwrap();
    assert_eq!((context.as_str(), state), ("ci/roundhouse: config", StatusState::Failure));
    assert!(reason.starts_with(description.trim_end_matches('…')), "{reason} / {description}");
}

#[tokio::test]
async fn a_panic_of_the_compiler_is_a_sentence() {
    let fixture = Fixture::new().await;
    let pipeline = fixture.compile(None).await;
    let errored = guarded(&pipeline, || unreachable!("a bug")).await.err().unwrap();
    assert!(errored.reason.contains("this is a bug in Roundhouse"), "{}", errored.reason);
}

#[tokio::test]
async fn registry_orbs_and_setup_are_not_built_yet() {
    let fixture = Fixture::new().await;
    let pipeline = fixture.compile(None).await;
    let orbs = vec![OrbRef::new("circleci/node@5.1"), OrbRef::new("circleci/go@1")];
    let errored = guarded(&pipeline, move || Err(Refusal::NeedsOrbs(orbs))).await.err().unwrap();
    assert!(errored.reason.contains("the orbs `circleci/node@5.1`, `circleci/go@1`, which are not in it"));
    let setup = Compiled { workflows: Vec::new(), skipped: Vec::new(), setup: true, warnings: Vec::new() };
    let errored = guarded(&pipeline, move || Ok(setup)).await.err().unwrap();
    assert!(errored.reason.starts_with("`setup: true` is not built yet"));
}

#[tokio::test]
async fn what_cannot_be_stored_is_tried_again_and_then_errs() {
    let fixture = Fixture::new().await;
    let config = "version: 2.1\n";
    let clock = fixture.worker.clock.clone();
    let pipeline = fixture.pending(Some(config)).await;
    for attempt in 1..=MOST_TRIES {
        let current = pipeline::get(fixture.store.read(), pipeline.id).await.unwrap();
        fixture.worker.postpone(&current, &anyhow::anyhow!("the disk is full")).await.unwrap();
        clock.advance_millis(600_000);
        let current = pipeline::get(fixture.store.read(), pipeline.id).await.unwrap();
        let expected = if attempt < MOST_TRIES { PipelineState::Pending } else { PipelineState::Errored };
        assert_eq!(current.state, expected, "{attempt}");
        assert_eq!(current.reason.as_deref(), Some("what was compiled could not be stored: the disk is full"));
    }
}

#[test]
fn orbs_of_a_registry_are_said_to_be_missing() {
    assert_eq!(
        orbs_missing(&[OrbRef::new("circleci/node@5.1")]),
        "the configuration uses the orb `circleci/node@5.1`, which is not in it: orbs from a registry or an address are \
         not built yet; inline orbs work"
    );
}

#[tokio::test]
async fn a_pipeline_without_a_configuration_errs() {
    let fixture = Fixture::new().await;
    let pipeline = fixture.compile(None).await;
    assert_eq!(pipeline.state, PipelineState::Errored);
    assert_eq!(pipeline.reason.as_deref(), Some("it was made without a configuration"));
}

#[tokio::test]
async fn nothing_to_do_is_idle() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.worker.step().await.unwrap(), Progress::Idle { until: None });
}
