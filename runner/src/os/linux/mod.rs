//! Linux.

mod socket;
mod table;
mod watch;

pub(crate) use self::{
    socket::Listener,
    table::{is_marked, look, processes},
    watch::EventWatch,
};
pub(crate) use super::unix::{
    INHERITED, ask_to_cancel, files, home_variables,
    process::{Process, oldest, tree},
    start_apart,
};
pub use super::unix::{Room, host, host_name, room};

/// Whether an agent that says that none of its job's processes is left can know it.
pub(crate) const IS_AGENT_SURE: bool = true;

/// A connection from a job.
pub(crate) type Stream = tokio::net::UnixStream;
