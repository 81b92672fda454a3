//! The machine executor: the task agent on the runner's own host, in a session and a home of its own.
//!
//! There is no wall between such a job and the host: it runs as the runner's user. So it is only there where the
//! administrator allows it.

mod run;

pub use run::MachineExecutor;
