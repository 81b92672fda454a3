//! Processes: started in sessions of their own, reaped, ended as whole trees; their output copied into logs.
//!
//! Three threads stand beside the main one: the *reaper* waits for children (also adopted ones: the agent is PID 1 or a
//! child subreaper), the *signal* thread waits for SIGTERM and SIGUSR1, the *pump* copies from pipes into logs. The first
//! two speak to the main thread through one channel, so it waits for everything in one place and never polls.

mod output;
mod pump;
mod reaper;
mod supervisor;
mod tree;

pub use output::StepOutput;
pub use pump::Pump;
pub use supervisor::{Happening, Interrupt, Supervisor};
pub use tree::{Scope, is_init};
