use super::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// 2026-01-01T12:00:00Z.
const NOON: i64 = 1_767_268_800_000;

/// A [`Due`], in minutes since noon.
type Minutes = (Option<i64>, Option<(i64, i64, usize)>, i64, Option<i64>);

fn look(cron: &str, from: i64, now: i64) -> Minutes {
    let cron = Cron::parse(cron).unwrap();
    let Due { fire, missed, last, next } = due(&cron, Timestamp::from_millis(from), Timestamp::from_millis(now));
    let minutes = |time: Timestamp| (time.millis() - NOON) / MINUTE;
    (
        fire.map(minutes),
        missed.map(|(first, last, count)| (minutes(first), minutes(last), count)),
        minutes(last),
        next.map(minutes),
    )
}

#[test]
fn what_is_over_is_made_up_for_once_and_told() {
    // The minute itself.
    assert_eq!(look("*/5 * * * *", NOON, NOON + 3), (Some(0), None, 0, Some(5)));
    // Three were missed; the last of all has its pipeline.
    assert_eq!(look("*/5 * * * *", NOON, NOON + 17 * MINUTE), (Some(15), Some((0, 10, 3)), 15, Some(20)));
    // More than an hour late: nothing is made up for.
    assert_eq!(look("0 12 * * *", NOON, NOON + HOUR + 1), (None, Some((0, 0, 1)), 0, Some(24 * 60)));
    assert_eq!(look("0 12 * * *", NOON, NOON + HOUR), (Some(0), None, 0, Some(24 * 60)));
}

#[test]
fn years_of_minutes_are_not_counted_one_by_one() {
    let year = 365 * 24 * 60;
    let (fire, missed, last, next) = look("* * * * *", NOON, NOON + year * MINUTE);
    assert_eq!((fire, last, next), (Some(year), year, Some(year + 1)));
    assert!(missed.unwrap().2 > MOST_COUNTED && missed.unwrap().2 < 2 * MOST_COUNTED, "{missed:?}");
}

#[test]
fn what_was_missed_is_a_sentence() {
    let at = |minutes: i64| Timestamp::from_millis(NOON + minutes * MINUTE);
    assert_eq!(
        missed_sentence(at(0), at(10), 3, true),
        "3 runs were missed from 2026-01-01T12:00Z to 2026-01-01T12:10Z: the server did not run then; the one after has run"
    );
    assert_eq!(
        missed_sentence(at(0), at(0), 1, false),
        "1 run was missed at 2026-01-01T12:00Z: the server did not run then; none is made up for after an hour"
    );
}
