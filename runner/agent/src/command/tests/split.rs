//! `circleci tests split`.

use std::{
    ffi::OsString,
    fs,
    io::{self, IsTerminal, Read},
    process::ExitCode,
};

use super::{
    options::{By, Options},
    share, timing,
};
use crate::command::{Failure, print};

/// Tests without a time that are named.
const NAMED: usize = 20;

/// Prints this node's share.
pub fn split(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = Options::read(arguments)?;
    if options.command.is_some() {
        return Err(Failure::Usage("`--command` belongs to `tests run`".to_owned()));
    }
    let mut output = String::new();
    for test in share_of(lines(&options)?, &options)? {
        output.push_str(&test);
        output.push('\n');
    }
    Ok(print(output.as_bytes()))
}

/// The tests of this node, in the order in which they were given.
pub fn share_of(tests: Vec<String>, options: &Options) -> Result<Vec<String>, Failure> {
    if options.total == 1 {
        return Ok(tests);
    }
    let weights = weights(&tests, options)?;
    let weighed: Vec<(&str, u64)> = tests.iter().map(String::as_str).zip(weights).collect();
    let nodes = share::nodes(&weighed, options.total);
    if options.show_counts || options.verbose {
        for node in 0..options.total {
            eprintln!("node {node}: {} tests", nodes.iter().filter(|own| **own == node).count());
        }
    }
    Ok(tests.into_iter().zip(nodes).filter(|(_, node)| *node == options.index).map(|(test, _)| test).collect())
}

/// One test a line: names may have spaces in them.
fn lines(options: &Options) -> Result<Vec<String>, Failure> {
    let text = text(options)?;
    Ok(text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The list of tests as it was given.
///
/// # Errors
/// It cannot be read, or is no text.
pub fn text(options: &Options) -> Result<String, Failure> {
    let text = match &options.file {
        Some(file) => fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display())),
        None => {
            let mut input = io::stdin().lock();
            if input.is_terminal() {
                eprintln!("circleci: reading the tests from the standard input");
            }
            let mut text = Vec::new();
            let read = input.read_to_end(&mut text).map(|_| text);
            read.map_err(|error| format!("the standard input cannot be read: {error}"))
        }
    };
    String::from_utf8(text.map_err(Failure::Failed)?)
        .map_err(|_| Failure::Failed("the names of the tests are not UTF-8".to_owned()))
}

fn weights(tests: &[String], options: &Options) -> Result<Vec<u64>, Failure> {
    match options.by {
        By::Name => Ok(vec![1; tests.len()]),
        By::FileSize => {
            let size = |test: &String| {
                fs::metadata(test).map(|file| file.len()).map_err(|error| {
                    Failure::Failed(format!("`--split-by=filesize` needs files, and {test} cannot be read: {error}"))
                })
            };
            tests.iter().map(size).collect()
        }
        By::Timings => {
            let timings = timing::fetch().map_err(Failure::Failed)?;
            let Some(times) = timing::of_tests(tests, &timings, options.called) else {
                if !tests.is_empty() {
                    eprintln!(
                        "Error auto-detecting timing type, falling back to weighting by name: no earlier run of this job \
                         stored test results that name these tests. If they are files, check whether both are absolute \
                         or relative."
                    );
                }
                return Ok(vec![1; tests.len()]);
            };
            Ok(by_times(tests, &times, options))
        }
    }
}

/// In microseconds, because sums of fractions depend on their order.
fn by_times(tests: &[String], times: &[Option<f64>], options: &Options) -> Vec<u64> {
    let known: Vec<f64> = times.iter().copied().flatten().collect();
    let average = known.iter().sum::<f64>() / f64::from(u32::try_from(known.len().max(1)).unwrap_or(u32::MAX));
    let missing = options.time_default.unwrap_or(average);
    let mut named = 0;
    for (test, _) in tests.iter().zip(times).filter(|(_, time)| time.is_none()) {
        named += 1;
        if options.verbose || named <= NAMED {
            eprintln!("No timing found for \"{test}\"");
        }
    }
    if named > NAMED && !options.verbose {
        eprintln!("… and for {} more", named - NAMED);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates, and no time is negative"
    )]
    let micros = |seconds: f64| (seconds * 1e6) as u64;
    times.iter().map(|time| micros(time.unwrap_or(missing))).collect()
}
