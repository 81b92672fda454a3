//! The worker that turns stored webhooks into pipelines, one at a time, the longest waiting first.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use model::{project::Vcs, time::Timestamp, trigger::Trigger, zone::Zone};
use serde_json::json;
use store::{
    Stage, Store,
    delivery::{self, Delivery, DeliveryState},
    pipeline::{self, NewPipeline},
    project::{self, NewProject},
};
use tracing::{info, warn};

use super::{rule, values};
use crate::{
    clock::Clock,
    vcs::{
        CONFIG_PATH, ForgeError, Forges, RepositoryHandle,
        event::{BadPayload, Commit, Incoming, Push, VcsEvent},
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
}

struct Start {
    push: Push,
    head: Commit,
    config: String,
}

/// Why a delivery could not be worked through.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Payload(#[from] BadPayload),
    #[error(transparent)]
    Forge(#[from] ForgeError),
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
                Err(Failure::Payload(error)) => self.ignore(&delivery, &error.to_string()).await,
                Err(Failure::Forge(ForgeError::Permanent { message })) => {
                    warn!(delivery.id = delivery.id.0, "Delivery {} starts no pipeline: {message}", delivery.id);
                    self.ignore(&delivery, &message).await
                }
                Err(Failure::Forge(ForgeError::Transient { message, retry_after })) => {
                    self.postpone(&delivery, &message, retry_after).await
                }
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
        let push = match incoming {
            Incoming::Ignored(note) => return Ok(Effect::Ignore(note)),
            Incoming::Event(VcsEvent::PullRequest(event)) => return Ok(Effect::Ignore(rule::pull_request(&event))),
            Incoming::Event(VcsEvent::Push(push)) => *push,
        };
        let repository = RepositoryHandle {
            slug: push.repository.slug.clone(),
            forge_id: push.repository.forge_id,
            installation_id: push.repository.installation_id,
        };
        if let Some(note) = push.head.as_ref().and_then(rule::skipped) {
            return Ok(Effect::Ignore(note));
        }
        let Some(config) = self.forges.read_config(&repository, &push.sha).await? else {
            return Ok(Effect::Ignore(format!("{} has no {CONFIG_PATH} at {}", repository.slug, push.sha.short())));
        };
        let head = match &push.head {
            Some(head) => head.clone(),
            None => {
                let found = match self.forges.find_commit(&repository, &push.sha).await {
                    Ok(found) => found.unwrap_or_default(),
                    Err(error @ ForgeError::Transient { .. }) => return Err(error.into()),
                    // Nice to have: no reason to lose the pipeline.
                    Err(ForgeError::Permanent { .. }) => Commit::default(),
                };
                if let Some(note) = rule::skipped(&found) {
                    return Ok(Effect::Ignore(note));
                }
                found
            }
        };
        Ok(Effect::Start(Box::new(Start { push, head, config })))
    }

    /// Project, pipeline and the delivery's end, in one transaction.
    async fn start(&self, delivery: &Delivery, start: Start) -> anyhow::Result<()> {
        let Start { push, head, config } = start;
        let now = self.clock.now();
        let repository = &push.repository;
        let mut tx = self.store.begin().await?;
        let default_branch = match &repository.default_branch {
            Some(branch) => branch.clone(),
            None => project::find_by_forge_id(tx.db(), repository.slug.vcs, repository.forge_id)
                .await?
                .map_or_else(|| "main".to_owned(), |known| known.default_branch),
        };
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
        let Commit { subject, body, author } = head.clone();
        let new = NewPipeline {
            project_id: project.id,
            trigger: Trigger::Webhook,
            git_ref: push.git_ref.clone(),
            sha: push.sha.clone(),
            subject,
            body,
            actor: push.actor.clone(),
            author: Some(author).filter(|author| !author.is_empty()),
            parameters: json!({}),
            values: values::of_push(&push, &head, &default_branch),
            delivery_id: Some(delivery.id),
            zone: Zone::of_ref(&push.git_ref, &project.default_branch),
        };
        let pipeline = pipeline::create(&mut tx, &new, now).await?;
        pipeline::set_config_source(&mut tx, pipeline.id, &config).await?;
        delivery::finish(&mut tx, delivery.id).await?;
        tx.commit().await?;
        info!(
            project.slug = %project.slug,
            pipeline.id = %pipeline.id,
            delivery.id = delivery.id.0,
            "Pipeline {} of {}: {} at {}",
            pipeline.number,
            project.slug,
            push.git_ref.name(),
            push.sha.short(),
        );
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
