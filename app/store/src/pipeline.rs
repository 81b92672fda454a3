//! Everything that one trigger started.

use model::{
    id::{PipelineId, ProjectId},
    pipeline::PipelineState,
    plan::{Skipped, WorkflowPlan},
    project::{GitRef, ProjectSlug, Sha},
    time::Timestamp,
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::Value;
use sqlx::SqliteExecutor;

use crate::{Error, Result, Stage, Topic, Tx, delivery::DeliveryId, row, setup, status, workflow};

/// A pipeline. Its configuration's text is read apart, with [`get_config_source`].
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Which.
    pub id: PipelineId,
    /// Its project.
    pub project_id: ProjectId,
    /// The names of its project now.
    pub slug: ProjectSlug,
    /// Counts in its project from 1.
    pub number: u64,
    /// Where it stands.
    pub state: PipelineState,
    /// What started it.
    pub trigger: Trigger,
    /// What was pushed.
    pub git_ref: GitRef,
    /// The commit; [zero](Sha::is_zero) until the compiler has asked the forge where the branch or tag stands
    /// ([`set_source`]).
    pub sha: Sha,
    /// First line of the commit message.
    pub subject: String,
    /// The rest of the commit message.
    pub body: String,
    /// Who did it.
    pub actor: Actor,
    /// Name of the commit's author, where the event says it.
    pub author: Option<String>,
    /// Pipeline parameters as they were given: an object.
    pub parameters: Value,
    /// Pipeline values as the event gives them: an object from `pipeline.…` names to literals.
    pub values: Value,
    /// Why it errored, in a sentence; or what went wrong with the last try.
    pub reason: Option<String>,
    /// The compiler's errors, as it serialises them.
    pub errors: Option<Value>,
    /// The compiler's warnings, as it serialises them.
    pub warnings: Option<Value>,
    /// How often its compilation could not be tried through.
    pub attempts: u32,
    /// The webhook that started it.
    pub delivery_id: Option<DeliveryId>,
    /// How far it is trusted.
    pub zone: Zone,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A pipeline to be made.
#[derive(Clone, Debug)]
pub struct NewPipeline {
    /// Its project.
    pub project_id: ProjectId,
    /// What starts it.
    pub trigger: Trigger,
    /// What was pushed.
    pub git_ref: GitRef,
    /// The commit; [zero](Sha::zero): wherever the branch or tag stands when the compiler asks the forge.
    pub sha: Sha,
    /// First line of the commit message.
    pub subject: String,
    /// The rest of the commit message.
    pub body: String,
    /// Who did it.
    pub actor: Actor,
    /// Name of the commit's author.
    pub author: Option<String>,
    /// Pipeline parameters: an object.
    pub parameters: Value,
    /// Pipeline values: an object.
    pub values: Value,
    /// The webhook that starts it: each makes one pipeline at most.
    pub delivery_id: Option<DeliveryId>,
    /// How far it is trusted: from the forge's numeric ids, with [`Zone::of_ref`] or [`Zone::of_pull_request`].
    pub zone: Zone,
}

/// Where the branch or tag of a pipeline stands, as the forge tells it, and what is there.
#[derive(Clone, Debug)]
pub struct PipelineSource<'a> {
    /// The commit.
    pub sha: &'a Sha,
    /// First line of the commit message.
    pub subject: &'a str,
    /// The rest of the commit message.
    pub body: &'a str,
    /// Name of the commit's author.
    pub author: Option<&'a str>,
    /// All pipeline values: an object.
    pub values: &'a Value,
    /// The configuration.
    pub config: &'a str,
}

/// What a compiler made of a configuration.
#[derive(Clone, Copy, Debug)]
pub struct Compiled<'a> {
    /// Its workflows, in their order.
    pub workflows: &'a [WorkflowPlan],
    /// The compiler's warnings, as it serialises them.
    pub warnings: Option<&'a Value>,
}

/// Which pipelines a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineFilter {
    /// Only of this project.
    pub project: Option<ProjectId>,
    /// Only of this branch (by short name).
    pub branch: Option<String>,
    /// Only those older than this: the last of the page before.
    pub before: Option<PipelineId>,
}

