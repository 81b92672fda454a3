//! GitLab, hosted or self-managed, with an access token.

mod client;
mod content;
mod member;
mod repo;
mod status;
mod value;
pub mod webhook;

pub use client::GitLab;
