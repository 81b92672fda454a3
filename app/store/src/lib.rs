//! SQL, and only here: the rows of Roundhouse in one SQLite database.
//!
//! - **Reads** take any executor: [`Store::read`] (a pool of read-only connections) or [`Tx::db`] (inside a transaction).
//! - **Writes** take `&mut Tx`: [`Store::begin`] waits for the one writer (`BEGIN IMMEDIATE`), [`Tx::commit`] makes the
//!   change durable and only then wakes the stages and tells the topics that the change is about.
//! - **Webhooks** go through [`Store::inbox`], which commits many callers' rows at once.
//!
//! ```no_run
//! # async fn example(store: store::Store, id: model::id::JobId, now: model::time::Timestamp) -> store::Result<()> {
//! use model::job::JobEvent;
//! let job = store::job::get(store.read(), id).await?;
//! let mut tx = store.begin().await?;
//! store::job::transition(&mut tx, job.id, JobEvent::Unblocked, None, now).await?;
//! tx.commit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The store has no clock: every write that needs the time takes `now`.
//!
//! | module | rows |
//! | --- | --- |
//! | [`project`] | repositories |
//! | [`delivery`], [`inbox`] | webhooks as they came in |
//! | [`pipeline`], [`workflow`], [`job`] | what they started |
//! | [`overview`], [`insight`] | many rows at once, for lists and figures |
//! | [`trigger_setting`], [`pull_request`], [`schedule`], [`custom_webhook`], [`supersede`] | what starts them, and what ends them early |
//! | [`setup`] | configurations that a setup workflow makes |
//! | [`approval`], [`serial_group`] | what holds jobs back, and what was said |
//! | [`task`], [`step`] | what runners do of it |
//! | [`queue`], [`pause`] | in which order, and when not |
//! | [`status`] | what forges should show |
//! | [`runner`] | runners and their tokens |
//! | [`cache`], [`workspace`], [`artifact`], [`test_result`] | what jobs keep; the bytes are blobs |
//! | [`user`], [`token`], [`session`], [`permission`] | people: who they are, how they come in, what they may do |
//! | [`context`], [`project_variable`], [`variable`], [`ssh_key`], [`secret`] | sealed values that jobs get |
//! | [`oidc_key`] | what signs the tokens that say who a job is |
//! | [`retention`] | what is old enough to go |
//! | [`orb`] | orbs that this server has |

pub mod approval;
pub mod artifact;
pub mod bus;
pub mod cache;
pub mod context;
pub mod custom_webhook;
pub mod delivery;
mod error;
pub mod inbox;
pub mod insight;
pub mod job;
pub mod oidc_key;
mod open;
pub mod orb;
pub mod overview;
pub mod pause;
pub mod permission;
pub mod pipeline;
pub mod project;
pub mod project_variable;
pub mod pull_request;
pub mod queue;
pub mod retention;
mod row;
pub mod runner;
pub mod schedule;
pub mod secret;
pub mod serial_group;
pub mod session;
pub mod setup;
pub mod ssh_key;
pub mod status;
pub mod step;
pub mod supersede;
pub mod task;
pub mod test_result;
pub mod token;
pub mod trigger_setting;
mod tx;
pub mod user;
pub mod variable;
pub mod workflow;
pub mod workspace;
mod writer;

pub use bus::{Bus, Stage, Topic};
pub use error::{Error, Result};
pub use open::{Store, StoreOptions};
pub use sqlx::SqliteExecutor;
pub use tx::Tx;
