//! Whether long work must stop: asked again and again by whatever copies, so that a cancelled job ends soon.

use std::io;

/// Asks whether the task must stop.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    stops: &'a dyn Fn() -> bool,
}

impl<'a> Watch<'a> {
    /// A watch that asks this.
    pub fn new(stops: &'a dyn Fn() -> bool) -> Self {
        Self { stops }
    }

    /// For work that nobody interrupts but a signal.
    pub fn never() -> Watch<'static> {
        Watch { stops: &|| false }
    }

    /// Whether the task must stop.
    pub fn stops(self) -> bool {
        (self.stops)()
    }

    /// An error when the task must stop.
    ///
    /// # Errors
    /// It must.
    pub fn check(self) -> io::Result<()> {
        if self.stops() { Err(io::Error::other("the task must stop")) } else { Ok(()) }
    }
}
