//! Turns what forges tell into pipelines: delivery row in, pipeline row out.

mod delivery;
mod rule;
mod values;

pub use delivery::TriggerWorker;
