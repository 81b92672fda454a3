//! One field of a crontab expression: names, numbers, ranges, steps and lists.

use std::ops::{Range, RangeInclusive};

use super::{CronError, CronErrorKind};

/// A field of a crontab expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CronField {
    /// 0–59.
    Minute,
    /// 0–23.
    Hour,
    /// 1–31.
    DayOfMonth,
    /// 1–12, or JAN–DEC.
    Month,
    /// 0–7, or SUN–SAT; 0 and 7 are both Sunday.
    DayOfWeek,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl CronField {
    /// In the order in which they stand.
    pub const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::DayOfWeek];

    /// Its name in messages: `day of month`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        }
    }

    /// The numbers that may stand in it.
    pub const fn numbers(self) -> RangeInclusive<u8> {
        match self {
            Self::Minute => 0..=59,
            Self::Hour => 0..=23,
            Self::DayOfMonth => 1..=31,
            Self::Month => 1..=12,
            Self::DayOfWeek => 0..=7,
        }
    }

    /// The names that may stand in it, the first for its lowest number.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Minute | Self::Hour | Self::DayOfMonth => &[],
            Self::Month => &MONTHS,
            Self::DayOfWeek => &DAYS,
        }
    }

    /// What may stand in it, for help.
    fn choices(self) -> String {
        let (low, high) = (self.numbers().start().to_owned(), self.numbers().end().to_owned());
        match self {
            Self::Minute | Self::Hour | Self::DayOfMonth => format!("{low} to {high}"),
            Self::Month => format!("{low} to {high}, or `jan` to `dec`"),
            Self::DayOfWeek => format!("{low} to {high}, or `sun` to `sat`; 0 and 7 are both Sunday"),
        }
    }
}

/// The numbers that a field allows: bit `n` is set when `n` is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    bits: u64,
    /// It does not begin with `*`.
    pub(super) is_restricted: bool,
}

impl Allowed {
    pub(super) fn contains(self, number: u8) -> bool {
        self.bits >> number & 1 == 1
    }

    /// The lowest number that is allowed, from `start` on.
    pub(super) fn from(self, start: u8) -> Option<u8> {
        let rest = self.bits.checked_shr(u32::from(start))?;
        (rest != 0).then(|| start + rest.trailing_zeros() as u8)
    }

    /// Reads a field. `at` is where it begins in the expression.
    pub(super) fn read(field: CronField, text: &str, at: usize) -> Result<Self, CronError> {
        let reader = Reader { field };
        let mut bits = 0;
        let mut start = at;
        for part in text.split(',') {
            bits |= reader.part(part, start)?;
            start += part.len() + 1;
        }
        if field == CronField::DayOfWeek && bits >> 7 & 1 == 1 {
            bits = bits & !(1 << 7) | 1;
        }
        Ok(Self { bits, is_restricted: !text.starts_with('*') })
    }
}

struct Reader {
    field: CronField,
}

impl Reader {
    /// `*`, `5`, `1-5`, each with `/2` or not.
    fn part(&self, part: &str, at: usize) -> Result<u64, CronError> {
        let name = self.field.name();
        let whole = at..at + part.len();
        if part.is_empty() {
            let message = format!("a list in the {name} field has an empty item");
            return Err(self.wrong(CronErrorKind::Syntax, whole, message, "take out the comma too many".to_owned()));
        }
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some((step, at + range.len() + 1))),
            None => (part, None),
        };
        let (low, high) = (*self.field.numbers().start(), *self.field.numbers().end());
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((first, last)) => {
                let (from, to) = (self.number(first, at)?, self.number(last, at + first.len() + 1)?);
                // Sunday ends a week as well as it begins one.
                let to = if to == 0 && self.field == CronField::DayOfWeek && from > 0 { 7 } else { to };
                if from > to {
                    let message = format!("the range `{range}` in the {name} field ends before it begins");
                    let help = format!("write two ranges: `{first}-{high},{low}-{last}`");
                    return Err(self.wrong(CronErrorKind::OutOfRange, at..at + range.len(), message, help));
                }
                (from, to)
            }
            // With a step, a number is where it begins.
            None => {
                let number = self.number(range, at)?;
                (number, if step.is_some() { high } else { number })
            }
        };
        let step = match step {
            Some((step, at)) => self.step(step, at)?,
            None => 1,
        };
        Ok((first..=last).step_by(step).fold(0, |bits, number| bits | 1 << number))
    }

    fn step(&self, text: &str, at: usize) -> Result<usize, CronError> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<usize>() {
            Ok(step) if is_number && step > 0 => Ok(step),
            Ok(_) | Err(_) => {
                let message = format!("the step `{text}` in the {} field is not a number above 0", self.field.name());
                let help = "write `*/2` for every second one".to_owned();
                Err(self.wrong(CronErrorKind::Syntax, at..at + text.len(), message, help))
            }
        }
    }

    fn number(&self, text: &str, at: usize) -> Result<u8, CronError> {
        let names = self.field.names();
        let (low, high) = (*self.field.numbers().start(), *self.field.numbers().end());
        if let Some(position) = names.iter().position(|name| text.eq_ignore_ascii_case(name)) {
            return Ok(low + position as u8);
        }
        let place = at..at + text.len();
        let name = self.field.name();
        let help = format!("the {name} field takes {}", self.field.choices());
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return match text.parse::<u8>() {
                Ok(number) if (low..=high).contains(&number) => Ok(number),
                Ok(_) | Err(_) => {
                    let message = format!("`{text}` in the {name} field is not between {low} and {high}");
                    Err(self.wrong(CronErrorKind::OutOfRange, place, message, help))
                }
            };
        }
        if let Some(instead) = extension(text) {
            let message = format!("`{text}` in the {name} field is not crontab");
            return Err(self.wrong(CronErrorKind::Extension, place, message, instead.to_owned()));
        }
        let full = names.iter().find(|name| text.to_ascii_lowercase().starts_with(**name));
        let (kind, message, help) = match (text, full) {
            ("", _) => (CronErrorKind::Syntax, format!("a number is missing in the {name} field"), help),
            (_, Some(short)) => {
                let message = format!("the {name} field does not know `{text}`");
                (CronErrorKind::OutOfRange, message, format!("names have three letters: write `{short}`"))
            }
            (_, None) => (CronErrorKind::OutOfRange, format!("the {name} field does not know `{text}`"), help),
        };
        Err(self.wrong(kind, place, message, help))
    }

    fn wrong(&self, kind: CronErrorKind, place: Range<usize>, message: String, help: String) -> CronError {
        CronError { kind, field: Some(self.field), place, message, help }
    }
}

/// What to write instead of a word of other programs.
fn extension(text: &str) -> Option<&'static str> {
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    match text {
        "?" => Some("write `*`"),
        "L" | "l" | "LW" => {
            Some("crontab has no last day: run on `28-31`, and let a step halt on all days but the last one")
        }
        _ if text.contains('#') => Some(
            "crontab has no `#`: the first Monday is not to be had; run each Monday, and let a step halt on the others",
        ),
        _ if has_digit && text.ends_with(['L', 'l', 'W', 'w']) => Some("crontab has no `L` and no `W`"),
        _ => None,
    }
}
