use model::{pipeline::PipelineState, time::Timestamp};
use serde_json::json;
use store::{
    StoreOptions,
    orb::{NewOrb, OrbOrigin},
    pipeline::NewPipeline,
    project,
    status::{self, StatusState},
    workflow,
};
use tempfile::TempDir;

use super::*;
use crate::{
    orb::{Shelf, sha256},
    settings::{GithubSettings, OrbSettings},
    vcs::ForgeSettings,
};

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
        let worker = Self::worker(&store, &OrbSettings::default());
        Self { store, worker, _directory: directory }
    }

    /// A worker that may ask this registry.
    fn worker(store: &Store, settings: &OrbSettings) -> CompileWorker {
        let clock = Clock::manual(NOW);
        let orbs = OrbSources::new(settings, Shelf::Store(store.clone(), clock.clone()), clock.clone());
        let forges = ForgeSettings {
            github: GithubSettings {
                url: "https://github.com".to_owned(),
                api_url: "https://api.github.com".to_owned(),
                app: None,
                webhook_secret: None,
            },
            gitlab: None,
        };
        CompileWorker::new(store.clone(), clock.clone(), Arc::new(Forges::new(forges, clock)), Arc::new(orbs))
    }

    async fn import(&self, name: &str, version: &str, source: &str) {
        let mut tx = self.store.begin().await.unwrap();
        let orb = NewOrb { name, version, source, sha256: sha256(source), origin: OrbOrigin::Import };
        store::orb::put(&mut tx, &orb, NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A pipeline of this configuration, compiled.
    async fn compile(&self, config: Option<&str>) -> Pipeline {
        let pipeline = self.pending(config).await;
        while self.worker.step().await.unwrap() == Progress::Worked {}
        pipeline::get(self.store.read(), pipeline.id).await.unwrap()
    }

    async fn pending(&self, config: Option<&str>) -> Pipeline {
        let mut tx = self.store.begin().await.unwrap();
        let project = project::upsert(&mut tx, &rows::project("gh/acme/app"), NOW).await.unwrap();
        let values = json!({ "pipeline.git.branch.is_default": true });
        let new = NewPipeline { values, ..rows::pipeline(project.id) };
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
    let errored = guarded::<Compiled>(&pipeline, || unreachable!("a bug")).await.err().unwrap();
    assert!(errored.reason.contains("this is a bug in Roundhouse"), "{}", errored.reason);
}

#[tokio::test]
async fn a_setup_configuration_waits_for_its_continuation() {
    let fixture = Fixture::new().await;
    let config = "version: 2.1\nsetup: true\nparameters:\n  deep: {type: boolean, default: false}\njobs:\n  build:\n    \
                  docker: [{image: busybox}]\n    steps: [run: make]\nworkflows:\n  setup:\n    jobs: [build]\n";
    let pipeline = fixture.compile(Some(config)).await;
    assert_eq!(pipeline.state, PipelineState::Setup, "{:?}", pipeline.reason);
    let setup = setup::find(fixture.store.read(), pipeline.id).await.unwrap().unwrap();
    assert_eq!((setup.defaults, setup.continuation), (json!({ "deep": false }), None));
}

const USES_AN_ORB: &str =
    "version: 2.1\norbs:\n  tools: acme/tools@1\nworkflows:\n  main:\n    jobs:\n      - tools/build\n";

#[tokio::test]
async fn orbs_come_from_the_store_and_are_noted() {
    let fixture = Fixture::new().await;
    let job = "jobs:\n  build:\n    executor: base/default\n    steps:\n      - run: make\n";
    fixture.import("acme/tools", "1.0.0", "version: 2.1\njobs: {}\n").await;
    fixture.import("acme/tools", "1.2.0", &format!("version: 2.1\norbs:\n  base: acme/base@volatile\n{job}")).await;
    let base = "version: 2.1\nexecutors:\n  default:\n    docker:\n      - image: busybox\n";
    fixture.import("acme/base", "0.1.0", base).await;
    let pipeline = fixture.compile(Some(USES_AN_ORB)).await;
    assert_eq!(pipeline.state, PipelineState::Created, "{:?}", pipeline.reason);
    let used = store::orb::list_used(fixture.store.read(), pipeline.id).await.unwrap();
    let used: Vec<_> = used.iter().map(|orb| (orb.reference.as_str(), orb.version.as_str(), orb.sha256)).collect();
    let tools = sha256(&format!("version: 2.1\norbs:\n  base: acme/base@volatile\n{job}"));
    assert_eq!(used, [("acme/base@volatile", "0.1.0", sha256(base)), ("acme/tools@1", "1.2.0", tools)]);
}

#[tokio::test]
async fn an_orb_that_nobody_has_is_named_with_what_to_do() {
    let fixture = Fixture::new().await;
    let pipeline = fixture.compile(Some(USES_AN_ORB)).await;
    assert_eq!(pipeline.state, PipelineState::Errored);
    let reason = pipeline.reason.unwrap();
    assert!(reason.contains("`acme/tools@1`") && reason.contains("roundhouse orb import"), "{reason}");
}

#[tokio::test]
async fn orbs_that_import_each_other_without_end_are_refused() {
    let fixture = Fixture::new().await;
    fixture.import("acme/tools", "1.0.0", "version: 2.1\norbs: {next: acme/next@1}\n").await;
    for number in 1..9 {
        let text = format!("version: 2.1\norbs: {{next: acme/next@{}}}\n", number + 1);
        fixture.import("acme/next", &format!("{number}.0.0"), &text).await;
    }
    let reason = fixture.compile(Some(USES_AN_ORB)).await.reason.unwrap();
    assert!(reason.contains("more than 5 levels deep: `acme/next@5` would be next"), "{reason}");
}

/// A registry that is away holds the pipeline up; when it is back, the pipeline goes on.
#[tokio::test]
async fn a_registry_that_is_away_is_waited_for() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut fixture = Fixture::new().await;
    let registry = wiremock::MockServer::start().await;
    let settings = OrbSettings { registry_url: Some(registry.uri()), url_allow: Vec::new() };
    fixture.worker = Fixture::worker(&fixture.store, &settings);
    let away = wiremock::ResponseTemplate::new(503);
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(away).mount(&registry).await;
    let pipeline = fixture.compile(Some(USES_AN_ORB)).await;
    assert_eq!((pipeline.state, pipeline.attempts), (PipelineState::Pending, 1));
    assert!(pipeline.reason.unwrap().contains("the registry"));
    let source = "version: 2.1\njobs: {build: {docker: [{image: busybox}], steps: [{run: make}]}}\n";
    let body = json!({ "data": { "orbVersion": { "version": "1.4.0", "source": source } } });
    registry.reset().await;
    let back = wiremock::ResponseTemplate::new(200).set_body_json(body);
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(back).mount(&registry).await;
    fixture.worker.clock.advance_millis(600_000);
    while fixture.worker.step().await.unwrap() == Progress::Worked {}
    let pipeline = pipeline::get(fixture.store.read(), pipeline.id).await.unwrap();
    assert_eq!(pipeline.state, PipelineState::Created, "{:?}", pipeline.reason);
    let kept = store::orb::list(fixture.store.read()).await.unwrap();
    assert_eq!(
        kept.iter().map(|orb| (orb.version.as_str(), orb.origin)).collect::<Vec<_>>(),
        [("1.4.0", OrbOrigin::Registry)]
    );
}

#[tokio::test]
async fn a_registry_that_stays_away_is_given_up() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut fixture = Fixture::new().await;
    let registry = wiremock::MockServer::start().await;
    let away = wiremock::ResponseTemplate::new(503);
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(away).mount(&registry).await;
    let settings = OrbSettings { registry_url: Some(registry.uri()), url_allow: Vec::new() };
    fixture.worker = Fixture::worker(&fixture.store, &settings);
    let pipeline = fixture.pending(Some(USES_AN_ORB)).await;
    for _ in 0..MOST_FETCHES {
        fixture.worker.step().await.unwrap();
        fixture.worker.clock.advance_millis(LONGEST_PAUSE_MS);
    }
    let pipeline = pipeline::get(fixture.store.read(), pipeline.id).await.unwrap();
    assert_eq!(pipeline.state, PipelineState::Errored);
    assert!(pipeline.reason.unwrap().ends_with("(given up after 15 tries)"));
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
