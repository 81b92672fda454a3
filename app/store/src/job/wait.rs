//! Why jobs wait.

use model::id::JobId;

use crate::{Result, Tx, row};

/// What a job on hold waits for.
pub const WAITS_FOR_APPROVAL: &str = "waits for the approval of someone who may write to the repository";

/// Keeps why jobs wait, a sentence for each: shown by the dashboard and the API in these words. Whatever happens to the job
/// next takes it away.
pub async fn set_waits_for(tx: &mut Tx, waits: &[(JobId, String)]) -> Result<()> {
    if waits.is_empty() {
        return Ok(());
    }
    let waits = row::to_json(waits)?;
    sqlx::query!(
        "UPDATE job SET waits_for = wait.sentence
         FROM (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS sentence FROM json_each(?1)) AS wait
         WHERE job.id = wait.id AND job.state <> 'ended'",
        waits
    )
    .execute(tx.db())
    .await?;
    Ok(())
}
