//! What the made-up jobs print.

/// A test runner that fails.
pub fn failing_tests() -> String {
    let mut text = String::new();
    for crate_name in [
        "proc-macro2 v1.0.101",
        "unicode-ident v1.0.18",
        "serde v1.0.225",
        "tokio v1.47.1",
        "ledger v0.9.2",
        "api v2.14.0",
    ] {
        text += &format!("   \x1b[1m\x1b[32mCompiling\x1b[0m {crate_name}\n");
    }
    text += "\x1b[1m\x1b[33mwarning\x1b[0m\x1b[1m: unused import: `std::time::Instant`\x1b[0m\n";
    text += "  \x1b[1m\x1b[94m--> \x1b[0mcrates/ledger/src/retry.rs:4:5\n";
    text += "   \x1b[1m\x1b[94m= \x1b[0m\x1b[1mnote\x1b[0m: `#[warn(unused_imports)]` on by default\n";
    text += "    \x1b[1m\x1b[32mFinished\x1b[0m `ci` profile [optimized + debuginfo] target(s) in 48.31s\n";
    text += "\x1b[90m────────────\x1b[0m\n \x1b[1mNextest run\x1b[0m ID \x1b[1m6d1c77f0-33c8-4f6e-9a41-0b6a2f0f2f5e\x1b[0m with nextest profile: \x1b[1mci\x1b[0m\n";
    text += "    \x1b[32;1mStarting\x1b[0m \x1b[1m103\x1b[0m tests across \x1b[1m14\x1b[0m binaries\n";
    for (millis, name) in [
        (18, "entry::rejects_negative_amount"),
        (21, "entry::balances_to_zero"),
        (417, "retry::backs_off_between_attempts"),
    ] {
        text += &format!(
            "        \x1b[32;1mPASS\x1b[0m [\x1b[90m   0.{millis:03}s\x1b[0m] \x1b[35;1mledger\x1b[0m \x1b[36m{name}\x1b[0m\n"
        );
    }
    text += "        \x1b[31;1mFAIL\x1b[0m [\x1b[90m   5.012s\x1b[0m] \x1b[35;1mledger\x1b[0m \x1b[36mretry::gives_up_after_five_attempts\x1b[0m\n";
    text += "\x1b[90m──── STDERR:\x1b[0m ledger retry::gives_up_after_five_attempts\n";
    text += "thread 'retry::gives_up_after_five_attempts' panicked at crates/ledger/src/retry.rs:147:9:\n";
    text += "\x1b[31massertion `left == right` failed: attempts before giving up\n  left: 6\n right: 5\x1b[0m\n";
    text += "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
    text += "Downloading report \x1b[2m[##        ] 20%\x1b[0m\rDownloading report \x1b[2m[##########] 100%\x1b[0m\n";
    text += "see \x1b]8;;https://docs.example.com/retries\x1b\\the chapter on retries\x1b]8;;\x1b\\, <b>not markup</b>, and \u{202e}backwards\n";
    text += "\x1b[30;42m PASS \x1b[0m 102  \x1b[30;41m FAIL \x1b[0m 1  \x1b[7m TOTAL \x1b[0m 103  \x1b[38;5;208mslowest 5.012s\x1b[0m \x1b[38;2;120;180;255mtrue colour\x1b[0m\n";
    text += "\x1b[31;1merror\x1b[0m: test run failed\n";
    text
}

/// A long log.
pub fn long(lines: u32) -> String {
    (1..=lines)
        .map(|n| {
            format!(
                "\x1b[90m{n:>6}\x1b[0m copied \x1b[36mtarget/release/deps/lib{:08x}.rlib\x1b[0m\n",
                n.wrapping_mul(2_654_435)
            )
        })
        .collect()
}

/// A line of a running test, in two halves.
pub fn test_line(number: u64) -> (String, String) {
    let name =
        ["signs in", "keeps the session", "lists balances", "opens an account", "exports CSV"][number as usize % 5];
    (
        format!("  \x1b[33m…\x1b[0m  \x1b[90m{:>2}\x1b[0m login.spec.ts:12:5 › \x1b[1m{name}\x1b[0m", number + 3),
        format!("\r  \x1b[32m✓\x1b[0m\x1b[4{}m \x1b[0m \x1b[90m(1.{}s)\x1b[0m\n", 9, number % 10).replace(
            "\x1b[49m \x1b[0m ",
            &format!("  \x1b[90m{:>2}\x1b[0m login.spec.ts:12:5 › \x1b[1m{name}\x1b[0m ", number + 3),
        ),
    )
}
