//! The one place where the main thread waits.

use std::{
    collections::{HashSet, VecDeque},
    io,
    path::Path,
    process::Command,
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use model::agent::GRACE_MS;

use crate::os::{self, Alive, Pid, Processes, Scope, Status, Told};

/// From KILL to giving a tree up, whose processes hang in the kernel.
const AFTER_KILL: Duration = Duration::from_secs(2);

/// The longest pause between two looks at a tree that is ending.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Why the whole task must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// Somebody cancelled it.
    Cancel,
    /// The job's time limit.
    TimeLimit,
}

/// What the other threads tell the main one.
pub enum Message {
    /// A process that was started here ended.
    Exited {
        /// Which.
        pid: Pid,
        /// How.
        status: Status,
    },
    /// A signal came.
    Told(Told),
}

/// What [`Supervisor::next`] waited for.
pub enum Happening {
    /// A process that was started here ended.
    Exited(Pid, Status),
    /// The task must stop.
    Interrupted(Interrupt),
    /// The given time has come.
    Due,
}

/// Starts processes and waits for what happens.
pub struct Supervisor {
    processes: Arc<Processes>,
    messages: Receiver<Message>,
    pending: VecDeque<Message>,
    deadline: Option<Instant>,
}

impl Supervisor {
    /// Starts the threads. The task is interrupted `limit` from now. `spool` is where some systems are told to end.
    ///
    /// # Errors
    /// The system has no room for a thread.
    pub fn start(limit: Duration, spool: &Path) -> io::Result<Self> {
        os::adopt_orphans()?;
        let (sender, messages) = mpsc::channel();
        let ended = sender.clone();
        let processes = Processes::start(move |pid, status| ended.send(Message::Exited { pid, status }).is_ok())?;
        let spool = spool.to_owned();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || while sender.send(Message::Told(os::wait_to_be_told(&spool))).is_ok() {})?;
        Ok(Self { processes, messages, pending: VecDeque::new(), deadline: Instant::now().checked_add(limit) })
    }

    /// Starts a command in a session of its own.
    ///
    /// # Errors
    /// The command cannot be executed.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Pid> {
        self.processes.spawn(command)
    }

    /// Waits for the next thing to happen, at most until `due`.
    pub fn next(&mut self, due: Option<Instant>) -> Happening {
        let message = match self.pending.pop_front() {
            Some(message) => Some(message),
            None => self.receive(due.into_iter().chain(self.deadline).min()),
        };
        match message {
            Some(Message::Exited { pid, status }) => Happening::Exited(pid, status),
            Some(Message::Told(Told::Cancel)) => Happening::Interrupted(Interrupt::Cancel),
            Some(Message::Told(Told::TimeLimit)) => Happening::Interrupted(Interrupt::TimeLimit),
            None if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) => {
                self.deadline = None;
                Happening::Interrupted(Interrupt::TimeLimit)
            }
            None => Happening::Due,
        }
    }

    /// Whether the task must stop, without waiting. For work in the main thread itself.
    pub fn interrupted(&mut self) -> Option<Interrupt> {
        while let Ok(message) = self.messages.try_recv() {
            self.pending.push_back(message);
        }
        let told = self.pending.iter().position(|message| match message {
            Message::Told(_) => true,
            Message::Exited { .. } => false,
        });
        if let Some(Message::Told(told)) = told.and_then(|index| self.pending.remove(index)) {
            return Some(match told {
                Told::Cancel => Interrupt::Cancel,
                Told::TimeLimit => Interrupt::TimeLimit,
            });
        }
        let over = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
        over.then(|| {
            self.deadline = None;
            Interrupt::TimeLimit
        })
    }

    /// Runs a command that is over at once, for its exit code alone.
    pub fn run_briefly(&mut self, command: &mut Command) -> Option<i32> {
        let started = self.spawn(command).ok()?;
        let deadline = Instant::now() + AFTER_KILL;
        let mut others = VecDeque::new();
        let code = loop {
            match self.receive(Some(deadline)) {
                Some(Message::Exited { pid, status }) if pid == started => break status.exit_status(),
                Some(other) => others.push_back(other),
                None => break None,
            }
        };
        self.pending.append(&mut others);
        code
    }

    /// Waits until the runner says that it has everything, as it says that the task must stop; at most so long. Tells whether
    /// it has said so.
    pub fn is_dismissed(&mut self, time: Duration) -> bool {
        let due = Instant::now() + time;
        loop {
            match self.messages_until(due) {
                Some(Message::Told(_)) => return true,
                Some(Message::Exited { .. }) => {}
                None => return false,
            }
        }
    }

    /// Ends the processes of a scope: all are asked to, and killed after the grace. What else happens meanwhile is kept for
    /// [`Supervisor::next`]. Tells whether nothing is left.
    pub fn stop(&mut self, scope: &Scope) -> bool {
        // What a process starts to clean up after itself must not be told to end in its turn; what it leaves behind must.
        let mut told = HashSet::new();
        let asked = self.stop_with(scope, Duration::from_millis(GRACE_MS), |process, first_look| {
            if (first_look || process.orphan) && told.insert(process.pid) {
                process.ask();
            }
        });
        asked || self.stop_with(scope, AFTER_KILL, |process, _| process.kill())
    }

    /// Signals what is alive, again and again, until nothing is (true) or the time is over.
    fn stop_with(&mut self, scope: &Scope, time: Duration, mut signal: impl FnMut(&Alive, bool)) -> bool {
        let end = Instant::now() + time;
        let mut pause = Duration::from_millis(1);
        let mut first_look = true;
        loop {
            let alive = self.processes.alive(scope);
            if alive.is_empty() {
                return true;
            }
            alive.iter().for_each(|process| signal(process, first_look));
            first_look = false;
            let now = Instant::now();
            if now >= end {
                return false;
            }
            // The end of a child wakes at once; that of a process further down is seen by looking again.
            if let Some(message) = self.messages_until(end.min(now + pause)) {
                self.pending.push_back(message);
            }
            pause = (pause * 2).min(LOOK_AGAIN);
        }
    }

    fn receive(&mut self, due: Option<Instant>) -> Option<Message> {
        match due {
            Some(due) => self.messages_until(due),
            None => self.messages.recv().ok(),
        }
    }

    fn messages_until(&self, due: Instant) -> Option<Message> {
        // Disconnected would mean that both threads are gone, which only the end of the process does.
        self.messages.recv_timeout(due.saturating_duration_since(Instant::now())).ok()
    }
}
