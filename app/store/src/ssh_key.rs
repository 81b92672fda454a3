//! SSH keys of projects.

use model::{
    id::{ProjectId, SshKeyId},
    time::Timestamp,
};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx, row, secret::Sealed};

/// What a key is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// Given to jobs that ask for it (`add_ssh_keys`).
    Additional {
        /// Only for this host; `None`: for every host.
        hostname: Option<String>,
    },
    /// `checkout` fetches the code with it. A project has one at most.
    Checkout {
        /// Where git clones from; `None`: the forge's usual SSH address of the project.
        address: Option<String>,
    },
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKey {
    /// Which.
    pub id: SshKeyId,
    /// Whose.
    pub project_id: ProjectId,
    /// What it is for.
    pub usage: Use,
    /// As in `authorized_keys`.
    pub public_key: String,
    /// Fingerprint: `c9:0b:1c:…`.
    pub md5: String,
    /// Fingerprint: `SHA256:…`.
    pub sha256: String,
    /// The private key.
    pub sealed: Sealed,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A new id: the private key is sealed for it before the row is made.
pub fn new_id() -> SshKeyId {
    SshKeyId::from_uuid(row::new_id())
}

/// Adds a key. A checkout key takes the place of the one before.
///
/// # Errors
/// `Conflict` when the project has this key already.
pub async fn create(tx: &mut Tx, key: &SshKey) -> Result<()> {
    let SshKey { id, project_id, usage, public_key, md5, sha256, sealed, created_at } = key;
    let (id, project, sealed, created_at) = (id.to_string(), project_id.to_string(), &sealed.0, created_at.millis());
    let (kind, hostname, address) = match usage {
        Use::Additional { hostname } => ("additional", hostname.as_deref(), None),
        Use::Checkout { address } => {
            sqlx::query!("DELETE FROM ssh_key WHERE project_id = ?1 AND kind = 'checkout'", project)
                .execute(tx.db())
                .await?;
            ("checkout", None, address.as_deref())
        }
    };
    let inserted = sqlx::query!(
        "INSERT INTO ssh_key (id, project_id, kind, hostname, address, public_key, md5, sha256, sealed, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (project_id, kind, sha256) DO NOTHING",
        id,
        project,
        kind,
        hostname,
        address,
        public_key,
        md5,
        sha256,
        sealed,
        created_at
    )
    .execute(tx.db())
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::Conflict(format!("the project has the key {sha256} already: remove it first")));
    }
    Ok(())
}

/// Removes the keys of a project with this fingerprint (MD5 or SHA256). Tells how many there were.
pub async fn delete(tx: &mut Tx, project: ProjectId, fingerprint: &str) -> Result<u64> {
    let project = project.to_string();
    let gone =
        sqlx::query!("DELETE FROM ssh_key WHERE project_id = ?1 AND (md5 = ?2 OR sha256 = ?2)", project, fingerprint)
            .execute(tx.db())
            .await?;
    Ok(gone.rows_affected())
}

/// The keys of a project, in the order in which they were added.
pub async fn list(db: impl SqliteExecutor<'_>, project: ProjectId) -> Result<Vec<SshKey>> {
    let key = project.to_string();
    let rows = sqlx::query!(
        "SELECT id, kind, hostname, address, public_key, md5, sha256, sealed, created_at FROM ssh_key
         WHERE project_id = ?1 ORDER BY id",
        key
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|found| {
            Ok(SshKey {
                id: row::text("id", &found.id)?,
                project_id: project,
                usage: match found.kind.as_str() {
                    "checkout" => Use::Checkout { address: found.address },
                    _ => Use::Additional { hostname: found.hostname },
                },
                public_key: found.public_key,
                md5: found.md5,
                sha256: found.sha256,
                sealed: Sealed(found.sealed),
                created_at: row::time(found.created_at),
            })
        })
        .collect()
}
