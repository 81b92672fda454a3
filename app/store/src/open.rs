//! Opening the database.

use std::{num::NonZeroUsize, path::Path, sync::Arc, thread, time::Duration};

use sqlx::{
    SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Bus, Error, Result, Tx, inbox::Inbox, queue::Limits, writer::Writer};

/// The first SQLite without the bug that loses committed writes when a WAL is reset.
const SQLITE_FLOOR: (u32, u32, u32) = (3, 51, 3);

/// A WAL that has grown beyond this is cut once it is written back.
const WAL_BYTES: &str = "67108864";

/// Statements that a connection keeps prepared: more than there are in this crate.
const STATEMENTS: usize = 1_000;

/// What rows need to know of the settings: commit statuses are written in the same transaction as their jobs, and limits are
/// looked at in the transaction that gives a task to a runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Commit status contexts are `PREFIX: JOB`.
    pub status_prefix: String,
    /// The address that people use, without a slash at its end.
    pub public_url: String,
    /// How much may run at the same time.
    pub limits: Limits,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            status_prefix: "ci/roundhouse".to_owned(),
            public_url: "http://127.0.0.1:8000".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// The database of a data directory. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    read: SqlitePool,
    writer: Writer,
    bus: Bus,
    inbox: Inbox,
    options: Arc<StoreOptions>,
}

impl Store {
    /// Opens `DIRECTORY/roundhouse.db`, which is made if it is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// Fails when the file cannot be opened, belongs to a newer version, or SQLite is older than the one that keeps its
    /// promises.
    pub async fn open(directory: &Path, options: StoreOptions) -> Result<Self> {
        let connect = SqliteConnectOptions::new()
            .filename(directory.join("roundhouse.db"))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(STATEMENTS)
            .pragma("journal_size_limit", WAL_BYTES);
        let writer = Writer::open(connect.clone().create_if_missing(true)).await?;
        writer
            .prepare(async |db| {
                assert_version(db).await?;
                Ok(sqlx::migrate!("../../migrations").run(db).await?)
            })
            .await?;
        let readers = thread::available_parallelism().map_or(2, NonZeroUsize::get).clamp(2, 8);
        let read = SqlitePoolOptions::new()
            .acquire_timeout(Duration::from_secs(30))
            .test_before_acquire(false)
            .max_connections(u32::try_from(readers).unwrap_or(2))
            .connect_lazy_with(connect.read_only(true));
        let (bus, options) = (Bus::new(), Arc::new(options));
        let inbox = Inbox::start(writer.clone(), bus.clone(), Arc::clone(&options));
        Ok(Self { read, writer, bus, inbox, options })
    }

    /// For reads outside of a transaction. A write through it is refused by SQLite.
    pub fn read(&self) -> &SqlitePool {
        &self.read
    }

    /// Waits for the right to write and begins a transaction.
    pub async fn begin(&self) -> Result<Tx> {
        Tx::begin(&self.writer, &self.bus, &self.options).await
    }

    /// Wake-ups and news.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Where webhooks are stored.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// What it was opened with.
    pub fn options(&self) -> &StoreOptions {
        &self.options
    }

    /// Waits for running statements, writes the WAL back and closes every connection. Later calls fail.
    pub async fn close(&self) {
        self.read.close().await;
        self.writer.close().await;
    }
}

async fn assert_version(db: &mut SqliteConnection) -> Result<()> {
    let version = sqlx::query_scalar!(r#"SELECT sqlite_version() AS "version!: String""#).fetch_one(db).await?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_FLOOR {
        let (major, minor, patch) = SQLITE_FLOOR;
        return Err(Error::Db(sqlx::Error::Configuration(
            format!(
                "this program was built with SQLite {version}, which can lose committed writes; build it with \
                 {major}.{minor}.{patch} or newer"
            )
            .into(),
        )));
    }
    Ok(())
}
