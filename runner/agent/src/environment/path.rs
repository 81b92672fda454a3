//! Paths as a configuration writes them.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use crate::os::programs;

/// Expands `~`; a relative path is taken from `base`.
pub fn expand(text: &str, home: &Path, base: &Path) -> PathBuf {
    match text.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(rest) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        // `~name` is no home that we know; a directory may be called so.
        Some(_) | None if text.is_empty() || text == "." => base.to_owned(),
        Some(_) | None => base.join(text),
    }
}

/// Makes a directory with its parents.
///
/// # Errors
/// A sentence.
pub fn create_directory(path: &Path) -> Result<(), String> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => format!("{} may not write there", programs::user()),
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => "a file is in its way".to_owned(),
            io::ErrorKind::StorageFull => "the disk is full".to_owned(),
            _ => error.to_string(),
        };
        format!(
            "the directory {} cannot be created: {why}; set `working_directory` (or the step's path) to a place that this \
             user can write to",
            path.display()
        )
    })
}

/// Finds a program as a shell would.
pub fn find_program(name: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).find_map(|directory| programs::find(&directory, name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::expand;

    #[test]
    fn tilde_is_the_home_and_relative_paths_have_a_base() {
        let expand = |text| expand(text, Path::new("/home/me"), Path::new("/work"));
        assert_eq!(expand("~"), Path::new("/home/me"));
        assert_eq!(expand("~/project"), Path::new("/home/me/project"));
        assert_eq!(expand("~//project"), Path::new("/home/me/project"));
        assert_eq!(expand("~other/x"), Path::new("/work/~other/x"));
        assert_eq!(expand("sub"), Path::new("/work/sub"));
        assert_eq!(expand("."), Path::new("/work"));
        assert_eq!(expand(""), Path::new("/work"));
        assert_eq!(expand("/tmp"), Path::new("/tmp"));
    }
}
