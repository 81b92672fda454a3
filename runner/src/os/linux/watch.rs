//! Hears of new events in a spool from the system, so that nobody has to look all the time.

use std::{
    io,
    mem::MaybeUninit,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use model::agent::EVENTS_FILE;
use rustix::{
    fs::inotify::{self, CreateFlags, Reader, WatchFlags},
    io::Errno,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    runtime::Handle,
};

/// Room for a few notes of the system; what they say does not matter.
const BUFFER_BYTES: usize = 4096;

/// Tells that the events of a spool may have grown. It is there to hurry, and may stay silent: the system has a limited
/// number of such watches, and a spool that something on another machine writes to is not heard of.
#[derive(Debug)]
pub(crate) struct EventWatch {
    /// `None`: there is none to be had.
    notes: Option<AsyncFd<OwnedFd>>,
    events: PathBuf,
    /// Whether the file itself is watched by now.
    has_file: bool,
}

impl EventWatch {
    /// Watches the events of this spool.
    pub(crate) fn new(spool: &Path) -> Self {
        Self { notes: watch_directory(spool).ok(), events: spool.join(EVENTS_FILE), has_file: false }
    }

    /// Returns when something may have come since the last call. Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) {
        let Some(notes) = &self.notes else { return std::future::pending().await };
        if !self.has_file {
            // What came into the file before it was watched is found by looking once more.
            let flags = WatchFlags::MODIFY | WatchFlags::DONT_FOLLOW;
            self.has_file = inotify::add_watch(notes.get_ref(), &self.events, flags).is_ok();
            if self.has_file {
                return;
            }
        }
        match heard(notes).await {
            Ok(()) => {}
            Err(_) => {
                self.notes = None;
                std::future::pending().await
            }
        }
    }
}

impl Drop for EventWatch {
    /// The kernel takes some hundredths of a second to close such a descriptor, and whoever closes it waits for that.
    fn drop(&mut self) {
        let Some(notes) = self.notes.take() else { return };
        let notes = notes.into_inner();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn_blocking(|| drop(notes));
        }
    }
}

/// Tells of files that appear.
fn watch_directory(spool: &Path) -> io::Result<AsyncFd<OwnedFd>> {
    let notes = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    inotify::add_watch(&notes, spool, WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR)?;
    #[expect(unsafe_code, reason = "the descriptor is owned, and nobody closes or replaces it while it is registered")]
    let notes = unsafe { AsyncFd::register_with_interest(notes, Interest::READABLE) };
    Ok(notes?)
}

/// Waits for notes of the system, and takes those that are there.
async fn heard(notes: &AsyncFd<OwnedFd>) -> io::Result<()> {
    let mut ready = notes.readable().await?;
    let mut buffer = [MaybeUninit::uninit(); BUFFER_BYTES];
    let mut reader = Reader::new(notes.get_ref(), &mut buffer);
    loop {
        match reader.next() {
            Ok(_) | Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                ready.clear_ready();
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}
