//! Data of jobs: who may read and write what, and what becomes of it. The bytes go to the blob store, what they are to rows:
//! first the bytes, whole and on the disk, then the row.

mod cache;
mod graph;
mod keep;
mod limit;
mod name;
mod workspace;

pub use cache::{FoundCache, Saved};
pub use keep::{Body, JobData};
pub use limit::Limits;
