//! GitHub and GitHub Enterprise Server, as a GitHub App.

mod app;
mod client;
mod content;
mod member;
mod meta;
mod repo;
mod status;
mod team;
mod token;
mod value;
pub mod webhook;

pub use client::GitHub;
