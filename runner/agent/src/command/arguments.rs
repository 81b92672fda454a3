//! `--name=value`, `--name value`, `--flag`, and the rest.

use std::ffi::OsString;

/// One argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An option with its value; the name has no dashes.
    Option(String, String),
    /// An option that has none.
    Flag(String),
    /// Anything else.
    Plain(OsString),
}

/// Reads arguments; `flags` are the options that have no value.
///
/// # Errors
/// A sentence: a value is missing, or an option is not text.
pub fn parse(arguments: &[OsString], flags: &[&str]) -> Result<Vec<Argument>, String> {
    let mut parsed = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_str();
        if text == Some("--") {
            parsed.extend(rest.by_ref().cloned().map(Argument::Plain));
            break;
        }
        let dashed = text.filter(|text| text.len() > 1).and_then(|text| text.strip_prefix('-'));
        let Some(option) = dashed.map(|text| text.trim_start_matches('-')) else {
            parsed.push(Argument::Plain(argument.clone()));
            continue;
        };
        parsed.push(match option.split_once('=') {
            Some((name, value)) => Argument::Option(name.to_owned(), value.to_owned()),
            None if flags.contains(&option) => Argument::Flag(option.to_owned()),
            None => {
                let value = rest.next().and_then(|value| value.to_str());
                let value = value.ok_or_else(|| format!("`--{option}` needs a value"))?;
                Argument::Option(option.to_owned(), value.to_owned())
            }
        });
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::{Argument, parse};

    #[test]
    fn options_have_two_forms() {
        let words = ["--split-by=name", "--total", "3", "-v", "file", "-", "--", "--x"].map(Into::into);
        let option = |name: &str, value: &str| Argument::Option(name.to_owned(), value.to_owned());
        let plain = |text: &str| Argument::Plain(text.into());
        assert_eq!(
            parse(&words, &["v"]),
            Ok(vec![
                option("split-by", "name"),
                option("total", "3"),
                Argument::Flag("v".to_owned()),
                plain("file"),
                plain("-"),
                plain("--x")
            ])
        );
        assert!(parse(&["--total".into()], &[]).is_err());
    }
}
