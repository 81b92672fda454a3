use std::sync::Arc;

use fake_forge::{Failure, FakeGitHub, FakeGitLab};
use model::{
    pipeline::PipelineState,
    project::{GitRef, Sha},
};
use store::{
    StoreOptions,
    inbox::{NewDelivery, Stored},
    pipeline::{Pipeline, PipelineFilter},
};
use tempfile::TempDir;

use super::*;
use crate::{
    settings::{GithubSettings, GitlabSettings},
    vcs::ForgeSettings,
};

const CONFIG: &str = "version: 2.1\njobs: {}\n";
/// 2026-01-01T00:00:00Z
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

struct Fixture {
    github: FakeGitHub,
    gitlab: FakeGitLab,
    store: Store,
    clock: Clock,
    worker: TriggerWorker,
    _directory: TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = TempDir::new().unwrap();
        let (github, gitlab) = (FakeGitHub::start().await.unwrap(), FakeGitLab::start().await.unwrap());
        github.set_now(NOW.millis() / 1000);
        github.create_repo("acme/app").unwrap();
        gitlab.create_project("acme/tools/app").unwrap();
        let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
        let clock = Clock::manual(NOW);
        let forges = Forges::new(
            ForgeSettings {
                github: GithubSettings {
                    url: github.url(),
                    api_url: github.api_url(),
                    app: Some((github.app_id(), github.private_key_pem().to_owned().into())),
                    webhook_secret: None,
                },
                gitlab: Some(GitlabSettings {
                    url: gitlab.url(),
                    token: Some(gitlab.token().to_owned().into()),
                    webhook_secret: None,
                }),
            },
            clock.clone(),
        );
        let worker = TriggerWorker::new(store.clone(), Arc::new(forges), clock.clone());
        Self { github, gitlab, store, clock, worker, _directory: directory }
    }

    /// Moves the time on, here and at the forge.
    fn advance(&self, millis: i64) {
        self.clock.advance_millis(millis);
        self.github.set_now(self.clock.now().millis() / 1000);
    }

    /// A commit with a configuration, pushed to `main`.
    async fn push(&self, subject: &str) -> (Sha, Stored) {
        let sha = self.github.commit("acme/app", "main", &[(".circleci/config.yml", CONFIG)], subject).unwrap();
        let stored = self.deliver(&GitRef::Branch("main".to_owned()), &sha).await;
        (sha, stored)
    }

    async fn deliver(&self, git_ref: &GitRef, sha: &Sha) -> Stored {
        let webhook = self.github.push_webhook("acme/app", git_ref, None, Some(sha)).unwrap();
        self.insert(Vcs::GitHub, &webhook.guid, "push", webhook.body).await
    }

    async fn insert(&self, vcs: Vcs, guid: &str, event: &str, body: Vec<u8>) -> Stored {
        let delivery =
            NewDelivery { vcs, guid: guid.to_owned(), event: event.to_owned(), body, received_at: self.clock.now() };
        self.store.inbox().insert(delivery).await.unwrap()
    }

    async fn settle(&self) {
        while self.worker.step().await.unwrap() == Progress::Worked {}
    }

    async fn pipelines(&self) -> Vec<Pipeline> {
        pipeline::list(self.store.read(), &PipelineFilter::default(), 100).await.unwrap()
    }

    async fn delivery(&self, stored: Stored) -> Delivery {
        let Stored::Inserted(id) = stored else { unreachable!("it is new") };
        delivery::get(self.store.read(), id).await.unwrap()
    }

    async fn ended(&self, stored: Stored) -> (DeliveryState, String) {
        let delivery = self.delivery(stored).await;
        (delivery.state, delivery.note.unwrap_or_default())
    }
}

