//! Logs on a job's page: a window of lines, and the lines that come after it.
//!
//! | module | noun |
//! | --- | --- |
//! | `line` | lines of a log, rendered |
//! | `window` | a piece of a log that is as long as a page can bear |
//! | `cursor` | how far a browser has got in all logs of a task: a text that it keeps and gives back |
//! | `feed` | what a browser does not have yet |

mod cursor;
mod feed;
mod line;
mod window;

#[cfg(test)]
mod tests;

pub use cursor::Cursor;
pub use feed::{Feed, Piece};
pub use line::{Lines, LogLine, anchor};
pub use window::{LineCounts, Place, Window};
