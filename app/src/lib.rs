//! Roundhouse, the server and its command line, in layers. A module may use those above it in this table, and nothing
//! below or beside it; `tests/architecture.rs` fails otherwise.
//!
//! | layer | modules |
//! | --- | --- |
//! | 0 words | [`settings`], [`clock`], [`random`], [`worker`], [`os`] |
//! | 1 ports, one outside thing each | crate `store`, [`log`], [`blob`], [`junit`], [`secret`], [`vcs`], [`orb`], [`disk`], [`value`] |
//! | 2 stages, one arrow of the flow each | [`trigger`], [`compile`], [`scheduler`], [`dispatch`], [`notify`], [`retention`] |
//! | 3 doors | [`http`] |
//! | 4 root | [`server`], [`cli`] |
//!
//! Stages talk to one another only through rows: see `docs/architecture.md`.

pub mod blob;
pub mod cli;
pub mod clock;
pub mod compile;
pub mod disk;
pub mod dispatch;
pub mod http;
pub mod junit;
pub mod log;
pub mod notify;
pub mod orb;
pub mod os;
pub mod random;
pub mod retention;
pub mod scheduler;
pub mod secret;
pub mod server;
pub mod settings;
pub mod trigger;
pub mod value;
pub mod vcs;
pub mod worker;
