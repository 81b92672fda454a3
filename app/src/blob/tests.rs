//! The port on a real directory.

use std::{fs, io, path::PathBuf};

use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use uuid::Uuid;

use super::{BlobError, BlobKey, Blobs, Content, Stored};
use crate::settings::BlobPlace;

fn open() -> (TempDir, Blobs) {
    let directory = TempDir::new().unwrap();
    let blobs = Blobs::open(&BlobPlace::Directory(directory.path().join("blobs"))).unwrap();
    (directory, blobs)
}

fn chunks(chunks: &[&[u8]]) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send + use<> {
    stream::iter(chunks.iter().map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>())
}

async fn all(content: Content) -> io::Result<Vec<u8>> {
    let pieces: Vec<Bytes> = content.chunks.try_collect().await?;
    Ok(pieces.concat())
}

fn files(directory: &TempDir) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![directory.path().to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files
}

#[tokio::test]
async fn what_was_put_is_got_whole_and_in_parts() {
    let (directory, blobs) = open();
    let bytes: Vec<u8> = (0..9_000_000_u32).map(|at| (at / 7) as u8).collect();
    let (one, two) = bytes.split_at(4_000_001);
    let key = BlobKey::cache(Uuid::now_v7());
    let stored = blobs.put(key, chunks(&[one, two]), 9_000_000).await.unwrap();
    assert_eq!(stored, Stored { size_bytes: 9_000_000, sha256: Sha256::digest(&bytes).into() });
    assert!(all(blobs.get(key, stored).await.unwrap().unwrap()).await.unwrap() == bytes);
    let part = blobs.get_range(key, stored, 8_999_990..9_000_000).await.unwrap().unwrap();
    assert_eq!((part.size_bytes, all(part).await.unwrap()), (10, bytes[8_999_990..].to_vec()));
    for nonsense in [5..5, 0..9_000_001] {
        assert!(blobs.get_range(key, stored, nonsense).await.unwrap().is_none());
    }
    blobs.delete(key).await.unwrap();
    blobs.delete(key).await.unwrap();
    assert!(blobs.get(key, stored).await.unwrap().is_none());
    assert!(files(&directory).is_empty());
}

#[tokio::test]
async fn an_empty_blob_is_a_blob() {
    let (_directory, blobs) = open();
    let key = BlobKey::artifact(Uuid::now_v7());
    let stored = blobs.put(key, chunks(&[]), 1).await.unwrap();
    assert_eq!(stored.size_bytes, 0);
    assert!(all(blobs.get(key, stored).await.unwrap().unwrap()).await.unwrap().is_empty());
}

#[tokio::test]
async fn too_much_and_too_little_leave_nothing() {
    let (directory, blobs) = open();
    let key = BlobKey::workspace(Uuid::now_v7());
    let large = blobs.put(key, chunks(&[&[1; 6], &[2; 6]]), 11).await;
    assert!(matches!(large, Err(BlobError::TooLarge(11))), "{large:?}");
    let broken = stream::iter([Ok(Bytes::from_static(b"begun")), Err(io::Error::other("connection reset"))]);
    let broken = blobs.put(key, broken, 100).await;
    assert!(matches!(&broken, Err(BlobError::Incomplete(why)) if why == "connection reset"), "{broken:?}");
    assert!(files(&directory).is_empty(), "{:?}", files(&directory));
}

#[tokio::test]
async fn changed_bytes_do_not_come_out_as_if_they_were_whole() {
    let (directory, blobs) = open();
    let key = BlobKey::cache(Uuid::now_v7());
    let stored = blobs.put(key, chunks(&[&[7; 600_000]]), 1 << 20).await.unwrap();
    let file = files(&directory).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    bytes[3] = 8;
    fs::write(&file, &bytes).unwrap();
    let mut content = blobs.get(key, stored).await.unwrap().unwrap();
    let mut came = 0;
    let end = loop {
        match content.chunks.try_next().await {
            Ok(Some(piece)) => came += piece.len(),
            end => break end,
        }
    };
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert!(came < 600_000, "the last piece is held back");
    fs::write(&file, &bytes[1..]).unwrap();
    assert!(blobs.get(key, stored).await.unwrap().is_none(), "another length is seen before");
}
