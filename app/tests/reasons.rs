//! `docs/orchestration.md` lists every sentence that says why a job waits or how it ended.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

/// Where sentences are made.
const SOURCES: &[&str] = &[
    "app/src/scheduler/decide.rs",
    "app/src/scheduler/requires.rs",
    "app/src/scheduler/serial.rs",
    "app/store/src/job/wait.rs",
    "app/store/src/job/approve.rs",
    "app/store/src/job/unserved.rs",
    "app/store/src/supersede.rs",
    "app/src/dispatch/queue.rs",
    "app/src/dispatch/lease.rs",
    "app/src/dispatch/reap.rs",
    "app/src/dispatch/report.rs",
    "app/src/dispatch/hindrance.rs",
    "app/src/dispatch/checkout.rs",
    "app/src/dispatch/gather.rs",
    "app/src/dispatch/restriction.rs",
    "app/src/dispatch/group.rs",
];

/// Words for a runner that speaks the protocol wrongly, for the log, and for what cannot be: no job shows them.
const NOT_OF_JOBS: &[&str] = &[
    "task `…` ",
    "event …",
    "there is no step …",
    "step … cannot have",
    "a task that was claimed cannot end",
    "failed to reap",
    "job … `…` is …, not on hold",
    "nothing stands before it",
];

/// The texts between quotes in a source, with `…` for what is put in: of code, not of comments and tests.
fn texts(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = lines.join("\n");
    let mut texts = Vec::new();
    let mut rest = code.as_str();
    while let Some(start) = rest.find('"') {
        rest = &rest[start + 1..];
        let mut text = String::new();
        let mut characters = rest.char_indices();
        let end = loop {
            match characters.next() {
                None => return texts,
                Some((end, '"')) => break end,
                Some((_, '\\')) => {
                    // A line that goes on leaves out the spaces at the beginning of the next.
                    if let Some((_, '\n')) = characters.next() {
                        let spaces = characters.clone().take_while(|(_, character)| *character == ' ').count();
                        characters.by_ref().take(spaces).for_each(drop);
                    }
                }
                Some((_, '{')) => {
                    characters.by_ref().find(|(_, character)| *character == '}');
                    text.push('…');
                }
                Some((_, character)) => text.push(character),
            }
        };
        rest = &rest[end + 1..];
        texts.push(text);
    }
    texts
}

/// Whether it is a part of a sentence that somebody could look for: SQL, log lines and bits of punctuation are none.
fn is_sentence(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| word.chars().filter(|it| it.is_alphabetic()).count() > 1).count();
    let is_shouted = text.chars().find(|it| it.is_alphabetic()).is_some_and(char::is_uppercase);
    words >= 3 && !is_shouted && !NOT_OF_JOBS.iter().any(|begin| text.starts_with(begin))
}

#[test]
fn every_sentence_is_in_the_documentation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let documentation = fs::read_to_string(root.join("docs/orchestration.md")).unwrap();
    let mut missing = Vec::new();
    let mut count = 0;
    for source in SOURCES {
        for text in texts(&fs::read_to_string(root.join(source)).unwrap()).into_iter().filter(|text| is_sentence(text))
        {
            count += 1;
            if !documentation.contains(text.trim()) {
                missing.push(format!("{source}: {text}"));
            }
        }
    }
    assert!(missing.is_empty(), "docs/orchestration.md, \"Every sentence\", lacks\n{}", missing.join("\n"));
    assert!(count > 30, "only {count} sentences were found: this tests nothing");
}
