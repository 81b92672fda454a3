//! People who may log in here.

use model::{id::UserId, project::Vcs, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx, row};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Which.
    pub id: UserId,
    /// Who that is.
    pub identity: Identity,
    /// Login name, shown.
    pub login: String,
    /// Name, as the forge shows it.
    pub name: Option<String>,
    /// May do everything, everywhere.
    pub is_admin: bool,
    /// When the row was made.
    pub created_at: Timestamp,
}

/// Who a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// Known only here: no forge tells of any rights.
    Local,
    /// A person at a forge, by their number there: logins can be taken by others.
    Forge {
        /// The forge.
        vcs: Vcs,
        /// Their number.
        id: i64,
    },
}

impl Identity {
    fn columns(self) -> (Option<&'static str>, Option<i64>) {
        match self {
            Self::Local => (None, None),
            Self::Forge { vcs, id } => (Some(vcs.long()), Some(id)),
        }
    }
}

/// A user to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Who that is.
    pub identity: Identity,
    /// Login name.
    pub login: String,
    /// Name, where it is known.
    pub name: Option<String>,
}

pub(crate) struct UserRow {
    pub id: String,
    pub vcs: Option<String>,
    pub forge_id: Option<i64>,
    pub login: String,
    pub name: Option<String>,
    pub is_admin: i64,
    pub created_at: i64,
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self> {
        let UserRow { id, vcs, forge_id, login, name, is_admin, created_at } = row;
        Ok(Self {
            id: row::text("id", &id)?,
            identity: match (vcs, forge_id) {
                (Some(vcs), Some(id)) => Identity::Forge { vcs: row::text("vcs", &vcs)?, id },
                (None, _) | (_, None) => Identity::Local,
            },
            login,
            name,
            is_admin: is_admin != 0,
            created_at: row::time(created_at),
        })
    }
}

/// `SELECT … FROM user` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            UserRow,
            "SELECT id, vcs, forge_id, login, name, is_admin, created_at FROM user " + $rest
            $(, $argument)*
        )
    };
}

/// Makes a user, with no rights of their own.
///
/// # Errors
/// `Conflict` when that person is a user already.
pub async fn create(tx: &mut Tx, new: &NewUser, now: Timestamp) -> Result<User> {
    let NewUser { identity, login, name } = new;
    let id = UserId::from_uuid(row::new_id());
    let (key, (vcs, forge_id), now) = (id.to_string(), identity.columns(), now.millis());
    let made = sqlx::query!(
        "INSERT INTO user (id, vcs, forge_id, login, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
        key,
        vcs,
        forge_id,
        login,
        name,
        now
    )
    .execute(tx.db())
    .await?;
    if made.rows_affected() == 0 {
        return Err(Error::Conflict(format!("`{login}` is a user already")));
    }
    get(tx.db(), id).await
}

/// The user.
pub async fn get(db: impl SqliteExecutor<'_>, id: UserId) -> Result<User> {
    let key = id.to_string();
    select!("WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("user `{id}`")))?
        .try_into()
}

/// The user that is this person at a forge.
pub async fn find_by_forge_id(db: impl SqliteExecutor<'_>, vcs: Vcs, id: i64) -> Result<Option<User>> {
    let vcs = vcs.long();
    select!("WHERE vcs = ?1 AND forge_id = ?2", vcs, id).fetch_optional(db).await?.map(User::try_from).transpose()
}

/// All users, by login.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<User>> {
    select!("ORDER BY login, id").fetch_all(db).await?.into_iter().map(User::try_from).collect()
}

/// The forge knows this person by these names now.
pub async fn set_names(tx: &mut Tx, id: UserId, login: &str, name: Option<&str>) -> Result<()> {
    let key = id.to_string();
    sqlx::query!("UPDATE user SET login = ?2, name = coalesce(?3, name) WHERE id = ?1", key, login, name)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Makes a user an administrator, or an administrator a user like others.
pub async fn set_admin(tx: &mut Tx, id: UserId, is_admin: bool) -> Result<()> {
    let key = id.to_string();
    let changed = sqlx::query!("UPDATE user SET is_admin = ?2 WHERE id = ?1", key, is_admin).execute(tx.db()).await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound(format!("user `{id}`")));
    }
    Ok(())
}
