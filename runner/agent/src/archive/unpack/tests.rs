//! Archives that somebody made with bad intent.

use std::{fs, io::Write, os::unix::fs::MetadataExt};

use tar::{EntryType, Header};
use tempfile::TempDir;

use super::{Limits, Root, Totals, Unpack};
use crate::watch::Watch;

struct Hostile(tar::Builder<Vec<u8>>);

impl Hostile {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    fn entry(mut self, kind: EntryType, name: &str, target: &str, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_link_name_literal(target).unwrap();
        header.set_mode(0o6755);
        header.set_mtime(1);
        header.set_size(content.len() as u64);
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, name: &str) -> Self {
        self.entry(EntryType::Regular, name, "", b"evil")
    }

    fn bytes(self) -> Vec<u8> {
        zstd::encode_all(&self.0.into_inner().unwrap()[..], 3).unwrap()
    }

    /// Unpacks it into `in` of a new directory.
    fn unpack(self) -> (TempDir, Result<Totals, String>) {
        unpack_bytes(&self.bytes(), Limits::default())
    }

    fn error(self) -> String {
        let (directory, result) = self.unpack();
        assert_eq!(fs::read_to_string(directory.path().join("outside/file")).unwrap(), "untouched");
        assert_eq!(fs::read_dir(directory.path().join("outside")).unwrap().count(), 1);
        result.unwrap_err()
    }
}

fn unpack_bytes(bytes: &[u8], limits: Limits) -> (TempDir, Result<Totals, String>) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("outside")).unwrap();
    fs::write(directory.path().join("outside/file"), "untouched").unwrap();
    let roots = [Root { prefix: "", directory: directory.path().join("in"), open: false }];
    let unpack = Unpack { limits, ..Unpack::into_roots(&roots, Watch::never(), &|_| {}) };
    let result = unpack.run(bytes);
    (directory, result.map_err(|error| error.to_string()))
}

#[test]
fn names_do_not_leave_the_root() {
    for name in ["../outside/evil", "/tmp/evil", "a/../../outside/evil"] {
        let error = Hostile::new().file(name).error();
        assert!(error.contains("leads out of the archive's place"), "{error}");
    }
}

#[test]
fn nothing_is_written_through_links_that_leave_the_root() {
    let link = |target| Hostile::new().entry(EntryType::Symlink, "link", target, b"");
    for target in ["../outside", "/", "../in/../outside"] {
        let error = link(target).file("link/file").error();
        assert!(error.contains("leads out of"), "{error}");
    }
    let error = link("x").entry(EntryType::Symlink, "x", "../outside", b"").file("link/file").error();
    assert!(error.contains("leads out of"), "{error}");
    // A file takes the place of a link to a file.
    let (directory, result) = link("../outside/file").file("link").unpack();
    assert_eq!(result.unwrap().files, 2);
    assert_eq!(fs::read_to_string(directory.path().join("in/link")).unwrap(), "evil");
    assert_eq!(fs::read_to_string(directory.path().join("outside/file")).unwrap(), "untouched");
}

#[test]
fn a_directory_that_becomes_a_link_is_looked_at_again() {
    let hostile = Hostile::new()
        .entry(EntryType::Directory, "a", "", b"")
        .entry(EntryType::Directory, "a/b", "", b"")
        .entry(EntryType::Symlink, "a/b", "../../outside", b"");
    assert!(hostile.file("a/b/file").error().contains("leads out of"));
}

#[test]
fn hard_links_lead_to_files_inside() {
    for target in ["../outside/file", "/etc/passwd"] {
        let error = Hostile::new().entry(EntryType::Link, "hard", target, b"").error();
        assert!(error.contains("leads out of the archive's place"), "{error}");
    }
    let error = Hostile::new()
        .entry(EntryType::Symlink, "link", "../outside/file", b"")
        .entry(EntryType::Link, "hard", "link", b"")
        .error();
    assert!(error.contains("leads to no file"), "{error}");
    let (directory, result) = Hostile::new().file("a").entry(EntryType::Link, "hard", "a", b"").unpack();
    result.unwrap();
    assert_eq!(fs::metadata(directory.path().join("in/hard")).unwrap().nlink(), 2);
}

#[test]
fn devices_and_set_user_id_are_not_made() {
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        assert!(Hostile::new().entry(kind, "device", "", b"").error().contains("no job's file"));
    }
    let (directory, result) = Hostile::new().file("suid").unpack();
    result.unwrap();
    assert_eq!(fs::metadata(directory.path().join("in/suid")).unwrap().mode() & 0o7777, 0o755);
}

#[test]
fn bombs_are_bounded() {
    let limits = Limits { bytes: 1 << 20, ratio: 100, entries: 10 };
    let bomb = Hostile::new().entry(EntryType::Regular, "zeros", "", &vec![0; 64 << 20]).bytes();
    assert!(unpack_bytes(&bomb, limits).1.unwrap_err().contains("far more than its size"));
    let many = (0..11).fold(Hostile::new(), |hostile, number| hostile.file(&format!("f{number}"))).bytes();
    assert!(unpack_bytes(&many, limits).1.unwrap_err().contains("more than 10 files"));
    let name = Hostile::new().entry(EntryType::GNULongName, "x", "", &vec![b'x'; 1 << 20]).file("y");
    assert!(name.error().contains("too long"));
}

#[test]
fn a_cut_or_changed_archive_is_noticed() {
    let mut content = Vec::new();
    for number in 0..20_000_u32 {
        writeln!(content, "{}", number.wrapping_mul(2_654_435_761)).unwrap();
    }
    let bytes = Hostile::new().entry(EntryType::Regular, "a", "", &content).bytes();
    assert!(unpack_bytes(&bytes, Limits::default()).1.is_ok());
    for length in [bytes.len() - 1, bytes.len() / 2, 10, 0] {
        assert!(unpack_bytes(&bytes[..length], Limits::default()).1.is_err(), "{length}");
    }
}

#[test]
fn later_entries_win_whatever_their_size() {
    let (small, large) = (b"small".as_slice(), vec![b'x'; 100_000]);
    let mut hostile = Hostile::new();
    for round in 0..3_u8 {
        for number in 0..200 {
            let content = if (number + u32::from(round)) % 7 == 0 { &large[..] } else { small };
            hostile = hostile.entry(EntryType::Regular, &format!("d/{number}"), "", content);
        }
        hostile = hostile.entry(EntryType::Regular, "d/last", "", &[b'0' + round]);
    }
    let hostile = hostile.entry(EntryType::Link, "d/hard", "d/last", b"").entry(EntryType::Regular, "d/empty", "", b"");
    let (directory, result) = hostile.unpack();
    assert_eq!(result.unwrap().files, 605);
    let read = |name: &str| fs::read(directory.path().join("in/d").join(name)).unwrap();
    assert_eq!((read("last"), read("hard"), read("empty")), (b"2".to_vec(), b"2".to_vec(), Vec::new()));
    for number in 0..200 {
        assert_eq!(read(&number.to_string()).len(), if (number + 2) % 7 == 0 { 100_000 } else { 5 }, "{number}");
    }
}
