//! A crontab expression as a whole.

use std::fmt;

use super::field::Allowed;
use super::{CronError, CronErrorKind, CronField};

/// A crontab expression, in UTC: five fields, for minute, hour, day of month, month and day of week.
///
/// A field is `*`, a number, a name (`jan`, `MON`), a range (`1-5`), each of these with a step (`*/15`, `8-18/2`, and
/// `5/15`, which begins at 5), or a list of them. When day of month and day of week are both restricted, either of them is
/// enough; a field that begins with `*` is not restricted. An expression that can never fire does not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    pub(super) minutes: Allowed,
    pub(super) hours: Allowed,
    pub(super) days_of_month: Allowed,
    pub(super) months: Allowed,
    pub(super) days_of_week: Allowed,
}

/// A longer text is no expression: a list of all minutes has 170 characters.
const MAX_BYTES: usize = 1024;

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`CronError`] when it is not one, or when it can never fire.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        if text.len() > MAX_BYTES {
            let message = format!("a crontab expression of {} bytes is too long", text.len());
            return Err(whole(CronErrorKind::Syntax, text, message, &format!("use at most {MAX_BYTES}")));
        }
        let fields = split(text);
        let [minute, hour, day_of_month, month, day_of_week] = fields.as_slice() else {
            return Err(wrong_count(text, &fields));
        };
        let read = |field, (at, text): &(usize, &str)| Allowed::read(field, text, *at);
        let cron = Self {
            text: fields.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" "),
            minutes: read(CronField::Minute, minute)?,
            hours: read(CronField::Hour, hour)?,
            days_of_month: read(CronField::DayOfMonth, day_of_month)?,
            months: read(CronField::Month, month)?,
            days_of_week: read(CronField::DayOfWeek, day_of_week)?,
        };
        if cron.is_possible() {
            return Ok(cron);
        }
        let message = format!("it never fires: no month of it has a day {}", day_of_month.1);
        let help = "the days of February end at 29, those of April, June, September and November at 30".to_owned();
        let place = day_of_month.0..month.0 + month.1.len();
        Err(CronError { kind: CronErrorKind::Never, field: Some(CronField::DayOfMonth), place, message, help })
    }

    /// The expression, with single spaces between its fields.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether one of the months has one of the days.
    fn is_possible(&self) -> bool {
        const LONGEST: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let either = self.days_of_month.is_restricted && self.days_of_week.is_restricted;
        let first = self.days_of_month.from(1).unwrap_or(u8::MAX);
        either || (1..=12).any(|month| self.months.contains(month) && first <= LONGEST[usize::from(month) - 1])
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The fields, with where each begins.
fn split(text: &str) -> Vec<(usize, &str)> {
    let start = text.as_ptr() as usize;
    text.split_ascii_whitespace().map(|field| (field.as_ptr() as usize - start, field)).collect()
}

fn whole(kind: CronErrorKind, text: &str, message: String, help: &str) -> CronError {
    CronError { kind, field: None, place: 0..text.len(), message, help: help.to_owned() }
}

const FORM: &str = "five fields: minute, hour, day of month, month, day of week; `0 2 * * 1-5`";

fn wrong_count(text: &str, fields: &[(usize, &str)]) -> CronError {
    let first = fields.first().map_or("", |(_, field)| field);
    if first.starts_with('@') {
        let instead = match first.to_ascii_lowercase().as_str() {
            "@hourly" => "write `0 * * * *`",
            "@daily" | "@midnight" => "write `0 0 * * *`",
            "@weekly" => "write `0 0 * * 0`",
            "@monthly" => "write `0 0 1 * *`",
            "@yearly" | "@annually" => "write `0 0 1 1 *`",
            _ => FORM,
        };
        return whole(CronErrorKind::Extension, text, format!("`{first}` is not crontab"), instead);
    }
    let message = match fields.len() {
        0 => "it is empty".to_owned(),
        1 => "it has one field".to_owned(),
        count => format!("it has {count} fields"),
    };
    let help = match fields.len() {
        6 => {
            "crontab has no field for seconds, and none for years: take it out and leave five, minute, hour, day of \
              month, month, day of week"
        }
        _ => FORM,
    };
    whole(CronErrorKind::FieldCount, text, message, help)
}
