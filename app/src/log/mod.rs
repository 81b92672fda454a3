//! Logs of steps: one file for each attempt at a step, byte for byte as the runner sent it, and never a row.
//!
//! `DATA_DIR/logs/JOB/TASK.EPOCH/STEP.ATTEMPT.log`, and beside it `….times`, which says when bytes came.

mod append;
mod key;
mod remove;
mod tail;
mod times;

pub use append::Logs;
pub use key::LogKey;
pub use tail::Tail;
pub use times::Mark;

#[cfg(test)]
mod tests;
