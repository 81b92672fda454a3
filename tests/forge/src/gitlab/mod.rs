//! GitLab: projects in groups, one access token, commit statuses that only move forward.
//!
//! | module | what |
//! | --- | --- |
//! | `forge` | [`FakeGitLab`], as a test holds it |
//! | `state` | what the forge knows |
//! | `serve` | routes, failures, the record of requests |
//! | `content` | projects, commits and files |
//! | `member` | members of a project |
//! | `status` | commit statuses, with GitLab's transitions |
//! | `webhook` | push and tag hooks with their secret token |

mod content;
mod forge;
mod member;
mod serve;
mod state;
mod status;
mod webhook;

pub use forge::FakeGitLab;
pub use state::StatusRecord;
