//! `circleci env subst`: variables in a text, as the `envsubst` that CircleCI uses does it.

use std::{
    env,
    ffi::OsString,
    io::{self, Read},
    process::ExitCode,
};

use super::{Failure, print};
use crate::os::files::{bytes, text as os_text};

/// Defaults in defaults go no deeper.
const DEEPEST: u32 = 32;

/// Replaces variables in the argument, or in the standard input.
pub fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let text = match arguments {
        [] => {
            let mut text = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut text);
            read.map_err(|error| Failure::Failed(format!("the standard input cannot be read: {error}")))?;
            text
        }
        [text] => bytes(text).into_owned(),
        _ => return Err(Failure::Usage("`env subst` takes one text: put quotes around it".to_owned())),
    };
    let value = |name: &[u8]| Some(bytes(&env::var_os(os_text(name.to_vec()))?).into_owned());
    let mut output = substitute(&text, &value, 0);
    // A text of the command line ends as a line.
    if !arguments.is_empty() {
        output.push(b'\n');
    }
    Ok(print(&output))
}

type Value<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

fn substitute(text: &[u8], value: Value<'_>, depth: u32) -> Vec<u8> {
    let mut output = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.iter().position(|byte| *byte == b'$') {
        output.extend_from_slice(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        // `$$NAME` is the text `$NAME`.
        if after.first() == Some(&b'$') && (name_length(&after[1..]) > 0 || after.get(1) == Some(&b'{')) {
            output.push(b'$');
            let skipped = 1 + name_length(&after[1..]);
            output.extend_from_slice(&after[1..skipped]);
            if skipped == 1 {
                output.push(b'{');
            }
            rest = &after[skipped.max(2)..];
            continue;
        }
        let (replaced, length) = match expression(after, value, depth) {
            Some(found) => found,
            None => (b"$".to_vec(), 0),
        };
        output.extend(replaced);
        rest = &after[length..];
    }
    output.extend_from_slice(rest);
    output
}

/// The value of what follows a `$`, and how long that is. `None`: it is no variable.
fn expression(after: &[u8], value: Value<'_>, depth: u32) -> Option<(Vec<u8>, usize)> {
    if after.first() != Some(&b'{') {
        let length = name_length(after);
        return (length > 0).then(|| (value(&after[..length]).unwrap_or_default(), length));
    }
    let close = close_of(after)?;
    let inside = &after[1..close];
    let length = name_length(inside);
    if length == 0 || depth > DEEPEST {
        return None;
    }
    let (name, operation) = inside.split_at(length);
    let found = value(name);
    let filled = found.clone().filter(|found| !found.is_empty());
    let other = |text: &[u8]| substitute(text, value, depth + 1);
    let replaced = match operation {
        [] => found.unwrap_or_default(),
        [b':', b'-' | b'=', text @ ..] => filled.unwrap_or_else(|| other(text)),
        [b'-' | b'=', text @ ..] => found.unwrap_or_else(|| other(text)),
        [b':', b'+', text @ ..] => filled.map(|_| other(text)).unwrap_or_default(),
        [b'+', text @ ..] => found.map(|_| other(text)).unwrap_or_default(),
        _ => return None,
    };
    Some((replaced, close + 1))
}

/// Where the brace at the begin is closed.
fn close_of(text: &[u8]) -> Option<usize> {
    let mut depth = 0_u32;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(index),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn name_length(text: &[u8]) -> usize {
    if text.first().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

#[cfg(test)]
mod tests {
    use super::substitute;

    fn subst(text: &str) -> String {
        let value = |name: &[u8]| match name {
            b"A" => Some(b"one".to_vec()),
            b"_b2" => Some(b"$A".to_vec()),
            b"EMPTY" => Some(Vec::new()),
            _ => None,
        };
        String::from_utf8(substitute(text.as_bytes(), &value, 0)).expect("text")
    }

    #[test]
    fn variables_are_replaced_once() {
        assert_eq!(subst("$A ${A}x$A.$A"), "one onexone.one");
        assert_eq!(subst("$_b2 ${_b2}"), "$A $A");
        assert_eq!(subst("[$NONE][${NONE}][$EMPTY]"), "[][][]");
    }

    #[test]
    fn what_is_no_variable_stays() {
        for text in ["$", "a$", "$1", "$(pwd)", "${", "${A", "${}", "${A!x}", "$ A", "a$$", "$$ "] {
            assert_eq!(subst(text), text);
        }
    }

    #[test]
    fn dollars_are_escaped_by_another() {
        assert_eq!(subst("$$A $${A} $A"), "$A ${A} one");
    }

    #[test]
    fn there_are_defaults_and_alternatives() {
        assert_eq!(subst("${NONE:-x}${EMPTY:-x}${EMPTY-x}${A:-x}"), "xxone");
        assert_eq!(subst("${NONE:-${A}/${NONE-$A}}"), "one/one");
        assert_eq!(subst("${A:+y}${EMPTY:+y}${EMPTY+z}${NONE+z}"), "yz");
    }
}
