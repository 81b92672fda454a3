//! What only the agent in a container is asked for.

/// Ports of the runner's host, reachable in a container.
pub mod forward {
    use std::{io, path::Path};

    /// There is no container around the agent on this system, so the runner never asks for it.
    ///
    /// # Errors
    /// Always.
    pub fn start(_port: u16, _socket: &Path) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "there are no containers on this system"))
    }
}

/// How much memory there is, and whether the kernel killed for it: this system tells neither.
pub struct OutOfMemory;

impl OutOfMemory {
    /// Nothing to look at.
    pub fn watch() -> Self {
        Self
    }

    /// Nothing is known.
    pub fn usage(&self) -> Option<String> {
        None
    }

    /// Nothing is told.
    pub fn happened(&mut self) -> bool {
        false
    }
}
