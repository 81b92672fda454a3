//! Why a request brought nothing.

use std::io;

/// Why a request brought nothing.
#[derive(Debug)]
pub enum Failure {
    /// There is no socket: this runner moves no data.
    Absent,
    /// The task must stop.
    Stopped,
    /// The server said no.
    Refused {
        /// The status of its answer.
        status: u16,
        /// What it said.
        message: String,
    },
    /// The way to the server broke, also when tried again.
    Broken(String),
    /// Something of the job's own: a file cannot be read, or written.
    Local(io::Error),
}

impl Failure {
    /// A fragment that follows "cannot be stored: ".
    pub fn sentence(&self) -> String {
        match self {
            Self::Absent => "this runner has no connection for the data of jobs: update the runner".to_owned(),
            Self::Stopped => "the task must stop".to_owned(),
            Self::Refused { status, message } if message.is_empty() => {
                format!("the server answered with status {status}")
            }
            Self::Refused { status: _, message } => message.clone(),
            Self::Broken(why) => format!("the connection to the server broke: {why}"),
            Self::Local(error) => error.to_string(),
        }
    }
}
