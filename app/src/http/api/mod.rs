//! `/api/v2`: the API that programs and scripts use, in the shapes of CircleCI's API v2.

mod continuation;
mod router;
mod state;

pub use router::router;
pub use state::ApiState;
