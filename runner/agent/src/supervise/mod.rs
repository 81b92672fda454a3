//! Processes: started in sessions of their own, reaped, ended as whole trees; their output copied into logs.
//!
//! Processes themselves are the [system](crate::os)'s. Three threads stand beside the main one: the *reaper* waits for children (also adopted ones: the agent is PID 1 or a
//! child subreaper), the *signal* thread waits until somebody tells it to end, the *pump* copies from pipes into logs. The first
//! two speak to the main thread through one channel, so it waits for everything in one place and never polls.

mod output;
mod pump;
mod supervisor;

pub use output::StepOutput;
pub use pump::Pump;
pub use supervisor::{Happening, Interrupt, Supervisor};
