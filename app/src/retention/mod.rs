//! What nobody needs any more goes: artifacts, workspaces, caches, logs, webhooks and pipelines, by age, by count and by
//! bytes, the oldest first.
//!
//! Rows go first, in short transactions; then their bytes. Bytes whose rows are gone, because the server was ended in
//! between, are found at the end of each pass. `docs/retention.md` says what is kept.

mod orphan;
mod pass;
mod remove;
mod worker;

pub use pass::{Batch, Pass};
pub use remove::Retention;
pub use worker::RetentionWorker;
