//! A pipeline's row.

use model::{
    id::{PipelineId, ProjectId},
    pipeline::PipelineState,
    project::{GitRef, ProjectSlug, Sha},
    time::Timestamp,
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::Value;

use crate::{Error, Result, delivery::DeliveryId, row};

/// A pipeline. Its configuration's text is read apart, with [`get_config_source`](super::get_config_source).
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
    /// ([`set_source`](super::set_source)).
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

pub(super) struct PipelineRow {
    pub id: String,
    pub project_id: String,
    pub vcs: String,
    pub org: String,
    pub repo: String,
    pub number: i64,
    pub state: String,
    pub trigger: String,
    pub ref_kind: String,
    pub ref_name: String,
    pub sha: String,
    pub subject: String,
    pub body: String,
    pub actor_id: Option<i64>,
    pub actor_login: String,
    pub author: Option<String>,
    pub parameters: String,
    pub values: String,
    pub reason: Option<String>,
    pub errors: Option<String>,
    pub warnings: Option<String>,
    pub attempts: i64,
    pub delivery_id: Option<i64>,
    pub zone: String,
    pub created_at: i64,
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
pub(super) use select;

/// The path of its page: `/pipelines/github/acme/app/42`.
pub fn path(slug: &ProjectSlug, number: u64) -> String {
    format!("/pipelines/{}/{}/{}/{number}", slug.vcs.long(), slug.org, slug.repo)
}
