//! Any text as a crontab expression, from any time on: eight bytes of time, then the text.
#![no_main]

use config::cron::Cron;
use libfuzzer_sys::fuzz_target;
use model::time::Timestamp;

const MINUTE_MS: i64 = 60_000;

fuzz_target!(|input: (i64, &str)| {
    let (millis, text) = input;
    match Cron::parse(text) {
        Ok(cron) => {
            assert_eq!(Cron::parse(cron.as_str()).as_ref(), Ok(&cron), "written, it is another one");
            let start = Timestamp::from_millis(millis);
            let mut before = start;
            for time in cron.after(start).take(5) {
                assert!(time > before, "it goes back");
                assert!(time.millis().rem_euclid(MINUTE_MS) == 0 && cron.matches(time), "it fires when it does not");
                before = time;
            }
            // Whatever is possible comes within the years of this calendar.
            if (0..=4_000_000_000_000).contains(&millis) {
                assert!(before > start, "it never fires");
            }
        }
        Err(error) => {
            assert!(!error.message.is_empty() && !error.help.is_empty());
            assert!(text.get(error.place.clone()).is_some(), "the error points nowhere: {error:?}");
        }
    }
});
