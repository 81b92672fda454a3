//! What a fragment holds: YAML with its aliases and merge keys resolved.

use std::collections::BTreeMap;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A text, number, boolean or nothing.
    Scalar(Scalar),
    /// A list.
    List(Vec<Self>),
    /// A map, in the order of its keys.
    Map(BTreeMap<String, Self>),
}

/// A scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A number, boolean or nothing, as it is written.
    Literal(String),
    /// A text.
    Text(String),
}

impl Scalar {
    /// A plain scalar: what YAML 1.1 takes for something else than a text is that.
    pub fn plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Literal("null".to_owned()),
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Self::Literal("true".to_owned()),
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
                Self::Literal("false".to_owned())
            }
            text if is_number(text) => Self::Literal(text.to_owned()),
            text => Self::Text(text.to_owned()),
        }
    }
}

/// Whether a plain text is a number to YAML 1.1 or 1.2.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(digits.to_lowercase().as_str(), ".inf" | ".nan") {
        return true;
    }
    let radix = |prefix: &str, ok: fn(&u8) -> bool| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.as_bytes().iter().all(|byte| ok(byte) || *byte == b'_'))
    };
    if radix("0x", u8::is_ascii_hexdigit) || radix("0o", u8::is_ascii_digit) || radix("0b", u8::is_ascii_digit) {
        return true;
    }
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    whole(before)
        && whole(after)
        && whole(exponent)
        && !exponent.is_empty()
        && digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && mantissa.bytes().any(|byte| byte.is_ascii_digit())
}

impl Tree {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::Text(text.into()))
    }

    /// Its map.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(map) => Some(map),
            Self::Scalar(_) | Self::List(_) => None,
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(Scalar::Literal(text)) if text == "null")
    }

    /// The word for what it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(Scalar::Literal(text)) if text == "null" => "nothing",
            Self::Scalar(Scalar::Literal(_)) => "a number or a boolean",
            Self::Scalar(Scalar::Text(_)) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// Puts one map into another: maps below the same key become one, and of other values the later wins.
pub(crate) fn merge(into: &mut BTreeMap<String, Tree>, from: BTreeMap<String, Tree>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Tree::Map(known)), Tree::Map(value)) => merge(known, value),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
