//! Appending to logs, and reading them.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use model::{event::StepKey, time::Timestamp};
use store::{Bus, Topic, task::Task};

use super::{Mark, Tail, key::LogKey, times};

/// So many logs are written at the same time without waiting for one another, as a rule.
const STRIPES: usize = 64;

/// The logs of a data directory. Clones share it.
#[derive(Clone, Debug)]
pub struct Logs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    bus: Bus,
    /// One writer at a time for each log; logs share locks by their hash.
    locks: [Mutex<()>; STRIPES],
}

impl Logs {
    /// The logs in `DATA_DIR/logs`, which is made if it is missing. News of them go over the bus.
    ///
    /// # Errors
    /// Fails when the directory cannot be made.
    pub fn open(data_dir: &Path, bus: Bus) -> io::Result<Self> {
        let root = data_dir.join("logs");
        fs::create_dir_all(&root)?;
        Ok(Self(Arc::new(Inner { root, bus, locks: [const { Mutex::new(()) }; STRIPES] })))
    }

    /// Appends bytes that were read `at` this time, if `offset` is what is there; changes nothing otherwise. Returns what
    /// is there then. When this returns, the bytes are on the disk.
    ///
    /// # Errors
    /// Fails when the file cannot be written, for example because the disk is full. What was written of the bytes is
    /// taken back.
    pub async fn append(&self, key: LogKey, offset: u64, bytes: Bytes, at: Timestamp) -> io::Result<u64> {
        let inner = Arc::clone(&self.0);
        let have = blocking(move || inner.append(key, offset, &bytes, at)).await?;
        self.0.bus.changed(Topic::Log(key.job));
        Ok(have)
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
        let path = key.path(&self.0.root).with_extension("times");
        blocking(move || times::read(&path)).await
    }

    /// Reads on from `offset` as the log grows.
    pub fn follow(&self, key: LogKey, offset: u64) -> Tail {
        Tail::new(self.clone(), self.0.bus.topics(), key, offset)
    }
}

impl Inner {
    fn append(&self, key: LogKey, offset: u64, bytes: &[u8], at: Timestamp) -> io::Result<u64> {
        let stripe = BuildHasherDefault::<DefaultHasher>::default().hash_one(key) as usize % STRIPES;
        // A panic of another writer left the file as a crash would: its length still tells the truth.
        let _one_writer = self.locks[stripe].lock().unwrap_or_else(PoisonError::into_inner);
        let path = key.path(&self.root);
        let have = self.len(&path)?;
        if offset != have || bytes.is_empty() {
            return Ok(have);
        }
        let mut file = match File::options().append(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(&key.directory(&self.root), &path)?,
            Err(error) => return Err(error),
        };
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_data()) {
            file.set_len(have)?;
            return Err(error);
        }
        // Times are for display: without them the log is still whole.
        if let Err(error) = times::append(&path.with_extension("times"), Mark { offset, at }) {
            tracing::warn!("Failed to note the time of output in `{}`: {error}", path.display());
        }
        Ok(have + bytes.len() as u64)
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
    fs::create_dir_all(directory)?;
    let file = File::options().create(true).append(true).open(path)?;
    for directory in directory.ancestors().take(3) {
        File::open(directory)?.sync_all()?;
    }
    Ok(file)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
