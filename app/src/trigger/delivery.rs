//! The worker that turns stored webhooks into pipelines, one at a time, the longest waiting first.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use config::Source;
use futures_util::{FutureExt, future::BoxFuture};
use model::{
    id::ProjectId,
    project::{GitRef, Sha, Vcs},
    time::Timestamp,
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::json;
use store::{
    Stage, Store,
    delivery::{self, Delivery, DeliveryState},
    pipeline::{self, NewPipeline},
    project::{self, NewProject},
    pull_request, schedule, supersede,
    trigger_setting::{self, TriggerSettings},
};
use tracing::{info, warn};

use super::{rule, values};
use crate::{
    clock::Clock,
    vcs::{
        CONFIG_PATH, ForgeError, Forges, RepositoryHandle,
        event::{BadPayload, Commit, Deletion, Incoming, PullRequest, Push, Repository, VcsEvent},
        github, gitlab,
    },
    worker::{Progress, Worker},
};

/// How long a delivery waits after each failed try but the last, in milliseconds.
const PAUSES_MS: [i64; 4] = [5_000, 45_000, 5 * 60_000, 60 * 60_000];
/// How long a delivery waits for a forge that gives no answer, in milliseconds: ever longer, but without end.
const POSTPONED_MS: [i64; 5] = [2_000, 10_000, 45_000, 2 * 60_000, 5 * 60_000];
/// How long the forge may take over one delivery: the others wait meanwhile.
const DEADLINE: Duration = Duration::from_secs(30);

/// Turns stored webhooks into pipelines.
#[derive(Debug)]
pub struct TriggerWorker {
    store: Store,
    forges: Arc<Forges>,
    clock: Clock,
}

/// What a delivery comes to, before anything is written.
enum Effect {
    /// Nothing, for this reason.
    Ignore(String),
    /// A pipeline.
    Start(Box<Start>),
    /// What is known of a pull request changes, and no more, for this reason.
    Note(Box<PullRequest>, String),
    /// A branch has no configuration any more, and so no schedules, for this reason.
    Forget(Deletion, String),
}

struct Start {
    repository: Repository,
    git_ref: GitRef,
    sha: Sha,
    zone: Zone,
    head: Commit,
    config: String,
    actor: Actor,
    /// What happened, for the pipeline values.
    event: Event,
    default_branch: String,
}

enum Event {
    Push(Box<Push>),
    PullRequest(Box<PullRequest>),
}

/// What is known here of a repository.
struct Known {
    /// `None`: it had no pipeline yet.
    project: Option<ProjectId>,
    settings: TriggerSettings,
    default_branch: String,
}

/// Why a delivery could not be worked through.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Payload(#[from] BadPayload),
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Failure {
    fn too_slow(vcs: Vcs) -> Self {
        let message = format!("{vcs} did not tell what was asked within {} s", DEADLINE.as_secs());
        Self::Forge(ForgeError::Transient { message, retry_after: None })
    }
}

impl TriggerWorker {
    /// A worker over these rows and forges.
    pub fn new(store: Store, forges: Arc<Forges>, clock: Clock) -> Self {
        Self { store, forges, clock }
    }

    async fn work(&self) -> anyhow::Result<Progress> {
        let now = self.clock.now();
        let Some(delivery) = delivery::next_due(self.store.read(), now).await? else {
            return Ok(Progress::Idle { until: delivery::next_due_at(self.store.read()).await? });
        };
        // A delivery that makes us panic, or that the store refuses, must not stand in the way of the others.
        let worked = AssertUnwindSafe(async {
            let understood = tokio::time::timeout(DEADLINE, self.understand(&delivery)).await;
            match understood.unwrap_or_else(|_| Err(Failure::too_slow(delivery.vcs))) {
                Ok(Effect::Ignore(note)) => self.ignore(&delivery, &note).await,
                Ok(Effect::Start(start)) => self.start(&delivery, *start).await,
                Ok(Effect::Note(event, note)) => self.note(&delivery, &event, &note).await,
                Ok(Effect::Forget(deletion, note)) => self.forget(&delivery, &deletion, &note).await,
                Err(Failure::Payload(error)) => self.ignore(&delivery, &error.to_string()).await,
                Err(Failure::Forge(ForgeError::Permanent { message })) => {
                    warn!(delivery.id = delivery.id.0, "Delivery {} starts no pipeline: {message}", delivery.id);
                    self.ignore(&delivery, &message).await
                }
                Err(Failure::Forge(ForgeError::Transient { message, retry_after })) => {
                    self.postpone(&delivery, &message, retry_after).await
                }
                Err(Failure::Store(error)) => Err(error.into()),
            }
        });
        match worked.catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.fail(&delivery, &format!("{error:#}")).await?,
            Err(panic) => {
                let message = format!("a bug in Roundhouse (panic): {}", panic_text(&*panic));
                self.fail(&delivery, &message).await?;
            }
        }
        Ok(Progress::Worked)
    }

    /// Reads the body, and what is needed of the forge.
    async fn understand(&self, delivery: &Delivery) -> Result<Effect, Failure> {
        let incoming = match delivery.vcs {
            Vcs::GitHub => github::webhook::parse(&delivery.event, &delivery.body)?,
            Vcs::GitLab => gitlab::webhook::parse(&delivery.event, &delivery.body)?,
        };
        match incoming {
            Incoming::Ignored(note) => Ok(Effect::Ignore(note)),
            Incoming::Event(VcsEvent::Push(push)) => self.understand_push(*push).await,
            Incoming::Event(VcsEvent::PullRequest(event)) => self.understand_pull_request(event).await,
            Incoming::Event(VcsEvent::Deletion(deletion)) => {
                let note = match &deletion.git_ref {
                    GitRef::Branch(name) => format!("branch `{name}` was deleted"),
                    GitRef::Tag(name) => format!("tag `{name}` was deleted"),
                };
                Ok(Effect::Forget(*deletion, note))
            }
        }
    }

    async fn understand_push(&self, push: Push) -> Result<Effect, Failure> {
        let db = self.store.read();
        let Known { project, settings, default_branch } = self.known(&push.repository).await?;
        if let Some(note) = push.head.as_ref().and_then(rule::skipped) {
            return Ok(Effect::Ignore(note));
        }
        let open = match (&project, &push.git_ref) {
            (Some(project), GitRef::Branch(branch)) => {
                !pull_request::list_open_by_branch(db, *project, branch).await?.is_empty()
            }
            (Some(_) | None, _) => false,
        };
        if let Err(note) = rule::push(&push.git_ref, &default_branch, settings, open) {
            return Ok(Effect::Ignore(note));
        }
        let repository = handle(&push.repository);
        let Some(config) = self.forges.read_config(&repository, &push.sha).await? else {
            let note = format!("{} has no {CONFIG_PATH} at {}", repository.slug, push.sha.short());
            let Push { repository: Repository { forge_id, slug, .. }, git_ref, .. } = push;
            return Ok(Effect::Forget(Deletion { vcs: slug.vcs, forge_id, git_ref }, note));
        };
        let head = match &push.head {
            Some(head) => head.clone(),
            None => {
                let found = self.describe(&repository, &push.sha).await?;
                if let Some(note) = rule::skipped(&found) {
                    return Ok(Effect::Ignore(note));
                }
                found
            }
        };
        Ok(Effect::Start(Box::new(Start {
            repository: push.repository.clone(),
            git_ref: push.git_ref.clone(),
            sha: push.sha.clone(),
            zone: Zone::of_ref(&push.git_ref, &default_branch),
            head,
            config,
            actor: push.actor.clone(),
            event: Event::Push(Box::new(push)),
            default_branch,
        })))
    }

    async fn understand_pull_request(&self, event: Box<PullRequest>) -> Result<Effect, Failure> {
        let Known { project, settings, default_branch } = self.known(&event.repository).await?;
        if let Err(note) = rule::pull_request(&event, settings) {
            return Ok(Effect::Note(event, note));
        }
        let git_ref = event.git_ref();
        // Its branch was pushed while it had a pull request, or this one was closed and opened again.
        if let Some(project) = project
            && pipeline::exists(self.store.read(), project, &git_ref, &event.sha).await?
        {
            let note = format!("pull request {}: {} has a pipeline already", event.number, event.sha.short());
            return Ok(Effect::Note(event, note));
        }
        let repository = handle(&event.repository);
        let head = match &event.head {
            Some(head) => head.clone(),
            None => self.describe(&repository, &event.sha).await?,
        };
        if !event.is_fork()
            && let Some(note) = rule::skipped(&head)
        {
            return Ok(Effect::Note(event, note));
        }
        let Some(config) = self.forges.read_config(&repository, &event.sha).await? else {
            let note = format!("{} has no {CONFIG_PATH} at {}", repository.slug, event.sha.short());
            return Ok(Effect::Note(event, note));
        };
        Ok(Effect::Start(Box::new(Start {
            repository: event.repository.clone(),
            git_ref,
            sha: event.sha.clone(),
            zone: Zone::of_pull_request(event.repository.forge_id, event.head_repository_id),
            head,
            config,
            actor: event.actor.clone(),
            event: Event::PullRequest(event),
            default_branch,
        })))
    }

    /// What is known here of the repository of an event.
    async fn known(&self, repository: &Repository) -> Result<Known, store::Error> {
        let db = self.store.read();
        let found = project::find_by_forge_id(db, repository.slug.vcs, repository.forge_id).await?;
        let settings = match &found {
            Some(project) => trigger_setting::get(db, project.id).await?,
            None => TriggerSettings::default(),
        };
        let default_branch = match (&repository.default_branch, &found) {
            (Some(told), _) => told.clone(),
            (None, Some(project)) => project.default_branch.clone(),
            (None, None) => "main".to_owned(),
        };
        Ok(Known { project: found.map(|project| project.id), settings, default_branch })
    }

    /// A commit that the event does not describe. Nice to have: no reason to lose the pipeline.
    async fn describe(&self, repository: &RepositoryHandle, sha: &Sha) -> Result<Commit, Failure> {
        match self.forges.find_commit(repository, sha).await {
            Ok(found) => Ok(found.unwrap_or_default()),
            Err(error @ ForgeError::Transient { .. }) => Err(error.into()),
            Err(ForgeError::Permanent { .. }) => Ok(Commit::default()),
        }
    }

    /// Project, pipeline and the delivery's end, in one transaction.
    async fn start(&self, delivery: &Delivery, start: Start) -> anyhow::Result<()> {
        let Start { repository, git_ref, sha, zone, head, config, actor, event, default_branch } = start;
        let now = self.clock.now();
        let is_setup =
            config::declared(&Source::new(CONFIG_PATH, config.as_str())).is_some_and(|declared| declared.setup);
        let mut tx = self.store.begin().await?;
        let new = NewProject {
            slug: repository.slug.clone(),
            forge_id: repository.forge_id,
            installation_id: repository.installation_id,
            default_branch: default_branch.clone(),
            clone_url: repository.clone_url.clone(),
            web_url: repository.html_url.clone(),
            private: repository.private,
        };
        let project = project::upsert(&mut tx, &new, now).await?;
        let values = match &event {
            Event::Push(push) => {
                let open = match push.git_ref.branch() {
                    Some(branch) => pull_request::list_open_by_branch(tx.db(), project.id, branch).await?,
                    None => Vec::new(),
                };
                let page = open.first().map(|pull_request| &*pull_request.web_url);
                values::of_push(push, &head, &default_branch, page, delivery.received_at)
            }
            Event::PullRequest(event) => {
                pull_request::put(&mut tx, project.id, &row_of(event), now).await?;
                values::of_pull_request(event, &git_ref, &head, &default_branch, delivery.received_at)
            }
        };
        let Commit { subject, body, author, author_login: _ } = head;
        let new = NewPipeline {
            project_id: project.id,
            trigger: Trigger::Webhook,
            git_ref: git_ref.clone(),
            sha: sha.clone(),
            subject,
            body,
            actor,
            author: Some(author).filter(|author| !author.is_empty()),
            parameters: json!({}),
            values,
            delivery_id: Some(delivery.id),
            zone,
        };
        let pipeline = pipeline::create(&mut tx, &new, now).await?;
        pipeline::set_config_source(&mut tx, pipeline.id, &config).await?;
        if is_setup {
            pipeline::set_setup_pending(&mut tx, pipeline.id).await?;
        }
        supersede::cancel_older(&mut tx, &pipeline, now).await?;
        delivery::finish(&mut tx, delivery.id).await?;
        tx.commit().await?;
        info!(
            project.slug = %project.slug,
            pipeline.id = %pipeline.id,
            delivery.id = delivery.id.0,
            "Pipeline {} of {}: {} at {}",
            pipeline.number,
            project.slug,
            git_ref.name(),
            sha.short(),
        );
        Ok(())
    }

    /// Keeps what is known of a pull request now; of projects that have none of our pipelines, nothing is kept.
    async fn note(&self, delivery: &Delivery, event: &PullRequest, note: &str) -> anyhow::Result<()> {
        let Repository { slug, forge_id, .. } = &event.repository;
        let mut tx = self.store.begin().await?;
        if let Some(project) = project::find_by_forge_id(tx.db(), slug.vcs, *forge_id).await? {
            pull_request::put(&mut tx, project.id, &row_of(event), self.clock.now()).await?;
        }
        delivery::ignore(&mut tx, delivery.id, note).await?;
        tx.commit().await?;
        info!(delivery.id = delivery.id.0, "Ignored delivery {} ({}): {note}", delivery.id, delivery.event);
        Ok(())
    }

    /// Takes a branch's schedules away with its configuration.
    async fn forget(&self, delivery: &Delivery, deletion: &Deletion, note: &str) -> anyhow::Result<()> {
        let Deletion { vcs, forge_id, git_ref } = deletion;
        let mut tx = self.store.begin().await?;
        if let GitRef::Branch(branch) = git_ref
            && let Some(project) = project::find_by_forge_id(tx.db(), *vcs, *forge_id).await?
        {
            schedule::replace_of_branch(&mut tx, project.id, branch, &[], &Actor::default(), self.clock.now()).await?;
        }
        delivery::ignore(&mut tx, delivery.id, note).await?;
        tx.commit().await?;
        info!(delivery.id = delivery.id.0, "Ignored delivery {} ({}): {note}", delivery.id, delivery.event);
        Ok(())
    }

    async fn ignore(&self, delivery: &Delivery, note: &str) -> anyhow::Result<()> {
        let mut tx = self.store.begin().await?;
        delivery::ignore(&mut tx, delivery.id, note).await?;
        tx.commit().await?;
        info!(delivery.id = delivery.id.0, "Ignored delivery {} ({}): {note}", delivery.id, delivery.event);
        Ok(())
    }

    /// The forge gives no answer now: it will, and the delivery waits until then.
    async fn postpone(&self, delivery: &Delivery, note: &str, retry_after: Option<Duration>) -> anyhow::Result<()> {
        let next_try_at = next_try_at(&POSTPONED_MS, delivery.postponed, retry_after, self.clock.now());
        let mut tx = self.store.begin().await?;
        delivery::postpone(&mut tx, delivery.id, note, next_try_at).await?;
        tx.commit().await?;
        let id = delivery.id;
        info!(delivery.id = id.0, "Delivery {id} waits for the forge: {note}");
        Ok(())
    }

    async fn fail(&self, delivery: &Delivery, error: &str) -> anyhow::Result<()> {
        let next_try_at = next_try_at(&PAUSES_MS, delivery.attempts, None, self.clock.now());
        let mut tx = self.store.begin().await?;
        let state = delivery::fail(&mut tx, delivery.id, error, next_try_at).await?;
        tx.commit().await?;
        let id = delivery.id;
        match state {
            DeliveryState::Dead => {
                warn!(delivery.id = id.0, "Delivery {id} failed too often and is set aside: {error}")
            }
            DeliveryState::New | DeliveryState::Done | DeliveryState::Ignored => {
                info!(delivery.id = id.0, "Delivery {id} failed and is tried again: {error}");
            }
        }
        Ok(())
    }
}

