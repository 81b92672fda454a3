//! The queues of serial groups, as far as one workflow's decisions need them: pure.
//!
//! The rules are CircleCI's. Who comes first gets the lock; the others wait in the order in which they came, for a bounded
//! time. Within a project, a pipeline does not join behind a newer one: it is skipped. Whoever joined before a newer one came
//! keeps its place.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    event::duration,
    id::{JobId, ProjectId},
    plan::SerialGroup,
    time::Timestamp,
};
use store::serial_group::TOLD;

/// The queues that a workflow has to do with, and its own place in the world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// The workflow's project; `None` when no job of it has a serial group.
    pub project: Option<ProjectId>,
    /// The number of its pipeline in that project.
    pub pipeline_number: u64,
    /// The pull request from a fork that it is for: such a one has queues of its own.
    pub pull_request: Option<String>,
    /// The queue of each group, whoever has the lock among them.
    pub queues: BTreeMap<SerialGroup, Vec<Place>>,
    /// Jobs of the workflow that have left their queue: somebody has released the lock that they had.
    pub released: BTreeSet<JobId>,
    /// How long a place in a queue lasts, in milliseconds.
    pub timeout_ms: i64,
}

/// A place in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose: a job, or the entry of a job group.
    pub job: JobId,
    /// Its project.
    pub project: ProjectId,
    /// Its pipeline.
    pub pipeline_number: u64,
    /// Whether it has the lock.
    pub holds: bool,
    /// Since when it is there.
    pub joined_at: Timestamp,
    /// What people know it by: `` `deploy` of acme/app #41 ``.
    pub who: String,
}

/// What a queue says to a job that nothing else stands before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has the lock.
    Go {
        /// Since just now.
        locked: bool,
        /// And it was not even in the queue before.
        joined: bool,
    },
    /// Others come first; the sentence says who.
    Wait {
        /// The sentence.
        sentence: String,
        /// It was not in the queue before.
        joined: bool,
        /// When its place is lost.
        until: Timestamp,
    },
    /// A newer pipeline of its project is in the queue.
    Skip(String),
    /// It has waited too long.
    GiveUp(String),
}

impl Queues {
    /// A job asks whether it may run. What comes of it is so at once: whoever asks next finds the queue changed.
    pub(super) fn ask(&mut self, job: JobId, group: &SerialGroup, who: &str, now: Timestamp) -> Turn {
        if self.released.contains(&job) {
            return Turn::Go { locked: false, joined: false };
        }
        let Some(project) = self.project else { return Turn::Go { locked: false, joined: false } };
        let group_name = self.name(group);
        let queue = self.queues.entry(group.clone()).or_default();
        let joined = !queue.iter().any(|place| place.job == job);
        if joined {
            let newer =
                queue.iter().find(|place| place.project == project && place.pipeline_number > self.pipeline_number);
            if let Some(newer) = newer {
                let does = if newer.holds { "has the lock of" } else { "waits for" };
                return Turn::Skip(format!(
                    "pipeline {} is newer than {} and {does} {group_name}: an older pipeline does not come after \
                     a newer one",
                    newer.pipeline_number, self.pipeline_number
                ));
            }
            let pipeline_number = self.pipeline_number;
            let who = who.to_owned();
            queue.push(Place { job, project, pipeline_number, holds: false, joined_at: now, who });
        }
        let holder = queue.iter().find(|place| place.holds).map(|place| (place.job, place.who.clone()));
        if holder.as_ref().is_some_and(|(holder, _)| *holder == job) {
            return Turn::Go { locked: false, joined };
        }
        let before = queue.iter().take_while(|place| place.job != job).filter(|place| !place.holds).count();
        let first = queue.iter().find(|place| !place.holds).map(|place| place.who.clone());
        let Some(own) = queue.iter_mut().find(|place| place.job == job) else {
            return Turn::Go { locked: false, joined: false };
        };
        if holder.is_none() && before == 0 {
            own.holds = true;
            return Turn::Go { locked: true, joined };
        }
        let others = match before {
            0 => String::new(),
            1 => ", and 1 other comes before it".to_owned(),
            count if count as u64 <= u64::from(TOLD) => format!(", and {count} others come before it"),
            _ => format!(", and more than {TOLD} others come before it"),
        };
        let lock = match (holder, first) {
            (Some((_, who)), _) => format!("{who} has the lock{others}"),
            (None, Some(who)) => format!("{who} comes before it"),
            (None, None) => "its turn comes".to_owned(),
        };
        let until = own.joined_at.plus_millis(self.timeout_ms);
        if until <= now {
            let waited = duration(self.timeout_ms.unsigned_abs());
            return Turn::GiveUp(format!("it waited {waited} for {group_name}, the longest it may: {lock}"));
        }
        Turn::Wait { sentence: format!("waits for {group_name}: {lock}"), joined, until }
    }

    /// What people are told of a group's queue.
    fn name(&self, SerialGroup(key): &SerialGroup) -> String {
        match &self.pull_request {
            None => format!("the serial group `{key}`"),
            Some(name) => format!("the serial group `{key}` of {name}, which comes from a fork and has one of its own"),
        }
    }

    /// Whether a job is in a queue.
    pub(super) fn has(&self, job: JobId) -> bool {
        self.queues.values().flatten().any(|place| place.job == job)
    }
}
