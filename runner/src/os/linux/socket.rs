//! Sockets in a spool, where the job may do as it likes.

use std::{
    io,
    os::{fd::AsRawFd, unix::fs::PermissionsExt},
    path::Path,
};

use rustix::fs::{Mode, OFlags};
use tokio::net::{UnixListener, UnixStream};

/// Where jobs come to.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: UnixListener,
}

impl Listener {
    /// Opens the socket `name` in the spool of a task's directory, for every user. Binds it outside of the spool, and moves it
    /// in when it is ready: what a job puts at its place there can then neither catch the change of its mode nor lead it
    /// elsewhere.
    pub(crate) fn open(directory: &Path, name: &str) -> io::Result<Self> {
        // Socket addresses are short, and work directories need not be.
        let open = rustix::fs::open(directory, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let path = Path::new("/proc/self/fd").join(open.as_raw_fd().to_string()).join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(&path)?;
        // Nobody knows which user the job has in its container.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666))?;
        std::fs::rename(&path, directory.join("spool").join(name))?;
        Ok(Self { listener })
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.listener.accept().await?.0)
    }
}
