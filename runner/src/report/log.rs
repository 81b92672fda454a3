//! Follows one log from the spool to the server.
//!
//! While a chunk is on its way, the next is read and masked; at most one is on its way, so that the order is the server's
//! to check and nobody's to repair. A log that falls behind goes in larger chunks.

use std::{io, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use model::{event::StepKey, time::Timestamp};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::warn;

use super::Link;
use crate::{
    own::now,
    redact::Secrets,
    retry::until_answered,
    server::{LogChunk, ServerError},
    spool::LogReader,
};

/// How often a quiet log is looked at: the pause grows from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(100));

/// Follows a log until it is told that the step has ended. Dropping it stops it.
pub(super) struct LogFollower {
    ended: CancellationToken,
    task: AbortOnDropHandle<Result<(), ServerError>>,
}

impl LogFollower {
    /// Begins; the server has `have` bytes already.
    pub(super) fn spawn(link: Arc<Link>, spool: &Path, key: StepKey, secrets: Arc<Secrets>, have: u64) -> Self {
        let ended = CancellationToken::new();
        let reader = LogReader::new(spool, key, link.log_limit_bytes, secrets);
        let sender = Sender { link, key, have };
        let task = AbortOnDropHandle::new(tokio::spawn(follow(reader, sender, ended.clone())));
        Self { ended, task }
    }

    /// Nothing is written any more: returns when the server has every byte.
    pub(super) async fn finish(self) -> Result<(), ServerError> {
        self.ended.cancel();
        match self.task.await {
            Ok(result) => result,
            Err(error) => Err(ServerError::Refused(format!("a log could not be forwarded: {error}"))),
        }
    }
}

struct Piece {
    bytes: Bytes,
    at: Timestamp,
    last: bool,
}

type Reading = JoinHandle<(LogReader, io::Result<Piece>)>;

/// Reads what there is, off the async threads; `ended` says that nothing more will be written.
fn read(mut reader: LogReader, ended: bool) -> Reading {
    tokio::task::spawn_blocking(move || {
        let piece = reader.read().map(|(mut bytes, at_end)| {
            let last = ended && at_end;
            if last {
                bytes.extend(reader.finish());
            }
            Piece { bytes: bytes.into(), at: now(), last }
        });
        (reader, piece)
    })
}

async fn follow(reader: LogReader, mut sender: Sender, ended: CancellationToken) -> Result<(), ServerError> {
    let mut reading = read(reader, ended.is_cancelled());
    // Masked bytes that came out of the reader.
    let mut position = 0_u64;
    let mut pause = PAUSES.0;
    loop {
        let (reader, piece) = match reading.await {
            Ok(read) => read,
            Err(error) => return Err(ServerError::Refused(format!("a log could not be read: {error}"))),
        };
        let Piece { bytes, at, last } = match piece {
            Ok(piece) => piece,
            Err(error) => {
                // The job can do what it wants to its files. What was read is told, the rest is its own loss; but nobody
                // shall take a piece for the whole.
                warn!("The log {} cannot be read further: {error}", sender.key);
                let note = format!(
                    "\n[the rest of this log is missing: {error}; something in the job changed the files of its task agent]\n"
                );
                sender.send(position, now(), &note.into()).await?;
                return Ok(());
            }
        };
        if bytes.is_empty() && !last {
            tokio::select! {
                () = ended.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 3 / 2).min(PAUSES.1);
            reading = read(reader, ended.is_cancelled());
            continue;
        }
        pause = PAUSES.0;
        let offset = position;
        position += bytes.len() as u64;
        if last {
            if sender.send(offset, at, &bytes).await? {
                return Ok(());
            }
            reading = rewind(reader, &mut position, &ended);
            continue;
        }
        reading = read(reader, ended.is_cancelled());
        if !sender.send(offset, at, &bytes).await? {
            if let Ok((reader, _)) = reading.await {
                reading = rewind(reader, &mut position, &ended);
            } else {
                return Err(ServerError::Refused("a log could not be read again".to_owned()));
            }
        }
    }
}

fn rewind(mut reader: LogReader, position: &mut u64, ended: &CancellationToken) -> Reading {
    reader.rewind();
    *position = 0;
    read(reader, ended.is_cancelled())
}

struct Sender {
    link: Arc<Link>,
    key: StepKey,
    /// Bytes that the server has.
    have: u64,
}

impl Sender {
    /// Sends those of `bytes`, which begin at `offset`, that the server lacks. `false` when it lacks bytes before them.
    async fn send(&mut self, offset: u64, at: Timestamp, bytes: &Bytes) -> Result<bool, ServerError> {
        let end = offset + bytes.len() as u64;
        let mut unmoved = 0;
        while self.have < end {
            let Some(sent) = self.have.checked_sub(offset) else {
                warn!("The server has lost bytes of the log {}: sending it again from byte {}", self.key, self.have);
                return Ok(false);
            };
            let skip = usize::try_from(sent).expect("smaller than the chunk");
            let chunk = LogChunk { key: self.key, offset: self.have, at, bytes: bytes.slice(skip..) };
            let Link { server, credentials, log_limit_bytes: _, takes_logs: _ } = &*self.link;
            let ack = until_answered("send a log", || server.append_log(credentials, &chunk)).await?;
            unmoved = if ack.have == self.have { unmoved + 1 } else { 0 };
            if unmoved > 3 {
                return Err(ServerError::Refused(format!("the log {} stays at byte {}", self.key, self.have)));
            }
            self.have = ack.have;
        }
        Ok(true)
    }
}
