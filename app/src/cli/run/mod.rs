//! `roundhouse run`: the pipeline of the working tree, here, with no server elsewhere.
//!
//! The same compiler, scheduler, store and runner as the server's: a whole Roundhouse opens in a temporary directory and
//! listens on a free loopback port, the pipeline of the working tree is put into it, and the rows are shown as they change.

mod command;
mod dotenv;
mod engine;
mod follow;
mod given;
mod harvest;
mod kept;
mod list;
mod show;
mod worktree;

pub use command::Run;
