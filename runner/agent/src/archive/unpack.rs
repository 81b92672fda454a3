//! Unpacks an archive that somebody else may have made: nothing leaves the roots, nothing is written through a link, no
//! devices, no set-user-id, and bounds on what it unpacks to.

use std::{
    cell::Cell,
    fmt::Arguments,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    thread,
    time::SystemTime,
};

use tar::EntryType;

use super::{
    Totals,
    fresh::{Maker, clear},
    place::{Places, Root, about},
    read::{Extensions, Told, broken},
    writers::{Small, Writers},
};
use crate::{os::files, watch::Watch};

/// How much is copied at once.
const BUFFER_BYTES: usize = 128 << 10;

/// Larger files are written as they come; of smaller ones, a few are in memory.
const SMALL_BYTES: u64 = 64 << 10;

/// What is kept of a mode.
const MODE: u32 = 0o1777;

/// What a header takes of an archive.
const HEADER_BYTES: u64 = 512;

/// Bounds on what an archive unpacks to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many bytes are always fine.
    pub bytes: u64,
    /// Beyond, so many bytes for each of the archive.
    pub ratio: u64,
    /// Files, links and directories.
    pub entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 8 << 30, ratio: 1000, entries: 20_000_000 }
    }
}

/// Where an archive goes, and under which conditions.
pub struct Unpack<'a> {
    /// Where entries may go.
    pub roots: &'a [Root],
    /// How much it may be.
    pub limits: Limits,
    /// Ends it.
    pub watch: Watch<'a>,
    /// Takes lines for people.
    pub say: &'a dyn Fn(Arguments<'_>),
    /// Asked with the name of each file and link: those that it refuses are passed over.
    pub admits: &'a dyn Fn(&Path) -> bool,
}

impl<'a> Unpack<'a> {
    /// Into these roots, all of it.
    pub fn into_roots(roots: &'a [Root], watch: Watch<'a>, say: &'a dyn Fn(Arguments<'_>)) -> Self {
        Self { roots, limits: Limits::default(), watch, say, admits: &|_| true }
    }

    /// Unpacks an archive.
    ///
    /// # Errors
    /// It is broken or too large, something of it cannot be written, or the task must stop.
    pub fn run(self, reader: impl Read) -> io::Result<Totals> {
        let maker = Maker::new();
        thread::scope(|scope| self.run_with(reader, maker, Writers::start(scope, maker)?))
    }

    fn run_with(self, reader: impl Read, maker: Maker, writers: Writers) -> io::Result<Totals> {
        let Self { roots, limits, watch, say, admits } = self;
        let read = Cell::new(0);
        let decoder = zstd::Decoder::new(Counted { reader, read: &read })?;
        let mut archive = tar::Archive::new(decoder);
        let mut unpacker = Unpacker {
            places: Places::new(roots)?,
            maker,
            writers,
            directories: Vec::new(),
            totals: Totals::default(),
            unpacked: 0,
            entries: 0,
            changed_modes: 0,
            limits,
            read: &read,
            watch,
            admits,
            buffer: vec![0; BUFFER_BYTES],
        };
        let mut extensions = Extensions::default();
        for entry in archive.entries()?.raw(true) {
            let mut entry = entry?;
            watch.check()?;
            unpacker.count(HEADER_BYTES)?;
            if extensions.take(&mut entry)? {
                continue;
            }
            let told = std::mem::take(&mut extensions).join(&entry)?;
            unpacker.put(&told, entry.header().entry_type(), entry.size(), &mut entry)?;
        }
        // To its end, where its checksum is.
        let mut decoder = archive.into_inner();
        loop {
            let count = decoder.read(&mut unpacker.buffer)?;
            if count == 0 {
                break;
            }
            unpacker.count(count as u64)?;
        }
        unpacker.finish(say)
    }
}

struct Unpacker<'a> {
    places: Places,
    maker: Maker,
    writers: Writers,
    /// Whose modes and times are set when everything is in them.
    directories: Vec<(PathBuf, u32, SystemTime)>,
    totals: Totals,
    unpacked: u64,
    entries: u64,
    changed_modes: u64,
    limits: Limits,
    read: &'a Cell<u64>,
    watch: Watch<'a>,
    admits: &'a dyn Fn(&Path) -> bool,
    buffer: Vec<u8>,
}

