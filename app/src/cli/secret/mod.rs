//! `roundhouse admin context|env|ssh-key|key|oidc`: secrets of a server's data directory, while it runs or not.
//!
//! A value comes from standard input or a file, never from an argument, and is never shown.

mod context;
mod env;
mod input;
mod key;
mod oidc;
mod open;
mod ssh_key;

pub use context::ContextAdmin;
pub use env::EnvAdmin;
pub use key::KeyAdmin;
pub use oidc::OidcAdmin;
pub use ssh_key::SshKeyAdmin;
