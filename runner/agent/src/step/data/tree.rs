//! The files below a path, for steps that send them one by one.

use std::{
    fmt::Arguments,
    fs, io,
    path::{Component, Path, PathBuf},
};

use crate::{
    environment::JobEnvironment,
    os::files::{self, NO_FILES},
};

/// Calls `found` with every file below a path, sorted, and its name relative to the path; of a file, the name is empty.
/// Links to files are followed; links to directories are not, because they may go in circles.
///
/// # Errors
/// Those of `found`.
pub fn files<E>(
    path: &Path,
    say: &dyn Fn(Arguments<'_>),
    found: &mut dyn FnMut(&Path, &Path) -> Result<(), E>,
) -> Result<(), E> {
    let mut pending = vec![(path.to_owned(), PathBuf::new())];
    while let Some((path, name)) = pending.pop() {
        let top = name.as_os_str().is_empty();
        let kind = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) => {
                say(format_args!("Left out: {} cannot be read: {error}", path.display()));
                continue;
            }
        };
        if kind.is_dir() || (top && path.is_dir()) {
            match list(&path) {
                // The last is taken first.
                Ok(names) => {
                    pending.extend(names.into_iter().rev().map(|inner| (path.join(&inner), name.join(&inner))))
                }
                Err(error) => say(format_args!("Left out: {} cannot be read: {error}", path.display())),
            }
            continue;
        }
        let target = if kind.is_symlink() { fs::canonicalize(&path) } else { Ok(path.clone()) };
        match target {
            Ok(target) if NO_FILES.iter().any(|place| target.starts_with(place)) => {
                say(format_args!("Left out: {} leads to {}", path.display(), target.display()));
            }
            Ok(target) if target.is_dir() => {
                say(format_args!("Left out: {} is a link to a directory", path.display()));
            }
            Ok(target) if target.is_file() => found(&path, &name)?,
            Ok(_) => say(format_args!("Left out: {} is a socket, a pipe or a device", path.display())),
            Err(error) => say(format_args!("Left out: {} leads nowhere: {error}", path.display())),
        }
    }
    Ok(())
}

fn list(directory: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names =
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

/// Opens a file to read it, without waiting should it have become a pipe meanwhile.
///
/// # Errors
/// It cannot be read.
pub fn open(path: &Path) -> io::Result<fs::File> {
    let file = files::open(path, true)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    Ok(file)
}

/// The name of a path for people: relative to the working directory where it lies there, else to the home, else to the root.
pub fn name_of(path: &Path, environment: &JobEnvironment) -> PathBuf {
    let bases = [environment.working_directory(), environment.home(), Path::new(files::ROOT)];
    bases.into_iter().find_map(|base| path.strip_prefix(base).ok()).unwrap_or(path).to_owned()
}

/// A name with slashes, without `.`, `..` and a slash at its begin. `None` where nothing is left.
pub fn clean(name: &Path) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for component in name.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => drop(parts.pop()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}