struct PipelineRow {
    id: String,
    project_id: String,
    vcs: String,
    org: String,
    repo: String,
    number: i64,
    state: String,
    trigger: String,
    ref_kind: String,
    ref_name: String,
    sha: String,
    subject: String,
    body: String,
    actor_id: Option<i64>,
    actor_login: String,
    author: Option<String>,
    parameters: String,
    values: String,
    reason: Option<String>,
    errors: Option<String>,
    warnings: Option<String>,
    attempts: i64,
    delivery_id: Option<i64>,
    zone: String,
    created_at: i64,
}

impl TryFrom<PipelineRow> for Pipeline {
    type Error = Error;

    fn try_from(row: PipelineRow) -> Result<Self> {
        Ok(Self {
            id: row::text("id", &row.id)?,
            project_id: row::text("project_id", &row.project_id)?,
            slug: ProjectSlug { vcs: row::text("vcs", &row.vcs)?, org: row.org, repo: row.repo },
            number: row::number("number", row.number)?,
            state: row::name("state", &row.state, PipelineState::from_name)?,
            trigger: row::name("trigger", &row.trigger, Trigger::from_name)?,
            git_ref: row::git_ref(&row.ref_kind, row.ref_name),
            sha: row::text("sha", &row.sha)?,
            subject: row.subject,
            body: row.body,
            actor: Actor { id: row.actor_id, login: row.actor_login },
            author: row.author,
            parameters: row::json("parameters", &row.parameters)?,
            values: row::json("values", &row.values)?,
            reason: row.reason,
            errors: row.errors.map(|errors| row::json("errors", &errors)).transpose()?,
            warnings: row.warnings.map(|warnings| row::json("warnings", &warnings)).transpose()?,
            attempts: row::number("attempts", row.attempts)?,
            delivery_id: row.delivery_id.map(DeliveryId),
            zone: row::text("zone", &row.zone)?,
            created_at: row::time(row.created_at),
        })
    }
}

/// `SELECT … FROM pipeline` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            PipelineRow,
            r#"SELECT p.id AS "id!", p.project_id AS "project_id!", r.vcs AS "vcs!", r.org AS "org!", r.repo AS "repo!",
                      p.number AS "number!", p.state AS "state!", p.trigger AS "trigger!", p.ref_kind AS "ref_kind!",
                      p.ref_name AS "ref_name!", p.sha AS "sha!", p.subject AS "subject!", p.body AS "body!",
                      p.actor_id, p.actor_login AS "actor_login!", p.author, p.parameters AS "parameters!",
                      p."values" AS "values!", p.reason, p.errors, p.warnings, p.attempts AS "attempts!",
                      p.delivery_id, p.zone AS "zone!", p.created_at AS "created_at!"
               FROM pipeline p JOIN project r ON r.id = p.project_id "# + $rest
            $(, $argument)*
        )
    };
}

/// Makes a pending pipeline with the next number of its project, and wakes the compiler.
///
/// # Errors
/// `Conflict` when its delivery has made one before.
pub async fn create(tx: &mut Tx, new: &NewPipeline, now: Timestamp) -> Result<Pipeline> {
    let NewPipeline {
        project_id,
        trigger,
        git_ref,
        sha,
        subject,
        body,
        actor: Actor { id: actor_id, login: actor_login },
        author,
        parameters,
        values,
        delivery_id,
        zone,
    } = new;
    let project = project_id.to_string();
    let number = sqlx::query_scalar!(
        r#"UPDATE project SET next_pipeline_number = next_pipeline_number + 1 WHERE id = ?1
           RETURNING next_pipeline_number - 1 AS "number!: i64""#,
        project
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| Error::NotFound(format!("project `{project_id}`")))?;
    let id = PipelineId::from_uuid(row::new_id());
    let (key, state, trigger) = (id.to_string(), PipelineState::Pending.name(), trigger.name());
    let ref_kind = row::ref_kind(git_ref);
    let (ref_name, sha, now) = (git_ref.name(), sha.as_str(), now.millis());
    let (parameters, values) = (row::to_json(parameters)?, row::to_json(values)?);
    let (delivery, zone) = (delivery_id.map(|id| id.0), zone.to_string());
    let inserted = sqlx::query!(
        r#"INSERT INTO pipeline (id, project_id, number, state, trigger, ref_kind, ref_name, sha, subject, body,
                                 actor_id, actor_login, author, parameters, "values", delivery_id, zone,
                                 next_try_at, created_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?18)
           ON CONFLICT (delivery_id) DO NOTHING"#,
        key,
        project,
        number,
        state,
        trigger,
        ref_kind,
        ref_name,
        sha,
        subject,
        body,
        actor_id,
        actor_login,
        author,
        parameters,
        values,
        delivery,
        zone,
        now,
    )
    .execute(tx.db())
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::Conflict("this delivery has made a pipeline before".to_owned()));
    }
    tx.wake(Stage::Compile);
    tx.changed(Topic::Pipeline(id));
    tx.changed(Topic::Project(*project_id));
    get(tx.db(), id).await
}

