//! How long tests took in earlier runs.

use std::{
    collections::BTreeMap,
    env, io,
    path::{Path, PathBuf},
};

use model::blob::{SOCKET, Timings};

use super::options::Called;
use crate::{
    blob::{Client, Failure, Target},
    command::place::spool_directory,
    watch::Watch,
};

/// Asks the server.
///
/// # Errors
/// A sentence: it cannot be asked now. Nodes that disagree on the timings would leave tests out, so this is no case for
/// going on without.
pub fn fetch() -> Result<Timings, String> {
    let Some(directory) = spool_directory() else { return Ok(Timings::default()) };
    let client = Client::new(directory.join(SOCKET), Watch::never());
    let read = |body: &mut dyn io::Read| serde_json::from_reader::<_, Timings>(body).map_err(io::Error::from);
    match client.get(&Target::new("/blobs/timings"), |_, body| read(body)) {
        Ok(timings) => Ok(timings.unwrap_or_default()),
        Err(Failure::Absent) => Ok(Timings::default()),
        Err(failure) => Err(format!("the timings of earlier runs cannot be had: {}", failure.sentence())),
    }
}

/// Seconds by test, in the order of the tests; `None`: nothing is known of any.
pub fn of_tests(tests: &[String], timings: &Timings, called: Called) -> Option<Vec<Option<f64>>> {
    let Timings { file, classname, name } = timings;
    let bases = bases();
    let by_file = || look_up(tests, file, &|test| without_base(test, &bases));
    let by = |known: &BTreeMap<String, f64>| look_up(tests, known, &str::to_owned);
    let found = match called {
        Called::File => by_file(),
        Called::Classname => by(classname),
        Called::Name => by(name),
        Called::Autodetect => {
            let candidates = [by_file(), by(classname), by(name)];
            let count = |times: &Vec<Option<f64>>| times.iter().flatten().count();
            // The first of the best.
            candidates.into_iter().rev().max_by_key(count)?
        }
    };
    found.iter().any(Option::is_some).then_some(found)
}

fn look_up(tests: &[String], known: &BTreeMap<String, f64>, plain: &dyn Fn(&str) -> String) -> Vec<Option<f64>> {
    let known: BTreeMap<String, f64> = known.iter().map(|(test, seconds)| (plain(test), *seconds)).collect();
    tests.iter().map(|test| known.get(&plain(test)).copied()).collect()
}

/// Directories that a test's file may be named from.
pub fn bases() -> Vec<PathBuf> {
    let configured = env::var_os("CIRCLE_WORKING_DIRECTORY").map(PathBuf::from);
    env::current_dir().ok().into_iter().chain(configured).collect()
}

/// A file's name, relative where it can be: reports write it in either way.
pub fn without_base(test: &str, bases: &[PathBuf]) -> String {
    let path = Path::new(test);
    let relative = bases.iter().find_map(|base| path.strip_prefix(base).ok()).unwrap_or(path);
    relative.components().collect::<PathBuf>().to_string_lossy().trim_start_matches("./").to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Called, Timings, of_tests};

    fn timings() -> Timings {
        let map = |pairs: &[(&str, f64)]| {
            pairs.iter().map(|(test, seconds)| ((*test).to_owned(), *seconds)).collect::<BTreeMap<_, _>>()
        };
        let here = std::env::current_dir().expect("there is one").join("c.rb");
        let file = map(&[("./a.rb", 1.0), ("b.rb", 2.0), (here.to_str().expect("text"), 3.0)]);
        Timings { file, classname: map(&[("A", 4.0), ("a.rb", 9.0)]), name: map(&[("it works", 5.0)]) }
    }

    fn found(tests: &[&str], called: Called) -> Option<Vec<Option<f64>>> {
        let tests: Vec<String> = tests.iter().map(|test| (*test).to_owned()).collect();
        of_tests(&tests, &timings(), called)
    }

    #[test]
    fn files_are_found_however_they_are_written() {
        assert_eq!(
            found(&["a.rb", "./b.rb", "c.rb", "d.rb"], Called::File),
            Some(vec![Some(1.0), Some(2.0), Some(3.0), None])
        );
        assert_eq!(found(&["d.rb"], Called::File), None);
    }

    #[test]
    fn the_kind_with_the_most_matches_is_detected() {
        assert_eq!(found(&["a.rb"], Called::Autodetect), Some(vec![Some(1.0)]));
        assert_eq!(found(&["A", "B"], Called::Autodetect), Some(vec![Some(4.0), None]));
        assert_eq!(found(&["it works"], Called::Autodetect), Some(vec![Some(5.0)]));
        assert_eq!(found(&["it works"], Called::Classname), None);
    }
}
