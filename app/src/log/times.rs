//! When the bytes of a log came: a sidecar of (offset, time), for display. A short log that came as a whole has none.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    time::UNIX_EPOCH,
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

/// The mark of a log that came as a whole.
fn of_file(log: &Path) -> Option<Mark> {
    let written = fs::metadata(log).ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Mark { offset: 0, at: Timestamp::from_millis(i64::try_from(written.as_millis()).ok()?) })
}

/// All marks of the log at a path, in the order of their offsets; none when nothing came.
pub(super) fn read(log: &Path) -> io::Result<Vec<Mark>> {
    let bytes = match fs::read(log.with_extension("times")) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(of_file(log).into_iter().collect()),
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