/// The pipeline that waits longest to be compiled and may be tried now.
pub async fn next_pending(db: impl SqliteExecutor<'_>, now: Timestamp) -> Result<Option<Pipeline>> {
    let now = now.millis();
    select!(
        "WHERE p.state IN ('pending', 'setup-pending') AND p.next_try_at <= ?1 ORDER BY p.next_try_at, p.id LIMIT 1",
        now
    )
    .fetch_optional(db)
    .await?
    .map(Pipeline::try_from)
    .transpose()
}

/// When the next pipeline may be compiled; `None` when none waits.
pub async fn next_pending_at(db: impl SqliteExecutor<'_>) -> Result<Option<Timestamp>> {
    let at = sqlx::query_scalar!(
        r#"SELECT min(next_try_at) AS "at?: i64" FROM pipeline WHERE state IN ('pending', 'setup-pending')"#
    )
    .fetch_one(db)
    .await?;
    Ok(at.map(row::time))
}

/// The pipeline.
pub async fn get(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Pipeline> {
    let key = id.to_string();
    select!("WHERE p.id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("pipeline `{id}`")))?
        .try_into()
}

/// The pipeline with this number in its project.
pub async fn find_by_number(db: impl SqliteExecutor<'_>, project: ProjectId, number: u64) -> Result<Option<Pipeline>> {
    let (project, number) = (project.to_string(), row::integer(number));
    select!("WHERE p.project_id = ?1 AND p.number = ?2", project, number)
        .fetch_optional(db)
        .await?
        .map(Pipeline::try_from)
        .transpose()
}

/// The pipeline that a webhook made, if it made one.
pub async fn find_by_delivery(db: impl SqliteExecutor<'_>, delivery: DeliveryId) -> Result<Option<Pipeline>> {
    select!("WHERE p.delivery_id = ?1", delivery.0).fetch_optional(db).await?.map(Pipeline::try_from).transpose()
}

/// The newest pipelines that pass the filter, at most `limit`.
pub async fn list(db: impl SqliteExecutor<'_>, filter: &PipelineFilter, limit: u32) -> Result<Vec<Pipeline>> {
    let PipelineFilter { project, branch, before } = filter;
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let project = project.map(|id| id.to_string());
    let rows = match (project, branch) {
        (None, None) => select!("WHERE p.id < ?1 ORDER BY p.id DESC LIMIT ?2", before, limit).fetch_all(db).await?,
        (Some(project), None) => {
            select!("WHERE p.project_id = ?3 AND p.id < ?1 ORDER BY p.id DESC LIMIT ?2", before, limit, project)
                .fetch_all(db)
                .await?
        }
        (Some(project), Some(branch)) => {
            select!(
                "WHERE p.project_id = ?3 AND p.ref_name = ?4 AND p.ref_kind = 'branch' AND p.id < ?1
                 ORDER BY p.id DESC LIMIT ?2",
                before,
                limit,
                project,
                branch
            )
            .fetch_all(db)
            .await?
        }
        (None, Some(branch)) => {
            select!(
                "WHERE p.ref_name = ?3 AND p.ref_kind = 'branch' AND p.id < ?1 ORDER BY p.id DESC LIMIT ?2",
                before,
                limit,
                branch
            )
            .fetch_all(db)
            .await?
        }
    };
    rows.into_iter().map(Pipeline::try_from).collect()
}

/// The branches of a project that have had a pipeline, the latest first, at most `limit`.
pub async fn list_branches(db: impl SqliteExecutor<'_>, project: ProjectId, limit: u32) -> Result<Vec<String>> {
    let project = project.to_string();
    Ok(sqlx::query_scalar!(
        r#"SELECT ref_name AS "name!" FROM pipeline WHERE project_id = ?1 AND ref_kind = 'branch'
           GROUP BY ref_name ORDER BY max(id) DESC LIMIT ?2"#,
        project,
        limit
    )
    .fetch_all(db)
    .await?)
}

/// The configuration that its workflows are made from, once it is known: as it was read from the repository, or as its setup
/// workflow made it.
pub async fn get_config_source(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Option<String>> {
    let key = id.to_string();
    sqlx::query_scalar!(
        "SELECT coalesce((SELECT configuration FROM setup WHERE pipeline_id = ?1), config_source)
         FROM pipeline WHERE id = ?1",
        key
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| Error::NotFound(format!("pipeline `{id}`")))
}

/// The configuration as it was read from the repository, of a pipeline that has a setup workflow; `None` for all others.
pub async fn get_setup_source(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Option<String>> {
    let key = id.to_string();
    let source = sqlx::query_scalar!(
        "SELECT p.config_source FROM pipeline p JOIN setup s ON s.pipeline_id = p.id WHERE p.id = ?1",
        key
    )
    .fetch_optional(db)
    .await?;
    Ok(source.flatten())
}

/// Keeps the configuration as it was read. A later try then compiles the same text.
pub async fn set_config_source(tx: &mut Tx, id: PipelineId, source: &str) -> Result<()> {
    let key = id.to_string();
    let changed =
        sqlx::query!("UPDATE pipeline SET config_source = ?2 WHERE id = ?1", key, source).execute(tx.db()).await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound(format!("pipeline `{id}`")));
    }
    Ok(())
}

/// A pending pipeline's configuration is a setup configuration: it waits as such.
pub async fn set_setup_pending(tx: &mut Tx, id: PipelineId) -> Result<()> {
    let (key, from, to) = (id.to_string(), PipelineState::Pending.name(), PipelineState::SetupPending.name());
    sqlx::query!("UPDATE pipeline SET state = ?3 WHERE id = ?1 AND state = ?2", key, from, to).execute(tx.db()).await?;
    tx.changed(Topic::Pipeline(id));
    Ok(())
}

/// Keeps where the branch or tag of a pending pipeline stands, and what is there. A later try then compiles the same.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn set_source(tx: &mut Tx, id: PipelineId, source: &PipelineSource<'_>) -> Result<Pipeline> {
    let PipelineSource { sha, subject, body, author, values, config } = source;
    let (key, sha, values) = (id.to_string(), sha.as_str(), row::to_json(values)?);
    let changed = sqlx::query!(
        r#"UPDATE pipeline SET sha = ?2, subject = ?3, body = ?4, author = ?5, "values" = ?6, config_source = ?7
           WHERE id = ?1 AND state = 'pending'"#,
        key,
        sha,
        subject,
        body,
        author,
        values,
        config
    )
    .execute(tx.db())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(format!("pipeline `{id}` is not pending")));
    }
    tx.changed(Topic::Pipeline(id));
    get(tx.db(), id).await
}

