//! Crontab expressions: what they mean, what is refused, and when they fire.

#![expect(clippy::unwrap_used, reason = "tests parse what they know to be right")]

use config::cron::{Cron, CronErrorKind, CronField};
use model::time::Timestamp;
use proptest::prelude::*;

fn time(text: &str) -> Timestamp {
    let time: jiff::civil::DateTime = text.parse().unwrap();
    Timestamp::from_millis(jiff::tz::Offset::UTC.to_timestamp(time).unwrap().as_millisecond())
}

fn show(time: Timestamp) -> String {
    let time = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_millisecond(time.millis()).unwrap());
    time.strftime("%a %F %R").to_string()
}

fn next(text: &str, after: &str, count: usize) -> Vec<String> {
    Cron::parse(text).unwrap().after(time(after)).take(count).map(show).collect()
}

#[test]
fn it_fires() {
    // A Tuesday.
    let start = "2026-11-24T12:34:56";
    let table: [(&str, &[&str]); 19] = [
        ("* * * * *", &["Tue 2026-11-24 12:35", "Tue 2026-11-24 12:36"]),
        ("35 12 * * *", &["Tue 2026-11-24 12:35", "Wed 2026-11-25 12:35"]),
        ("34 12 * * *", &["Wed 2026-11-25 12:34"]),
        ("*/20 * * * *", &["Tue 2026-11-24 12:40", "Tue 2026-11-24 13:00", "Tue 2026-11-24 13:20"]),
        ("5/25 * * * *", &["Tue 2026-11-24 12:55", "Tue 2026-11-24 13:05", "Tue 2026-11-24 13:30"]),
        ("0 8-18/5 * * *", &["Tue 2026-11-24 13:00", "Tue 2026-11-24 18:00", "Wed 2026-11-25 08:00"]),
        ("0 0 1 * *", &["Tue 2026-12-01 00:00", "Fri 2027-01-01 00:00"]),
        ("0 0 * JAN,jul *", &["Fri 2027-01-01 00:00", "Sat 2027-01-02 00:00"]),
        ("0 0 * * 7", &["Sun 2026-11-29 00:00"]),
        ("0 0 * * 0", &["Sun 2026-11-29 00:00"]),
        ("0 0 * * 5-7", &["Fri 2026-11-27 00:00", "Sat 2026-11-28 00:00", "Sun 2026-11-29 00:00"]),
        ("0 0 * * fri-sun", &["Fri 2026-11-27 00:00", "Sat 2026-11-28 00:00", "Sun 2026-11-29 00:00"]),
        (
            "0 0 * * Mon-Fri",
            &["Wed 2026-11-25 00:00", "Thu 2026-11-26 00:00", "Fri 2026-11-27 00:00", "Mon 2026-11-30 00:00"],
        ),
        // Both days restricted: either is enough.
        ("0 0 1 * mon", &["Mon 2026-11-30 00:00", "Tue 2026-12-01 00:00", "Mon 2026-12-07 00:00"]),
        ("0 0 31 2 mon", &["Mon 2027-02-01 00:00"]),
        // A field that begins with `*` does not count as restricted: both must hold.
        ("0 0 */2 * mon", &["Mon 2026-12-07 00:00", "Mon 2026-12-21 00:00"]),
        ("0 0 13 * */5", &["Sun 2026-12-13 00:00", "Sun 2027-06-13 00:00"]),
        ("0 0 29 2 *", &["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
        ("  0\t0 31 12 *  ", &["Thu 2026-12-31 00:00"]),
    ];
    for (text, wanted) in table {
        assert_eq!(next(text, start, wanted.len()), wanted, "{text}");
    }
}

#[test]
fn the_longest_silence_is_found() {
    // Sundays that are a 29 February: the year 2100 has none.
    assert_eq!(next("0 0 29 2 */7", "2060-03-01T00:00:00", 2), ["Sun 2088-02-29 00:00", "Sun 2128-02-29 00:00"]);
    // The end of the calendar.
    assert_eq!(Cron::parse("0 0 1 1 *").unwrap().next_after(time("9999-06-01T00:00:00")), None);
    for far in [i64::MIN, i64::MAX] {
        assert_eq!(Cron::parse("0 0 1 1 *").unwrap().next_after(Timestamp::from_millis(far)), None);
        assert!(!Cron::parse("* * * * *").unwrap().matches(Timestamp::from_millis(far)));
    }
}

#[test]
fn a_minute_matches_all_of_its_seconds() {
    let cron = Cron::parse("34 12 24 11 *").unwrap();
    assert!(cron.matches(time("2026-11-24T12:34:00")));
    assert!(cron.matches(time("2026-11-24T12:34:59.999")));
    assert!(!cron.matches(time("2026-11-24T12:35:00")));
    assert!(!cron.matches(time("2026-11-24T12:33:59.999")));
}

#[test]
fn what_is_wrong_is_said() {
    let texts = [
        "",
        "daily",
        "@daily",
        "@reboot",
        "0 0 * *",
        "0 0 0 * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "* * * jann *",
        "* * * january *",
        "* * * * monday",
        "* * * mon *",
        "5-1 * * * *",
        "* 22-6 * * *",
        "1,,2 * * * *",
        "*/0 * * * *",
        "*/x * * * *",
        "1- * * * *",
        "-1 * * * *",
        "+1 * * * *",
        "0 0 31 2 *",
        "0 0 30,31 feb *",
        "0 0 31 4,6,9,11 */2",
        "0 0 ? * 1",
        "0 0 L * *",
        "0 0 15W * *",
        "0 0 * * 5#3",
        "0 0 * * 5L",
        "*1 * * * *",
        "1-2-3 * * * *",
        "*/2/3 * * * *",
        "٣ * * * *",
        "99999999999999999999 * * * *",
    ];
    let mut out = String::new();
    for text in texts {
        let error = Cron::parse(text).unwrap_err();
        let field = error.field.map_or("-", CronField::name);
        let place = &text[error.place.clone()];
        out += &format!("{text:<24} {:?}, {field}, `{place}`: {error}\n{:24} {}\n", error.kind, "", error.help);
    }
    insta::assert_snapshot!(out);
    let long = format!("{} * * * *", "1,".repeat(1000));
    assert_eq!(Cron::parse(&long).unwrap_err().kind, CronErrorKind::Syntax);
}

/// A field as numbers: what it allows, and whether it is restricted.
#[derive(Clone, Debug)]
struct Field {
    text: String,
    numbers: Vec<u8>,
    is_restricted: bool,
}

/// Fields of any form, with their meaning worked out by hand.
fn field(low: u8, high: u8) -> impl Strategy<Value = Field> {
    let item = (0..5u8, low..=high, low..=high, 1..=20u8).prop_map(move |(form, first, second, step)| {
        let (first, last) = (first.min(second), first.max(second));
        let every = |from: u8, to: u8, step: u8| (from..=to).step_by(usize::from(step)).collect::<Vec<u8>>();
        match form {
            0 => (first.to_string(), vec![first]),
            1 => (format!("{first}-{last}"), every(first, last, 1)),
            2 => (format!("{first}-{last}/{step}"), every(first, last, step)),
            3 => (format!("{first}/{step}"), every(first, high, step)),
            _ => (format!("*/{step}"), every(low, high, step)),
        }
    });
    let list = proptest::collection::vec(item, 1..4).prop_map(|items| {
        let text = items.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>().join(",");
        let is_restricted = !text.starts_with('*');
        Field { text, numbers: items.into_iter().flat_map(|(_, numbers)| numbers).collect(), is_restricted }
    });
    let all = Just(Field { text: "*".to_owned(), numbers: (low..=high).collect(), is_restricted: false });
    prop_oneof![all, list]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Against walking from minute to minute.
    #[test]
    fn it_fires_as_a_walk_through_the_minutes_says(
        minute in field(0, 59), hour in field(0, 23), day in field(1, 31), month in field(1, 12), weekday in field(0, 7),
        start_minute in 29_000_000i64..32_000_000,
    ) {
        let text = [&minute, &hour, &day, &month, &weekday].map(|field| field.text.as_str()).join(" ");
        let Ok(cron) = Cron::parse(&text) else {
            // It can only be one that never fires.
            prop_assert!(!(day.is_restricted && weekday.is_restricted));
            return Ok(());
        };
        let expected = |minutes: i64| {
            let time = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_second(minutes * 60).unwrap());
            let of_month = day.numbers.contains(&(time.day() as u8));
            let sunday_is_zero = time.weekday().to_sunday_zero_offset() as u8;
            let of_week = weekday.numbers.iter().any(|number| number % 7 == sunday_is_zero);
            let days = match day.is_restricted && weekday.is_restricted {
                true => of_month || of_week,
                false => of_month && of_week,
            };
            days && month.numbers.contains(&(time.month() as u8))
                && hour.numbers.contains(&(time.hour() as u8))
                && minute.numbers.contains(&(time.minute() as u8))
        };
        let at = |minutes: i64, seconds: i64| Timestamp::from_millis((minutes * 60 + seconds) * 1000);
        let next = cron.next_after(at(start_minute, 30));
        // Ten days, minute by minute.
        let walked = (1..=14_400).map(|step| start_minute + step).find(|minute| expected(*minute));
        match (walked, next) {
            (Some(walked), next) => prop_assert_eq!(next, Some(at(walked, 0)), "{}", text),
            (None, Some(next)) => {
                prop_assert!(next > at(start_minute + 14_400, 0), "{}", text);
                prop_assert!(expected(next.millis() / 60_000), "{}", text);
            }
            (None, None) => prop_assert!(false, "`{}` never fires", text),
        }
        prop_assert_eq!(cron.matches(at(start_minute, 59)), expected(start_minute));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-0-9*/,a-zA-Z#?@ ]{0,40}") {
        match Cron::parse(&text) {
            Ok(cron) => {
                prop_assert_eq!(Cron::parse(cron.as_str()).unwrap(), cron.clone());
                prop_assert!(cron.next_after(Timestamp::from_millis(0)).is_some());
            }
            Err(error) => prop_assert!(text.get(error.place).is_some() && !error.help.is_empty()),
        }
    }
}
