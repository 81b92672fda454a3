//! Files of variables for a local run: `NAME=value` lines, and `[context]` lines above those of a context.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, bail};

use crate::secret::{check_context_name, check_value, check_variable_name};

/// Variables, by name.
pub type Variables = BTreeMap<String, String>;

/// Reads the variables of a project.
///
/// # Errors
/// A file that cannot be read, a line that makes no sense.
pub fn read_variables(path: &Path) -> anyhow::Result<Variables> {
    let mut sections = read(path)?;
    let variables = sections.remove("").unwrap_or_default();
    if let Some(context) = sections.keys().next() {
        bail!("`{}` has a section `[{context}]`: contexts come from --context-file", path.display());
    }
    Ok(variables)
}

/// Reads contexts: each `[name]` begins one.
///
/// # Errors
/// A file that cannot be read, a line that makes no sense, a variable above the first context.
pub fn read_contexts(path: &Path) -> anyhow::Result<BTreeMap<String, Variables>> {
    let sections = read(path)?;
    if sections.contains_key("") {
        bail!("`{}` has variables above its first `[context]` line: whose are they?", path.display());
    }
    Ok(sections)
}

fn read(path: &Path) -> anyhow::Result<BTreeMap<String, Variables>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    parse(&text).map_err(|(line, why)| anyhow::anyhow!("{}:{line}: {why}", path.display()))
}

/// The sections by name; the one above the first `[…]` line has the empty name. An error is a line's number and what is
/// wrong, without its text: that may be a secret.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Variables>, (usize, String)> {
    let mut sections: BTreeMap<String, Variables> = BTreeMap::new();
    let mut section = String::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            check_context_name(name).map_err(|why| (number, why))?;
            section = name.to_owned();
            sections.entry(section.clone()).or_default();
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let (name, value) = line
            .split_once('=')
            .ok_or_else(|| (number, "a line is `NAME=value`, `[context]`, a comment or empty".to_owned()))?;
        let name = name.trim_end();
        check_variable_name(name).map_err(|why| (number, why))?;
        let value = value_of(value.trim()).map_err(|why| (number, why.to_owned()))?;
        check_value(&value).map_err(|why| (number, why))?;
        sections.entry(section.clone()).or_default().insert(name.to_owned(), value);
    }
    Ok(sections)
}

/// A value: as it is, in single quotes as it is, in double quotes with `\n`, `\t`, `\"`, `\\` and `\$`.
fn value_of(text: &str) -> Result<String, &'static str> {
    if let Some(rest) = text.strip_prefix('\'') {
        return rest.strip_suffix('\'').map(str::to_owned).ok_or("the single quote is not closed");
    }
    let Some(rest) = text.strip_prefix('"') else { return Ok(text.to_owned()) };
    let mut value = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next() {
            Some('"') if characters.as_str().trim().is_empty() => return Ok(value),
            Some('"') => return Err("something follows the closing quote"),
            Some('\\') => match characters.next() {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(other @ ('"' | '\\' | '$')) => value.push(other),
                Some(other) => value.extend(['\\', other]),
                None => return Err("the double quote is not closed"),
            },
            Some(other) => value.push(other),
            None => return Err("the double quote is not closed"),
        }
    }
}

#[cfg(test)]
mod tests;
