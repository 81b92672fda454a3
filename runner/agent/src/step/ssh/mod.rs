//! SSH in a job: the keys of `add_ssh_keys`, and those of a checkout. Everything that is put into the home of the job's user
//! is taken away at the job's end.

mod add;
mod checkout;
mod config;
mod files;
mod program;

pub use checkout::CheckoutFiles;
pub use files::SshFiles;
