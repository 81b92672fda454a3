//! The little that differs between operating systems on the server's side: private files, room on a disk, signals, the width
//! of a terminal. On Windows only `roundhouse runner` is meant to run; the rest is there because it is one binary.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;

pub use system::{Signals, asked_to_end, columns, create_private, link_directory, make_private_directory};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To end, in good order.
    End,
    /// To leave at once, with everything as it is.
    Leave,
}
