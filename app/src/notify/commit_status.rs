//! The worker that makes forges show what the rows say.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use model::{id::PipelineId, project::Vcs, time::Timestamp};
use store::{
    Stage, Store,
    pipeline::{self, Pipeline},
    project::{self, Project},
    status::{self, Desired, StatusTarget},
};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::backoff;
use crate::{
    clock::Clock,
    vcs::{CommitStatus, ForgeError, Forges, RepositoryHandle, StatusState},
    worker::{Progress, Worker},
};

/// How many statuses one step posts, each of another commit or context.
const AT_ONCE: usize = 16;
/// Between two steps. A job that begins and ends within a moment then costs one request instead of two or three, and forges
/// count requests: GitHub wants no more than some hundreds that change something in an hour.
const PACE: Duration = Duration::from_millis(250);
/// How long one step may ask a forge.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long nobody else posts the same: a little longer than the deadline.
const LEASE_MS: i64 = 40_000;

/// Makes forges show what the rows say.
#[derive(Debug)]
pub struct NotifyWorker {
    store: Store,
    forges: Arc<Forges>,
    clock: Clock,
    /// Until when a forge wants to be left alone, by what it counts requests of. A restart forgets it, and is told again.
    quiet: Mutex<HashMap<Account, Timestamp>>,
}

/// A wish, ready to be posted.
struct Post {
    target: StatusTarget,
    repository: RepositoryHandle,
    status: CommitStatus,
}

/// What a forge counts requests of: an installation of the GitHub App, or the token of GitLab.
type Account = (Vcs, Option<i64>);

impl NotifyWorker {
    /// A worker over these rows and forges.
    pub fn new(store: Store, forges: Arc<Forges>, clock: Clock) -> Self {
        Self { store, forges, clock, quiet: Mutex::default() }
    }

