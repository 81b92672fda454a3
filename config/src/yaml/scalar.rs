//! Scalars: text first, and what a plain one stands for second.

use std::rc::Rc;

/// A scalar: its text as it is written, and whether it was written plain. `16.10` stays `16.10` where a text is meant.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    text: Rc<str>,
    plain: bool,
}

/// What a plain scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
}

impl Scalar {
    pub(crate) fn string(text: impl Into<Rc<str>>) -> Self {
        Self { text: text.into(), plain: false }
    }

    pub(crate) fn plain(text: impl Into<Rc<str>>) -> Self {
        Self { text: text.into(), plain: true }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn shared_text(&self) -> Rc<str> {
        Rc::clone(&self.text)
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }

    pub(crate) fn is_null(&self) -> bool {
        self.plain && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// What it stands for, by the rules of YAML 1.1.
    pub(crate) fn resolve(&self) -> Resolved {
        if !self.plain {
            return Resolved::Text;
        }
        if self.is_null() {
            return Resolved::Null;
        }
        boolean(&self.text)
            .map(Resolved::Bool)
            .or_else(|| integer(&self.text).map(Resolved::Int))
            .or_else(|| float(&self.text).map(Resolved::Float))
            .unwrap_or(Resolved::Text)
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self.resolve(), other.resolve()) {
            (Resolved::Text, Resolved::Text) => self.text == other.text,
            (Resolved::Int(left), Resolved::Float(right)) | (Resolved::Float(right), Resolved::Int(left)) => {
                left as f64 == right
            }
            (left, right) => left == right,
        }
    }
}

/// The booleans of YAML 1.1, in lower case, with a capital, and in capitals.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// The integers of YAML 1.1 (and `0o17` of 1.2), in 64 bits.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !digits.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    let digits = digits.replace('_', "");
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// The floating-point numbers of YAML 1.1.
fn float(text: &str) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    let number =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E' | b'_'));
    (number && text.bytes().any(|byte| byte.is_ascii_digit())).then(|| text.replace('_', "").parse().ok())?
}
