//! What names and values may be (CircleCI's rules for contexts and environment variables).

/// Characters of a context's name.
const CONTEXT_NAME: usize = 200;
/// Characters of a variable's name.
const VARIABLE_NAME: usize = 300;
/// Characters of a value.
const VALUE: usize = 32 * 1024;

/// Checks the name of a context.
///
/// # Errors
/// A sentence.
pub fn check_context_name(name: &str) -> Result<(), String> {
    let broken = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    if name.trim().is_empty() {
        Err("the name of a context needs at least one character that is no space".to_owned())
    } else if name.trim() != name || name.contains(broken) {
        Err(format!("the name `{}` begins or ends with a space, or has a line break in it", name.escape_debug()))
    } else if name.chars().count() > CONTEXT_NAME {
        Err(format!("the name of a context has at most {CONTEXT_NAME} characters"))
    } else {
        Ok(())
    }
}

/// Checks the name of an environment variable.
///
/// # Errors
/// A sentence.
pub fn check_variable_name(name: &str) -> Result<(), String> {
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !begins || !plain {
        return Err(format!(
            "`{}` is no name of an environment variable: those have letters, digits and `_`, and do not begin with a digit",
            name.escape_debug()
        ));
    }
    if name.len() > VARIABLE_NAME {
        return Err(format!("the name of an environment variable has at most {VARIABLE_NAME} characters"));
    }
    Ok(())
}

/// Checks a value. An empty one is a value. The text is not in the sentence.
///
/// # Errors
/// A sentence.
pub fn check_value(value: &str) -> Result<(), String> {
    let count = value.chars().count();
    if count > VALUE {
        return Err(format!("the value has {count} characters, and may have {VALUE}"));
    }
    if value.contains('\0') {
        return Err("the value has a NUL character in it, which no environment variable can have".to_owned());
    }
    Ok(())
}

/// Checks the host that an SSH key is for; it may have a port and asterisks, as in a file `ssh_config`.
///
/// # Errors
/// A sentence.
pub fn check_hostname(hostname: &str) -> Result<(), String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-._:*".contains(character);
    if hostname.is_empty() || !hostname.chars().all(plain) || hostname.starts_with('-') {
        return Err(format!("`{}` is no host name", hostname.escape_debug()));
    }
    Ok(())
}
