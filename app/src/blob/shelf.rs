//! Writing, finding and deleting blobs.

use std::{error::Error as StdError, io, ops::Range, path::Path as FsPath, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use object_store::{
    GetOptions, GetResultPayload, ObjectStore, ObjectStoreExt, PutMultipartOptions, WriteMultipart,
    local::LocalFileSystem,
};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};
use tokio_util::io::ReaderStream;

use super::{
    BlobKey,
    read::{Chunks, Content, verified},
};
use crate::{os::make_private_directory, settings::BlobPlace};

/// Bytes that are written at a time.
const PART: usize = 4 << 20;

/// Parts that may wait to be written.
const PARTS: usize = 2;

/// Bytes that are read at a time.
const CHUNK: usize = 256 << 10;

/// A sender that is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(300);

/// What went wrong with a blob.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// More bytes came than may.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// The sender stopped before the end.
    #[error("its bytes did not come to their end: {0}")]
    Incomplete(String),
    /// There is no room.
    #[error("the server's disk is full")]
    Full,
    /// The store failed.
    #[error("the blob store failed: {0}")]
    Store(#[from] object_store::Error),
    /// The store failed.
    #[error("the blob store failed: {0}")]
    Io(#[from] io::Error),
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// How many bytes.
    pub size_bytes: u64,
    /// Their hash.
    pub sha256: [u8; 32],
}

/// The blob store. Clones share it.
#[derive(Clone, Debug)]
pub struct Blobs {
    pub(super) store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Opens it; a directory is made if it is missing.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn open(place: &BlobPlace) -> io::Result<Self> {
        let BlobPlace::Directory(directory) = place;
        Self::in_directory(directory)
    }

    fn in_directory(directory: &FsPath) -> io::Result<Self> {
        make_private_directory(directory)?;
        let store = LocalFileSystem::new_with_prefix(directory).map_err(io::Error::other)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Writes a blob of at most `limit` bytes. On return it is whole and on the disk; after any error, and when dropped, there
    /// is nothing.
    ///
    /// # Errors
    /// Too many bytes, a sender that stopped, a store without room.
    pub async fn put<E: StdError + Send>(
        &self,
        key: BlobKey,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
        limit: u64,
    ) -> Result<Stored, BlobError> {
        let upload =
            self.store.put_multipart_opts(&key.path(), PutMultipartOptions::default()).await.map_err(sorted)?;
        let mut write = WriteMultipart::new_with_chunk_size(upload, PART);
        match fill(&mut write, bytes, limit).await {
            Ok(stored) => {
                write.finish().await.map_err(sorted)?;
                Ok(stored)
            }
            Err(error) => {
                // What cannot be undone now is undone when it is dropped.
                let _ = write.abort().await;
                Err(error)
            }
        }
    }

    /// The whole blob, as it was stored. `None`: there is none of this size. Bytes that are not those that were stored end
    /// in an error instead of the last of them.
    ///
    /// # Errors
    /// The store failed.
    pub async fn get(&self, key: BlobKey, stored: Stored) -> Result<Option<Content>, BlobError> {
        let Some(chunks) = self.read(key, None, stored.size_bytes).await? else { return Ok(None) };
        Ok(Some(Content { size_bytes: stored.size_bytes, chunks: verified(chunks, stored).boxed() }))
    }

    /// A part of a blob, which cannot be verified alone. `None`: there is no blob of this size, or no such part of it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn get_range(
        &self,
        key: BlobKey,
        stored: Stored,
        range: Range<u64>,
    ) -> Result<Option<Content>, BlobError> {
        if range.start >= range.end || range.end > stored.size_bytes {
            return Ok(None);
        }
        let size_bytes = range.end - range.start;
        let chunks = self.read(key, Some(range), stored.size_bytes).await?;
        Ok(chunks.map(|chunks| Content { size_bytes, chunks }))
    }

    /// Deletes a blob; one that is not there is no error.
    ///
    /// # Errors
    /// The store failed.
    pub async fn delete(&self, key: BlobKey) -> Result<(), BlobError> {
        match self.store.delete(&key.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(sorted(error)),
        }
    }

    async fn read(&self, key: BlobKey, range: Option<Range<u64>>, size: u64) -> Result<Option<Chunks>, BlobError> {
        let options = GetOptions { range: range.clone().map(Into::into), ..GetOptions::default() };
        let found = match self.store.get_opts(&key.path(), options).await {
            Ok(found) if found.meta.size == size => found,
            Ok(_) | Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(sorted(error)),
        };
        Ok(Some(match found.payload {
            GetResultPayload::File(file, _) => {
                let mut file = tokio::fs::File::from_std(file);
                let range = range.unwrap_or(0..size);
                file.seek(SeekFrom::Start(range.start)).await?;
                ReaderStream::with_capacity(file.take(range.end - range.start), CHUNK).boxed()
            }
            GetResultPayload::Stream(chunks) => chunks.map(|chunk| chunk.map_err(io::Error::other)).boxed(),
        }))
    }
}

async fn fill<E: StdError + Send>(
    write: &mut WriteMultipart,
    bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    limit: u64,
) -> Result<Stored, BlobError> {
    let mut bytes = std::pin::pin!(bytes);
    let (mut size_bytes, mut hash) = (0_u64, Sha256::new());
    loop {
        let next = tokio::time::timeout(SILENCE, bytes.next()).await;
        let Some(chunk) = next.map_err(|_| BlobError::Incomplete("the sender fell silent".to_owned()))? else { break };
        let chunk = chunk.map_err(|error| BlobError::Incomplete(error.to_string()))?;
        size_bytes += chunk.len() as u64;
        if size_bytes > limit {
            return Err(BlobError::TooLarge(limit));
        }
        hash.update(&chunk);
        write.wait_for_capacity(PARTS).await.map_err(sorted)?;
        write.put(chunk);
    }
    Ok(Stored { size_bytes, sha256: hash.finalize().into() })
}

/// Finds a full disk among the causes.
fn sorted(error: object_store::Error) -> BlobError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
            return BlobError::Full;
        }
        cause = error.source();
    }
    BlobError::Store(error)
}
