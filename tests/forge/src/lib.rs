//! Forges to test and to demonstrate with.
//!
//! [`FakeGitHub`] and [`FakeGitLab`] are small models of the real ones: repositories (real bare Git repositories on
//! disk, served by `git http-backend`), tokens with a scope, commit statuses with the forge's own rules, and signed
//! webhooks of the forge's own shape. They speak real HTTP on a loopback port, remember what they were asked, and fail
//! on demand.
//!
//! | module | what |
//! | --- | --- |
//! | [`github`] | GitHub: an App, its installation, contents, statuses, push webhooks |
//! | [`gitlab`] | GitLab: a token, raw files, statuses with their transitions, push and tag hooks |
//! | [`git`] | a bare repository |
//! | [`backend`] | Git's smart HTTP, by `git http-backend` |
//! | [`failure`] | failures, in order |
//! | [`delivery`] | a webhook, ready to be sent |

pub mod backend;
pub mod delivery;
pub mod failure;
pub mod git;
pub mod github;
pub mod gitlab;
mod person;
mod server;

pub use delivery::Delivery;
pub use failure::Failure;
pub use github::FakeGitHub;
pub use gitlab::FakeGitLab;
