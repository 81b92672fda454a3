//! The composition root: opens the data directory, builds the stages and the doors, and runs them until told to stop.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use axum::Router;
use secrecy::SecretString;
use store::{Store, StoreOptions};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    blob::Blobs,
    clock::Clock,
    compile,
    disk::Disk,
    dispatch, http,
    log::Logs,
    notify,
    orb::{OrbSources, Shelf},
    os::make_private_directory,
    retention, scheduler,
    secret::{OidcKeys, Vault},
    settings::{BlobSettings, LimitSettings, LoginSettings, OrbSettings, RetentionSettings, SecretSettings, Settings},
    trigger,
    vcs::{ForgeSettings, Forges},
    worker::{self, Worker},
};

/// How long a lost wake-up may matter.
const POLL: Duration = Duration::from_secs(5);

/// How long open connections may finish once the server stops.
const DRAIN: Duration = Duration::from_secs(3);

/// What a server is opened with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Database, logs, keys.
    pub data_dir: PathBuf,
    /// Address that people and forges use, without a slash at the end.
    pub public_url: String,
    /// In front of the name of a job in commit statuses.
    pub status_prefix: String,
    /// The forges.
    pub forges: ForgeSettings,
    /// Where orbs come from; those that were fetched are kept in the rows.
    pub orbs: OrbSettings,
    /// Where orbs come from instead: those of a local run.
    pub orb_sources: Option<Arc<OrbSources>>,
    /// Where caches, workspaces and artifacts are kept.
    pub blobs: BlobSettings,
    /// What seals secrets.
    pub secrets: SecretSettings,
    /// Who may see and do what.
    pub login: LoginSettings,
    /// How long a job may wait for its serial group, in milliseconds.
    pub serial_group_timeout_ms: i64,
    /// How much may run at the same time.
    pub limits: LimitSettings,
    /// How long things are kept.
    pub retention: RetentionSettings,
    /// Tasks at a time of the runner in this process, for the setup page; `None`: it has none.
    pub runner_capacity: Option<usize>,
    /// The time.
    pub clock: Clock,
}

impl Options {
    /// From the settings, with a runner inside.
    pub fn from_settings(settings: &Settings, public_url: String, clock: Clock) -> Self {
        Self {
            runner_capacity: Some(settings.runner.capacity),
            data_dir: settings.data_dir.clone(),
            public_url,
            status_prefix: settings.status_prefix.clone(),
            forges: ForgeSettings { github: settings.github.clone(), gitlab: settings.gitlab.clone() },
            orbs: settings.orbs.clone(),
            orb_sources: None,
            blobs: settings.blobs.clone(),
            secrets: settings.secrets.clone(),
            login: settings.login.clone(),
            serial_group_timeout_ms: settings.serial_group_timeout_ms,
            limits: settings.limits.clone(),
            retention: settings.retention.clone(),
            clock,
        }
    }
}

/// A server: its rows, its stages, its doors. Clones share it.
#[derive(Clone)]
pub struct App {
    store: Store,
    clock: Clock,
    logs: Logs,
    blobs: Blobs,
    vault: Vault,
    oidc_keys: OidcKeys,
    retention: retention::Retention,
    workers: Vec<Arc<dyn Worker>>,
    router: Router,
    stop: CancellationToken,
    _lock: Arc<File>,
}

