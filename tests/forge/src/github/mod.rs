//! GitHub: one App with one installation, and repositories that it may see.
//!
//! | module | what |
//! | --- | --- |
//! | `forge` | [`FakeGitHub`], as a test holds it |
//! | `state` | what the forge knows: repositories, tokens, statuses |
//! | `serve` | routes, failures, the record of requests |
//! | `app` | the App's JWT and installation tokens |
//! | `content` | repositories, commits and files |
//! | `member` | what people may do with a repository |
//! | `status` | commit statuses, with GitHub's limits |
//! | `webhook` | signed events of pushes and pull requests |

mod app;
mod content;
mod forge;
mod member;
mod serve;
mod state;
mod status;
mod webhook;

pub use forge::FakeGitHub;
pub use state::{GitAccess, MintedToken, RequestRecord, StatusRecord};
pub use webhook::{PullRequest, sign};
