//! Times, ages and sizes as people read them. All times are UTC: what the page says holds wherever it is read.

use jiff::{Zoned, tz::TimeZone};
use model::time::Timestamp;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `12 ms`, `24s`, `1m 04s`, `2h 05m`, `3d 04h`.
pub fn duration(millis: i64) -> String {
    match millis.max(0) {
        millis @ 0..SECOND => format!("{millis} ms"),
        millis => elapsed(millis / SECOND),
    }
}

/// The same of whole seconds, as the page's own clock writes it.
pub fn elapsed(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds * SECOND {
        0..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => format!("{}m {:02}s", seconds / 60, seconds % 60),
        HOUR..DAY => format!("{}h {:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// How long ago, in one word: `now`, `42s`, `19m`, `2h`, `5d`; the date when it is longer.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    match now.millis_since(then) {
        ..SECOND => "now".to_owned(),
        millis @ SECOND..MINUTE => format!("{}s", millis / SECOND),
        millis @ MINUTE..HOUR => format!("{}m", millis / MINUTE),
        millis @ HOUR..DAY => format!("{}h", millis / HOUR),
        millis if millis < 30 * DAY => format!("{}d", millis / DAY),
        _ => zoned(then).strftime("%-d %b %Y").to_string(),
    }
}

/// The same in a sentence: `19m ago`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let age = age(then, now);
    match now.millis_since(then) {
        millis if (SECOND..30 * DAY).contains(&millis) => format!("{age} ago"),
        ..SECOND => "just now".to_owned(),
        _ => format!("on {age}"),
    }
}

/// `20 November 2026, 14:12:09 UTC`.
pub fn moment(then: Timestamp) -> String {
    zoned(then).strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
}

/// `2026-11-20T14:12:09Z`, for machines.
pub fn machine(then: Timestamp) -> String {
    zoned(then).timestamp().to_string()
}

/// `13:20:09.370`.
pub fn time_of_day(then: Timestamp) -> String {
    zoned(then).strftime("%H:%M:%S%.3f").to_string()
}

/// The heading over a day's rows: `Today`, `Yesterday`, `Monday, 16 November`, `Monday, 17 November 2025`.
pub fn day(then: Timestamp, now: Timestamp) -> String {
    let (then, now) = (zoned(then), zoned(now));
    match (then.date() == now.date(), now.date().yesterday().is_ok_and(|yesterday| yesterday == then.date())) {
        (true, _) => "Today".to_owned(),
        (_, true) => "Yesterday".to_owned(),
        _ if then.year() == now.year() => then.strftime("%A, %-d %B").to_string(),
        _ => then.strftime("%A, %-d %B %Y").to_string(),
    }
}

/// `812 bytes`, `4.2 KiB`, `188 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1_024 {
        return plural(count, "byte");
    }
    let mut unit = 0;
    // Tenths, in whole numbers: no size is rounded up over a unit's border.
    let mut tenths = count.saturating_mul(10) / 1_024;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1_024;
        unit += 1;
    }
    match tenths {
        ..100 => format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]),
        _ => format!("{} {}", tenths / 10, UNITS[unit]),
    }
}

/// `1 job`, `3 jobs`.
pub fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `1,204,331`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn zoned(then: Timestamp) -> Zoned {
    let timestamp = jiff::Timestamp::from_millisecond(then.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    timestamp.to_zoned(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_795_176_000_000);

    #[test]
    fn durations_keep_two_units() {
        let all = [0, 999, 1_000, 59_999, 64_000, 3_599_000, 3_600_000, 7_500_000, 100 * HOUR, -5];
        insta::assert_debug_snapshot!(all.map(duration), @r#"
        [
            "0 ms",
            "999 ms",
            "1s",
            "59s",
            "1m 04s",
            "59m 59s",
            "1h 00m",
            "2h 05m",
            "4d 04h",
            "0 ms",
        ]
        "#);
    }

    #[test]
    fn ages_end_in_a_date() {
        let all =
            [0, 5 * SECOND, 61 * SECOND, 3 * HOUR, 2 * DAY, 400 * DAY].map(|back| ago(NOON.plus_millis(-back), NOON));
        insta::assert_debug_snapshot!(all, @r#"
        [
            "just now",
            "5s ago",
            "1m ago",
            "3h ago",
            "2d ago",
            "on 16 Oct 2025",
        ]
        "#);
    }

    #[test]
    fn days_have_names() {
        let all = [0, DAY, 4 * DAY, 400 * DAY].map(|back| day(NOON.plus_millis(-back), NOON));
        insta::assert_debug_snapshot!(all, @r#"
        [
            "Today",
            "Yesterday",
            "Monday, 16 November",
            "Thursday, 16 October 2025",
        ]
        "#);
    }

    #[test]
    fn moments_and_sizes() {
        assert_eq!(moment(NOON), "20 November 2026, 12:00:00 UTC");
        assert_eq!(time_of_day(NOON.plus_millis(70)), "12:00:00.070");
        let sizes = [0, 1, 1_023, 1_024, 4_321, 1_048_575, 1_048_576, 200 << 20, u64::MAX].map(bytes);
        insta::assert_debug_snapshot!(sizes, @r#"
        [
            "0 bytes",
            "1 byte",
            "1023 bytes",
            "1.0 KiB",
            "4.2 KiB",
            "1023 KiB",
            "1.0 MiB",
            "200 MiB",
            "1677721 TiB",
        ]
        "#);
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
