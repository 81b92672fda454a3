//! The files that a pattern means.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    brace,
    component::{Dialect, matches},
};

/// Whether a text has a character that means something in a pattern.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// The files and directories that a pattern means, sorted; relative to `base` unless the pattern is absolute. What cannot be
/// read has no matches.
///
/// # Errors
/// A sentence: the pattern is malformed.
pub fn expand(base: &Path, pattern: &str, dialect: Dialect) -> Result<Vec<PathBuf>, String> {
    let patterns = match dialect {
        Dialect::Go => vec![pattern.to_owned()],
        Dialect::Globstar => brace::expand(pattern)?,
    };
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let mut parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        parts.dedup_by(|next, part| is_globstar(part, dialect) && next == part);
        // A malformed part is one, whether or not something reaches it.
        for part in &parts {
            matches(part, "", dialect)?;
        }
        let start = if pattern.starts_with('/') { PathBuf::from("/") } else { PathBuf::new() };
        let walk = Walk { base, dialect };
        if parts.is_empty() {
            found.insert(if pattern.starts_with('/') { start } else { PathBuf::from(".") });
        } else {
            walk.go(&start, &parts, &mut found)?;
        }
    }
    Ok(found.into_iter().collect())
}

fn is_globstar(part: &str, dialect: Dialect) -> bool {
    part == "**" && dialect == Dialect::Globstar
}

struct Walk<'a> {
    base: &'a Path,
    dialect: Dialect,
}

impl Walk<'_> {
    /// Looks for the rest of a pattern in a directory.
    fn go(&self, directory: &Path, parts: &[&str], found: &mut BTreeSet<PathBuf>) -> Result<(), String> {
        let Some((part, rest)) = parts.split_first() else { return Ok(()) };
        if is_globstar(part, self.dialect) {
            // Nothing, or any number of directories; links to directories are not followed, because they may go in circles.
            if !rest.is_empty() {
                self.go(directory, rest, found)?;
            }
            for (path, is_directory) in self.list(directory) {
                if is_directory {
                    self.go(&path, parts, found)?;
                }
                if rest.is_empty() {
                    found.insert(path);
                }
            }
            return Ok(());
        }
        let candidates = if is_pattern(part) || part.contains('\\') {
            let mut candidates = Vec::new();
            for (path, _) in self.list(directory) {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if matches(part, &name, self.dialect)? {
                    candidates.push(path);
                }
            }
            candidates
        } else {
            vec![directory.join(part)]
        };
        for path in candidates {
            let real = self.base.join(&path);
            if !rest.is_empty() {
                if real.is_dir() {
                    self.go(&path, rest, found)?;
                }
            } else if fs::symlink_metadata(real).is_ok() {
                found.insert(path);
            }
        }
        Ok(())
    }

    fn list(&self, directory: &Path) -> Vec<(PathBuf, bool)> {
        let real = self.base.join(directory);
        let real = if real.as_os_str().is_empty() { PathBuf::from(".") } else { real };
        let Ok(entries) = fs::read_dir(real) else { return Vec::new() };
        let one = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.ok()?;
            Some((directory.join(entry.file_name()), entry.file_type().is_ok_and(|kind| kind.is_dir())))
        };
        entries.filter_map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Dialect, expand};

    fn tree() -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for file in ["a.rb", "b.py", ".hidden.rb", "x/a.rb", "x/y/b.rb", "x/y/c.py", "z/é.rb"] {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().expect("it has one")).expect("created");
            fs::write(path, file).expect("written");
        }
        std::os::unix::fs::symlink("..", directory.path().join("x/up")).expect("linked");
        directory
    }

    fn found(pattern: &str, dialect: Dialect) -> String {
        let found = expand(tree().path(), pattern, dialect).expect("well-formed");
        found.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn globstar_means_any_number_of_directories() {
        let found = |pattern| found(pattern, Dialect::Globstar);
        assert_eq!(found("**/*.rb"), ".hidden.rb a.rb x/a.rb x/y/b.rb z/é.rb");
        assert_eq!(found("x/**/*.rb"), "x/a.rb x/y/b.rb");
        assert_eq!(found("x/**"), "x/a.rb x/up x/y x/y/b.rb x/y/c.py");
        assert_eq!(found("**/**/y/*.{rb,py}"), "x/y/b.rb x/y/c.py");
        assert_eq!(found("./x/*/b.rb"), "x/y/b.rb");
        assert_eq!(found("z/?.rb"), "z/é.rb");
        assert_eq!(found("{a,nothing,b}.*"), "a.rb b.py");
        assert_eq!(found("nothing/**"), "");
    }

    #[test]
    fn go_knows_no_globstar() {
        assert_eq!(found("**", Dialect::Go), ".hidden.rb a.rb b.py x z");
        assert_eq!(found("**/*.rb", Dialect::Go), "x/a.rb z/é.rb");
        assert_eq!(found("{a,b}.rb", Dialect::Go), "");
        assert!(expand(std::path::Path::new("/"), "nothing/[", Dialect::Go).is_err());
    }
}
