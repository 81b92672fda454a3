//! The agent's side of [`model::blob`]: a small blocking HTTP/1.1 client over the way to the runner.

mod body;
mod client;
mod connection;
mod failure;
mod target;

pub use client::Client;
pub use failure::Failure;
pub use target::{Target, decode};
