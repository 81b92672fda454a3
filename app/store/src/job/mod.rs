//! Jobs: reading them, and the only way from one state to the next.

mod cancel;
mod create;
mod needs;
mod read;
mod row;
mod status;
mod transition;
mod unserved;

pub use cancel::cancel;
pub(crate) use create::create_all;
pub use needs::Needs;
pub(crate) use read::list_states;
pub use read::{find_by_name, find_by_number, find_previous_number, get, get_plan, list_by_workflow};
pub use row::{Job, JobType};
pub use transition::{approve, transition};
pub use unserved::{AWAY_MS, unserved, unserved_by};
