//! Images: whether the host's copy is good enough, pulling, and the sentences for what can go wrong.
//!
//! | module | what |
//! | --- | --- |
//! | [`name`] | a name's registry, tag and digest |
//! | [`ready`] | makes sure that an image is on the host, and tells what it says about itself |
//! | [`pull`] | brings it from its registry, with progress |
//! | [`failure`] | whose fault it is that there is none |
//! | [`credentials`] | `auth`, `aws_auth` and `gcp_auth` as a user name and a password |
//! | [`ecr`], [`sigv4`] | a password of Amazon's registry, for keys |

mod credentials;
mod ecr;
mod failure;
mod name;
mod pull;
mod ready;
mod sigv4;

pub(super) use credentials::{Registries, keys_of_job, with_keys};
pub(super) use ready::{Image, Wanted, ready};
