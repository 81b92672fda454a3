//! An executor for tests: no Docker, no processes, no waiting. Every step succeeds at once unless a script says otherwise.
//!
//! It plays the task agent too, in the same files, so that everything from the spool on is the real thing. A job's whole
//! story is written before its start returns, except where the script holds it.
//!
//! ```
//! # use std::sync::Arc;
//! # use runner::{Executors, executor::dummy::DummyExecutor};
//! let dummy = Arc::new(DummyExecutor::new());
//! dummy.exits("test", 1); // the last step of the job `test` exits with 1
//! dummy.prints("build", "Compile", "42 files\n");
//! dummy.holds("deploy"); // until `dummy.releases("deploy")`
//! let executors = Executors::only(dummy);
//! ```

mod play;
mod script;

pub use script::DummyExecutor;
