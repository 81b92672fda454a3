//! Reads the entries of an archive with bounds on all that is kept in memory.

use std::{
    io::{self, Read},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tar::{Entry, EntryType};

use crate::os::files;

/// Long names and exact times before one entry.
const MOST_EXTENSION_BYTES: u64 = 64 << 10;

/// What stands before an entry and speaks of it.
#[derive(Default)]
pub struct Extensions {
    name: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    time: Option<SystemTime>,
}

/// All that is told about an entry.
pub struct Told {
    pub name: PathBuf,
    pub target: Option<PathBuf>,
    pub time: SystemTime,
    pub mode: u32,
}

impl Extensions {
    /// Takes an entry that speaks of the next one; false: it is one of its own.
    ///
    /// # Errors
    /// It is too long, or cannot be read.
    pub fn take<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> io::Result<bool> {
        match entry.header().entry_type() {
            EntryType::XHeader => {
                let records = content(entry)?;
                for (key, value) in records_of(&records)? {
                    match key {
                        b"path" => self.name = Some(value.to_owned()),
                        b"linkpath" => self.target = Some(value.to_owned()),
                        b"mtime" => self.time = Some(time_of(value)?),
                        _ => {}
                    }
                }
                Ok(true)
            }
            EntryType::GNULongName => {
                self.name = Some(without_zeros(content(entry)?));
                Ok(true)
            }
            EntryType::GNULongLink => {
                self.target = Some(without_zeros(content(entry)?));
                Ok(true)
            }
            EntryType::XGlobalHeader => Ok(true),
            _ => Ok(false),
        }
    }

    /// Joins this with the header of the entry that it was said of.
    ///
    /// # Errors
    /// The header is broken.
    pub fn join<R: Read>(self, entry: &Entry<'_, R>) -> io::Result<Told> {
        let Self { name, target, time } = self;
        let header = entry.header();
        let path = |bytes: Vec<u8>| PathBuf::from(files::text(bytes));
        Ok(Told {
            name: path(name.unwrap_or_else(|| header.path_bytes().into_owned())),
            target: target.or_else(|| header.link_name_bytes().map(|bytes| bytes.into_owned())).map(path),
            time: match time {
                Some(time) => time,
                None => since_epoch(header.mtime()?, 0),
            },
            mode: header.mode()?,
        })
    }
}

fn content<R: Read>(entry: &mut Entry<'_, R>) -> io::Result<Vec<u8>> {
    if entry.size() > MOST_EXTENSION_BYTES {
        return Err(broken("a name in it is too long"));
    }
    let mut bytes = Vec::new();
    entry.take(MOST_EXTENSION_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn without_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}

/// Reads `LENGTH KEY=VALUE\n` again and again.
fn records_of(mut bytes: &[u8]) -> io::Result<Vec<(&[u8], &[u8])>> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let record = || -> Option<(usize, &[u8], &[u8])> {
            let space = bytes.iter().position(|byte| *byte == b' ')?;
            let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
            let record = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|byte| *byte == b'=')?;
            Some((length, &record[..equals], &record[equals + 1..]))
        };
        let (length, key, value) = record().ok_or_else(|| broken("an extension in it cannot be read"))?;
        records.push((key, value));
        bytes = &bytes[length..];
    }
    Ok(records)
}

/// Reads `SECONDS.FRACTION`.
fn time_of(value: &[u8]) -> io::Result<SystemTime> {
    let parse = || {
        let text = std::str::from_utf8(value).ok()?;
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
        // Of what is older than 1970, nothing but that is kept.
        let seconds = seconds.parse::<i64>().ok()?;
        Some(since_epoch(u64::try_from(seconds).unwrap_or(0), digits.parse().ok()?))
    };
    parse().ok_or_else(|| broken("a time in it cannot be read"))
}

/// A time; one that this system does not know is its first.
fn since_epoch(seconds: u64, nanos: u32) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::new(seconds, nanos)).unwrap_or(UNIX_EPOCH)
}

/// An archive that is not what it should be.
pub fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the archive is broken: {what}"))
}
