//! A schedule with its next times.

use model::{project::GitRef, time::Timestamp};
use store::schedule::{Origin, Schedule};

use super::part::Person;
use crate::{http::format, trigger::schedule};

/// So many of a schedule's next times are shown.
const NEXT_TIMES: usize = 5;

/// A schedule with its next times.
#[derive(Clone, Debug)]
pub struct ScheduleView {
    pub id: String,
    pub name: String,
    /// It is in the configuration of a branch, and changed there.
    pub of_config: bool,
    pub cron: String,
    pub reference: String,
    pub parameters: Option<String>,
    pub next: Option<Next>,
    pub later: Vec<String>,
    pub note: Option<String>,
    pub actor: Option<Person>,
}

/// The next time.
#[derive(Clone, Debug)]
pub struct Next {
    pub at: String,
    pub within: String,
}

/// Makes the view of a schedule.
pub fn view(schedule: &Schedule, now: Timestamp) -> ScheduleView {
    let mut times = schedule::next_times(schedule, NEXT_TIMES).into_iter();
    let parameters = schedule.parameters.as_object().filter(|parameters| !parameters.is_empty());
    ScheduleView {
        id: schedule.id.to_string(),
        name: schedule.name.clone(),
        of_config: schedule.origin == Origin::Config,
        cron: schedule.cron.clone(),
        reference: match &schedule.git_ref {
            GitRef::Branch(name) => format!("on {name}"),
            GitRef::Tag(name) => format!("on the tag {name}"),
        },
        parameters: parameters.map(|parameters| {
            parameters.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
        }),
        next: times
            .next()
            .map(|at| Next { at: format::moment(at), within: format::duration(at.millis_since(now).max(0)) }),
        later: times.map(format::moment).collect(),
        note: schedule.note.clone(),
        actor: Person::new(&schedule.actor, None),
    }
}
