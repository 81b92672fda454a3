//! Environment variables of projects. A value never leaves: what is shown is what people recognise it by.

use model::time::Timestamp;
use serde::Serialize;

use super::time::Time;

/// A variable. Both spellings of its time are read by clients.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct VariableBody {
    name: String,
    value: String,
    #[serde(rename = "created-at")]
    created_at_dashed: Time,
    created_at: Time,
}

impl VariableBody {
    /// `shown`: what people recognise the value by.
    pub(in crate::http::api) fn new(name: String, shown: String, created_at: Timestamp) -> Self {
        Self { name, value: shown, created_at_dashed: created_at.into(), created_at: created_at.into() }
    }
}
