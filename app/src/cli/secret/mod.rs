//! `roundhouse admin context|env|ssh-key|key`: secrets of a server's data directory, while it runs or not.
//!
//! A value comes from standard input or a file, never from an argument, and is never shown.

mod context;
mod env;
mod input;
mod key;
mod open;
mod ssh_key;

pub use context::ContextAdmin;
pub use env::EnvAdmin;
pub use key::KeyAdmin;
pub use ssh_key::SshKeyAdmin;
