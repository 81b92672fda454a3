//! Directories to trees: a directory's name is a key, a file's name is a key, and `@…` files belong to their directory.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};

use super::{
    include,
    read::parse,
    tree::{Tree, merge},
    write::write,
};

/// What an orb is made of: other directories hold what is included.
const ORB_PARTS: &[&str] = &["commands", "examples", "executors", "jobs"];
/// The largest fragment that is read.
const LARGEST_BYTES: u64 = 3 * 1024 * 1024;
/// Directories within directories.
const MOST_DEPTH: usize = 20;

/// Packs a directory of a configuration's fragments, or writes one file anew.
///
/// # Errors
/// A file that cannot be read, is not YAML or holds no map.
pub fn pack_config(path: &Path) -> anyhow::Result<String> {
    ensure!(path.exists(), "there is no `{}`", path.display());
    let map = if path.is_dir() { nested(path, true, 0)? } else { fragment(path)? };
    Ok(write(&Tree::Map(map)))
}

/// Packs an orb's source directory, or an orb's one file: includes are put in.
///
/// # Errors
/// As [`pack_config`]; there is no `@orb.yml`, two files claim one name, or an included file cannot be read.
pub fn pack_orb(path: &Path) -> anyhow::Result<String> {
    ensure!(path.exists(), "there is no `{}`", path.display());
    let (root, map) = if path.is_dir() {
        (path.to_owned(), orb(path)?)
    } else {
        let root = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        (root.to_owned(), fragment(path)?)
    };
    let mut tree = Tree::Map(map);
    include::resolve(&mut tree, &root)?;
    Ok(write(&tree))
}

fn orb(root: &Path) -> anyhow::Result<BTreeMap<String, Tree>> {
    ensure!(
        ["@orb.yml", "@orb.yaml", "orb.yml"].iter().any(|name| root.join(name).is_file()),
        "there is no `@orb.yml` in `{}`: name the directory that holds the orb's source, often `src`",
        root.display()
    );
    let mut map = BTreeMap::new();
    for entry in entries(root)? {
        if !entry.is_directory {
            merge(&mut map, fragment(&entry.path)?);
        }
    }
    for part in ORB_PARTS {
        let directory = root.join(part);
        if !directory.is_dir() {
            continue;
        }
        let mut origins = BTreeMap::new();
        let mut section = BTreeMap::new();
        flat(&directory, 0, &mut section, &mut origins)?;
        if !section.is_empty() {
            let section = BTreeMap::from([((*part).to_owned(), Tree::Map(section))]);
            merge(&mut map, section);
        }
    }
    Ok(map)
}

/// Directories in `commands/` only sort its files: `commands/aws/login.yml` is the command `login`.
fn flat(
    directory: &Path,
    depth: usize,
    section: &mut BTreeMap<String, Tree>,
    origins: &mut BTreeMap<String, PathBuf>,
) -> anyhow::Result<()> {
    ensure!(depth < MOST_DEPTH, "`{}` is more than {MOST_DEPTH} directories deep", directory.display());
    for entry in entries(directory)? {
        if entry.is_directory {
            flat(&entry.path, depth + 1, section, origins)?;
        } else if entry.key.starts_with('@') {
            merge(section, fragment(&entry.path)?);
        } else if let Some(first) = origins.insert(entry.key.clone(), entry.path.clone()) {
            bail!(
                "`{}` and `{}` both define `{}`: rename one of them",
                first.display(),
                entry.path.display(),
                entry.key
            );
        } else {
            let part = BTreeMap::from([(entry.key, Tree::Map(fragment(&entry.path)?))]);
            merge(section, part);
        }
    }
    Ok(())
}

/// Every directory is a key, as deep as they go. Files of the root belong to the root, whatever their name.
fn nested(directory: &Path, is_root: bool, depth: usize) -> anyhow::Result<BTreeMap<String, Tree>> {
    ensure!(depth < MOST_DEPTH, "`{}` is more than {MOST_DEPTH} directories deep", directory.display());
    let mut map = BTreeMap::new();
    for entry in entries(directory)? {
        let content = if entry.is_directory { nested(&entry.path, false, depth + 1)? } else { fragment(&entry.path)? };
        let belongs_here = !entry.is_directory && (is_root || entry.key.starts_with('@'));
        if belongs_here {
            merge(&mut map, content);
        } else if !(entry.is_directory && content.is_empty()) {
            merge(&mut map, BTreeMap::from([(entry.key, Tree::Map(content))]));
        }
    }
    Ok(map)
}

/// Something in a directory that counts.
struct Entry {
    path: PathBuf,
    /// Its name; of a file without the ending.
    key: String,
    is_directory: bool,
}

/// Directories and YAML files by name, without those that begin with a point.
fn entries(directory: &Path) -> anyhow::Result<Vec<Entry>> {
    let what = || format!("failed to read the directory `{}`", directory.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory).with_context(what)? {
        let path = entry.with_context(what)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let is_directory = path.is_dir();
        let key = if is_directory { Some(name) } else { name.strip_suffix(".yml").or(name.strip_suffix(".yaml")) };
        if let Some(key) = key.filter(|key| !key.is_empty() && !key.starts_with('.')) {
            entries.push(Entry { key: key.to_owned(), is_directory, path });
        }
    }
    entries.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(entries)
}

/// Reads one file.
fn fragment(path: &Path) -> anyhow::Result<BTreeMap<String, Tree>> {
    let what = || format!("failed to read `{}`", path.display());
    let bytes = fs::metadata(path).with_context(what)?.len();
    ensure!(bytes <= LARGEST_BYTES, "`{}` has {bytes} bytes; a fragment may have {LARGEST_BYTES}", path.display());
    let text = fs::read_to_string(path).with_context(what)?;
    match parse(&text) {
        Ok(Tree::Map(map)) => Ok(map),
        Ok(tree) if tree.is_null() => Ok(BTreeMap::new()),
        Ok(tree) => bail!("`{}` holds {}; a fragment is a map", path.display(), tree.kind()),
        Err(why) => bail!("{}:{why}", path.display()),
    }
}
