//! Values that people hand in to be sealed: what both the API and the dashboard take.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::secret::{check_value, check_variable_name};

/// A text that is never printed.
pub struct SecretText(pub SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

/// Checks that name and value are such that a job can have them.
///
/// # Errors
/// A sentence; the value is not in it.
pub fn check_variable(name: &str, value: &SecretString) -> Result<(), String> {
    check_variable_name(name).and_then(|()| check_value(value.expose_secret()))
}
