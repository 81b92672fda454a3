//! Archives of a job's files: tar, compressed with zstd, made and unpacked as a stream by the job's own user.
//!
//! Kept are modes (without set-user-id and set-group-id), times to the nanosecond, symbolic links, hard links and empty
//! directories. Owners are not: whatever is unpacked belongs to the user who unpacks it.

mod fresh;
mod pack;
mod place;
mod read;
mod totals;
mod unpack;
mod writers;

pub use pack::{Packer, Unreadable};
pub use place::Root;
pub use totals::{Totals, size};
pub use unpack::Unpack;
