//! The server, as a runner sees it. [`HttpServer`](crate::HttpServer) speaks the protocol over HTTP; tests put their own
//! behind the same trait.

use async_trait::async_trait;
use bytes::Bytes;
use model::{
    event::StepKey,
    id::TaskId,
    protocol::{Assignment, ClaimRequest, EventAck, EventReport, LogAck, Renewal, TaskToken, Unclaim},
    time::Timestamp,
};

use crate::blob::Upstream;

/// Why a call to the server did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// The task is no longer this runner's: given to another, ended, or unknown. Stop it and forget it.
    #[error("the server has given the task to another runner, or does not know it")]
    Fenced,
    /// The token is not accepted.
    #[error("the server does not accept the token")]
    Unauthorized,
    /// The server understood the call and will never accept it.
    #[error("the server refused: {0}")]
    Refused(String),
    /// The server cannot be reached, or cannot answer now: worth another try.
    #[error("the server is not available: {0}")]
    Unavailable(String),
}

/// Names a task and proves the right to speak for it.
#[derive(Clone, Debug)]
pub struct TaskCredentials {
    /// Which.
    pub task: TaskId,
    /// The token of its assignment.
    pub token: TaskToken,
}

/// Bytes to append to a log.
#[derive(Clone, Debug)]
pub struct LogChunk {
    /// Which log.
    pub key: StepKey,
    /// How many bytes stand before these.
    pub offset: u64,
    /// When they were read, for display.
    pub at: Timestamp,
    /// Masked.
    pub bytes: Bytes,
}

/// What a runner may ask of a server. Each call is one attempt: repeating is the caller's business, and every call may be
/// repeated without harm.
#[async_trait]
pub trait Server: Send + Sync {
    /// Asks for work; `None` when there was none within [`ClaimRequest::wait_ms`].
    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Assignment>, ServerError>;

    /// The assignment of a task that this runner has already, with what the server has of it by now.
    async fn get(&self, task: &TaskCredentials) -> Result<Assignment, ServerError>;

    /// Prolongs the lease.
    async fn renew(&self, task: &TaskCredentials) -> Result<Renewal, ServerError>;

    /// Tells what happened.
    async fn report(&self, task: &TaskCredentials, report: &EventReport) -> Result<EventAck, ServerError>;

    /// Appends to a log.
    async fn append_log(&self, task: &TaskCredentials, chunk: &LogChunk) -> Result<LogAck, ServerError>;

    /// Where the data of jobs goes; `None`: there is no way for it, and steps that need one say so.
    fn upstream(&self) -> Option<Upstream> {
        None
    }

    /// Gives a task back of which no step of the user's has started.
    async fn unclaim(&self, task: &TaskCredentials, unclaim: &Unclaim) -> Result<(), ServerError>;
}
