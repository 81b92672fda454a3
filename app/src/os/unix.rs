//! Linux and macOS.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink},
    path::Path,
};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Asked;

/// Makes a directory that only its owner may use; with its parents, and it may be there already.
///
/// # Errors
/// It cannot be made.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a new file that only its owner may read, and nobody writes by accident.
///
/// # Errors
/// It is there already, or cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)
}

/// Makes a symbolic link to a directory.
///
/// # Errors
/// It cannot be made.
pub fn link_directory(target: &Path, link: &Path) -> io::Result<()> {
    symlink(target, link)
}

/// How wide the terminal on standard output is; `None`: there is none.
pub fn columns() -> Option<usize> {
    rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col))
}

/// Returns at the first SIGTERM or SIGINT.
///
/// # Errors
/// The system lets nobody receive them.
pub async fn asked_to_end() -> io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// SIGTERM, SIGINT and SIGQUIT.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
}

impl Signals {
    /// Receives them from now on.
    ///
    /// # Errors
    /// The system lets nobody receive them.
    pub fn receive() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.quit.recv() => Asked::Leave,
        }
    }
}
