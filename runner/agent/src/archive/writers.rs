//! Threads that make small files while the main one reads the archive: the kernel takes longer to make a file than zstd to
//! unpack it.
//!
//! Only files that are new to their directory are made here, and only below directories that the main thread has looked at.
//! Whatever could change what a path means (a link, something that is replaced) is done by the main thread, and only after
//! [`Writers::wait`]: so no file ever lands behind a link that the archive has made meanwhile.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, Scope},
    time::SystemTime,
};

use super::{
    fresh::{Maker, clear},
    place::about,
};

/// No more threads than this make files.
const MOST: usize = 4;

/// Files that wait for one thread.
const QUEUE: usize = 32;

/// A file whose content is here.
pub struct Small {
    pub place: PathBuf,
    pub mode: u32,
    pub time: SystemTime,
    pub content: Vec<u8>,
}

enum Work {
    Make(Small),
    /// Answers when everything before it is done.
    Answer(SyncSender<()>),
}

#[derive(Default)]
struct Fault {
    happened: AtomicBool,
    first: Mutex<Option<io::Error>>,
}

/// The threads. They end when this is dropped.
pub struct Writers {
    queues: Vec<SyncSender<Work>>,
    fault: Arc<Fault>,
    idle: bool,
}

impl Writers {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system has no room for them.
    pub fn start<'scope>(scope: &'scope Scope<'scope, '_>, maker: Maker) -> io::Result<Self> {
        let fault = Arc::new(Fault::default());
        let count = thread::available_parallelism().map_or(1, usize::from).min(MOST);
        let queues = (0..count)
            .map(|_| {
                let (queue, work) = mpsc::sync_channel(QUEUE);
                let fault = fault.clone();
                thread::Builder::new()
                    .name("unpack".to_owned())
                    .spawn_scoped(scope, move || make_all(&work, maker, &fault))?;
                Ok(queue)
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { queues, fault, idle: true })
    }

    /// Has a file made. The same place always goes to the same thread, so a later file wins.
    ///
    /// # Errors
    /// One before it could not be made.
    pub fn make(&mut self, file: Small) -> io::Result<()> {
        self.check()?;
        let mut hasher = DefaultHasher::new();
        file.place.hash(&mut hasher);
        let count = self.queues.len() as u64;
        let index = usize::try_from(hasher.finish() % count).expect("it is less than the number of queues");
        self.idle = false;
        self.queues[index].send(Work::Make(file)).map_err(|_| gone())
    }

    /// Returns when all files are made.
    ///
    /// # Errors
    /// One could not be made.
    pub fn wait(&mut self) -> io::Result<()> {
        if !self.idle {
            let (answer, answers) = mpsc::sync_channel(self.queues.len());
            for queue in &self.queues {
                queue.send(Work::Answer(answer.clone())).map_err(|_| gone())?;
            }
            for _ in &self.queues {
                answers.recv().map_err(|_| gone())?;
            }
            self.idle = true;
        }
        self.check()
    }

    fn check(&self) -> io::Result<()> {
        if self.fault.happened.load(Ordering::Acquire) {
            let first = self.fault.first.lock().unwrap_or_else(PoisonError::into_inner).take();
            return Err(first.unwrap_or_else(gone));
        }
        Ok(())
    }
}

fn gone() -> io::Error {
    io::Error::other("a file before it could not be written")
}

fn make_all(work: &Receiver<Work>, maker: Maker, fault: &Fault) {
    for work in work {
        match work {
            Work::Make(file) if !fault.happened.load(Ordering::Acquire) => {
                if let Err(error) = make(&file, maker) {
                    fault.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    fault.happened.store(true, Ordering::Release);
                }
            }
            // Nothing more is written after a fault.
            Work::Make(_) => {}
            Work::Answer(answer) => drop(answer.send(())),
        }
    }
}

fn make(file: &Small, maker: Maker) -> io::Result<()> {
    let Small { place, mode, time, content } = file;
    let opened = match maker.create(place, *mode) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            clear(place).map_err(|error| about("replaced", place, &error))?;
            maker.create(place, *mode)
        }
        opened => opened,
    };
    let mut opened = opened.map_err(|error| about("created", place, &error))?;
    let written = opened.write_all(content).and_then(|()| maker.finish(&opened, *mode, *time));
    written.map_err(|error| about("written", place, &error))
}