/// Whether a commit has had a pipeline under a branch's or tag's name.
pub async fn exists(db: impl SqliteExecutor<'_>, project: ProjectId, git_ref: &GitRef, sha: &Sha) -> Result<bool> {
    let (project, kind, name, sha) = (project.to_string(), row::ref_kind(git_ref), git_ref.name(), sha.as_str());
    let found = sqlx::query_scalar!(
        "SELECT number FROM pipeline WHERE project_id = ?1 AND ref_name = ?2 AND ref_kind = ?3 AND sha = ?4 LIMIT 1",
        project,
        name,
        kind,
        sha
    )
    .fetch_optional(db)
    .await?;
    Ok(found.is_some())
}

/// Whether its branch was pushed again after it.
pub async fn has_newer_push(db: impl SqliteExecutor<'_>, pipeline: &Pipeline) -> Result<bool> {
    let (project, name, number) =
        (pipeline.project_id.to_string(), pipeline.git_ref.name(), row::integer(pipeline.number));
    let newer = sqlx::query_scalar!(
        "SELECT number FROM pipeline
         WHERE project_id = ?1 AND ref_name = ?2 AND ref_kind = 'branch' AND number > ?3 AND delivery_id IS NOT NULL
         LIMIT 1",
        project,
        name,
        number
    )
    .fetch_optional(db)
    .await?;
    Ok(newer.is_some())
}

