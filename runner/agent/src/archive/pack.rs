//! Makes an archive, as a stream.

use std::{
    collections::HashMap,
    fmt::Arguments,
    fs::{self, Metadata},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    thread,
    time::UNIX_EPOCH,
};

use tar::{EntryType, Header};
use zstd::zstd_safe::CParameter;

use super::Totals;
use crate::{os::files, watch::Watch};

/// As `zstd` does by itself: fast, and small enough.
const LEVEL: i32 = 3;

/// Threads that compress beside the one that reads.
const MOST_WORKERS: usize = 4;

/// How much one of these compresses at a time; a few of them are in memory.
const JOB_BYTES: u32 = 1 << 20;

/// How much is read at once.
const BUFFER_BYTES: usize = 128 << 10;

/// The longest name that the header of an entry holds; longer ones go before it.
const SHORT_NAME: usize = 100;

/// What to do with a file that the job's user may not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Leaves it out, and says so.
    LeftOut,
    /// Fails.
    Fails,
}

/// Writes an archive.
pub struct Packer<'a, W: Write> {
    archive: tar::Builder<zstd::Encoder<'static, W>>,
    unreadable: Unreadable,
    watch: Watch<'a>,
    say: &'a dyn Fn(Arguments<'_>),
    /// Names of files that have several, by device and number.
    linked: HashMap<(u64, u64), PathBuf>,
    buffer: Vec<u8>,
    totals: Totals,
}

