//! What steps find around them: variables, home, working directory, scratch files.

mod job;
mod path;
mod scratch;

pub use job::{HALT_FILE, HALT_VARIABLE, JobEnvironment, Variables};
pub use path::{create_directory, find_program};
pub use scratch::Scratch;
