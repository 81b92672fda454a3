//! Images: whether the host's copy is good enough, pulling, and the sentences for what can go wrong.
//!
//! | module | what |
//! | --- | --- |
//! | [`name`] | a name's registry, tag and digest |
//! | [`ready`] | makes sure that an image is on the host, and tells what it says about itself |
//! | [`pull`] | brings it from its registry, with progress |
//! | [`failure`] | whose fault it is that there is none |
//! | [`credentials`] | `auth`, `aws_auth` and `gcp_auth` as a user name and a password |
//! | [`of_job`] | what a job brings of its own |
//! | [`ecr`], [`sigv4`] | a password of Amazon's registry, for keys |
//! | [`sts`] | keys for a role of Amazon's |
//! | [`google`] | a password of Google's registries, for a workload identity |
//! | [`exchange`] | what these have in common |

mod credentials;
mod ecr;
mod exchange;
mod failure;
mod google;
mod name;
mod of_job;
mod pull;
mod ready;
mod sigv4;
mod sts;

pub(super) use credentials::Registries;
pub(super) use of_job::OfJob;
pub(super) use ready::{Image, Wanted, ready};
