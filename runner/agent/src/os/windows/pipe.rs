//! Pipes that are read without waiting.

use std::{
    fs::File,
    io::{self, Read},
    os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle},
    ptr,
};

use windows_sys::Win32::{
    Foundation::{ERROR_BROKEN_PIPE, INVALID_HANDLE_VALUE},
    System::Pipes::{CreatePipe, PeekNamedPipe},
};

use super::job::done;

/// The end that is written to.
pub type Writer = OwnedHandle;

/// The end that is read. One thread at a time may read it.
pub struct Reader {
    file: File,
    capacity: usize,
}

/// Makes a pipe that holds so many bytes.
///
/// # Errors
/// The system has no room for it.
pub fn pipe(bytes: usize) -> io::Result<(Reader, Writer)> {
    let (mut reader, mut writer) = (INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE);
    // SAFETY: both places are valid; programs that are started do not inherit the handles.
    done(unsafe {
        CreatePipe(&raw mut reader, &raw mut writer, ptr::null(), u32::try_from(bytes).map_err(io::Error::other)?)
    })?;
    // SAFETY: both are new, and nobody else's.
    let (reader, writer) = unsafe { (OwnedHandle::from_raw_handle(reader), OwnedHandle::from_raw_handle(writer)) };
    Ok((Reader { file: reader.into(), capacity: bytes }, writer))
}

impl Reader {
    /// How many bytes the pipe holds.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many bytes wait to be read.
    pub fn waiting(&self) -> u64 {
        self.look().unwrap_or(0).into()
    }

    /// Whether there is something to be read, or no writer any more.
    pub fn is_ready(&self) -> bool {
        !matches!(self.look(), Ok(0))
    }

    fn look(&self) -> io::Result<u32> {
        let mut waiting = 0;
        // SAFETY: nothing is read; only the one count is asked for.
        done(unsafe {
            PeekNamedPipe(
                self.file.as_raw_handle(),
                ptr::null_mut(),
                0,
                ptr::null_mut(),
                &raw mut waiting,
                ptr::null_mut(),
            )
        })?;
        Ok(waiting)
    }

    /// Reads what is there; `Ok(0)`: every writer is gone.
    ///
    /// # Errors
    /// `WouldBlock`: nothing is there now.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let waiting = match self.look() {
            Ok(0) => return Err(io::ErrorKind::WouldBlock.into()),
            Ok(waiting) => waiting,
            Err(error) if error.raw_os_error() == i32::try_from(ERROR_BROKEN_PIPE).ok() => return Ok(0),
            Err(error) => return Err(error),
        };
        // So much is there, so nothing is waited for.
        let wanted = buffer.len().min(usize::try_from(waiting).unwrap_or(usize::MAX));
        (&self.file).read(&mut buffer[..wanted])
    }

    /// One more handle to the same end.
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { file: self.file.try_clone()?, capacity: self.capacity })
    }
}
