//! Appending to logs, and reading them.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use model::{event::StepKey, time::Timestamp};
use store::{Bus, Topic, task::Task};

use super::{Mark, Tail, key::LogKey, times};

/// So many logs are written at the same time without waiting for one another, as a rule.
const STRIPES: usize = 64;

/// The disk has what was appended after so long, together with what followed.
const SYNC_AFTER: Duration = Duration::from_millis(250);

/// The logs of a data directory. Clones share it.
#[derive(Clone, Debug)]
pub struct Logs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    bus: Bus,
    /// One writer at a time for each log; logs share locks by their hash.
    locks: [Mutex<()>; STRIPES],
    /// Logs that the disk may not have wholly, and how many bytes of them it surely has.
    unsynced: Mutex<HashMap<LogKey, u64>>,
}

impl Logs {
    /// The logs in `DATA_DIR/logs`, which is made if it is missing. News of them go over the bus.
    ///
    /// # Errors
    /// Fails when the directory cannot be made.
    pub fn open(data_dir: &Path, bus: Bus) -> io::Result<Self> {
        let root = data_dir.join("logs");
        fs::create_dir_all(&root)?;
        let locks = [const { Mutex::new(()) }; STRIPES];
        Ok(Self(Arc::new(Inner { root, bus, locks, unsynced: Mutex::default() })))
    }

    /// Where they are.
    pub(super) fn root(&self) -> &Path {
        &self.0.root
    }

    /// Appends bytes that were read `at` this time, if `offset` is what is there; changes nothing otherwise. Returns what
    /// is there then.
    ///
    /// The bytes are on the disk a little later, or once [`Logs::sync`] returns. Should a loss of power take them, the log is
    /// what it was before, and its writer, who keeps them until the step has ended, learns that from the answer to its next
    /// append.
    ///
    /// # Errors
    /// Fails when the file cannot be written, for example because the disk is full. What was written of the bytes is
    /// taken back.
    pub async fn append(&self, key: LogKey, offset: u64, bytes: Bytes, at: Timestamp) -> io::Result<u64> {
        let inner = Arc::clone(&self.0);
        let (have, unsynced) = blocking(move || inner.append(key, offset, &bytes, Some(at))).await?;
        if unsynced {
            let logs = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(SYNC_AFTER).await;
                // Its step may have ended meanwhile, and then the disk has it.
                let is_due = logs.0.unsynced().contains_key(&key);
                if is_due && let Err(error) = logs.sync(key).await {
                    tracing::error!("Failed to bring a log of job `{}` to the disk: {error}", key.job);
                }
            });
        }
        self.0.bus.changed(Topic::Log(key.job));
        Ok(have)
    }

    /// Stores a log as a whole, also over a part of it that is there already. Returns once it is on the disk.
    ///
    /// # Errors
    /// As [`Logs::append`] and [`Logs::sync`].
    pub async fn store_whole(&self, key: LogKey, bytes: Bytes, at: Timestamp) -> io::Result<()> {
        let inner = Arc::clone(&self.0);
        blocking(move || {
            // It comes just after it was read: the file's own time is as good as a mark.
            let (have, _) = inner.append(key, 0, &bytes, None)?;
            let rest = usize::try_from(have).ok().and_then(|have| bytes.get(have..)).unwrap_or_default();
            if !rest.is_empty() {
                inner.append(key, have, rest, Some(at))?;
            }
            inner.sync(key)
        })
        .await?;
        self.0.bus.changed(Topic::Log(key.job));
        Ok(())
    }

    /// Returns once every byte of a log is on the disk.
    ///
    /// # Errors
    /// Fails when the disk does not take it: the log is then cut to what the disk surely has.
    pub async fn sync(&self, key: LogKey) -> io::Result<()> {
        let inner = Arc::clone(&self.0);
        blocking(move || inner.sync(key)).await
    }

    /// How many bytes a log has; 0 when nothing came.
    pub async fn len(&self, key: LogKey) -> io::Result<u64> {
        let inner = Arc::clone(&self.0);
        blocking(move || inner.len(&key.path(&inner.root))).await
    }

    /// How many bytes each log of a task's current claim has. Those without any are left out.
    pub async fn sizes(&self, task: &Task) -> io::Result<BTreeMap<StepKey, u64>> {
        let (inner, key) = (Arc::clone(&self.0), LogKey::of(task, StepKey::first(0)));
        blocking(move || inner.sizes(&key)).await
    }

    /// At most `max_bytes` from `offset` on; empty at the end of what is there.
    pub async fn read(&self, key: LogKey, offset: u64, max_bytes: usize) -> io::Result<Bytes> {
        let inner = Arc::clone(&self.0);
        blocking(move || inner.read(&key, offset, max_bytes)).await
    }

    /// When its bytes came.
    pub async fn marks(&self, key: LogKey) -> io::Result<Vec<Mark>> {
        let path = key.path(&self.0.root);
        blocking(move || times::read(&path)).await
    }

    /// Reads on from `offset` as the log grows.
    pub fn follow(&self, key: LogKey, offset: u64) -> Tail {
        Tail::new(self.clone(), self.0.bus.topics(), key, offset)
    }
}

