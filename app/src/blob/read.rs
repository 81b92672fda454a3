//! Reading blobs back, checked.

use std::{fmt, io};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::BoxStream};
use sha2::{Digest, Sha256};

use super::Stored;

/// Pieces of a blob.
pub type Chunks = BoxStream<'static, io::Result<Bytes>>;

/// A blob, or a part of one, on its way out.
pub struct Content {
    /// How many bytes come.
    pub size_bytes: u64,
    /// The bytes.
    pub chunks: Chunks,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

struct Verify {
    chunks: Chunks,
    hash: Sha256,
    size_bytes: u64,
    /// Not given away before it is known that something follows, or that all is well.
    held: Option<Bytes>,
    over: bool,
}

/// Passes on what was stored. The last piece comes only when all of them are right.
pub(super) fn verified(chunks: Chunks, stored: Stored) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let verify = Verify { chunks, hash: Sha256::new(), size_bytes: 0, held: None, over: false };
    futures_util::stream::try_unfold(verify, move |mut verify| async move {
        loop {
            if verify.over {
                return Ok(None);
            }
            let Some(chunk) = verify.chunks.next().await else { break };
            let chunk = chunk?;
            verify.hash.update(&chunk);
            verify.size_bytes += chunk.len() as u64;
            if let Some(before) = verify.held.replace(chunk) {
                return Ok(Some((before, verify)));
            }
        }
        verify.over = true;
        let hash: [u8; 32] = std::mem::take(&mut verify.hash).finalize().into();
        if verify.size_bytes != stored.size_bytes || hash != stored.sha256 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the stored bytes are not those that were saved"));
        }
        Ok(verify.held.take().map(|last| (last, verify)))
    })
}
