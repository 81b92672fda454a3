//! Texts, and places in them.

use std::sync::Arc;

/// A configuration or an orb, with the name under which people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Shown path: `.circleci/config.yml`.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// A source of this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// Which of the files of one compilation. The configuration is the first; orbs follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(crate) u32);

/// A piece of a file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    pub(crate) file: FileId,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// From here to the end of another piece of the same file.
    pub(crate) fn to(self, other: Self) -> Self {
        if self.file == other.file { Self { end: other.end.max(self.end), ..self } } else { self }
    }
}

/// The files of one compilation, and where their lines begin.
#[derive(Debug, Default)]
pub(crate) struct Files {
    files: Vec<File>,
}

/// One file with its lines.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
    /// Whether it is an orb, which others keep.
    pub(crate) is_foreign: bool,
    line_starts: Vec<u32>,
}

impl Files {
    /// Takes the user's own file in.
    pub(crate) fn add(&mut self, source: &Source) -> FileId {
        self.add_of(source, false)
    }

    /// Takes an orb in.
    pub(crate) fn add_orb(&mut self, source: &Source) -> FileId {
        self.add_of(source, true)
    }

    fn add_of(&mut self, source: &Source, is_foreign: bool) -> FileId {
        let starts = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        self.files.push(File {
            name: source.name.as_str().into(),
            text: source.text.as_str().into(),
            is_foreign,
            line_starts: std::iter::once(0).chain(starts).collect(),
        });
        FileId(self.files.len() as u32 - 1)
    }

    /// A file that was taken in.
    pub(crate) fn get(&self, id: FileId) -> &File {
        &self.files[id.0 as usize]
    }
}

impl File {
    /// Line and column of a byte, both from 1; columns count characters.
    pub(crate) fn position(&self, offset: u32) -> (u32, u32) {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|start| *start as usize <= offset) - 1;
        let start = self.line_starts[line] as usize;
        (line as u32 + 1, self.text[start..offset].chars().count() as u32 + 1)
    }

    /// A line by its number (from 1), without its end.
    pub(crate) fn line(&self, number: u32) -> Option<&str> {
        let start = *self.line_starts.get(number.checked_sub(1)? as usize)? as usize;
        let end = self.line_starts.get(number as usize).map_or(self.text.len(), |next| *next as usize);
        Some(self.text[start..end].trim_end_matches(['\n', '\r']))
    }

    /// The text of a piece.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}