#[tokio::test]
async fn a_push_becomes_a_project_and_a_pending_pipeline() {
    let fixture = Fixture::new().await;
    let (sha, stored) = fixture.push("Add a thing").await;
    fixture.settle().await;
    let [pipeline] = fixture.pipelines().await.try_into().unwrap();
    assert_eq!((pipeline.number, pipeline.state, &pipeline.sha), (1, PipelineState::Pending, &sha));
    assert_eq!(pipeline.slug.to_string(), "gh/acme/app");
    assert_eq!((pipeline.git_ref, pipeline.subject.as_str()), (GitRef::Branch("main".to_owned()), "Add a thing"));
    assert_eq!(pipeline.values["pipeline.git.branch"], "main");
    assert_eq!(pipeline.values["pipeline.git.branch.is_default"], true);
    assert_eq!(pipeline.values.get("pipeline.git.tag"), None);
    let source = pipeline::get_config_source(fixture.store.read(), pipeline.id).await.unwrap();
    assert_eq!(source.as_deref(), Some(CONFIG));
    assert_eq!(fixture.ended(stored).await.0, DeliveryState::Done);
    let project = project::get(fixture.store.read(), pipeline.project_id).await.unwrap();
    assert_eq!(project.installation_id, i64::try_from(fixture.github.installation_id()).ok());
    // The token was for this repository, to read its contents, and for nothing else.
    let [token] = fixture.github.minted_tokens().try_into().unwrap();
    assert_eq!(token.repositories, ["acme/app"]);
    assert_eq!(token.permissions.into_iter().collect::<Vec<_>>(), [("contents".to_owned(), "read".to_owned())]);
}

#[tokio::test]
async fn a_tag_becomes_a_pipeline_of_its_commit() {
    let fixture = Fixture::new().await;
    let sha = fixture.github.commit("acme/app", "main", &[(".circleci/config.yml", CONFIG)], "A release").unwrap();
    fixture.github.tag("acme/app", "v1", &sha).unwrap();
    fixture.deliver(&GitRef::Tag("v1".to_owned()), &sha).await;
    fixture.settle().await;
    let [pipeline] = fixture.pipelines().await.try_into().unwrap();
    assert_eq!((&pipeline.git_ref, &pipeline.sha), (&GitRef::Tag("v1".to_owned()), &sha));
    assert_eq!(pipeline.values["pipeline.git.tag"], "v1");
}

#[tokio::test]
async fn a_gitlab_push_becomes_a_pipeline() {
    let fixture = Fixture::new().await;
    let files = [(".circleci/config.yml", CONFIG)];
    let sha = fixture.gitlab.commit("acme/tools/app", "main", &files, "Add a thing").unwrap();
    let git_ref = GitRef::Branch("main".to_owned());
    let webhook = fixture.gitlab.push_webhook("acme/tools/app", &git_ref, None, Some(&sha)).unwrap();
    let stored = fixture.insert(Vcs::GitLab, &webhook.guid, "Push Hook", webhook.body).await;
    fixture.settle().await;
    let [pipeline] = fixture.pipelines().await.try_into().unwrap();
    assert_eq!((pipeline.slug.to_string().as_str(), pipeline.subject.as_str()), ("gl/acme/tools/app", "Add a thing"));
    assert_eq!(fixture.ended(stored).await.0, DeliveryState::Done);
}

#[tokio::test]
async fn a_gitlab_tag_asks_the_forge_for_its_commit() {
    let fixture = Fixture::new().await;
    let files = [(".circleci/config.yml", CONFIG)];
    let sha = fixture.gitlab.commit("acme/tools/app", "main", &files, "A release").unwrap();
    fixture.gitlab.git("acme/tools/app").unwrap().tag("v1", &sha).unwrap();
    let git_ref = GitRef::Tag("v1".to_owned());
    let webhook = fixture.gitlab.push_webhook("acme/tools/app", &git_ref, None, Some(&sha)).unwrap();
    fixture.insert(Vcs::GitLab, &webhook.guid, "Tag Push Hook", webhook.body).await;
    fixture.settle().await;
    let [pipeline] = fixture.pipelines().await.try_into().unwrap();
    assert_eq!((&pipeline.git_ref, pipeline.subject.as_str()), (&git_ref, "A release"));
}

#[tokio::test]
async fn a_repository_without_a_configuration_makes_no_pipeline() {
    let fixture = Fixture::new().await;
    let sha = fixture.github.commit("acme/app", "main", &[("README.md", "hello")], "Begin").unwrap();
    let stored = fixture.deliver(&GitRef::Branch("main".to_owned()), &sha).await;
    fixture.settle().await;
    assert!(fixture.pipelines().await.is_empty());
    let note = format!("gh/acme/app has no .circleci/config.yml at {}", sha.short());
    assert_eq!(fixture.ended(stored).await, (DeliveryState::Ignored, note));
    assert!(fixture.github.statuses(&sha).is_empty());
}

#[tokio::test]
async fn a_commit_that_says_skip_ci_is_skipped_without_asking_the_forge() {
    let fixture = Fixture::new().await;
    let (_, stored) = fixture.push("Fix a typo [skip ci]").await;
    fixture.settle().await;
    assert!(fixture.pipelines().await.is_empty());
    let note = "the subject of the commit message says [skip ci]".to_owned();
    assert_eq!(fixture.ended(stored).await, (DeliveryState::Ignored, note));
    assert!(fixture.github.requests().is_empty());
}

