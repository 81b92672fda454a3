//! The API, version 2: the shapes of CircleCI's, described in `docs/api.md`.
//!
//! | module | what |
//! | --- | --- |
//! | `route` | the table of all routes, each with the right that it takes |
//! | `access` | nobody reaches a handler without that right; what the address names is loaded on the way |
//! | `path` | addresses in all forms that clients send |
//! | `body`, `page`, `error` | what handlers share |
//! | `me`, `project`, `variable`, `pipeline`, `workflow`, `job`, `schedule`, `context` | a resource each |
//! | `continuation` | for setup workflows |
//! | `serial_group`, `pause`, `limit`, `runner` | beyond CircleCI |
//! | `encode` | JSON, made of rows and nowhere else |

mod access;
mod body;
mod context;
mod continuation;
mod encode;
mod error;
mod job;
mod limit;
mod me;
mod page;
mod path;
mod pause;
mod pipeline;
mod project;
mod route;
mod router;
mod runner;
mod schedule;
mod serial_group;
mod setting;
mod state;
mod variable;
mod workflow;

pub use access::Access;
pub use path::canonical;
pub use route::{Route, routes};
pub use router::router;
pub use state::ApiState;