impl Worker for TriggerWorker {
    fn name(&self) -> &'static str {
        "trigger"
    }

    fn stage(&self) -> Stage {
        Stage::Trigger
    }

    fn step(&self) -> BoxFuture<'_, anyhow::Result<Progress>> {
        self.work().boxed()
    }
}

fn handle(repository: &Repository) -> RepositoryHandle {
    RepositoryHandle {
        slug: repository.slug.clone(),
        forge_id: repository.forge_id,
        installation_id: repository.installation_id,
    }
}

fn row_of(event: &PullRequest) -> pull_request::PullRequest {
    pull_request::PullRequest {
        number: event.number,
        open: event.open,
        draft: event.draft,
        title: event.title.clone(),
        web_url: event.web_url.clone(),
        head_ref: event.head_ref.clone(),
        head_sha: event.sha.clone(),
        head_repository_id: event.head_repository_id,
        base_ref: event.base_ref.clone(),
    }
}

/// The growing pause, or what the forge asks for where that is longer.
fn next_try_at(pauses_ms: &[i64], tries: u32, retry_after: Option<Duration>, now: Timestamp) -> Timestamp {
    let index = usize::try_from(tries).unwrap_or(usize::MAX).min(pauses_ms.len() - 1);
    let asked = retry_after.map_or(0, |pause| i64::try_from(pause.as_millis()).unwrap_or(0));
    now.plus_millis(pauses_ms[index].max(asked))
}

/// What a panic said.
fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests;
