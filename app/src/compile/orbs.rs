//! Orbs of a pipeline: what the compiler lacks is fetched, and it is asked again.

use config::OrbRef;
use store::pipeline::Pipeline;

use super::worker::{Errored, Stop};
use crate::orb::{Gathered, OrbError, OrbSources};

/// How a try of the compiler ends.
pub(super) enum Tried<T> {
    /// With a result.
    Done(T),
    /// It needs these first.
    NeedsOrbs(Vec<OrbRef>),
}

/// Fetches what is lacking. No transaction is open meanwhile: fetching may take its time.
pub(super) async fn fetch(
    gathered: &mut Gathered,
    sources: &OrbSources,
    pipeline: &Pipeline,
    needed: &[OrbRef],
) -> Result<(), Stop> {
    let fetched = gathered.fetch(sources, needed).await;
    fetched.map_err(|error| match error {
        OrbError::Transient(reason) => {
            tracing::warn!(pipeline.id = %pipeline.id, "Orbs of pipeline `{}` must wait: {reason}", pipeline.id);
            Stop::Later(reason)
        }
        OrbError::Permanent(reason) => Stop::Errored(Errored::new(reason)),
    })
}
