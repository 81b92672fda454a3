//! Everything that starts pipelines: what forges tell, schedules, calls of the API, custom webhooks; and what continues
//! them. Pipeline rows come out.
//!
//! | module | what |
//! | --- | --- |
//! | [`TriggerWorker`] | stored webhooks of forges: pushes, tags, pull requests |
//! | [`ScheduleWorker`], [`schedule`] | schedules that are due; making and changing them |
//! | [`api`] | calls of the API, and people at the dashboard |
//! | [`webhook`] | custom webhooks |
//! | [`continuation`] | configurations that a setup workflow has made |
//!
//! Only a forge's webhook says which commit it is about. All others name a branch or a tag: their pipelines are made with
//! no commit, and the compiler asks the forge.

pub mod api;
pub mod continuation;
mod delivery;
mod error;
mod parameter;
mod reference;
mod rule;
pub mod schedule;
mod schedule_worker;
mod start;
mod timetable;
mod values;
pub mod webhook;

pub use delivery::TriggerWorker;
pub use error::TriggerError;
pub use schedule_worker::ScheduleWorker;
pub use timetable::{InvalidTimetable, Timetable};
