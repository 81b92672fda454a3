//! The forges: what they tell us (webhooks), and what we ask of them (configurations, commit statuses, clone tokens,
//! rights of people).

mod error;
pub mod event;
mod forges;
pub mod github;
pub mod gitlab;
mod group;
mod identity;
mod segment;
mod ssh;
mod status;
mod value;

pub use error::ForgeError;
pub use forges::{CONFIG_PATH, CloneCredentials, ForgeSettings, Forges, Person, RepositoryHandle};
pub use group::check_group;
pub use identity::{organization_id, person_id};
use segment::encode_segment;
pub use ssh::{host_of, ssh_address};
pub use status::{CommitStatus, StatusState};
pub use value::{Checkout, Values};
