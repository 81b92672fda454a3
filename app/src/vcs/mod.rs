//! The forges: what they tell us (webhooks), and what we ask of them (configurations, commit statuses, clone tokens,
//! rights of people).

mod error;
pub mod event;
mod forges;
pub mod github;
pub mod gitlab;
mod status;

pub use error::ForgeError;
pub use forges::{CONFIG_PATH, CloneCredentials, ForgeSettings, Forges, Person, RepositoryHandle};
pub use status::{CommitStatus, StatusState};
