//! Times: RFC 3339, UTC.

use model::time::Timestamp;
use serde::{Serialize, Serializer};

/// A time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::api) struct Time(pub(in crate::http::api) Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Rows hold times that are far from the ends of what can be written.
        let at = jiff::Timestamp::from_millisecond(self.0.millis()).unwrap_or_default();
        serializer.serialize_str(&at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
    }
}
