use std::{fs, io::Write, os::unix::fs::symlink};

use super::*;

/// More than any test prints.
const LIMIT: u64 = 1 << 30;

fn event(seq: u64) -> String {
    format!(
        "{{\"seq\":{seq},\"at\":5,\"event\":\"step_ended\",\"step\":1,\"attempt\":0,\"result\":{{\"kind\":\"canceled\"}}}}\n"
    )
}

fn append(spool: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(spool.join(name)).unwrap();
    file.write_all(bytes.as_ref()).unwrap();
}

fn numbers(reader: &mut EventReader) -> Vec<u64> {
    reader.read().unwrap().iter().map(|event| event.seq).collect()
}

#[test]
fn events_come_once_each_and_only_whole() {
    let spool = tempfile::tempdir().unwrap();
    let mut reader = EventReader::new(spool.path(), 3);
    assert_eq!(numbers(&mut reader), [0_u64; 0], "there is no file yet");
    let (head, tail) = (event(4)[..20].to_owned(), event(4)[20..].to_owned());
    append(spool.path(), EVENTS_FILE, event(3) + &head);
    assert_eq!(numbers(&mut reader), [3]);
    assert_eq!(numbers(&mut reader), [0_u64; 0]);
    append(spool.path(), EVENTS_FILE, tail + &event(5));
    assert_eq!(numbers(&mut reader), [4, 5]);
}

#[test]
fn events_out_of_order_and_nonsense_are_refused() {
    for (text, complaint) in [
        (event(4), "event 3 has the number 4"),
        (event(3) + &event(3), "event 4 has the number 3"),
        ("{}\n".to_owned(), "event 3 cannot be read"),
        ("x".repeat(LONGEST_EVENT + 1), "event 3 is too long"),
    ] {
        let spool = tempfile::tempdir().unwrap();
        append(spool.path(), EVENTS_FILE, text);
        let error = EventReader::new(spool.path(), 3).read().unwrap_err();
        assert!(error.to_string().contains(complaint), "{error}");
    }
}

#[test]
fn a_flood_of_events_is_read_in_pieces() {
    let spool = tempfile::tempdir().unwrap();
    let count = 3 * CHUNK as u64 / event(3).len() as u64;
    append(spool.path(), EVENTS_FILE, (3..3 + count).map(event).collect::<String>());
    let mut reader = EventReader::new(spool.path(), 3);
    let mut read = Vec::new();
    loop {
        let piece = numbers(&mut reader);
        assert!(piece.len() < count as usize, "it would fill the memory");
        if piece.is_empty() {
            break;
        }
        read.extend(piece);
    }
    assert_eq!(read, (3..3 + count).collect::<Vec<_>>());
}

#[test]
fn a_log_is_read_masked_and_again_the_same() {
    let spool = tempfile::tempdir().unwrap();
    let key = StepKey::first(1);
    let secrets = Arc::new(Secrets::new(["swordfish"]));
    let mut reader = LogReader::new(spool.path(), key, LIMIT, Arc::clone(&secrets));
    assert_eq!(log_bytes(spool.path(), key), 0);
    assert_eq!(reader.read().unwrap(), (Vec::new(), true));
    append(spool.path(), "1.0.log", "say sword");
    assert_eq!(log_bytes(spool.path(), key), 9);
    assert_eq!(reader.read().unwrap(), (b"say ".to_vec(), true));
    append(spool.path(), "1.0.log", "fish, sword");
    assert_eq!(reader.read().unwrap(), (b"****, ".to_vec(), true));
    assert_eq!(reader.finish(), b"sword");
    reader.rewind();
    assert_eq!(reader.read().unwrap(), (b"say ****, ".to_vec(), true));
    assert_eq!(reader.finish(), b"sword");
}

#[test]
fn a_long_log_comes_in_pieces() {
    let spool = tempfile::tempdir().unwrap();
    append(spool.path(), "1.0.log", vec![b'x'; CHUNK + 5]);
    let mut reader = LogReader::new(spool.path(), StepKey::first(1), LIMIT, Arc::new(Secrets::new([])));
    let (first, at_end) = reader.read().unwrap();
    assert_eq!((first.len(), at_end), (CHUNK, false));
    let (second, at_end) = reader.read().unwrap();
    assert_eq!((second.len(), at_end), (5, true));
}

#[test]
fn nothing_but_a_regular_file_is_opened() {
    let spool = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    fs::write(outside.path(), "of the host").unwrap();
    symlink(outside.path(), spool.path().join("1.0.log")).unwrap();
    let fifo = spool.path().join("2.0.log");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    fs::create_dir(spool.path().join("3.0.log")).unwrap();
    for step in 1..=3 {
        let mut reader = LogReader::new(spool.path(), StepKey::first(step), LIMIT, Arc::new(Secrets::new([])));
        assert!(reader.read().is_err(), "step {step}");
    }
}

#[test]
fn a_log_that_becomes_shorter_is_no_log() {
    let spool = tempfile::tempdir().unwrap();
    let mut reader = LogReader::new(spool.path(), StepKey::first(1), LIMIT, Arc::new(Secrets::new([])));
    append(spool.path(), "1.0.log", "one\ntwo\n");
    assert_eq!(reader.read().unwrap(), (b"one\ntwo\n".to_vec(), true));
    fs::write(spool.path().join("1.0.log"), "three").unwrap();
    assert_eq!(reader.read().unwrap_err().to_string(), "it became shorter");
}

#[test]
fn a_log_that_the_job_made_endless_is_not_read_to_its_end() {
    let spool = tempfile::tempdir().unwrap();
    let key = StepKey::first(1);
    append(spool.path(), &log_file(key), "beginning\n");
    fs::OpenOptions::new().write(true).open(spool.path().join(log_file(key))).unwrap().set_len(1 << 40).unwrap();
    let mut reader = LogReader::new(spool.path(), key, 1 << 20, Arc::new(Secrets::new([])));
    let mut read = 0;
    let error = loop {
        match reader.read() {
            Ok((bytes, _)) => read += bytes.len() as u64,
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("longer than"), "{error}");
    assert!(read <= (1 << 20) + ROOM_BYTES + CHUNK as u64, "{read}");
}