impl<'a, W: Write> Packer<'a, W> {
    /// Begins an archive that flows into `writer`.
    ///
    /// # Errors
    /// No memory, or no thread, is left for the compressor.
    pub fn new(
        writer: W,
        unreadable: Unreadable,
        watch: Watch<'a>,
        say: &'a dyn Fn(Arguments<'_>),
    ) -> io::Result<Self> {
        let mut encoder = zstd::Encoder::new(writer, LEVEL)?;
        encoder.include_checksum(true)?;
        let workers = thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
        encoder.set_parameter(CParameter::NbWorkers(u32::try_from(workers).unwrap_or(1)))?;
        encoder.set_parameter(CParameter::JobSize(JOB_BYTES))?;
        let archive = tar::Builder::new(encoder);
        let buffer = vec![0; BUFFER_BYTES];
        Ok(Self { archive, unreadable, watch, say, linked: HashMap::new(), buffer, totals: Totals::default() })
    }

    /// Adds a file, or a directory with everything in it, under a relative name.
    ///
    /// # Errors
    /// Something cannot be read, the archive cannot be written, or the task must stop.
    pub fn add(&mut self, path: &Path, name: &Path) -> io::Result<()> {
        let mut pending = vec![(path.to_owned(), name.to_owned())];
        while let Some((path, name)) = pending.pop() {
            self.watch.check()?;
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                // It was there a moment ago: somebody tidies up.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    self.leave_out(&path, &error)?;
                    continue;
                }
            };
            if metadata.is_dir() {
                let inside = match list(&path) {
                    Ok(inside) => inside,
                    Err(error) => {
                        self.leave_out(&path, &error)?;
                        continue;
                    }
                };
                if !name.as_os_str().is_empty() {
                    self.write(&name, None, &metadata, EntryType::Directory, io::empty())?;
                }
                // The last is taken first.
                pending.extend(inside.into_iter().rev().map(|inner| (path.join(&inner), name.join(&inner))));
            } else {
                self.add_file(&path, &name, &metadata)?;
            }
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path, name: &Path, metadata: &Metadata) -> io::Result<()> {
        let kind = metadata.file_type();
        if kind.is_symlink() {
            let target = fs::read_link(path).map_err(|error| about(path, &error))?;
            self.totals.files += 1;
            return self.write(name, Some(&target), metadata, EntryType::Symlink, io::empty());
        }
        if !kind.is_file() {
            (self.say)(format_args!("Left out: {} is a socket, a pipe or a device", path.display()));
            return Ok(());
        }
        let identity = files::identity(path, metadata);
        if let Some(first) = identity.and_then(|identity| self.linked.get(&identity).cloned()) {
            self.totals.files += 1;
            return self.write(name, Some(&first), metadata, EntryType::Link, io::empty());
        }
        // Without waiting, should it have become a pipe meanwhile.
        let opened = files::open(path, false);
        let (file, metadata) = match opened.and_then(|file| file.metadata().map(|metadata| (file, metadata))) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return self.leave_out(path, &error),
        };
        if let Some(identity) = identity.filter(|_| files::has_other_names(&metadata)) {
            self.linked.insert(identity, name.to_owned());
        }
        self.totals.files += 1;
        self.totals.bytes += metadata.len();
        let mut exact = Exact { file, left: metadata.len(), short: false, watch: self.watch };
        self.write(name, None, &metadata, EntryType::Regular, &mut exact)?;
        if exact.short {
            (self.say)(format_args!("{} became shorter while it was read", path.display()));
        }
        Ok(())
    }

    /// One entry: before it what its header cannot hold, after it its content.
    fn write(
        &mut self,
        name: &Path,
        target: Option<&Path>,
        metadata: &Metadata,
        kind: EntryType,
        mut content: impl Read,
    ) -> io::Result<()> {
        let name = &*files::archive_name(name);
        let target = target.map(files::archive_name);
        let target = target.as_deref();
        // Of what is older than 1970, nothing but that is kept.
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (seconds, nanos) = (modified.as_secs(), modified.subsec_nanos());
        let time = (nanos != 0).then(|| format!("{seconds}.{nanos:09}"));

        let mut extensions: Vec<(&str, &[u8])> = Vec::new();
        if name.len() > SHORT_NAME {
            extensions.push(("path", name));
        }
        if let Some(target) = target.filter(|target| target.len() > SHORT_NAME) {
            extensions.push(("linkpath", target));
        }
        if let Some(time) = &time {
            extensions.push(("mtime", time.as_bytes()));
        }
        if !extensions.is_empty() {
            self.archive.append_pax_extensions(extensions)?;
        }

        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(files::mode(metadata));
        header.set_mtime(seconds);
        header.set_size(if kind == EntryType::Regular { metadata.len() } else { 0 });
        let short = &name[..name.len().min(SHORT_NAME)];
        header.as_old_mut().name[..short.len()].copy_from_slice(short);
        if let Some(target) = target {
            header.set_link_name_literal(&target[..target.len().min(SHORT_NAME)])?;
        }
        header.set_cksum();

        // tar's own way of appending copies with a small buffer.
        let writer = self.archive.get_mut();
        writer.write_all(header.as_bytes())?;
        let mut written = 0_u64;
        loop {
            let count = content.read(&mut self.buffer)?;
            if count == 0 {
                break;
            }
            writer.write_all(&self.buffer[..count])?;
            written += count as u64;
        }
        let padding = usize::try_from(written.next_multiple_of(512) - written).expect("it is below 512");
        writer.write_all(&[0; 512][..padding])
    }

    fn leave_out(&self, path: &Path, error: &io::Error) -> io::Result<()> {
        match self.unreadable {
            Unreadable::Fails => Err(about(path, error)),
            Unreadable::LeftOut => {
                (self.say)(format_args!("Left out: {} cannot be read: {error}", path.display()));
                Ok(())
            }
        }
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> io::Result<Totals> {
        self.archive.into_inner()?.finish()?;
        Ok(self.totals)
    }
}

/// A file, read to exactly the length that its entry announced: zeros where it became shorter.
struct Exact<'a> {
    file: fs::File,
    left: u64,
    short: bool,
    watch: Watch<'a>,
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.watch.check()?;
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let mut count = if self.short { 0 } else { self.file.read(&mut buffer[..wanted])? };
        if count == 0 {
            self.short = true;
            buffer[..wanted].fill(0);
            count = wanted;
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// The names in a directory, sorted: the same tree makes the same archive.
fn list(directory: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names =
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be read: {error}", path.display()))
}
