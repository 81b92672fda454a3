//! Sends files to the server, several at a time: each waits for the server's disk, and they can wait together.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::{
    reach::{Reach, Stop},
    tree,
};
use crate::{
    archive::{Totals, size},
    blob::{Client, Failure, Target},
    watch::Watch,
};

/// So many files are on their way at the same time.
const AT_ONCE: usize = 6;

/// Between two looks at whether the task must stop.
const LOOK: Duration = Duration::from_millis(50);

/// How much is read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Files that are named in the log; of more, only their number is told.
const NAMED: u64 = 50;

/// A file, and what it is called at the server.
pub struct Parcel {
    file: PathBuf,
    public: String,
}

/// Files to be sent, each name once: of two files with one name the later one counts.
#[derive(Default)]
pub struct Parcels {
    list: Vec<Parcel>,
    places: BTreeMap<String, usize>,
}

impl Parcels {
    /// Adds a file under a name; one without a name is passed over.
    pub fn add(&mut self, file: &Path, public: &Path) {
        let Some(public) = tree::clean(public) else { return };
        let parcel = Parcel { file: file.to_owned(), public: public.clone() };
        match self.places.get(&public) {
            Some(place) => self.list[*place] = parcel,
            None => {
                self.places.insert(public, self.list.len());
                self.list.push(parcel);
            }
        }
    }

    /// Sends all of them, and says which, in their order.
    ///
    /// # Errors
    /// The first failure: then some of the others may have been stored.
    pub fn send(&self, place: &str, reach: &Reach<'_>) -> Result<Totals, Stop> {
        let (socket, next, stop) = (reach.client.socket(), AtomicUsize::new(0), AtomicBool::new(false));
        let work = || -> Option<(usize, Result<Sent, Failure>)> {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let index = next.fetch_add(1, Ordering::Relaxed);
            let parcel = self.list.get(index)?;
            let stops = || stop.load(Ordering::Relaxed);
            Some((index, send(&Client::new(socket.to_owned(), Watch::new(&stops)), place, parcel)))
        };
        let mut account = Account { parcels: self, said: 0, waiting: BTreeMap::new(), totals: Totals::default() };
        let mut failure = None;
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(self.list.len()) {
                let (tell, work) = (tell.clone(), &work);
                let sender = move || {
                    while let Some(done) = work() {
                        // The main thread listens until all senders are gone.
                        let _ = tell.send(done);
                    }
                };
                if let Err(error) = thread::Builder::new().name("send".to_owned()).spawn_scoped(scope, sender) {
                    failure.get_or_insert(Failure::Local(error));
                    break;
                }
            }
            drop(tell);
            loop {
                match told.recv_timeout(LOOK) {
                    Ok((index, Ok(sent))) => account.add(index, sent, reach),
                    Ok((_, Err(reason))) => {
                        stop.store(true, Ordering::Relaxed);
                        failure.get_or_insert(reason);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                if reach.client.watch().stops() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        });
        match failure {
            None => Ok(account.totals),
            Some(failure) => Err(failure.into()),
        }
    }
}

/// What became of a file.
enum Sent {
    /// The server has so many bytes.
    Stored(u64),
    /// It is left out.
    Unreadable(io::Error),
}

/// Sends one file as it is now.
fn send(client: &Client<'_>, place: &str, parcel: &Parcel) -> Result<Sent, Failure> {
    let Parcel { file, public } = parcel;
    let target = Target::new(place).with("path", public);
    let (mut unreadable, mut sent) = (false, 0);
    let mut buffer = vec![0; BUFFER_BYTES];
    let stored = client.put(&target, |writer| {
        let opened = tree::open(file).inspect_err(|_| unreadable = true)?;
        // A file that grows while it is read is sent as long as it was.
        let length = opened.metadata()?.len();
        let mut reader = opened.take(length);
        sent = 0;
        loop {
            match reader.read(&mut buffer).inspect_err(|_| unreadable = true)? {
                0 => return io::Result::Ok(()),
                count => {
                    writer.write_all(&buffer[..count])?;
                    sent += count as u64;
                }
            }
        }
    });
    match stored {
        Ok(_) => Ok(Sent::Stored(sent)),
        Err(Failure::Local(error)) if unreadable => Ok(Sent::Unreadable(error)),
        Err(failure) => Err(failure),
    }
}

/// Says what became of the files, in their order, whatever the order in which they arrive.
struct Account<'a> {
    parcels: &'a Parcels,
    /// So many have been said.
    said: usize,
    waiting: BTreeMap<usize, Sent>,
    totals: Totals,
}

impl Account<'_> {
    fn add(&mut self, index: usize, sent: Sent, reach: &Reach<'_>) {
        self.waiting.insert(index, sent);
        while let Some(sent) = self.waiting.remove(&self.said) {
            let Parcel { file, public } = &self.parcels.list[self.said];
            self.said += 1;
            match sent {
                Sent::Stored(bytes) => {
                    self.totals.files += 1;
                    self.totals.bytes += bytes;
                    if self.totals.files <= NAMED {
                        (reach.say)(format_args!("  {public} ({})", size(bytes)));
                    } else if self.totals.files == NAMED + 1 {
                        (reach.say)(format_args!("  … and more"));
                    }
                }
                Sent::Unreadable(error) => {
                    (reach.say)(format_args!("Left out: {} cannot be read: {error}", file.display()));
                }
            }
        }
    }
}
