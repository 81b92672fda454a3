//! A rerun of failed tests only: which tests run again.

use std::{collections::BTreeSet, io};

use model::blob::{FailedTests, SOCKET};

use super::timing::{bases, without_base};
use crate::{
    blob::{Client, Failure, Target},
    command::place::spool_directory,
    watch::Watch,
};

/// Asks the server; `None`: all tests run.
///
/// # Errors
/// A sentence: it cannot be asked now. Nodes that disagree would leave tests out.
pub fn fetch() -> Result<Option<FailedTests>, String> {
    let Some(directory) = spool_directory() else { return Ok(None) };
    let client = Client::new(directory.join(SOCKET), Watch::never());
    let read = |body: &mut dyn io::Read| serde_json::from_reader::<_, FailedTests>(body).map_err(io::Error::from);
    match client.get(&Target::new("/blobs/failed-tests"), |_, body| read(body)) {
        Ok(failed) => Ok(failed),
        Err(Failure::Absent) => Ok(None),
        Err(failure) => Err(format!("the failed tests of the earlier run cannot be had: {}", failure.sentence())),
    }
}

/// The tests that run again: those whose file or class had a failed test. All of them where none can be told apart, which
/// is said, because then somebody expected something else.
pub fn select(tests: Vec<String>, failed: &FailedTests) -> Vec<String> {
    let FailedTests { file, classname, failed, total } = failed;
    let bases = bases();
    let files: BTreeSet<String> = file.iter().map(|file| without_base(file, &bases)).collect();
    let all = tests.len();
    let (again, others): (Vec<String>, Vec<String>) =
        tests.into_iter().partition(|test| files.contains(&without_base(test, &bases)) || classname.contains(test));
    eprintln!("circleci: {failed} test(s) failed out of {total} total test(s)");
    if again.is_empty() {
        eprintln!(
            "circleci: running all {all} tests: none of them is called like a file or a class that failed. Does the JUnit \
             XML have `file` or `classname` attributes, in the form in which tests are given here?"
        );
        return others;
    }
    eprintln!("circleci: rerunning failed tests: {} of {all}", again.len());
    again
}

#[cfg(test)]
mod tests {
    use super::{FailedTests, select};

    fn selected(tests: &[&str]) -> Vec<String> {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let failed =
            FailedTests { file: set(&["./spec/a_spec.rb"]), classname: set(&["com.acme.BTest"]), failed: 2, total: 9 };
        select(tests.iter().map(|test| (*test).to_owned()).collect(), &failed)
    }

    #[test]
    fn files_and_classes_with_a_failure_run_again() {
        assert_eq!(selected(&["spec/a_spec.rb", "spec/b_spec.rb"]), ["spec/a_spec.rb"]);
        assert_eq!(selected(&["com.acme.ATest", "com.acme.BTest"]), ["com.acme.BTest"]);
    }

    #[test]
    fn all_run_where_none_can_be_told_apart() {
        assert_eq!(selected(&["x", "y"]), ["x", "y"]);
    }
}
