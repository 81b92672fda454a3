//! Any text as a configuration.
#![no_main]

use config::Orbs;
use config_fuzz::{answer, push};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    answer(text, &push("main"), &Orbs::new());
});