/// The workflows that it leaves out, and why. None for most pipelines.
pub async fn list_skipped(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Vec<Skipped>> {
    let key = id.to_string();
    let skipped = sqlx::query_scalar!("SELECT skipped FROM pipeline WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("pipeline `{id}`")))?;
    row::json("skipped", &skipped)
}

/// Keeps which workflows it leaves out, and why.
pub async fn set_skipped(tx: &mut Tx, id: PipelineId, skipped: &[Skipped]) -> Result<()> {
    let (key, skipped) = (id.to_string(), row::to_json(skipped)?);
    let changed = sqlx::query!("UPDATE pipeline SET skipped = ?2 WHERE id = ?1", key, skipped).execute(tx.db()).await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound(format!("pipeline `{id}`")));
    }
    Ok(())
}

/// It was compiled: makes its workflows with all jobs blocked, marks them due and wakes the scheduler. A workflow without
/// jobs has the status `not_run` at once.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn set_created(tx: &mut Tx, id: PipelineId, compiled: &Compiled<'_>, now: Timestamp) -> Result<()> {
    let Compiled { workflows, warnings } = compiled;
    let warnings = warnings.map(row::to_json).transpose()?;
    let pipeline = settle(tx, id, PipelineState::Created, None, None, warnings).await?;
    create_workflows(tx, &pipeline, workflows, now).await
}

/// Its setup configuration was compiled: like [`set_created`], and then a continuation is waited for. `defaults` are those
/// of the pipeline parameters that it declares: an object.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn set_setup(
    tx: &mut Tx,
    id: PipelineId,
    compiled: &Compiled<'_>,
    defaults: &Value,
    now: Timestamp,
) -> Result<()> {
    let Compiled { workflows, warnings } = compiled;
    let warnings = warnings.map(row::to_json).transpose()?;
    let pipeline = settle(tx, id, PipelineState::Setup, None, None, warnings).await?;
    setup::create(tx, id, defaults).await?;
    create_workflows(tx, &pipeline, workflows, now).await
}

/// Makes workflows behind those that are there.
async fn create_workflows(tx: &mut Tx, pipeline: &Pipeline, plans: &[WorkflowPlan], now: Timestamp) -> Result<()> {
    let key = pipeline.id.to_string();
    let first = sqlx::query_scalar!(
        r#"SELECT coalesce(max(position) + 1, 0) AS "first!: i64" FROM workflow WHERE pipeline_id = ?1"#,
        key
    )
    .fetch_one(tx.db())
    .await?;
    let first: usize = row::number("position", first)?;
    for (index, plan) in plans.iter().enumerate() {
        workflow::create(tx, pipeline, first + index, plan, now).await?;
    }
    Ok(())
}

/// There is nothing to run. `reason` is a sentence for people; `errors` are the compiler's, as it serialises them. The
/// commit gets a failed status under the context `PREFIX: config`.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn set_errored(
    tx: &mut Tx,
    id: PipelineId,
    reason: &str,
    errors: Option<&Value>,
    now: Timestamp,
) -> Result<()> {
    let errors = errors.map(row::to_json).transpose()?;
    let pipeline = settle(tx, id, PipelineState::Errored, Some(reason), errors, None).await?;
    if pipeline.sha.is_zero() {
        // There is no commit that could show it.
        return Ok(());
    }
    let options = tx.options();
    let desired = status::Desired {
        project_id: pipeline.project_id,
        pipeline_id: id,
        sha: pipeline.sha.clone(),
        context: format!("{}: config", options.status_prefix),
        state: status::StatusState::Failure,
        description: reason.to_owned(),
        target_url: format!("{}{}", options.public_url, path(&pipeline.slug, pipeline.number)),
    };
    status::set_desired(tx, &desired, now).await
}

