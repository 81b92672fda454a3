//! The demonstration: a forge of our own beside the server, and a push to it.
//!
//! `roundhouse serve --demo` starts the fake forge of the test kit in the same process and connects the server to it as if
//! it were GitHub: the webhook is signed, the clone goes through Git's smart HTTP with an installation token, and the
//! statuses come back over the API. `roundhouse demo` then plays the person: it makes a commit and follows its statuses.

mod forge;
mod push;

pub use forge::DemoForge;
pub use push::Demo;
