use fake_forge::{Failure, FakeGitHub, FakeGitLab};
use model::{
    project::{GitRef, Sha, Vcs},
    time::Timestamp,
};
use store::{
    StoreOptions,
    pipeline::{NewPipeline, Pipeline},
    project::NewProject,
};
use tempfile::TempDir;

use super::*;
use crate::{
    settings::{GithubSettings, GitlabSettings},
    vcs::{
        self, ForgeSettings,
        event::{Incoming, VcsEvent},
    },
};

/// 2026-01-01T00:00:00Z
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

struct Fixture {
    github: FakeGitHub,
    gitlab: FakeGitLab,
    store: Store,
    clock: Clock,
    worker: NotifyWorker,
    pipeline: Pipeline,
    sha: Sha,
    _directory: TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::at(Vcs::GitHub).await
    }

    /// A pipeline of a commit at this forge.
    async fn at(vcs: Vcs) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = TempDir::new().unwrap();
        let (github, gitlab) = (FakeGitHub::start().await.unwrap(), FakeGitLab::start().await.unwrap());
        github.set_now(NOW.millis() / 1000);
        let git_ref = GitRef::Branch("main".to_owned());
        let (sha, incoming) = match vcs {
            Vcs::GitHub => {
                github.create_repo("acme/app").unwrap();
                let sha = github.commit("acme/app", "main", &[("a", "b")], "Add a thing").unwrap();
                let webhook = github.push_webhook("acme/app", &git_ref, None, Some(&sha)).unwrap();
                (sha, vcs::github::webhook::parse("push", &webhook.body).unwrap())
            }
            Vcs::GitLab => {
                gitlab.create_project("acme/app").unwrap();
                let sha = gitlab.commit("acme/app", "main", &[("a", "b")], "Add a thing").unwrap();
                let webhook = gitlab.push_webhook("acme/app", &git_ref, None, Some(&sha)).unwrap();
                (sha, vcs::gitlab::webhook::parse("Push Hook", &webhook.body).unwrap())
            }
        };
        let Incoming::Event(VcsEvent::Push(push)) = incoming else { unreachable!("it is a push") };
        let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
        let clock = Clock::manual(NOW);
        let settings = ForgeSettings {
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
        };
        let worker = NotifyWorker::new(store.clone(), Arc::new(Forges::new(settings, clock.clone())), clock.clone());
        let mut tx = store.begin().await.unwrap();
        let new = NewProject {
            forge_id: push.repository.forge_id,
            installation_id: push.repository.installation_id,
            ..rows::project(&push.repository.slug.to_string())
        };
        let project = project::upsert(&mut tx, &new, NOW).await.unwrap();
        let new = NewPipeline { git_ref, sha: sha.clone(), ..rows::pipeline(project.id) };
        let pipeline = pipeline::create(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        Self { github, gitlab, store, clock, worker, pipeline, sha, _directory: directory }
    }

    /// Moves the time on, here and at the forge.
    fn advance(&self, millis: i64) {
        self.clock.advance_millis(millis);
        self.github.set_now(self.clock.now().millis() / 1000);
    }

    async fn wish(&self, context: &str, state: status::StatusState) {
        self.wish_saying(context, state, state.name()).await;
    }

    async fn wish_saying(&self, context: &str, state: status::StatusState, description: &str) {
        let mut tx = self.store.begin().await.unwrap();
        let desired = Desired {
            project_id: self.pipeline.project_id,
            pipeline_id: self.pipeline.id,
            sha: self.sha.clone(),
            context: context.to_owned(),
            state,
            description: description.to_owned(),
            target_url: "http://ci.example/1".to_owned(),
        };
        status::set_desired(&mut tx, &desired, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn settle(&self) -> Option<Timestamp> {
        loop {
            match self.worker.step().await.unwrap() {
                Progress::Worked => {}
                Progress::Idle { until } => return until,
            }
        }
    }

    /// All statuses ever posted, in order.
    fn posted(&self) -> Vec<String> {
        let all = self.github.statuses(&self.sha);
        all.iter().map(|status| format!("{} {}", status.context, status.state)).collect()
    }
}

#[tokio::test]
async fn a_wish_is_posted_once() {
    let fixture = Fixture::new().await;
    fixture.wish("ci: build", status::StatusState::Pending).await;
    assert_eq!(fixture.settle().await, None);
    assert_eq!(fixture.posted(), ["ci: build pending"]);
    fixture.wish("ci: build", status::StatusState::Success).await;
    assert_eq!(fixture.settle().await, None);
    assert_eq!(fixture.posted(), ["ci: build pending", "ci: build success"]);
    let all = fixture.github.statuses(&fixture.sha);
    assert!(all.iter().all(|status| status.target_url.as_deref() == Some("http://ci.example/1")), "{all:?}");
}

#[tokio::test]
async fn only_the_newest_wish_is_posted() {
    let fixture = Fixture::new().await;
    fixture.wish("ci: build", status::StatusState::Pending).await;
    fixture.wish("ci: build", status::StatusState::Failure).await;
    fixture.settle().await;
    assert_eq!(fixture.posted(), ["ci: build failure"]);
}

#[tokio::test]
async fn many_contexts_go_together() {
    let fixture = Fixture::new().await;
    let count = 2 * AT_ONCE + 4;
    for number in 0..count {
        fixture.wish(&format!("ci: job {number}"), status::StatusState::Pending).await;
    }
    for _ in 0..3 {
        assert_eq!(fixture.worker.step().await.unwrap(), Progress::Worked);
    }
    assert_eq!(fixture.worker.step().await.unwrap(), Progress::Idle { until: None });
    assert_eq!(fixture.posted().len(), count);
}

#[tokio::test]
async fn a_forge_that_is_down_gets_it_later() {
    let fixture = Fixture::new().await;
    fixture.wish("ci: build", status::StatusState::Success).await;
    fixture.github.fail_next_at("/statuses/", 3, Failure::Status(502));
    for _ in 0..3 {
        let until = fixture.settle().await.unwrap();
        let pause = until.millis_since(fixture.clock.now());
        assert!((800..=6_000).contains(&pause), "{pause}");
        fixture.advance(pause);
    }
    assert_eq!(fixture.settle().await, None);
    assert_eq!(fixture.posted(), ["ci: build success"]);
}

#[tokio::test]
async fn a_rate_limit_is_honoured() {
    let fixture = Fixture::new().await;
    fixture.wish("ci: build", status::StatusState::Success).await;
    fixture.github.fail_next_at("/statuses/", 1, Failure::TooManyRequests { retry_after_s: 90 });
    assert_eq!(fixture.settle().await, Some(NOW.plus_millis(90_000)));
    assert!(fixture.posted().is_empty());
    fixture.advance(90_000);
    assert_eq!(fixture.settle().await, None);
    assert_eq!(fixture.posted(), ["ci: build success"]);
}

#[tokio::test]
async fn a_forge_that_asks_to_wait_is_left_alone_by_all() {
    let fixture = Fixture::new().await;
    fixture.wish("ci: build", status::StatusState::Success).await;
    fixture.github.fail_next_at("/statuses/", 1, Failure::SecondaryRateLimit { retry_after_s: 60 });
    fixture.settle().await;
    let asked = fixture.github.requests().len();
    for number in 0..20 {
        fixture.wish(&format!("ci: job {number}"), status::StatusState::Success).await;
    }
    fixture.advance(1_000);
    assert_eq!(fixture.settle().await, Some(NOW.plus_millis(60_000)));
    assert_eq!(fixture.github.requests().len(), asked);
    fixture.advance(59_000);
    assert_eq!(fixture.settle().await, None);
    assert_eq!(fixture.posted().len(), 21);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_same_status() {
    let fixture = Fixture::new().await;
    fixture.wish("ci: build", status::StatusState::Success).await;
    fixture.github.fail_next_at("/statuses/", 1, Failure::AnswerLost);
    let until = fixture.settle().await.unwrap();
    fixture.advance(until.millis_since(NOW));
    assert_eq!(fixture.settle().await, None);
    let shown = fixture.github.shown_statuses(&fixture.sha);
    assert_eq!(shown.iter().map(|status| status.state.as_str()).collect::<Vec<_>>(), ["success"]);
}

#[tokio::test]
async fn a_refusal_is_final_until_the_next_wish() {
    let fixture = Fixture::new().await;
    fixture.wish("ci: build", status::StatusState::Pending).await;
    fixture.github.fail_next_at("/statuses/", 1, Failure::Status(422));
    assert_eq!(fixture.settle().await, None);
    assert!(fixture.posted().is_empty());
    fixture.wish("ci: build", status::StatusState::Success).await;
    assert_eq!(fixture.settle().await, None);
    assert_eq!(fixture.posted(), ["ci: build success"]);
}

#[tokio::test]
async fn gitlab_gets_every_state_and_a_second_run_begins_anew() {
    let fixture = Fixture::at(Vcs::GitLab).await;
    // GitLab refuses to go from pending to pending: it agrees already.
    for description in ["Queued", "Running"] {
        fixture.wish_saying("ci: build", status::StatusState::Pending, description).await;
        assert_eq!(fixture.settle().await, None);
    }
    fixture.wish("ci: build", status::StatusState::Failure).await;
    assert_eq!(fixture.settle().await, None);
    fixture.wish("ci: build", status::StatusState::Pending).await;
    assert_eq!(fixture.settle().await, None);
    fixture.wish("ci: build", status::StatusState::Success).await;
    assert_eq!(fixture.settle().await, None);
    let all = fixture.gitlab.statuses(&fixture.sha);
    let histories: Vec<String> = all.iter().map(|status| status.history.join(" ")).collect();
    assert_eq!(histories, ["pending failed", "pending success"]);
    assert!(all.iter().all(|status| status.name == "ci: build" && status.git_ref.as_deref() == Some("main")));
}