impl Unpacker<'_> {
    fn count(&mut self, bytes: u64) -> io::Result<()> {
        self.unpacked = self.unpacked.saturating_add(bytes);
        let most = self.limits.bytes.max(self.read.get().saturating_mul(self.limits.ratio));
        if self.unpacked > most {
            return Err(io::Error::other("the archive unpacks to far more than its size can mean: it was stopped"));
        }
        Ok(())
    }

    fn put(&mut self, told: &Told, kind: EntryType, size: u64, content: &mut impl Read) -> io::Result<()> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(io::Error::other(format!("the archive has more than {} files", self.limits.entries)));
        }
        let Some(place) = self.places.find(&told.name)? else { return Ok(()) };
        if kind != EntryType::Directory && !(self.admits)(&told.name) {
            return Ok(());
        }
        match kind {
            EntryType::Directory => self.put_directory(&place, told),
            EntryType::Symlink => {
                self.writers.wait()?;
                let target = told.target.as_ref().ok_or_else(|| broken("a link in it leads nowhere"))?;
                self.replace(&place, || files::symlink(target, &place))?;
                // Not every file system can.
                drop(files::set_time(&place, told.time));
                self.totals.files += 1;
                Ok(())
            }
            EntryType::Link => {
                self.writers.wait()?;
                let target = told.target.as_ref().ok_or_else(|| broken("a link in it leads nowhere"))?;
                self.put_link(&place, target)
            }
            EntryType::Regular | EntryType::Continuous => self.put_file(&place, told, size, content),
            other => Err(broken(&format!("`{}` is of a kind ({other:?}) that no job's file has", told.name.display()))),
        }
    }

    fn put_directory(&mut self, place: &Path, told: &Told) -> io::Result<()> {
        match fs::symlink_metadata(place) {
            Ok(there) if there.is_dir() => {}
            // Looked at when something goes into it.
            Ok(there) if there.is_symlink() && place.is_dir() => return Ok(()),
            Ok(_) | Err(_) => self.replace(place, || fs::create_dir(place))?,
        }
        let mode = self.mode(told.mode);
        self.directories.push((place.to_owned(), mode, told.time));
        Ok(())
    }

    fn put_file(&mut self, place: &Path, told: &Told, size: u64, content: &mut impl Read) -> io::Result<()> {
        let mode = self.mode(told.mode);
        if size <= SMALL_BYTES {
            self.count(size)?;
            let mut bytes = vec![0; usize::try_from(size).expect("it is small")];
            content.read_exact(&mut bytes).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => cut(),
                _ => error,
            })?;
            self.writers.make(Small { place: place.to_owned(), mode, time: told.time, content: bytes })?;
        } else {
            self.writers.wait()?;
            let maker = self.maker;
            let mut file = self.replace(place, || maker.create(place, mode))?;
            let mut left = size;
            while left > 0 {
                self.watch.check()?;
                let count = content.read(&mut self.buffer)?;
                if count == 0 {
                    return Err(cut());
                }
                self.count(count as u64)?;
                file.write_all(&self.buffer[..count]).map_err(|error| about("written", place, &error))?;
                left = left.saturating_sub(count as u64);
            }
            maker.finish(&file, mode, told.time).map_err(|error| about("written", place, &error))?;
        }
        self.totals.files += 1;
        self.totals.bytes += size;
        Ok(())
    }

    fn put_link(&mut self, place: &Path, target: &Path) -> io::Result<()> {
        let target = self.places.find(target)?.ok_or_else(|| broken("a link in it leads to no file"))?;
        let is_file = fs::symlink_metadata(&target).is_ok_and(|target| target.is_file());
        if !is_file {
            return Err(broken("a link in it leads to no file"));
        }
        if target != place {
            // Not every file system can.
            self.replace(place, || {
                fs::hard_link(&target, place).or_else(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => Err(error),
                    _ => fs::copy(&target, place).map(|_| ()),
                })
            })?;
        }
        self.totals.files += 1;
        Ok(())
    }

    /// Makes something at a place; what stands there goes first.
    fn replace<T>(&mut self, place: &Path, make: impl Fn() -> io::Result<T>) -> io::Result<T> {
        let made = match make() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.writers.wait()?;
                self.places.forget();
                clear(place).map_err(|error| about("replaced", place, &error))?;
                make()
            }
            made => made,
        };
        made.map_err(|error| about("created", place, &error))
    }

    fn mode(&mut self, mode: u32) -> u32 {
        self.changed_modes += u64::from(mode & 0o6000 != 0);
        mode & MODE
    }

    fn finish(mut self, say: &dyn Fn(Arguments<'_>)) -> io::Result<Totals> {
        self.writers.wait()?;
        // The innermost first: a directory that may not be written to still takes its content's times.
        for (place, mode, time) in self.directories.into_iter().rev() {
            if !fs::symlink_metadata(&place).is_ok_and(|there| there.is_dir()) {
                continue;
            }
            // A directory that was there may belong to somebody else: it keeps what it has.
            drop(files::set_mode(&place, mode));
            drop(files::set_time(&place, time));
        }
        if self.changed_modes > 0 {
            say(format_args!("{} files or directories lost their set-user-id or set-group-id", self.changed_modes));
        }
        Ok(self.totals)
    }
}

fn cut() -> io::Error {
    broken("it ends in the middle of a file")
}

/// Counts what is read.
struct Counted<'a, R> {
    reader: R,
    read: &'a Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
