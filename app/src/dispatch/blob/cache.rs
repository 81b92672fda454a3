//! Caches: the first to save a key wins, and what is saved never changes.

use futures_util::StreamExt;
use model::time::Timestamp;
use store::{
    Tx,
    cache::{self, Cache, Scope, Zone},
    job::{self, Job},
    pipeline,
    task::Task,
};
use tracing::{info, warn};
use uuid::Uuid;

use super::{JobData, keep::Body, name};
use crate::{
    blob::{BlobError, BlobKey, Content, Stored},
    dispatch::{DispatchError, lease::current},
};

/// Keys that one step may ask for.
const KEYS: usize = 100;

/// Caches that go at a time.
const BATCH: u32 = 100;

/// A cache that was asked for.
#[derive(Debug)]
pub struct FoundCache {
    /// What it was saved under.
    pub key: String,
    /// The archive.
    pub content: Content,
}

/// What became of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is stored.
    New,
    /// Another was stored under this key before, and stays.
    Before,
}

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600_000;

/// Which caches a job sees.
#[derive(Debug)]
struct Scopes {
    /// Where it writes; `None`: nowhere.
    own: Option<Scope>,
    /// Where it reads, in this order.
    seen: Vec<Scope>,
}

impl Scopes {
    /// Of a pipeline of this zone. All branches of a repository share their caches, as on CircleCI. A fork reads those, too,
    /// but what it writes is seen by itself alone.
    fn new(job: &Job, zone: model::zone::Zone) -> Self {
        let scope = |zone| Scope { project: job.project_id, zone };
        let trusted = scope(Zone::Repo);
        match zone {
            model::zone::Zone::Protected | model::zone::Zone::Repo => Self { own: Some(trusted), seen: vec![trusted] },
            model::zone::Zone::Fork { repository: Some(repository) } => {
                let own = scope(Zone::Fork { repository });
                Self { own: Some(own), seen: vec![own, trusted] }
            }
            model::zone::Zone::Fork { repository: None } => Self { own: None, seen: vec![trusted] },
        }
    }
}

impl JobData {
    /// The first of these keys that finds a cache: the exact key, or the newest that begins with it.
    ///
    /// # Errors
    /// Keys that cannot be, a task that is not this runner's.
    pub async fn find_cache(&self, task: &Task, keys: &[String]) -> Result<Option<FoundCache>, DispatchError> {
        if keys.is_empty() || keys.len() > KEYS {
            return Err(name::refused(format!("a cache is asked for with 1 to {KEYS} keys; these are {}", keys.len())));
        }
        for key in keys {
            name::key(key)?;
        }
        let Scopes { own: _, seen } = self.scopes(&self.job(task).await?).await?;
        let mut places = Vec::new();
        for key in keys {
            places.extend(seen.iter().map(|scope| (key, *scope)));
        }
        for (key, scope) in places {
            let now = self.clock().now();
            while let Some(found) = cache::find_by_prefix(self.store().read(), scope, key, now).await? {
                let stored = Stored { size_bytes: found.size_bytes, sha256: found.sha256 };
                match self.blobs().get(BlobKey::cache(found.id), stored).await {
                    Ok(Some(content)) => return self.give(found, content).await.map(Some),
                    Ok(None) => {
                        warn!(
                            "The archive of cache `{}` is gone or has another size: the cache is forgotten",
                            found.key
                        );
                        self.forget_cache(found.id).await?;
                    }
                    Err(error @ (BlobError::Store(_) | BlobError::Io(_))) => {
                        return Err(DispatchError::Internal(error.into()));
                    }
                    Err(error @ (BlobError::TooLarge(_) | BlobError::Incomplete(_) | BlobError::Full)) => {
                        return Err(DispatchError::Unavailable(error.to_string()));
                    }
                }
            }
        }
        Ok(None)
    }

    async fn scopes(&self, job: &Job) -> Result<Scopes, DispatchError> {
        let pipeline = pipeline::get(self.store().read(), job.pipeline_id).await?;
        Ok(Scopes::new(job, pipeline.zone))
    }

    async fn give(&self, found: Cache, content: Content) -> Result<FoundCache, DispatchError> {
        let mut tx = self.store().begin().await?;
        cache::used(&mut tx, found.id, self.clock().now()).await?;
        tx.commit().await?;
        let (data, id, key) = (self.clone(), found.id, found.key.clone());
        let chunks = content.chunks.inspect(move |chunk| {
            if let Err(error) = chunk
                && error.kind() == std::io::ErrorKind::InvalidData
            {
                warn!("Cache `{key}` is damaged and is forgotten: {error}");
                let data = data.clone();
                tokio::spawn(async move { data.forget_cache(id).await });
            }
        });
        Ok(FoundCache { key: found.key, content: Content { size_bytes: content.size_bytes, chunks: chunks.boxed() } })
    }

