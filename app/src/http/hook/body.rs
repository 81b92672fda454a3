//! Reads a body within bounds: of size, of time, and of memory over all requests.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::Refused;

/// The largest body: GitHub and GitLab send no larger ones.
pub(super) const BODY_LIMIT_BYTES: usize = 25 * 1024 * 1024;
/// How long a body may take to come.
const DEADLINE: Duration = Duration::from_secs(10);
/// The most memory that all bodies together may take, in KiB.
pub(super) const MEMORY_LIMIT_KIB: usize = 256 * 1024;

/// A body, and its share of the memory, given back when it is dropped.
pub(super) struct Received {
    pub bytes: Vec<u8>,
    /// Held, not read.
    pub memory: Option<OwnedSemaphorePermit>,
}

/// Reads a body to its end.
pub(super) async fn read(headers: &HeaderMap, body: Body, memory: &Arc<Semaphore>) -> Result<Received, Refused> {
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
        && encoding != "identity"
    {
        return Err(Refused::Encoded);
    }
    let declared = match headers.get(header::CONTENT_LENGTH) {
        None => None,
        Some(length) => Some(length.to_str().ok().and_then(|text| text.parse::<u64>().ok()).ok_or(Refused::TooLarge)?),
    };
    if declared.is_some_and(|length| length > BODY_LIMIT_BYTES as u64) {
        return Err(Refused::TooLarge);
    }
    // What is declared is not taken at its word: a slow sender holds only the memory of what it has sent.
    let first = declared.map_or(0, |length| usize::try_from(length).unwrap_or(0).min(64 * 1024));
    let read = collect(body, Vec::with_capacity(first), memory);
    tokio::time::timeout(DEADLINE, read).await.map_err(|_| Refused::TooSlow)?
}

async fn collect(mut body: Body, mut bytes: Vec<u8>, memory: &Arc<Semaphore>) -> Result<Received, Refused> {
    let mut held: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Refused::Broken)?.into_data() else { continue };
        if bytes.len() + data.len() > BODY_LIMIT_BYTES {
            return Err(Refused::TooLarge);
        }
        bytes.extend_from_slice(&data);
        let needed = bytes.len().div_ceil(1024) - held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if needed > 0 {
            let needed = u32::try_from(needed).expect("a body's limit in KiB fits");
            let more = Arc::clone(memory).try_acquire_many_owned(needed).map_err(|_| Refused::Busy)?;
            match &mut held {
                Some(held) => held.merge(more),
                None => held = Some(more),
            }
        }
    }
    Ok(Received { bytes, memory: held })
}
