//! The doors: everything that answers over HTTP.
//!
//! | module | for |
//! | --- | --- |
//! | `hook` | forges: webhooks |
//! | `runner` | runners: the runner protocol |
//! | `web` | people: the dashboard |
//! | `api` | programs: the API, version 2 |
//! | `auth` | everybody: who asks, and what they may do |
//! | `oidc` | clouds: what they need to believe the tokens of jobs |
//! | `health` | machines: liveness, readiness, metrics |
//! | `router`, `serve` | all of them in one, and over connections |
//! | `named`, `sealed` | what the API and the dashboard take in the same way |
//! | `page`, `viewer`, `assets`, `format`, `sse` | what pages share |

pub mod api;
pub mod assets;
pub mod auth;
pub mod format;
mod health;
pub mod hook;
mod named;
mod oidc;
pub mod page;
mod router;
pub mod runner;
mod sealed;
mod serve;
pub mod sse;
pub mod viewer;
pub mod web;

pub use router::{Doors, router};
pub use serve::serve;
