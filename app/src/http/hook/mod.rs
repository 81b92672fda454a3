//! `POST /hooks/{forge}`: webhooks. The order is fixed: size, body, signature, then one durable row, then the answer.
//!
//! Nothing of an unsigned body is stored or parsed; what a body means is found out later, by the trigger stage.

mod answer;
mod body;
mod custom;
mod github;
mod gitlab;
mod router;
mod state;

pub use custom::CustomHookState;
pub use router::{custom_router, router};
pub use state::HookState;
