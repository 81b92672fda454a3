//! The one writer: whose turn it is to write, and when the disk has what was written.
//!
//! Turns are taken in the order in which they were asked for. Whoever commits while others wait does not make them wait for
//! the disk: the transaction stays open for the next, who works behind a savepoint, and the last one commits for all. So many
//! changes at the same time cost one fsync, and a change that comes alone costs no more than before.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteQueryResult},
};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard, oneshot},
    time::timeout,
};

use crate::{Error, Result};

/// Waiting longer than this for a turn is an error.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many changes at most go into one commit.
const MOST: usize = 256;

/// Hands out turns. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    group: Arc<Mutex<Group>>,
    /// How many wait for a turn.
    waiting: AtomicUsize,
}

/// The connection, and the transaction that several may share.
#[derive(Debug)]
struct Group {
    options: SqliteConnectOptions,
    /// `None`: it was lost, or closed.
    connection: Option<SqliteConnection>,
    is_closed: bool,
    /// Those who have written all they want in the open transaction and wait for its commit.
    settled: Vec<oneshot::Sender<Result<()>>>,
}

impl Writer {
    /// Opens the connection.
    ///
    /// # Errors
    /// Fails when the file cannot be opened.
    pub(crate) async fn open(options: SqliteConnectOptions) -> Result<Self> {
        let connection = Some(options.connect().await?);
        let group = Group { options, connection, is_closed: false, settled: Vec::new() };
        Ok(Self(Arc::new(Inner { group: Arc::new(Mutex::new(group)), waiting: AtomicUsize::new(0) })))
    }

    /// Waits for a turn. Dropped, it changes nothing.
    ///
    /// # Errors
    /// Fails when the turn does not come, or the writer is closed.
    pub(crate) async fn turn(&self) -> Result<Turn> {
        let group = {
            let _waits = Waits::new(&self.0.waiting);
            timeout(PATIENCE, self.lock()).await.map_err(|_| sqlx::Error::PoolTimedOut)?
        };
        // From here on, a drop undoes what was begun.
        let mut turn = Turn { group: Some(group), writer: self.clone() };
        turn.group().open().await?;
        Ok(turn)
    }

    /// Closes the connection. Later turns fail.
    pub(crate) async fn close(&self) {
        let mut group = self.lock().await;
        group.is_closed = true;
        if !group.settled.is_empty() {
            // Each of them is told.
            let _ = group.commit().await;
        }
        if let Some(connection) = group.connection.take() {
            // It is gone either way.
            let _ = connection.close().await;
        }
    }

    /// Runs something on the connection, outside of a transaction.
    pub(crate) async fn prepare<T>(&self, work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T>) -> Result<T> {
        work(self.lock().await.connection().await?).await
    }

    async fn lock(&self) -> OwnedMutexGuard<Group> {
        Arc::clone(&self.0.group).lock_owned().await
    }

    fn is_awaited(&self) -> bool {
        self.0.waiting.load(Ordering::Acquire) > 0
    }
}

/// The only right to write.
#[derive(Debug)]
pub(crate) struct Turn {
    /// `None`: it was committed.
    group: Option<OwnedMutexGuard<Group>>,
    writer: Writer,
}

impl Turn {
    /// The connection, in its transaction.
    pub(crate) fn db(&mut self) -> &mut SqliteConnection {
        self.group().connection.as_mut().expect("a turn begins with a connection and keeps it")
    }

    fn group(&mut self) -> &mut Group {
        self.group.as_mut().expect("only a commit takes it, and that takes the turn, too")
    }

    /// Returns when the changes are on the disk. To be driven to its end, also when the caller is gone.
    ///
    /// # Errors
    /// Fails when the disk does not take them: then none of them is there.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let group = self.group();
        group.settle().await?;
        if !self.writer.is_awaited() || self.group().settled.len() >= MOST {
            let mut group = self.group.take().expect("only a commit takes it");
            return group.commit().await;
        }
        let (tell, mut told) = oneshot::channel();
        self.group().settled.push(tell);
        // Now it is the next one's turn.
        self.group = None;
        let gone = |_| Error::Db(sqlx::Error::WorkerCrashed);
        tokio::select! {
            biased;
            told = &mut told => told.map_err(gone)?,
            // Everyone who waited has had a turn by now, or has given up.
            mut group = self.writer.lock() => {
                if !group.settled.is_empty() {
                    // This one is told like the others.
                    let _ = group.commit().await;
                }
                drop(group);
                told.await.map_err(gone)?
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut group) = self.group.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move { group.undo().await })),
            // Without a runtime there is nobody else: the end of the connection undoes it.
            Err(_) => group.connection = None,
        }
    }
}

impl Group {
    async fn connection(&mut self) -> Result<&mut SqliteConnection> {
        if self.is_closed {
            return Err(Error::Db(sqlx::Error::PoolClosed));
        }
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Begins a transaction, or a part of the one that others have written in.
    async fn open(&mut self) -> Result<()> {
        let statement = if self.settled.is_empty() { "BEGIN IMMEDIATE" } else { "SAVEPOINT turn" };
        run(self.connection().await?, statement).await?;
        Ok(())
    }

    /// What was written in this turn belongs to the transaction now.
    async fn settle(&mut self) -> Result<()> {
        if !self.settled.is_empty() {
            run(self.connection().await?, "RELEASE turn").await?;
        }
        Ok(())
    }

    /// Makes all of it durable, and tells those who wait for that.
    async fn commit(&mut self) -> Result<()> {
        let settled = std::mem::take(&mut self.settled);
        let result = match self.connection.as_mut() {
            Some(connection) => run(connection, "COMMIT").await.map(drop).map_err(Error::Db),
            None => Err(Error::Db(sqlx::Error::WorkerCrashed)),
        };
        if result.is_err() {
            self.roll_back().await;
        }
        for tell in settled {
            let told = match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(Error::Db(sqlx::Error::Protocol(format!("a shared commit failed: {error}")))),
            };
            // Whoever does not listen any more has its changes all the same.
            let _ = tell.send(told);
        }
        result
    }

    /// Undoes what was written in this turn. What others have written before goes to the disk at once: should SQLite have
    /// undone the whole transaction by itself, as it does when the disk is full, they learn it now.
    async fn undo(&mut self) {
        if self.settled.is_empty() {
            return self.roll_back().await;
        }
        if let Some(connection) = self.connection.as_mut() {
            // They fail where the savepoint was not made, or is gone with its transaction.
            let _ = run(connection, "ROLLBACK TO turn").await;
            let _ = run(connection, "RELEASE turn").await;
        }
        // Each of them is told.
        let _ = self.commit().await;
    }

    /// Undoes the transaction, if there is one.
    async fn roll_back(&mut self) {
        let Some(connection) = self.connection.as_mut() else { return };
        match run(connection, "ROLLBACK").await {
            Ok(_) => {}
            // It was never begun, or SQLite has undone it.
            Err(sqlx::Error::Database(_)) => {}
            // A new connection knows nothing of it.
            Err(_) => self.connection = None,
        }
    }
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) -> sqlx::Result<SqliteQueryResult> {
    sqlx::query(statement).execute(connection).await
}

/// Counts as waiting while it lives.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::AcqRel);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
