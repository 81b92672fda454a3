//! POSIX crontab expressions: `30 2 * * mon-fri`, in UTC. They take no clock: the caller gives the time.
//!
//! ```
//! use config::cron::Cron;
//! use model::time::Timestamp;
//!
//! let nightly = Cron::parse("30 2 * * mon-fri")?;
//! let saturday = Timestamp::from_millis(1_764_374_400_000); // 2025-11-29 00:00
//! let monday = Timestamp::from_millis(1_764_556_200_000); // 2025-12-01 02:30
//! assert_eq!(nightly.next_after(saturday), Some(monday));
//! # Ok::<(), config::cron::CronError>(())
//! ```

mod error;
mod expression;
mod field;
mod search;

pub use error::{CronError, CronErrorKind};
pub use expression::Cron;
pub use field::CronField;