    async fn work(&self) -> anyhow::Result<Progress> {
        let due = self.take_due().await?;
        if due.is_empty() {
            return Ok(Progress::Idle { until: status::next_due_at(self.store.read()).await? });
        }
        let answers = self.post_all(due).await?;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        for (target, answer) in &answers {
            let Desired { sha, context, .. } = &target.desired;
            match answer {
                Ok(()) => {
                    debug!("Posted the status `{context}` of {}", sha.short());
                    status::sent(&mut tx, target).await?;
                }
                Err(ForgeError::Permanent { message }) => {
                    warn!("The status `{context}` of {} is given up: {message}", sha.short());
                    status::give_up(&mut tx, target, message).await?;
                }
                Err(ForgeError::Transient { message, retry_after }) => {
                    let pause = backoff::pause((sha, context), target.tries, *retry_after);
                    info!(
                        "The status `{context}` of {} is posted again in {} s: {message}",
                        sha.short(),
                        pause.as_secs()
                    );
                    let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
                    status::failed(&mut tx, target, message, now.plus_millis(millis)).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(Progress::Worked)
    }

    /// Takes the most urgent wishes. After a crash they are due again when the lease ends.
    async fn take_due(&self) -> anyhow::Result<Vec<StatusTarget>> {
        let now = self.clock.now();
        // Most looks find nothing: they need not wait for the writer.
        match status::next_due_at(self.store.read()).await? {
            Some(due) if due <= now => {}
            Some(_) | None => return Ok(Vec::new()),
        }
        let mut tx = self.store.begin().await?;
        let mut due = Vec::new();
        while due.len() < AT_ONCE
            && let Some(target) = status::take_due(&mut tx, now, now.plus_millis(LEASE_MS)).await?
        {
            due.push(target);
        }
        tx.commit().await?;
        Ok(due)
    }

    /// Posts them: one after the other to each account, as forges ask of their clients, and to all accounts at once.
    async fn post_all(&self, due: Vec<StatusTarget>) -> anyhow::Result<Vec<(StatusTarget, Result<(), ForgeError>)>> {
        let mut accounts: Vec<(Account, Vec<Post>)> = Vec::new();
        // Most of them are of one pipeline.
        let mut sources: HashMap<PipelineId, (Project, Pipeline)> = HashMap::new();
        for target in due {
            let id = target.desired.pipeline_id;
            if let Entry::Vacant(unread) = sources.entry(id) {
                let pipeline = pipeline::get(self.store.read(), id).await?;
                let project = project::get(self.store.read(), pipeline.project_id).await?;
                unread.insert((project, pipeline));
            }
            let (project, pipeline) = &sources[&id];
            let post = render(target, project, pipeline);
            let account = (post.repository.slug.vcs, post.repository.installation_id);
            match accounts.iter_mut().find(|(known, _)| *known == account) {
                Some((_, posts)) => posts.push(post),
                None => accounts.push((account, vec![post])),
            }
        }
        let deadline = Instant::now() + DEADLINE;
        let posted = join_all(accounts.into_iter().map(async |(account, posts)| {
            let mut answers = Vec::with_capacity(posts.len());
            for post in posts {
                let answer = self.post(account, &post, deadline).await;
                answers.push((post.target, answer));
            }
            answers
        }));
        Ok(posted.await.into_iter().flatten().collect())
    }

    async fn post(&self, account: Account, post: &Post, deadline: Instant) -> Result<(), ForgeError> {
        let Post { target, repository, status } = post;
        // A forge that asked us to wait is not asked by the other statuses either: it may lock out who goes on.
        if let Some(left) = self.quiet_for(account) {
            let message = format!("{} asked us to wait", repository.slug.vcs);
            return Err(ForgeError::Transient { message, retry_after: Some(left) });
        }
        let posted =
            tokio::time::timeout_at(deadline, self.forges.post_status(repository, &target.desired.sha, status)).await;
        let posted = posted.unwrap_or_else(|_| {
            let message = format!("{} did not take the statuses within {} s", repository.slug.vcs, DEADLINE.as_secs());
            Err(ForgeError::Transient { message, retry_after: None })
        });
        if let Err(ForgeError::Transient { retry_after: Some(pause), .. }) = &posted {
            let until = self.clock.now().plus_millis(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
            self.quiet.lock().unwrap_or_else(PoisonError::into_inner).insert(account, until);
        }
        posted
    }

    /// How long the forge still wants to be left alone.
    fn quiet_for(&self, account: Account) -> Option<Duration> {
        let now = self.clock.now();
        let mut quiet = self.quiet.lock().unwrap_or_else(PoisonError::into_inner);
        quiet.retain(|_, until| *until > now);
        let left = quiet.get(&account)?.millis_since(now);
        Some(Duration::from_millis(left.unsigned_abs()))
    }
}

/// What is to be posted, and where.
fn render(target: StatusTarget, project: &Project, pipeline: &Pipeline) -> Post {
    let Desired { context, state, description, target_url, .. } = &target.desired;
    let repository = RepositoryHandle {
        slug: project.slug.clone(),
        forge_id: project.forge_id,
        installation_id: project.installation_id,
    };
    let status = CommitStatus {
        context: context.clone(),
        state: match state {
            status::StatusState::Pending => StatusState::Pending,
            status::StatusState::Success => StatusState::Success,
            status::StatusState::Failure => StatusState::Failure,
            status::StatusState::Error => StatusState::Error,
        },
        description: description.clone(),
        target_url: Some(target_url.clone()).filter(|url| !url.is_empty()),
        git_ref: Some(pipeline.git_ref.clone()),
    };
    Post { target, repository, status }
}

impl Worker for NotifyWorker {
    fn name(&self) -> &'static str {
        "notify"
    }

    fn stage(&self) -> Stage {
        Stage::Notify
    }

    fn pace(&self) -> Duration {
        PACE
    }

    fn step(&self) -> BoxFuture<'_, anyhow::Result<Progress>> {
        self.work().boxed()
    }
}

#[cfg(test)]
mod tests;
