//! Where the entries of an archive may go.

use std::{
    collections::HashMap,
    fs, io,
    path::{Component, Path, PathBuf},
};

use crate::os::files;

/// Directories that are remembered; beyond, they are looked at again.
const REMEMBERED: usize = 4096;

/// A directory that entries are unpacked into.
#[derive(Clone, Debug)]
pub struct Root {
    /// First component of the entries' names; empty: all entries, with their whole names.
    pub prefix: &'static str,
    /// Where to.
    pub directory: PathBuf,
    /// Whether symbolic links may lead out of the directory, where they are met on the way to an entry.
    pub open: bool,
}

/// Finds the places of entries, and makes the directories that lead there.
pub struct Places {
    roots: Vec<Root>,
    /// Real directories, by name in the archive.
    known: HashMap<PathBuf, PathBuf>,
}

impl Places {
    /// Makes the roots that are not there.
    ///
    /// # Errors
    /// One cannot be made.
    pub fn new(roots: &[Root]) -> io::Result<Self> {
        let roots = roots
            .iter()
            .map(|root| {
                let real = fs::create_dir_all(&root.directory).and_then(|()| root.directory.canonicalize());
                let directory = real.map_err(|error| about("opened", &root.directory, &error))?;
                Ok(Root { directory, ..root.clone() })
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { roots, known: HashMap::new() })
    }

    /// The place of an entry. Its directory exists afterwards; what stands at the place itself is not looked at. `None` for
    /// a root.
    ///
    /// # Errors
    /// The name leads out of its root, or a directory cannot be made.
    pub fn find(&mut self, name: &Path) -> io::Result<Option<PathBuf>> {
        let Some((parent, last)) = split(name)? else { return Ok(None) };
        if !self.roots.iter().any(|root| root.prefix.is_empty()) && parent.as_os_str().is_empty() {
            return Ok(None);
        }
        Ok(Some(self.directory(&parent)?.join(last)))
    }

    /// Forgets what was found, because something was replaced.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// The real directory of a clean name.
    fn directory(&mut self, name: &Path) -> io::Result<PathBuf> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        let found = self.roots.iter().find_map(|root| Some((root, name.strip_prefix(root.prefix).ok()?)));
        let Some((root, inside)) = found else {
            return Err(io::Error::other(format!("`{}` has no place here", name.display())));
        };
        let mut real = root.directory.clone();
        for component in inside.components() {
            real.push(component);
            enter(&mut real, root)?;
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(name.to_owned(), real.clone());
        Ok(real)
    }
}

/// Makes a directory, or follows the link that stands there.
fn enter(real: &mut PathBuf, root: &Root) -> io::Result<()> {
    match fs::symlink_metadata(&real) {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(there) if there.is_symlink() => {
            let target = real.canonicalize().map_err(|error| about("followed", real, &error))?;
            if !root.open && !target.starts_with(&root.directory) {
                return Err(io::Error::other(format!(
                    "{} is a link that leads out of {}",
                    real.display(),
                    root.directory.display()
                )));
            }
            if !target.is_dir() {
                return Err(io::Error::other(format!("{} is in the way", target.display())));
            }
            *real = target;
            Ok(())
        }
        Ok(_) => Err(io::Error::other(format!("{} is in the way: it is not a directory", real.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir(&real).map_err(|error| about("created", real, &error))
        }
        Err(error) => Err(about("read", real, &error)),
    }
}

/// Directory and last part of a relative name, both clean; `None` where nothing is left.
fn split(name: &Path) -> io::Result<Option<(PathBuf, PathBuf)>> {
    let mut clean = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Normal(part) if files::is_plain(part) => clean.push(part),
            Component::CurDir => {}
            Component::Normal(_) | Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(io::Error::other(format!("`{}` leads out of the archive's place", name.display())));
            }
        }
    }
    let last = clean.file_name().map(PathBuf::from);
    Ok(last.map(|last| (clean.parent().unwrap_or(Path::new("")).to_owned(), last)))
}

pub(super) fn about(done: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be {done}: {error}", path.display()))
}
