//! `circleci tests glob`, `split` and `run`.

mod again;
mod glob;
mod options;
mod run;
mod share;
mod split;
mod timing;

pub use glob::glob;
pub use run::run;
pub use split::split;
