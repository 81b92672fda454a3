//! The queue: which task a runner gets next, and what a task waits for.
//!
//! - A **line** is everything that waits in one queue for one class (`docker/medium`). There are few.
//! - A **lane** is one project's part of a line, at one priority. Within a lane the oldest task goes first.
//! - Between lanes, work that somebody waits for goes before scheduled work; then the project goes first that has the
//!   fewest tasks running in this queue; of those, the one that was served longest ago.
//!
//! The numbers behind this are counted by triggers of the database while tasks come and go, so that [`find_next`] takes the
//! same time however many wait. Limits and pauses are looked at there, and nowhere else.

mod lane;
mod limits;
mod line;
mod next;
mod other;
mod place;
mod project;
mod waiting;

pub use lane::class;
pub(crate) use lane::{Entry, LaneKey, enter, promote, served};
pub use limits::{LimitScope, Limits, SetLimit, list_limits, set_limit, unset_limit};
pub use line::{Line, list_lines};
pub use next::{Seeker, find_next};
pub use other::{FOR_OTHERS_MS, others};
pub use place::{Place, place};
pub use project::{ProjectLoad, find_busiest, find_project, list_project_limits, set_project_limit};
pub use waiting::{Waiting, first_in_line, list_waiting};
