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

/// An append-only file. Writing never fails for the caller: a step must not fail, nor hang, because its output cannot be
/// stored. What is lost is counted, and marked in the log as soon as it can be written again.
pub struct Log {
    path: PathBuf,
    state: Mutex<State>,
    dirty: AtomicBool,
}

#[derive(Default)]
struct State {
    file: Option<Arc<File>>,
    lost: u64,
    cause: String,
}

impl Log {
    /// A log at a path; the file appears with the first append, or with [`Log::create`].
    pub fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::default(), dirty: AtomicBool::new(false) }
    }

    /// Makes the file.
    pub fn create(&self) {
        self.append(b"");
    }

    /// Appends bytes.
    pub fn append(&self, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { file, lost, cause } = &mut *state;
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
        self.dirty.store(true, Ordering::Release);
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
