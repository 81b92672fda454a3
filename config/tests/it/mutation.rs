//! Real configurations with random mistakes: there is an answer to each, and a refusal says why.

#![expect(clippy::disallowed_methods, reason = "the number of runs is a setting")]

use config::{Refusal, Source, compile};

use crate::corpus::{Shelf, corpus, push, yaml_files};

/// Random numbers that are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % limit.max(1)
    }
}

/// What people mistype, and worse.
const CHARACTERS: [char; 12] = ['<', '>', '{', '"', '*', '&', ':', '-', 'ä', '\t', '#', '\u{0}'];

/// A text with one to three mistakes.
fn mutate(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(3) {
        if lines.is_empty() {
            break;
        }
        let at = random.below(lines.len());
        let other = random.below(lines.len());
        let characters: Vec<char> = lines[at].chars().collect();
        let cut = random.below(characters.len() + 1);
        match random.below(9) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(other, lines[at].clone()),
            2 => lines[at].insert_str(0, "  "),
            3 => lines[at] = lines[at].trim_start().to_owned(),
            4 => {
                let mut changed = characters;
                changed.insert(cut, CHARACTERS[random.below(CHARACTERS.len())]);
                lines[at] = changed.into_iter().collect();
            }
            5 => lines[at] = lines[at].replace(": ", ":"),
            6 => lines[at] = characters[..cut].iter().collect(),
            7 => lines.swap(at, other),
            _ => lines[at] = lines[at].replace("<<", "").replace("true", "[]"),
        }
    }
    lines.join("\n")
}

/// `MUTATIONS=200` makes more of each; a failure is repeated with the same number.
#[test]
fn mistakes_in_real_configurations_have_an_answer() {
    let Some(corpus) = corpus() else { return };
    let shelf = Shelf::open(&corpus.join("orbs"));
    let runs = std::env::var("MUTATIONS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(1);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut total, mut refused) = (0, 0);
    for (name, source) in yaml_files(&corpus.join("configs")) {
        let Ok((orbs, _)) = shelf.compile(&source) else { continue };
        for _ in 0..runs {
            let text = mutate(&source.text, &mut random);
            total += 1;
            if let Err(Refusal::Invalid(findings)) = compile(&Source::new(name.clone(), text.clone()), &push(), &orbs) {
                refused += 1;
                assert!(
                    findings.iter().any(|finding| finding.is_error()),
                    "{name} is refused without an error:\n{text}"
                );
                // Drawing a finding must not fail, wherever it points.
                findings.iter().for_each(|finding| drop(finding.render(true)));
            }
        }
    }
    println!("{total} mutations, {refused} refused");
}
