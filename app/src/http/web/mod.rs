//! The dashboard: pages made from rows, in HTML that works without a script; the script adds what is live.
//!
//! Each page has a module with a view (plain data, made from rows by a pure function), a template of the same name in
//! `templates/`, and a handler that loads the one for the other.
//!
//! | module | page |
//! | --- | --- |
//! | `pipelines`, `insight` | all pipelines, or those of a project, and how it does |
//! | `pipeline` | one pipeline: its workflows as graphs, or what is wrong with its configuration |
//! | `parameters`, `parameter` | what a pipeline was given: parameters, values, versions of orbs |
//! | `job` | one job: its steps with their logs |
//! | `results`, `artifacts`, `keeps` | what a job keeps: its tests, its artifacts, and the tabs to them |
//! | `action` | what people do from pages: approve, cancel, rerun |
//! | `project_settings`, `schedule`, `secret` | schedules of a project, what of it is built, what its jobs are given |
//! | `contexts` | what jobs of an organization are given |
//! | `queue`, `serial` | what waits, what is held back, and how much may run |
//! | `runners` | who carries it out |
//! | `live` | the streams that tell pages of changes and bring new lines of logs |
//! | `deliveries`, `setup` | what the forges sent, and how to connect them |
//! | `badge` | the state of a branch, as a picture |
//! | `ansi`, `graph`, `part` | terminal output, job graphs and small parts as HTML |

mod action;
pub(crate) mod address;
mod ansi;
mod artifacts;
mod badge;
mod contexts;
mod deliveries;
mod error;
mod finding;
mod go;
mod graph;
mod insight;
mod job;
mod keeps;
mod live;
mod log;
mod offer;
mod overview;
mod parameter;
mod parameters;
mod part;
mod pipeline;
mod pipelines;
mod project_settings;
mod queue;
mod rail;
mod results;
mod router;
mod runners;
mod schedule;
mod secret;
mod serial;
mod setup;
mod source;
mod state;
mod steps;
#[cfg(test)]
mod tests;
mod why;
mod workflow;

pub use log::LineCounts;
pub use router::router;
pub use state::{Setup, WebState};
