//! Contexts: variables of an organization, and who may use them.

use model::{
    id::{ContextId, ProjectId, RestrictionId},
    project::Vcs,
    time::Timestamp,
};
use sqlx::SqliteExecutor;

use crate::{
    Error, Result, Tx, row,
    secret::Sealed,
    variable::{Variable, of_context},
};

/// Variables that an organization's context may have.
pub const MAX_VARIABLES: i64 = 100;

/// Contexts that an organization may have.
pub const MAX_CONTEXTS: i64 = 500;

/// A context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Which.
    pub id: ContextId,
    /// The forge of its organization.
    pub vcs: Vcs,
    /// Its organization.
    pub org: String,
    /// Its name, unique in the organization.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A restriction of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Which.
    pub id: RestrictionId,
    /// What it asks for.
    pub rule: Rule,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What a restriction asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The job is of this project, or of another that a restriction names.
    Project(ProjectId),
    /// This expression over pipeline values is true.
    Expression(String),
    /// Whoever made the job run is in this group at the forge, or in another that a restriction names: a team of the
    /// organization at GitHub, by its slug; a group at GitLab, by its full path.
    Group(String),
}

struct ContextRow {
    id: String,
    vcs: String,
    org: String,
    name: String,
    created_at: i64,
}

impl TryFrom<ContextRow> for Context {
    type Error = Error;

    fn try_from(ContextRow { id, vcs, org, name, created_at }: ContextRow) -> Result<Self> {
        Ok(Self {
            id: row::text("id", &id)?,
            vcs: row::text("vcs", &vcs)?,
            org,
            name,
            created_at: row::time(created_at),
        })
    }
}

/// Makes a context. Its name has been checked.
///
/// # Errors
/// `Conflict` when the organization has one of this name, or as many as it may have.
pub async fn create(tx: &mut Tx, vcs: Vcs, org: &str, name: &str, now: Timestamp) -> Result<Context> {
    if find(tx.db(), vcs, org, name).await?.is_some() {
        return Err(Error::Conflict(format!("`{org}` has a context `{name}` already")));
    }
    let (long, id, now) = (vcs.long(), row::new_id().to_string(), now.millis());
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!: i64" FROM context WHERE vcs = ?1 AND org = ?2 COLLATE NOCASE"#,
        long,
        org
    )
    .fetch_one(tx.db())
    .await?;
    if count >= MAX_CONTEXTS {
        return Err(Error::Conflict(format!("`{org}` has {count} contexts, and may not have more")));
    }
    sqlx::query!(
        "INSERT INTO context (id, vcs, org, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        id,
        long,
        org,
        name,
        now
    )
    .execute(tx.db())
    .await?;
    get(tx.db(), row::text("id", &id)?).await
}

/// Removes a context with its variables and restrictions. Tells whether it was there.
pub async fn delete(tx: &mut Tx, id: ContextId) -> Result<bool> {
    let id = id.to_string();
    let gone = sqlx::query!("DELETE FROM context WHERE id = ?1", id).execute(tx.db()).await?;
    Ok(gone.rows_affected() > 0)
}

/// The context.
pub async fn get(db: impl SqliteExecutor<'_>, id: ContextId) -> Result<Context> {
    let key = id.to_string();
    sqlx::query_as!(ContextRow, "SELECT id, vcs, org, name, created_at FROM context WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("context `{id}`")))?
        .try_into()
}

/// The context of this name in an organization.
pub async fn find(db: impl SqliteExecutor<'_>, vcs: Vcs, org: &str, name: &str) -> Result<Option<Context>> {
    let vcs = vcs.long();
    sqlx::query_as!(
        ContextRow,
        "SELECT id, vcs, org, name, created_at FROM context WHERE vcs = ?1 AND org = ?2 COLLATE NOCASE AND name = ?3",
        vcs,
        org,
        name
    )
    .fetch_optional(db)
    .await?
    .map(Context::try_from)
    .transpose()
}

/// All contexts, by organization and name.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<Context>> {
    sqlx::query_as!(ContextRow, "SELECT id, vcs, org, name, created_at FROM context ORDER BY vcs, org, name")
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Context::try_from)
        .collect()
}

/// Sets a variable, whose name and value have been checked.
///
/// # Errors
/// `Conflict` when the context has as many as it may have.
pub async fn set_variable(tx: &mut Tx, id: ContextId, name: &str, sealed: &Sealed, now: Timestamp) -> Result<()> {
    let key = id.to_string();
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!: i64" FROM context_variable WHERE context_id = ?1 AND name <> ?2"#,
        key,
        name
    )
    .fetch_one(tx.db())
    .await?;
    if count >= MAX_VARIABLES {
        return Err(Error::Conflict(format!("a context may have {MAX_VARIABLES} variables, and this one has them")));
    }
    of_context::set(tx, &key, name, sealed, now).await
}

/// Removes a variable. Tells whether it was there.
pub async fn unset_variable(tx: &mut Tx, id: ContextId, name: &str) -> Result<bool> {
    of_context::unset(tx, &id.to_string(), name).await
}

/// The variables of a context, by name.
pub async fn list_variables(db: impl SqliteExecutor<'_>, id: ContextId) -> Result<Vec<Variable>> {
    of_context::list(db, &id.to_string()).await
}

/// Adds a restriction. An expression has been checked.
///
/// # Errors
/// `Conflict` when the context has it already.
pub async fn restrict(tx: &mut Tx, id: ContextId, rule: &Rule, now: Timestamp) -> Result<RestrictionId> {
    let restriction = row::new_id().to_string();
    let (key, now) = (id.to_string(), now.millis());
    let (project, expression, group) = match rule {
        Rule::Project(project) => (Some(project.to_string()), None, None),
        Rule::Expression(expression) => (None, Some(expression), None),
        Rule::Group(group) => (None, None, Some(group)),
    };
    let inserted = sqlx::query!(
        "INSERT INTO context_restriction (id, context_id, project_id, expression, group_name, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        restriction,
        key,
        project,
        expression,
        group,
        now
    )
    .execute(tx.db())
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::Conflict("the context has this restriction already".to_owned()));
    }
    row::text("id", &restriction)
}

/// Removes a restriction of a context. Tells whether it was there.
pub async fn lift(tx: &mut Tx, id: ContextId, restriction: RestrictionId) -> Result<bool> {
    let (id, restriction) = (id.to_string(), restriction.to_string());
    let gone = sqlx::query!("DELETE FROM context_restriction WHERE context_id = ?1 AND id = ?2", id, restriction)
        .execute(tx.db())
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// The restrictions of a context, in the order in which they were added.
pub async fn list_restrictions(db: impl SqliteExecutor<'_>, id: ContextId) -> Result<Vec<Restriction>> {
    let id = id.to_string();
    let rows = sqlx::query!(
        "SELECT id, project_id, expression, group_name, created_at FROM context_restriction WHERE context_id = ?1
         ORDER BY id",
        id
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|found| {
            let rule = match (found.project_id, found.expression, found.group_name) {
                (Some(project), _, _) => Rule::Project(row::text("project_id", &project)?),
                (None, Some(expression), _) => Rule::Expression(expression),
                (None, None, group) => Rule::Group(group.unwrap_or_default()),
            };
            Ok(Restriction { id: row::text("id", &found.id)?, rule, created_at: row::time(found.created_at) })
        })
        .collect()
}