    async fn forget_cache(&self, id: Uuid) -> Result<(), DispatchError> {
        let mut tx = self.store().begin().await?;
        cache::delete(&mut tx, id).await?;
        tx.commit().await?;
        self.forget(vec![BlobKey::cache(id)]).await;
        Ok(())
    }

    /// Whether exactly this key is stored where this job would store it.
    ///
    /// # Errors
    /// A key that cannot be, a task that is not this runner's.
    pub async fn has_cache(&self, task: &Task, key: &str) -> Result<bool, DispatchError> {
        name::key(key)?;
        let Scopes { own, seen: _ } = self.scopes(&self.job(task).await?).await?;
        match own {
            Some(own) => Ok(cache::find(self.store().read(), own, key, self.clock().now()).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Saves a cache, unless there is one with this key.
    ///
    /// # Errors
    /// A key that cannot be, an archive that is too large or did not come whole, a task that is not this runner's, a fork
    /// whose repository is gone.
    pub async fn save_cache(&self, task: &Task, key: &str, mut body: Body) -> Result<Saved, DispatchError> {
        if self.has_cache(task, key).await? {
            // The sender does not look at the answer before it has sent all.
            while let Some(Ok(_)) = body.next().await {}
            return Ok(Saved::Before);
        }
        let job = self.job(task).await?;
        let Some(scope) = self.scopes(&job).await?.own else {
            return Err(name::refused("nothing is kept for a fork whose repository is gone".to_owned()));
        };
        let days = job::get_plan(self.store().read(), job.id).await?.and_then(|plan| plan.cache_retention_days);
        let kept_ms = days.map_or(i64::MAX, |days| i64::from(days) * DAY_MS).min(self.limits().cache_retention_ms);
        let blob = BlobKey::cache(Uuid::now_v7());
        let what = format!("the cache `{key}`");
        let Stored { size_bytes, sha256 } = self.put(blob, body, self.limits().cache_bytes, &what).await?;
        let now = self.clock().now();
        // One whose time is over would stand in the way.
        self.forget_over(now).await?;
        let saved = async {
            let mut tx = self.store().begin().await?;
            current(&mut tx, task).await?;
            let row = Cache {
                id: blob.id,
                scope,
                key: key.to_owned(),
                size_bytes,
                sha256,
                job_id: job.id,
                created_at: now,
                used_at: now,
                expires_at: Some(now.plus_millis(kept_ms)),
            };
            let created = cache::create(&mut tx, &row).await?;
            tx.commit().await?;
            Ok::<_, DispatchError>(created)
        };
        match saved.await {
            Ok(true) => {
                self.make_room(blob.id).await?;
                Ok(Saved::New)
            }
            Ok(false) => {
                self.forget(vec![blob]).await;
                Ok(Saved::Before)
            }
            Err(error) => {
                self.forget(vec![blob]).await;
                Err(error)
            }
        }
    }

    /// Forgets caches whose time is over.
    async fn forget_over(&self, now: Timestamp) -> Result<(), DispatchError> {
        let oldest = now.plus_millis(-self.limits().cache_retention_ms);
        loop {
            let mut tx = self.store().begin().await?;
            let going = cache::list_over(tx.db(), oldest, now, BATCH).await?;
            if !self.forget_caches(tx, going).await? {
                return Ok(());
            }
        }
    }

    /// Forgets the caches that were used longest ago until the rest fits into the budget.
    async fn make_room(&self, newest: Uuid) -> Result<(), DispatchError> {
        loop {
            let mut tx = self.store().begin().await?;
            let mut excess = cache::total_bytes(tx.db()).await?.saturating_sub(self.limits().cache_budget_bytes);
            let mut going = Vec::new();
            if excess > 0 {
                for cache in cache::list_least_used(tx.db(), BATCH).await? {
                    if excess > 0 && cache.id != newest {
                        excess = excess.saturating_sub(cache.size_bytes);
                        going.push(cache);
                    }
                }
            }
            if !self.forget_caches(tx, going).await? {
                return Ok(());
            }
        }
    }

    /// Deletes rows, then blobs. `false`: there were none.
    async fn forget_caches(&self, mut tx: Tx, going: Vec<Cache>) -> Result<bool, DispatchError> {
        if going.is_empty() {
            return Ok(false);
        }
        for cache in &going {
            cache::delete(&mut tx, cache.id).await?;
        }
        tx.commit().await?;
        info!("{} of the caches that were saved or used longest ago made room", going.len());
        self.forget(going.into_iter().map(|cache| BlobKey::cache(cache.id)).collect()).await;
        Ok(true)
    }
}
