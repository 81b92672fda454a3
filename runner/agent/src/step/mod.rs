//! The steps of a job: their order, and what each kind does.

mod attempt;
mod background;
mod cache_key;
mod checkout;
mod data;
mod job;
mod reason;
mod remote_docker;
mod run;
mod ssh;

pub use job::Job;
