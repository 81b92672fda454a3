//! macOS.

mod table;

pub(crate) use self::table::{is_marked, look, processes};
pub use super::unix::{Room, host, host_name, room};
pub(crate) use super::{
    loopback::{Listener, Stream},
    quiet::EventWatch,
    unix::{
        INHERITED, ask_to_cancel, files, home_variables,
        process::{Process, oldest, tree},
        start_apart,
    },
};

/// Whether an agent that says that none of its job's processes is left can know it: some may have left their session.
pub(crate) const IS_AGENT_SURE: bool = false;