#[tokio::test]
async fn a_bad_body_is_set_aside_and_does_not_stop_the_next() {
    let fixture = Fixture::new().await;
    let bad = fixture.insert(Vcs::GitHub, "bad", "push", b"{\"ref\": \"refs/heads/m".to_vec()).await;
    let (_, good) = fixture.push("Add a thing").await;
    fixture.settle().await;
    let (state, note) = fixture.ended(bad).await;
    assert_eq!(state, DeliveryState::Ignored);
    assert!(note.starts_with("the body is not the JSON of this event"), "{note}");
    assert_eq!(fixture.ended(good).await.0, DeliveryState::Done);
    assert_eq!(fixture.pipelines().await.len(), 1);
}

#[tokio::test]
async fn an_outage_of_the_forge_delays_and_loses_nothing() {
    let fixture = Fixture::new().await;
    let (_, stored) = fixture.push("Add a thing").await;
    fixture.github.fail_next(1, Failure::Status(503));
    fixture.settle().await;
    let delivery = fixture.delivery(stored).await;
    assert_eq!((delivery.state, delivery.attempts, delivery.postponed), (DeliveryState::New, 0, 1));
    assert!(delivery.note.unwrap().starts_with("GitHub has a problem (503"));
    assert!(fixture.pipelines().await.is_empty());
    assert_eq!(fixture.worker.step().await.unwrap(), Progress::Idle { until: Some(NOW.plus_millis(POSTPONED_MS[0])) });
    fixture.advance(POSTPONED_MS[0]);
    fixture.settle().await;
    assert_eq!(fixture.pipelines().await.len(), 1);
    assert_eq!(fixture.ended(stored).await.0, DeliveryState::Done);
}

#[tokio::test]
async fn an_outage_of_a_day_loses_nothing() {
    let fixture = Fixture::new().await;
    let (_, stored) = fixture.push("Add a thing").await;
    fixture.github.fail_next(300, Failure::Status(500));
    for _ in 0..300 {
        fixture.settle().await;
        let delivery = fixture.delivery(stored).await;
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::New, 0));
        fixture.advance(5 * 60_000);
    }
    fixture.settle().await;
    assert_eq!(fixture.ended(stored).await.0, DeliveryState::Done);
    assert_eq!(fixture.pipelines().await.len(), 1);
}

#[tokio::test]
async fn a_rate_limit_waits_as_long_as_the_forge_asks() {
    let fixture = Fixture::new().await;
    fixture.push("Add a thing").await;
    fixture.github.fail_next_at("/contents/", 1, Failure::SecondaryRateLimit { retry_after_s: 600 });
    fixture.settle().await;
    assert_eq!(fixture.worker.step().await.unwrap(), Progress::Idle { until: Some(NOW.plus_millis(600_000)) });
}

#[tokio::test]
async fn a_repository_that_the_app_may_not_see_is_ignored_with_what_to_do() {
    let fixture = Fixture::new().await;
    let (sha, _) = fixture.push("Add a thing").await;
    fixture.settle().await;
    let git_ref = GitRef::Branch("main".to_owned());
    let webhook = fixture.github.push_webhook("acme/app", &git_ref, None, Some(&sha)).unwrap();
    let mut body: serde_json::Value = serde_json::from_slice(&webhook.body).unwrap();
    body["installation"]["id"] = 1.into();
    body["repository"]["id"] = 4711.into();
    let stored = fixture.insert(Vcs::GitHub, "other", "push", body.to_string().into_bytes()).await;
    fixture.settle().await;
    let (state, note) = fixture.ended(stored).await;
    assert_eq!(state, DeliveryState::Ignored);
    assert!(note.contains("the GitHub App is not installed on `acme/app` any more"), "{note}");
}

#[tokio::test]
async fn other_events_are_ignored() {
    let fixture = Fixture::new().await;
    let ping = fixture.insert(Vcs::GitHub, "ping", "ping", b"{}".to_vec()).await;
    let note_hook = fixture.insert(Vcs::GitLab, "note", "Note Hook", b"{}".to_vec()).await;
    fixture.settle().await;
    assert_eq!(fixture.ended(ping).await.0, DeliveryState::Ignored);
    assert_eq!(fixture.ended(note_hook).await.0, DeliveryState::Ignored);
}
