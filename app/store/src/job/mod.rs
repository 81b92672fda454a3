//! Jobs: reading them, and the only way from one state to the next.

mod again;
mod approve;
mod cancel;
mod create;
mod needs;
mod read;
mod row;
mod status;
mod transition;
mod unserved;
mod wait;

pub use again::end_with_origin;
pub(crate) use again::{create_again, promise_again};
pub use approve::{approve, deny};
pub use cancel::cancel;
pub(crate) use create::create_all;
pub use needs::Needs;
pub(crate) use read::list_states;
pub use read::{
    find_by_name, find_by_number, find_logs_deleted_at, find_previous_number, get, get_plan, list_by_workflow,
};
pub use row::{Job, JobType};
pub(crate) use status::Place;
pub(crate) use transition::settle;
pub use transition::{advance, queue_all, transition};
pub use unserved::{AWAY_MS, unserved, unserved_by};
pub use wait::{WAITS_FOR_APPROVAL, set_waits_for};
