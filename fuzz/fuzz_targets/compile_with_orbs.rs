//! A configuration and, below a line `#orb`, an orb that stands for every orb that is asked for.
#![no_main]

use config::{Orbs, Refusal, Source, compile};
use config_fuzz::{answer, push};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (text, orb) = text.split_once("\n#orb\n").unwrap_or((text, ""));
    let inputs = push("main");
    let source = Source::new("config.yml", text);
    let mut orbs = Orbs::new();
    // Orbs import orbs: more may be needed when the first ones are there.
    for _ in 0..8 {
        let Err(Refusal::NeedsOrbs(needed)) = compile(&source, &inputs, &orbs) else { break };
        for reference in needed {
            let name = reference.as_str().to_owned();
            orbs.insert(reference, Source::new(name, orb));
        }
    }
    answer(text, &inputs, &orbs);
});
