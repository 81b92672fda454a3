//! Options of `tests split` and `tests run`.

use std::{env, ffi::OsString, path::PathBuf};

use crate::command::{
    Failure,
    arguments::{Argument, parse},
};

/// Options without a value.
const FLAGS: [&str; 3] = ["show-counts", "verbose", "v"];

/// What makes a test heavy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Name,
    FileSize,
    Timings,
}

/// What tests are called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    Autodetect,
    File,
    Classname,
    Name,
}

/// All of them.
#[derive(Debug)]
pub struct Options {
    pub index: usize,
    pub total: usize,
    pub by: By,
    pub called: Called,
    /// In seconds.
    pub time_default: Option<f64>,
    pub show_counts: bool,
    pub verbose: bool,
    pub command: Option<String>,
    pub file: Option<PathBuf>,
}

impl Options {
    /// Reads the command line, then the environment.
    ///
    /// # Errors
    /// It means nothing.
    pub fn read(arguments: &[OsString]) -> Result<Self, Failure> {
        let (mut index, mut total) = (None, None);
        let mut options = Self {
            index: 0,
            total: 1,
            by: By::Name,
            called: Called::Autodetect,
            time_default: None,
            show_counts: false,
            verbose: false,
            command: None,
            file: None,
        };
        for argument in parse(arguments, &FLAGS).map_err(Failure::Usage)? {
            match argument {
                Argument::Flag(flag) if flag == "show-counts" => options.show_counts = true,
                Argument::Flag(_) => options.verbose = true,
                Argument::Plain(file) if options.file.is_none() => options.file = Some(file.into()),
                Argument::Plain(_) => return Err(Failure::Usage("only one file of tests can be read".to_owned())),
                Argument::Option(name, value) => match name.as_str() {
                    "index" => index = Some(number(&name, &value)?),
                    "total" => total = Some(number(&name, &value)?),
                    "split-by" => options.by = by(&value)?,
                    "timings-type" => options.called = called(&value)?,
                    "time-default" => options.time_default = Some(seconds(&value)?),
                    "command" => options.command = Some(value),
                    "show-counts" => options.show_counts = value != "false",
                    "verbose" | "v" => options.verbose = value != "false",
                    _ => return Err(Failure::Usage(format!("there is no option `--{name}` here"))),
                },
            }
        }
        let variable = |name: &str| match env::var(name) {
            Ok(value) if !value.is_empty() => number(name, &value).map(Some),
            Ok(_) | Err(_) => Ok(None),
        };
        options.index = index.map_or_else(|| variable("CIRCLE_NODE_INDEX"), |index| Ok(Some(index)))?.unwrap_or(0);
        options.total = total.map_or_else(|| variable("CIRCLE_NODE_TOTAL"), |total| Ok(Some(total)))?.unwrap_or(1);
        if options.index >= options.total {
            return Err(Failure::Usage(format!(
                "there is no node {} of {}: nodes count from 0",
                options.index, options.total
            )));
        }
        Ok(options)
    }
}

fn number(name: &str, value: &str) -> Result<usize, Failure> {
    value.trim().parse().map_err(|_| Failure::Usage(format!("{name} is not a number: `{value}`")))
}

fn by(value: &str) -> Result<By, Failure> {
    match value {
        "name" => Ok(By::Name),
        "filesize" => Ok(By::FileSize),
        "timings" => Ok(By::Timings),
        _ => Err(Failure::Usage(format!("`--split-by` is `name`, `filesize` or `timings`, not `{value}`"))),
    }
}

fn called(value: &str) -> Result<Called, Failure> {
    match value {
        "autodetect" => Ok(Called::Autodetect),
        "file" | "filename" => Ok(Called::File),
        "classname" => Ok(Called::Classname),
        "name" | "testname" => Ok(Called::Name),
        _ => Err(Failure::Usage(format!(
            "`--timings-type` is `autodetect`, `file`, `classname` or `name`, not `{value}`"
        ))),
    }
}

/// `10s`, `1m30s`, `500ms`, or a number of seconds.
fn seconds(value: &str) -> Result<f64, Failure> {
    let mut sum = 0.0;
    let mut rest = value.trim();
    let wrong = || Failure::Usage(format!("`--time-default` is a time such as `10s`, not `{value}`"));
    while !rest.is_empty() {
        let end = rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(rest.len());
        let count: f64 = rest[..end].parse().map_err(|_| wrong())?;
        let unit_end = rest[end..].find(|sign: char| sign.is_ascii_digit()).map_or(rest.len(), |unit| end + unit);
        sum += count
            * match &rest[end..unit_end] {
                "" | "s" => 1.0,
                "ms" => 0.001,
                "us" | "µs" => 0.000_001,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return Err(wrong()),
            };
        rest = &rest[unit_end..];
    }
    if value.trim().is_empty() { Err(wrong()) } else { Ok(sum) }
}

#[cfg(test)]
mod tests {
    use super::{By, Called, Options, seconds};

    #[test]
    fn the_command_line_comes_before_the_environment() {
        let words = ["--index=1", "--total", "4", "--split-by=timings", "--timings-type=filename", "-v", "list"];
        let options = Options::read(&words.map(Into::into)).ok().expect("well-formed");
        assert_eq!((options.index, options.total, options.by, options.called), (1, 4, By::Timings, Called::File));
        assert!(options.verbose && !options.show_counts && options.file.is_some());
        for words in [["--index=4", "--total=4"], ["--split-by=luck", "x"], ["a", "b"], ["--nonsense", "x"]] {
            assert!(Options::read(&words.map(Into::into)).is_err(), "{words:?}");
        }
    }

    #[test]
    fn times_are_as_go_writes_them() {
        for (text, expected) in [("10s", 10.0), ("1m30s", 90.0), ("500ms", 0.5), ("2.5", 2.5), ("1h", 3600.0)] {
            assert_eq!(seconds(text).ok(), Some(expected), "{text}");
        }
        for text in ["", "x", "10x", "s"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
