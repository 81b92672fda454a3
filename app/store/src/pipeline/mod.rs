//! Everything that one trigger started.

mod create;
mod expanded;
mod list;
mod read;
mod row;
mod settle;
mod source;

pub use create::{NewPipeline, create};
pub use expanded::{Expanded, PackedText, get_expanded, set_expanded};
pub use list::{OfProjects, PipelineFilter, list, list_branches};
pub use read::{
    exists, find_by_delivery, find_by_number, get, has_newer_push, list_skipped, next_pending, next_pending_at,
};
pub use row::{Pipeline, path};
pub use settle::{Compiled, cancel, defer, set_created, set_errored, set_setup, set_setup_pending, set_skipped};
pub use source::{PipelineSource, get_config_source, get_setup_source, set_config_source, set_source};
