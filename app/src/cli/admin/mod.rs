//! `roundhouse admin …`: what only the administrator of the data directory may do, while the server runs or not.
//!
//! Whoever can write the data directory is the administrator: these commands write its rows, and ask for no login. A server
//! that runs sees them within seconds.

mod command;
mod find;
mod job;
mod limit;
mod pause;
mod pipeline;
mod project;
mod retention;
mod runner;
mod serial_group;
mod token;
mod user;
mod webhook;
mod workflow;

pub use command::Admin;
