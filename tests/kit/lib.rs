//! The test kit: everything that a test of the whole needs to read like a story.
//!
//! | module | what |
//! | --- | --- |
//! | [`app`] | [`TestApp`]: a server in this process with a clock that a test turns, two fake forges, a scripted runner |
//! | [`runner`] | [`ScriptedRunner`]: speaks the runner protocol and does as it is told, one call at a time |
//! | [`person`] | [`Person`](person::Person): somebody who calls the API |
//! | [`operate`] | what people do: approve, cancel, rerun, release |
//! | [`timeline`] | what happened, as text |
//! | [`real`] | a server on a port, and `roundhouse runner` as a process |
//! | [`server_process`] | `roundhouse serve` as a process |
//! | [`browser`] | chromium |
//! | [`config`] | configurations in a line |
//! | [`scenario`] | files with a configuration and what happens to it |
//! | [`setting`] | a server's options, connected to the fake forges |

#![expect(clippy::unwrap_used, reason = "this crate is for tests: what cannot be had fails them at once")]

pub mod app;
pub mod browser;
pub mod config;
pub mod operate;
pub mod person;
mod queue;
pub mod real;
pub mod runner;
pub mod scenario;
pub mod server_process;
pub mod setting;
pub mod timeline;

pub use app::{Pushed, TestApp};
pub use runner::ScriptedRunner;
pub use scenario::Scenario;
