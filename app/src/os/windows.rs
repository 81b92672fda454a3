//! Windows. Who may use a file follows from its directory, whose rights it inherits.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::windows::fs::symlink_dir,
    path::Path,
};

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};

use super::Asked;

/// Makes a directory with its parents; it may be there already.
///
/// # Errors
/// It cannot be made.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens a new file.
///
/// # Errors
/// It is there already, or cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes a symbolic link to a directory.
///
/// # Errors
/// It cannot be made: it takes a right that not everybody has.
pub fn link_directory(target: &Path, link: &Path) -> io::Result<()> {
    symlink_dir(target, link)
}

/// Terminals are not asked here.
pub fn columns() -> Option<usize> {
    None
}

/// Returns at the first Ctrl-C or Ctrl-Break.
///
/// # Errors
/// The system lets nobody receive them.
pub async fn asked_to_end() -> io::Result<()> {
    let (mut interrupt, mut quit) = (ctrl_c()?, ctrl_break()?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = quit.recv() => {}
    }
    Ok(())
}

/// Ctrl-C, Ctrl-Break, the end of the console and that of the machine.
#[derive(Debug)]
pub struct Signals {
    interrupt: CtrlC,
    quit: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Signals {
    /// Receives them from now on.
    ///
    /// # Errors
    /// The system lets nobody receive them.
    pub fn receive() -> io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()?, quit: ctrl_break()?, close: ctrl_close()?, shutdown: ctrl_shutdown()? })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End,
            _ = self.quit.recv() => Asked::Leave,
            _ = self.close.recv() => Asked::Leave,
            _ = self.shutdown.recv() => Asked::Leave,
        }
    }
}
