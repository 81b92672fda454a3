//! When the bytes of a log came: a sidecar of (offset, time), for display.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use model::time::Timestamp;

/// Bytes of a log from this offset on were read at this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where they begin.
    pub offset: u64,
    /// When, by the clock of the runner's machine.
    pub at: Timestamp,
}

const MARK_BYTES: usize = 16;

/// Adds a mark. What a crash has torn is cut off first, by the length that marks have.
pub(super) fn append(path: &Path, mark: Mark) -> io::Result<()> {
    let mut file = File::options().create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    let torn = length % MARK_BYTES as u64;
    if torn > 0 {
        file.set_len(length - torn)?;
    }
    let mut bytes = [0; MARK_BYTES];
    bytes[..8].copy_from_slice(&mark.offset.to_le_bytes());
    bytes[8..].copy_from_slice(&mark.at.millis().to_le_bytes());
    file.write_all(&bytes)
}

/// All marks, in the order of their offsets; none when nothing came.
pub(super) fn read(path: &Path) -> io::Result<Vec<Mark>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let number = |bytes: &[u8]| <[u8; 8]>::try_from(bytes).expect("chunks of 16 bytes have two halves of 8");
    Ok(bytes
        .chunks_exact(MARK_BYTES)
        .map(|mark| Mark {
            offset: u64::from_le_bytes(number(&mark[..8])),
            at: Timestamp::from_millis(i64::from_le_bytes(number(&mark[8..]))),
        })
        .collect())
}
