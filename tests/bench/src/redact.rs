//! Masking: a log with 500 secrets to look for, beside the same log without any, and beside a copy.

use std::{hint::black_box, time::Instant};

use runner::redact::{Redactor, Secrets};

use crate::table::{Table, median};

/// Bytes of log in each round.
const BYTES: usize = 64 << 20;

/// As much as the runner reads at a time.
const CHUNK: usize = 4 << 20;

/// How many secrets a job of a large organization has.
const SECRETS: usize = 500;

/// What logs are full of.
const WORDS: [&str; 16] = [
    "Compiling",
    "src/main.rs",
    "warning:",
    "unused",
    "variable",
    "[INFO]",
    "Downloading",
    "https://repo.example.com/a/b-1.2.3.jar",
    "(12 kB at 3.4 MB/s)",
    "test",
    "ok",
    "passed",
    "0.123s",
    "node_modules/.bin/jest",
    "expected",
    "2026-11-25T23:00:00.123Z",
];

/// Measures one core: the runner masks each log in one thread.
pub fn measure(table: &mut Table) {
    let mut random = Random(88_172_645_463_325_252);
    let secrets: Vec<String> = (0..SECRETS).map(|index| random.text(8 + index % 40)).collect();
    let mut log = Vec::with_capacity(BYTES + 1024);
    while log.len() < BYTES {
        for _ in 0..3 + random.below(12) {
            log.extend_from_slice(WORDS[random.below(WORDS.len())].as_bytes());
            log.push(b' ');
        }
        log.push(b'\n');
    }
    let many = Secrets::new(secrets.iter().map(String::as_str));
    let none = Secrets::new([]);
    let (masked, plain) = (rate(&many, &log), rate(&none, &log));
    table.add(
        "masking with 500 secrets, beside the same without any",
        format!("{masked:.0} MB/s"),
        format!("{plain:.0} MB/s"),
        Some(masked / plain),
        "at least 200 MB/s",
    );
}

/// Megabytes a second.
fn rate(secrets: &Secrets, log: &[u8]) -> f64 {
    let rounds = (0..5).map(|_| {
        let begun = Instant::now();
        let mut redactor = Redactor::default();
        for chunk in log.chunks(CHUNK) {
            let mut out = Vec::with_capacity(chunk.len());
            redactor.push(secrets, chunk, &mut out);
            black_box(&out);
        }
        let mut out = Vec::new();
        redactor.finish(secrets, &mut out);
        black_box(&out);
        log.len() as f64 / 1e6 / begun.elapsed().as_secs_f64()
    });
    median(rounds.collect())
}

/// The same numbers in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("it is below a usize")
    }

    fn text(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }
}
