//! Reading a log while it grows.

use std::{io, time::Duration};

use bytes::Bytes;
use store::{
    Topic,
    bus::{Change, Topics},
};
use tokio::time::timeout;

use super::{LogKey, Logs};

/// The most bytes at a time.
const CHUNK: usize = 256 * 1024;

/// News may be lost; then it takes so long until the file is looked at again.
const POLL: Duration = Duration::from_secs(2);

/// Reads a log from an offset on, as it grows.
#[derive(Debug)]
pub struct Tail {
    logs: Logs,
    topics: Topics,
    key: LogKey,
    offset: u64,
}

impl Tail {
    pub(super) fn new(logs: Logs, topics: Topics, key: LogKey, offset: u64) -> Self {
        Self { logs, topics, key, offset }
    }

    /// How far it has read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes that are there and were not read yet; empty when there are none now.
    pub async fn available(&mut self) -> io::Result<Bytes> {
        let bytes = self.logs.read(self.key, self.offset, CHUNK).await?;
        self.offset += bytes.len() as u64;
        Ok(bytes)
    }

    /// Waits until the log may have grown, or its job's state may have changed: read on, and look whether the step has
    /// ended. Dropping the future loses nothing.
    pub async fn changed(&mut self) {
        let (log, job) = (Topic::Log(self.key.job), Topic::Job(self.key.job));
        let news = async {
            loop {
                match self.topics.next().await {
                    Some(Change::Topic(topic)) if topic != log && topic != job => {}
                    Some(Change::Topic(_) | Change::Missed) => return,
                    None => std::future::pending().await,
                }
            }
        };
        // Either way the caller looks at the file.
        let _ = timeout(POLL, news).await;
    }
}