impl Inner {
    /// One writer at a time. A panic of another left the file as a crash would: its length still tells the truth.
    fn lock(&self, key: LogKey) -> MutexGuard<'_, ()> {
        let stripe = BuildHasherDefault::<DefaultHasher>::default().hash_one(key) as usize % STRIPES;
        self.locks[stripe].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsynced(&self) -> MutexGuard<'_, HashMap<LogKey, u64>> {
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is there then, and whether the caller has to see to it that it comes to the disk.
    fn append(&self, key: LogKey, offset: u64, bytes: &[u8], at: Option<Timestamp>) -> io::Result<(u64, bool)> {
        let _one_writer = self.lock(key);
        let path = key.path(&self.root);
        let have = self.len(&path)?;
        if offset != have || bytes.is_empty() {
            return Ok((have, false));
        }
        let mut file = match File::options().append(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(&key.directory(&self.root), &path)?,
            Err(error) => return Err(error),
        };
        if let Err(error) = file.write_all(bytes) {
            file.set_len(self.unsynced().remove(&key).unwrap_or(have))?;
            return Err(error);
        }
        let mut unsynced = self.unsynced();
        let first = !unsynced.contains_key(&key);
        unsynced.entry(key).or_insert(have);
        drop(unsynced);
        // Times are for display: without them the log is still whole.
        if let Some(at) = at
            && let Err(error) = times::append(&path.with_extension("times"), Mark { offset, at })
        {
            tracing::warn!("Failed to note the time of output in `{}`: {error}", path.display());
        }
        Ok((have + bytes.len() as u64, first))
    }

    fn sync(&self, key: LogKey) -> io::Result<()> {
        let file = match File::options().append(true).open(key.path(&self.root)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        // Whoever appends meanwhile notes it anew, and so sees to it itself.
        let safe = self.unsynced().remove(&key);
        file.sync_data().inspect_err(|_| {
            let _one_writer = self.lock(key);
            if let Some(safe) = safe
                && let Err(error) = file.set_len(safe)
            {
                tracing::error!("Failed to cut a log of job `{}` to {safe} bytes: {error}", key.job);
            }
        })
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn sizes(&self, key: &LogKey) -> io::Result<BTreeMap<StepKey, u64>> {
        let entries = match fs::read_dir(key.directory(&self.root)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(error),
        };
        let mut sizes = BTreeMap::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let step = name.to_str().and_then(|name| name.strip_suffix(".log")).and_then(|stem| {
                let (step, attempt) = stem.split_once('.')?;
                Some(StepKey { step: step.parse().ok()?, attempt: attempt.parse().ok()? })
            });
            if let Some(step) = step {
                sizes.insert(step, entry.metadata()?.len());
            }
        }
        Ok(sizes)
    }

    fn read(&self, key: &LogKey, offset: u64, max_bytes: usize) -> io::Result<Bytes> {
        let mut file = match File::open(key.path(&self.root)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Bytes::new()),
            Err(error) => return Err(error),
        };
        let rest = file.metadata()?.len().saturating_sub(offset);
        let mut bytes = Vec::with_capacity(usize::try_from(rest).unwrap_or(max_bytes).min(max_bytes));
        file.seek(SeekFrom::Start(offset))?;
        file.take(max_bytes as u64).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Makes a log whose name survives a loss of power.
fn create(directory: &Path, path: &Path) -> io::Result<File> {
    // The job's and the claim's are new with their first log; the one above them is there from the start.
    let mut new_names = 1;
    for directory in directory.ancestors().take(2) {
        if directory.is_dir() {
            break;
        }
        new_names += 1;
    }
    fs::create_dir_all(directory)?;
    let file = File::options().create(true).append(true).open(path)?;
    for directory in directory.ancestors().take(new_names) {
        File::open(directory)?.sync_all()?;
    }
    Ok(file)
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
