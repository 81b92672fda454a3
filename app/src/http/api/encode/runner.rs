//! Runners.

use model::{
    protocol::{About, Offers},
    time::Timestamp,
};
use serde::Serialize;
use store::runner::Runner;

use super::time::Time;

/// A runner.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct RunnerBody {
    name: String,
    /// `online` or `away`.
    status: &'static str,
    /// Tasks that it runs.
    running: usize,
    /// Tasks at a time; null where it does not say.
    capacity: Option<u32>,
    version: Option<String>,
    docker: bool,
    machine: bool,
    resource_classes: Vec<String>,
    created_at: Time,
    last_seen_at: Time,
}

impl RunnerBody {
    /// `running`: how many tasks it has.
    pub(in crate::http::api) fn new(runner: Runner, running: usize, now: Timestamp) -> Self {
        let status = if runner.is_online(now) { "online" } else { "away" };
        let Runner { id: _, name, offers, about, created_at, last_seen_at } = runner;
        let Offers { docker, machine, resource_classes } = offers;
        let About { version, capacity } = about;
        Self {
            name,
            status,
            running,
            capacity,
            version,
            docker,
            machine,
            resource_classes,
            created_at: created_at.into(),
            last_seen_at: last_seen_at.into(),
        }
    }
}
