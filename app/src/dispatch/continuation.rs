//! The right to continue a pipeline, for the jobs of its setup workflow.

use std::fmt::Write;

use model::{pipeline::PipelineState, protocol::TaskToken};
use sha2::{Digest, Sha256};
use store::{pipeline::Pipeline, setup};

use super::{Dispatch, DispatchError, token::hash};

impl Dispatch {
    /// A key that continues this pipeline, while it is in its setup. It follows from the task's token, so that the same claim
    /// has the same key; only its hash is stored.
    pub(super) async fn continuation_key(
        &self,
        pipeline: &Pipeline,
        token: &TaskToken,
    ) -> Result<Option<String>, DispatchError> {
        match pipeline.state {
            PipelineState::Setup => {}
            PipelineState::Pending | PipelineState::SetupPending | PipelineState::Created | PipelineState::Errored => {
                return Ok(None);
            }
        }
        let digest = Sha256::new().chain_update("continuation of ").chain_update(token.expose()).finalize();
        let mut key = String::with_capacity(64);
        for byte in digest {
            write!(key, "{byte:02x}").expect("a String takes any text");
        }
        let mut tx = self.store().begin().await?;
        setup::put_key(&mut tx, &hash(&key), pipeline.id, self.clock().now()).await?;
        tx.commit().await?;
        Ok(Some(key))
    }
}
