//! Caches that outlive a local run. Their bytes lie in a directory of the project's below the user's cache directory; what is
//! a row at a server is a small file (a *note*) beside them.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use model::{
    id::{JobId, ProjectId},
    project::ProjectSlug,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{
    Store, Tx,
    cache::{self, Cache, Scope, Zone},
};
use uuid::Uuid;

use crate::os::{link_directory, make_private_directory};

/// Bytes without a note are somebody's who saves right now, or who was killed: after so long, the latter.
const ORPHANED: Duration = Duration::from_secs(24 * 3600);

/// The caches of one project.
#[derive(Debug)]
pub struct Kept {
    directory: PathBuf,
    /// Those that were there when the run began.
    brought: OnceLock<BTreeSet<Uuid>>,
}

/// What is known of a cache.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    key: String,
    size_bytes: u64,
    sha256: [u8; 32],
    created_at: Timestamp,
    used_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl Kept {
    /// The caches of a project. One without a remote is told apart by its directory.
    ///
    /// # Errors
    /// No cache directory can be made.
    pub fn of(slug: &ProjectSlug, root: &Path) -> anyhow::Result<Self> {
        let base = match std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()) {
            Some(base) => base,
            None => PathBuf::from(std::env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?)
                .join(".cache"),
        };
        let hash = Sha256::digest(format!("{slug} {}", root.display()));
        let name = format!("{}-{:02x}{:02x}{:02x}{:02x}", slug.repo, hash[0], hash[1], hash[2], hash[3]);
        Self::in_directory(base.join("roundhouse/run").join(name))
    }

    /// The caches in a directory, which is made if it is missing.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn in_directory(directory: PathBuf) -> anyhow::Result<Self> {
        for part in ["blobs", "notes"] {
            let path = directory.join(part);
            let made = make_private_directory(&path);
            made.with_context(|| format!("failed to make `{}` for caches", path.display()))?;
        }
        Ok(Self { directory, brought: OnceLock::new() })
    }

    /// Has the engine that will run in `data_dir` keep the bytes of caches here.
    ///
    /// # Errors
    /// The link cannot be made.
    pub fn lend(&self, data_dir: &Path) -> anyhow::Result<()> {
        let blobs = data_dir.join("blobs");
        make_private_directory(&blobs).context("failed to make the directory of blobs")?;
        link_directory(&self.directory.join("blobs"), &blobs.join("cache"))
            .context("failed to link the directory of caches")
    }

    /// Makes rows of the notes. `job` stands for those that saved them in earlier runs.
    ///
    /// # Errors
    /// The store cannot be written. A note that cannot be read is passed over.
    pub async fn bring(&self, tx: &mut Tx, project: ProjectId, job: JobId) -> anyhow::Result<()> {
        let mut brought = BTreeSet::new();
        for (id, note) in self.notes() {
            let Note { key, size_bytes, sha256, created_at, used_at, expires_at } = note;
            let scope = Scope { project, zone: Zone::Repo };
            let row = Cache { id, scope, key, size_bytes, sha256, job_id: job, created_at, used_at, expires_at };
            // Two runs at the same time may have saved the same key: either will do.
            cache::create(tx, &row).await?;
            brought.insert(id);
        }
        self.forget_orphans(&brought);
        let _ = self.brought.set(brought);
        Ok(())
    }

    /// Makes notes of the rows, and takes away those whose rows made room.
    ///
    /// # Errors
    /// The store cannot be read, or a note cannot be written.
    pub async fn keep(&self, store: &Store, project: ProjectId) -> anyhow::Result<()> {
        let rows = cache::list_by_project(store.read(), project).await?;
        let mut there = BTreeSet::new();
        for Cache { id, scope: _, key, size_bytes, sha256, job_id: _, created_at, used_at, expires_at } in rows {
            there.insert(id);
            let note = Note { key, size_bytes, sha256, created_at, used_at, expires_at };
            let (path, draft) = (self.note(id), self.directory.join(format!("notes/{id}.new")));
            let written = serde_json::to_vec(&note)
                .map_err(std::io::Error::from)
                .and_then(|text| fs::write(&draft, text))
                .and_then(|()| fs::rename(&draft, &path));
            written.with_context(|| format!("failed to write `{}`", path.display()))?;
        }
        for gone in self.brought.get().into_iter().flatten().filter(|id| !there.contains(id)) {
            match fs::remove_file(self.note(*gone)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("failed to remove `{}`", self.note(*gone).display()));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn note(&self, id: Uuid) -> PathBuf {
        self.directory.join(format!("notes/{id}.json"))
    }

    fn notes(&self) -> Vec<(Uuid, Note)> {
        let entries = fs::read_dir(self.directory.join("notes")).into_iter().flatten().flatten();
        let mut notes: Vec<_> = entries
            .filter_map(|entry| {
                let id = entry.file_name().to_str()?.strip_suffix(".json")?.parse().ok()?;
                Some((id, serde_json::from_slice(&fs::read(entry.path()).ok()?).ok()?))
            })
            .collect();
        // Ids begin with their time: of two with the same key the first stays.
        notes.sort_by_key(|(id, _)| *id);
        notes
    }

    /// Removes bytes that no note speaks of, and nobody writes any more.
    fn forget_orphans(&self, known: &BTreeSet<Uuid>) {
        let long_ago = SystemTime::now().checked_sub(ORPHANED);
        for directory in fs::read_dir(self.directory.join("blobs")).into_iter().flatten().flatten() {
            for blob in fs::read_dir(directory.path()).into_iter().flatten().flatten() {
                let id = blob.file_name().to_str().and_then(|name| name.parse::<Uuid>().ok());
                let modified = blob.metadata().and_then(|metadata| metadata.modified()).ok();
                if id.is_none_or(|id| !known.contains(&id)) && modified < long_ago {
                    drop(fs::remove_file(blob.path()));
                }
            }
        }
    }
}
