//! Who asks, and what they may do.
//!
//! | module | what |
//! | --- | --- |
//! | `credentials` | what a request brings: a token in one of its forms, a session's cookie |
//! | `operator` | who needs none: the person at this machine |
//! | `origin` | a page of somebody else cannot act in the name of a person |
//! | `actor` | the person, for handlers to ask for |
//! | `permission` | their rights to a project, from the forge |
//! | `readable` | the same for the many projects of a list |
//! | `token`, `session` | how people come in |
//! | `login` | the page |
//! | `gate` | nothing is shown without a login, where the settings say so |
//!
//! A handler that changes something asks for an [`Actor`] and then [`AuthState::require`]s the right to it; a page that only
//! shows more to some asks for a [`Visitor`].

mod actor;
mod credentials;
mod denied;
mod gate;
mod login;
mod operator;
mod origin;
mod permission;
mod readable;
mod session;
mod state;
pub mod token;

pub use actor::{Actor, Visitor};
pub use denied::Denied;
pub use gate::gate;
pub use login::router;
pub use readable::Readable;
pub use state::{AuthState, Rules};

#[cfg(test)]
pub(crate) mod tests;
