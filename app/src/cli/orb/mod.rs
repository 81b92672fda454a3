//! `roundhouse orb …`: orbs, by hand.

mod command;
mod import;
mod list;
mod pack;
mod process;
mod validate;

pub use command::Orb;
