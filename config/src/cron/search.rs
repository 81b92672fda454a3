//! When a crontab expression fires.

use jiff::civil::{Date, date};
use jiff::tz::Offset;
use model::time::Timestamp;

use super::Cron;

const MINUTE_MS: i64 = 60_000;

/// The longest that an expression which can fire is silent: 29 February on one day of the week, around a year such as
/// 2100 without that day. The search ends after it.
const MAX_YEARS: i16 = 41;

impl Cron {
    /// Whether it fires in the minute that `time` is in.
    pub fn matches(&self, time: Timestamp) -> bool {
        let Ok(time) = jiff::Timestamp::from_millisecond(time.millis()) else { return false };
        let time = Offset::UTC.to_datetime(time);
        self.is_day(time.date()) && self.hours.contains(time.hour() as u8) && self.minutes.contains(time.minute() as u8)
    }

    /// The first time after `time` at which it fires: the beginning of a minute. A minute that has already begun is over.
    /// `None` at the end of the calendar, in the year 9999.
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let next_minute = time.millis().div_euclid(MINUTE_MS).checked_add(1)?.checked_mul(MINUTE_MS)?;
        let start = Offset::UTC.to_datetime(jiff::Timestamp::from_millisecond(next_minute).ok()?);
        let (mut day, mut hour, mut minute) = (start.date(), start.hour() as u8, start.minute() as u8);
        let last_year = day.year().saturating_add(MAX_YEARS);
        while day.year() <= last_year {
            if !self.months.contains(day.month() as u8) {
                day = next_month(day)?;
            } else if !self.is_day(day) {
                day = day.tomorrow().ok()?;
            } else if let Some((hour, minute)) = self.time_from(hour, minute) {
                let time = Offset::UTC.to_timestamp(day.at(hour as i8, minute as i8, 0, 0)).ok()?;
                return Some(Timestamp::from_millis(time.as_millisecond()));
            } else {
                day = day.tomorrow().ok()?;
            }
            (hour, minute) = (0, 0);
        }
        None
    }

    /// All times after `time` at which it fires, the next one first.
    pub fn after(&self, time: Timestamp) -> impl Iterator<Item = Timestamp> {
        std::iter::successors(self.next_after(time), |time| self.next_after(*time))
    }

    /// The first time of a day, from a time on.
    fn time_from(&self, hour: u8, minute: u8) -> Option<(u8, u8)> {
        if self.hours.contains(hour)
            && let Some(minute) = self.minutes.from(minute)
        {
            return Some((hour, minute));
        }
        Some((self.hours.from(hour + 1)?, self.minutes.from(0)?))
    }

    fn is_day(&self, day: Date) -> bool {
        let of_month = self.days_of_month.contains(day.day() as u8);
        let of_week = self.days_of_week.contains(day.weekday().to_sunday_zero_offset() as u8);
        let either = self.days_of_month.is_restricted && self.days_of_week.is_restricted;
        let day_fits = if either { of_month || of_week } else { of_month && of_week };
        day_fits && self.months.contains(day.month() as u8)
    }
}

fn next_month(day: Date) -> Option<Date> {
    match day.month() {
        12 => Date::new(day.year().checked_add(1)?, 1, 1).ok(),
        month => Some(date(day.year(), month + 1, 1)),
    }
}