/// Cancels everything of it that has not ended, all attempts at all workflows; `reason` says who or what does, in a
/// sentence. A pipeline that was not compiled yet never will be: it errors with that reason. Its commit is not told of
/// that, since nothing was promised.
pub async fn cancel(tx: &mut Tx, id: PipelineId, reason: &str, now: Timestamp) -> Result<()> {
    match get(tx.db(), id).await?.state {
        PipelineState::Pending | PipelineState::SetupPending => {
            settle(tx, id, PipelineState::Errored, Some(reason), None, None).await?;
        }
        PipelineState::Setup | PipelineState::Created | PipelineState::Errored => {}
    }
    for workflow in workflow::list_by_pipeline(tx.db(), id).await? {
        workflow::cancel(tx, workflow.id, reason, now).await?;
    }
    Ok(())
}

/// It could not be compiled this time, and `reason` says why: it is tried again at `next_try_at`. Returns the number of
/// failed tries so far.
pub async fn defer(tx: &mut Tx, id: PipelineId, reason: &str, next_try_at: Timestamp) -> Result<u32> {
    let (key, next_try_at) = (id.to_string(), next_try_at.millis());
    let attempts = sqlx::query_scalar!(
        "UPDATE pipeline SET attempts = attempts + 1, reason = ?2, next_try_at = ?3
         WHERE id = ?1 AND state IN ('pending', 'setup-pending') RETURNING attempts",
        key,
        reason,
        next_try_at
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| Error::Conflict(format!("pipeline `{id}` is not pending")))?;
    tx.changed(Topic::Pipeline(id));
    row::number("attempts", attempts)
}

/// Removes a pending pipeline, as if it had never been: the repository has no configuration. Its delivery is marked as
/// ignored with this note.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn discard(tx: &mut Tx, id: PipelineId, note: &str) -> Result<()> {
    let pipeline = get(tx.db(), id).await?;
    let key = id.to_string();
    let gone = sqlx::query!("DELETE FROM pipeline WHERE id = ?1 AND state IN ('pending', 'setup-pending')", key)
        .execute(tx.db())
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::Conflict(format!("pipeline `{id}` is not pending")));
    }
    if let Some(DeliveryId(delivery)) = pipeline.delivery_id {
        sqlx::query!("UPDATE delivery SET state = 'ignored', note = ?2 WHERE id = ?1", delivery, note)
            .execute(tx.db())
            .await?;
    }
    tx.changed(Topic::Pipeline(id));
    tx.changed(Topic::Project(pipeline.project_id));
    Ok(())
}

async fn settle(
    tx: &mut Tx,
    id: PipelineId,
    state: PipelineState,
    reason: Option<&str>,
    errors: Option<String>,
    warnings: Option<String>,
) -> Result<Pipeline> {
    let (key, state) = (id.to_string(), state.name());
    let changed = sqlx::query!(
        "UPDATE pipeline SET state = ?2, reason = ?3, errors = ?4, warnings = ?5
         WHERE id = ?1 AND state IN ('pending', 'setup-pending')",
        key,
        state,
        reason,
        errors,
        warnings
    )
    .execute(tx.db())
    .await?;
    let pipeline = get(tx.db(), id).await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(format!("pipeline `{id}` is {} and cannot be compiled", pipeline.state.name())));
    }
    tx.changed(Topic::Pipeline(id));
    tx.changed(Topic::Project(pipeline.project_id));
    Ok(pipeline)
}

/// The path of its page: `/pipelines/github/acme/app/42`.
pub fn path(slug: &ProjectSlug, number: u64) -> String {
    format!("/pipelines/{}/{}/{}/{number}", slug.vcs.long(), slug.org, slug.repo)
}
