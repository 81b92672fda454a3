//! The command line: one binary, many roles.
//!
//! Every command ends with an [`Exit`]: 0 done, 1 the user's pipeline or configuration failed, 2 wrong use, 3 could not do it.

mod admin;
mod command;
mod compile;
mod config;
mod demo;
mod doctor;
mod exit;
mod orb;
mod run;
mod runner;
mod secret;
mod serve;
mod settings_flags;
mod terminal;

pub use command::main;
pub use exit::Exit;
