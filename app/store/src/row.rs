//! From columns to words, and back.

use std::{fmt::Display, str::FromStr};

use model::{project::GitRef, time::Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{Error, Result};

/// A value in a row that this version does not understand.
fn unreadable(column: &str, value: impl Display) -> Error {
    Error::Db(sqlx::Error::Decode(format!("column `{column}` holds {value}").into()))
}

/// Parses a text column.
pub(crate) fn text<T: FromStr>(column: &str, value: &str) -> Result<T> {
    value.parse().map_err(|_| unreadable(column, value))
}

/// Takes the result of a `from_name`.
pub(crate) fn name<T>(column: &str, value: &str, from_name: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    from_name(value).ok_or_else(|| unreadable(column, value))
}

/// Parses a JSON column.
pub(crate) fn json<T: DeserializeOwned>(column: &str, value: &str) -> Result<T> {
    serde_json::from_str(value).map_err(|error| unreadable(column, format_args!("JSON that does not fit: {error}")))
}

/// Makes a JSON column.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Db(sqlx::Error::Encode(error.into())))
}

/// Reads a number that is never negative.
pub(crate) fn number<T: TryFrom<i64>>(column: &str, value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| unreadable(column, value))
}

/// Makes a column of a number that is never so large that it does not fit.
pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Reads a time.
pub(crate) fn time(value: i64) -> Timestamp {
    Timestamp::from_millis(value)
}

/// A new id: UUID version 7, so that rows sort by the time of their creation, also within one millisecond.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Reads a SHA-256.
pub(crate) fn hash(column: &str, value: Vec<u8>) -> Result<[u8; 32]> {
    value.try_into().map_err(|value: Vec<u8>| unreadable(column, format_args!("{} bytes, not 32", value.len())))
}

/// Reads a branch or tag.
pub(crate) fn git_ref(kind: &str, name: String) -> GitRef {
    match kind {
        "tag" => GitRef::Tag(name),
        _ => GitRef::Branch(name),
    }
}

/// The column that says whether it is a branch or a tag.
pub(crate) const fn ref_kind(git_ref: &GitRef) -> &'static str {
    match git_ref {
        GitRef::Branch(_) => "branch",
        GitRef::Tag(_) => "tag",
    }
}
