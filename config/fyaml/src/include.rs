//! `<< include(scripts/greet.sh) >>`: the content of a file in place of a text, or of a part of it.

use std::{
    fs,
    path::{Component, Path},
};

use anyhow::{Context, bail, ensure};

use super::tree::{Scalar, Tree};

/// The largest file that is included.
const LARGEST_BYTES: u64 = 1024 * 1024;

/// Replaces every directive. Paths are below `root`, where `@orb.yml` is.
pub(crate) fn resolve(tree: &mut Tree, root: &Path) -> anyhow::Result<()> {
    match tree {
        Tree::Scalar(Scalar::Literal(_)) => Ok(()),
        Tree::Scalar(Scalar::Text(text)) => {
            *text = replace(text, root)?;
            Ok(())
        }
        Tree::List(items) => items.iter_mut().try_for_each(|item| resolve(item, root)),
        Tree::Map(map) => map.values_mut().try_for_each(|value| resolve(value, root)),
    }
}

fn replace(text: &str, root: &Path) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, path, after)) = next(rest) {
        out.push_str(before);
        out.push_str(&read(path, root)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The first directive: what is before it, its path, and what follows.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    for (start, _) in text.match_indices("<<") {
        if text[..start].ends_with('\\') {
            continue;
        }
        let Some(argument) = text[start + 2..].trim_start().strip_prefix("include(") else { continue };
        let end = argument.find(|char: char| !(char.is_ascii_alphanumeric() || "-_/. @".contains(char)))?;
        let (path, after) = argument.split_at(end);
        // The closing bracket may be missing: CircleCI does not ask for it.
        let after = after.strip_prefix(')').unwrap_or(after);
        if let Some(after) = after.trim_start().strip_prefix(">>") {
            return Some((&text[..start], path.trim(), after));
        }
    }
    None
}

/// The content, with every `<<` escaped: it is a script, and no template.
fn read(path: &str, root: &Path) -> anyhow::Result<String> {
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if path.is_empty() || !inside {
        bail!("`<< include({path}) >>` leaves the orb's directory: name a file below `{}`", root.display());
    }
    let file = root.join(path);
    let what = || format!("failed to include `{path}`: `{}`", file.display());
    let real = fs::canonicalize(&file).with_context(what)?;
    ensure!(
        real.starts_with(fs::canonicalize(root).with_context(what)?),
        "`<< include({path}) >>` leaves the orb's directory through a link"
    );
    let bytes = fs::metadata(&real).with_context(what)?.len();
    ensure!(bytes <= LARGEST_BYTES, "`{path}` has {bytes} bytes; an included file may have {LARGEST_BYTES}");
    Ok(fs::read_to_string(&real).with_context(what)?.replace("<<", "\\<<"))
}
