//! The log of one attempt at a step: bytes, appended.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::archive::size;

/// An append-only file. Writing never fails for the caller: a step must not fail, nor hang, because its output cannot be
/// stored. What is lost is counted, and marked in the log as soon as it can be written again. Of a flood, what goes beyond
/// the limit is left out: a mark tells where, another at the end how much.
pub struct Log {
    path: PathBuf,
    limit_bytes: u64,
    state: Mutex<State>,
    dirty: AtomicBool,
}

#[derive(Default)]
struct State {
    file: Option<Arc<File>>,
    lost: u64,
    cause: String,
    /// What the step has printed.
    printed: u64,
}

impl Log {
    /// A log at a path, which keeps so many bytes of output; the file appears with the first of them.
    pub fn new(path: PathBuf, limit_bytes: u64) -> Self {
        Self { path, limit_bytes, state: Mutex::default(), dirty: AtomicBool::new(false) }
    }

    /// Appends what a step printed, up to the limit.
    pub fn append(&self, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.printed;
        state.printed += bytes.len() as u64;
        if state.printed <= self.limit_bytes {
            return self.write(&mut state, bytes);
        }
        if before <= self.limit_bytes {
            let room = usize::try_from(self.limit_bytes - before).unwrap_or(usize::MAX).min(bytes.len());
            self.write(&mut state, &bytes[..room]);
            let mark = format!(
                "\n[Roundhouse: this step has printed {}, the most that is kept of one step; what it prints from here on is \
                 left out]\n",
                size(self.limit_bytes)
            );
            self.write(&mut state, mark.as_bytes());
        }
    }

    /// Appends words of the agent's own.
    pub fn say(&self, bytes: &[u8]) {
        self.write(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner), bytes);
    }

    /// Says how much was left out, if something was.
    pub fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = state.printed.saturating_sub(self.limit_bytes);
        if left_out > 0 {
            let mark = format!("[Roundhouse: {} of output were left out above]\n", size(left_out));
            self.write(&mut state, mark.as_bytes());
        }
    }

    fn write(&self, state: &mut State, bytes: &[u8]) {
        let State { file, lost, cause, printed: _ } = state;
        if file.is_none() {
            match OpenOptions::new().create(true).append(true).open(&self.path) {
                Ok(opened) => *file = Some(Arc::new(opened)),
                Err(error) => {
                    *lost += bytes.len() as u64;
                    *cause = error.to_string();
                    return;
                }
            }
        }
        let Some(file) = file else { return };
        if *lost > 0 {
            let mark = format!("\n[Roundhouse: {lost} bytes of output are missing here: {cause}]\n");
            if write(file, mark.as_bytes()).is_err() {
                *lost += bytes.len() as u64;
                return;
            }
            *lost = 0;
        }
        if let Err((written, error)) = write(file, bytes) {
            *lost += (bytes.len() - written) as u64;
            *cause = error.to_string();
        }
        if !bytes.is_empty() {
            self.dirty.store(true, Ordering::Release);
        }
    }

    /// Whether something was written since this was last asked; and the file, to sync it.
    pub fn take_dirty(&self) -> Option<Arc<File>> {
        if !self.dirty.swap(false, Ordering::Acquire) {
            return None;
        }
        self.state.lock().unwrap_or_else(PoisonError::into_inner).file.clone()
    }
}

/// Writes all, or tells how much was written.
fn write(mut file: &File, bytes: &[u8]) -> Result<(), (usize, io::Error)> {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((written, error)),
        }
    }
    Ok(())
}
