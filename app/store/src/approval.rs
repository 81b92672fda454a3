//! What people said to jobs on hold: who, what and when, for which commit.

use model::{id::JobId, project::Sha, time::Timestamp, trigger::Actor};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx, row};

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Go on.
    Approved,
    /// Do not.
    Denied,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 2] = [Self::Approved, Self::Denied];

    /// The name in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }

    /// Reads [`Verdict::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// An answer to a job on hold. There is one at most, and it is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The job.
    pub job_id: JobId,
    /// The answer.
    pub verdict: Verdict,
    /// Who gave it.
    pub by: Actor,
    /// The commit that it is about.
    pub sha: Sha,
    /// When.
    pub decided_at: Timestamp,
}

struct ApprovalRow {
    job_id: String,
    verdict: String,
    by_id: Option<i64>,
    by_login: String,
    sha: String,
    decided_at: i64,
}

impl TryFrom<ApprovalRow> for Approval {
    type Error = Error;

    fn try_from(row: ApprovalRow) -> Result<Self> {
        let ApprovalRow { job_id, verdict, by_id, by_login, sha, decided_at } = row;
        Ok(Self {
            job_id: row::text("job_id", &job_id)?,
            verdict: row::name("verdict", &verdict, Verdict::from_name)?,
            by: Actor { id: by_id, login: by_login },
            sha: row::text("sha", &sha)?,
            decided_at: row::time(decided_at),
        })
    }
}

/// What was said to a job; a job that reuses another has that one's. `None`: nothing yet.
pub async fn find(db: impl SqliteExecutor<'_>, job: JobId) -> Result<Option<Approval>> {
    let job = job.to_string();
    sqlx::query_as!(
        ApprovalRow,
        r#"SELECT a.job_id AS "job_id!", a.verdict AS "verdict!", a.by_id, a.by_login AS "by_login!", a.sha AS "sha!",
                  a.decided_at AS "decided_at!"
           FROM job j JOIN approval a ON a.job_id = coalesce(j.reuses, j.id) WHERE j.id = ?1"#,
        job
    )
    .fetch_optional(db)
    .await?
    .map(Approval::try_from)
    .transpose()
}

pub(crate) async fn create(tx: &mut Tx, approval: &Approval) -> Result<()> {
    let Approval { job_id, verdict, by: Actor { id, login }, sha, decided_at } = approval;
    let (job, verdict, sha, decided_at) = (job_id.to_string(), verdict.name(), sha.as_str(), decided_at.millis());
    sqlx::query!(
        "INSERT INTO approval (job_id, verdict, by_id, by_login, sha, decided_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        job,
        verdict,
        id,
        login,
        sha,
        decided_at
    )
    .execute(tx.db())
    .await?;
    Ok(())
}