impl App {
    /// Opens a data directory, which is made if it is missing.
    ///
    /// # Errors
    /// A directory that cannot be made or is in use by another process, a database that cannot be opened.
    pub async fn open(options: Options) -> anyhow::Result<Self> {
        let Options {
            data_dir,
            public_url,
            status_prefix,
            forges,
            orbs,
            orb_sources,
            blobs,
            secrets,
            login,
            serial_group_timeout_ms,
            limits,
            retention,
            runner_capacity,
            clock,
        } = options;
        let LimitSettings { total, project, classes, scheduled_patience_ms, min_free_bytes } = limits;
        let queue_limits = store::queue::Limits { total, project, classes, scheduled_patience_ms };
        make_data_directory(&data_dir)?;
        let lock = lock(&data_dir)?;
        let store_options = StoreOptions { status_prefix, public_url: public_url.clone(), limits: queue_limits };
        let store = Store::open(&data_dir, store_options)
            .await
            .with_context(|| format!("failed to open the database in `{}`", data_dir.display()))?;
        let logs = Logs::open(&data_dir, store.bus().clone())
            .with_context(|| format!("failed to open the logs in `{}`", data_dir.display()))?;
        let (budget, log_limit_bytes) = (blobs.cache_budget_bytes, blobs.log_limit_bytes);
        let place = blobs.place(&data_dir);
        let blobs = Blobs::open(&place).with_context(|| format!("failed to open the blob store in {place}"))?;
        let limits = dispatch::Limits::with_cache_budget(budget);
        let data = dispatch::JobData::new(store.clone(), clock.clone(), blobs.clone(), limits);
        let vault = Vault::open(&data_dir, secrets.master_key.as_ref())?;
        let oidc_keys = OidcKeys::new(store.clone(), clock.clone(), vault.clone());
        let stop = CancellationToken::new();
        let forge_settings = forges.clone();
        let rules = http::auth::Rules::new(&public_url, &login);
        let forges = Arc::new(Forges::new(forges, clock.clone()));
        let dispatch = dispatch::Dispatch::new(
            store.clone(),
            clock.clone(),
            Arc::clone(&forges),
            dispatch::Terms {
                public_url: public_url.clone(),
                log_limit_bytes,
                vault: vault.clone(),
                oidc_keys: oidc_keys.clone(),
                known_hosts: secrets.read_known_hosts()?,
            },
            Disk::new(&data_dir, min_free_bytes),
            stop.clone(),
        );
        let retention = retention::Retention::new(store.clone(), blobs.clone(), logs.clone(), clock.clone(), retention);
        let orbs = orb_sources.unwrap_or_else(|| {
            let shelf = Shelf::Store(store.clone(), clock.clone());
            Arc::new(OrbSources::new(&orbs, shelf, clock.clone()))
        });
        let workers: Vec<Arc<dyn Worker>> = vec![
            Arc::new(trigger::TriggerWorker::new(store.clone(), Arc::clone(&forges), clock.clone())),
            Arc::new(trigger::ScheduleWorker::new(store.clone(), clock.clone())),
            Arc::new(compile::CompileWorker::new(store.clone(), clock.clone(), Arc::clone(&forges), orbs)),
            Arc::new(scheduler::SchedulerWorker::new(store.clone(), clock.clone(), serial_group_timeout_ms)),
            Arc::new(dispatch::ReapWorker::new(store.clone(), clock.clone())),
            Arc::new(notify::NotifyWorker::new(store.clone(), Arc::clone(&forges), clock.clone())),
            Arc::new(retention::RetentionWorker::new(retention.clone())),
        ];
        let router = http::router(http::Doors {
            store: store.clone(),
            clock: clock.clone(),
            logs: logs.clone(),
            dispatch,
            data,
            blobs: blobs.clone(),
            vault: vault.clone(),
            oidc_keys: oidc_keys.clone(),
            forge_settings,
            forges,
            rules,
            runner_capacity,
            stop: stop.clone(),
        });
        let _lock = Arc::new(lock);
        Ok(Self { store, clock, logs, blobs, vault, oidc_keys, retention, workers, router, stop, _lock })
    }

    /// The rows.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The logs of steps.
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// The bytes of caches, workspaces and artifacts.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// What seals and opens secrets.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// What is kept, and for how long.
    pub fn retention(&self) -> retention::Retention {
        self.retention.clone()
    }

    /// All stages that work in the background, in the order of the flow.
    pub fn workers(&self) -> &[Arc<dyn Worker>] {
        &self.workers
    }

    /// Leaves a stage out: whatever it would do stays rows.
    pub fn without(&mut self, stage: store::Stage) {
        self.workers.retain(|worker| worker.stage() != stage);
    }

    /// All doors.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Makes what the first job would have to wait for: the key that signs its tokens takes a good part of a second.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn warm_up(&self) -> anyhow::Result<()> {
        self.oidc_keys.published().await.map(drop)
    }

    /// A fresh token for the runner in this process; the one of the last start opens nothing any more.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn bundled_runner_token(&self) -> anyhow::Result<SecretString> {
        dispatch::create_runner_token(&self.store, &self.clock, "bundled").await
    }

    /// Serves until `stop`, then stops in order: no new connections, live streams end, workers finish their step, the
    /// database is closed. `router` is [`App::router`], with whatever else should answer here.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(self, listener: TcpListener, router: Router, stop: CancellationToken) -> anyhow::Result<()> {
        let mut workers = JoinSet::new();
        for worker in self.workers.clone() {
            let (store, clock, stop) = (self.store.clone(), self.clock.clone(), stop.clone());
            workers.spawn(async move { worker::run(worker.as_ref(), &store, &clock, POLL, stop).await });
        }
        let live = self.stop.clone();
        let served = async {
            tokio::join!(http::serve(listener, router, stop.clone()), async {
                stop.cancelled().await;
                live.cancel();
            })
        };
        tokio::select! {
            _ = served => {}
            () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await } => {}
        }
        while workers.join_next().await.is_some() {}
        self.store.close().await;
        Ok(())
    }
}

/// Makes the data directory, which only its owner may read: it will hold secrets.
fn make_data_directory(directory: &Path) -> anyhow::Result<()> {
    make_private_directory(directory)
        .with_context(|| format!("failed to make the data directory `{}`", directory.display()))
}

/// Holds the data directory for this process: two servers on one database would undo each other's work.
fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join("lock");
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .with_context(|| format!("failed to write in the data directory `{}`", data_dir.display()))?;
    if file.try_lock().is_err() {
        let owner = fs::read_to_string(&path).unwrap_or_default();
        bail!(
            "the data directory `{}` is in use by another Roundhouse (process {}); stop it, or choose another directory \
             with --data-dir",
            data_dir.display(),
            owner.trim()
        );
    }
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}
