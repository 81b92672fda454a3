//! Timetables: how CircleCI's API says when a schedule fires.

use serde::{Deserialize, Serialize};

/// When a schedule fires, in UTC, as CircleCI's API has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Timetable {
    /// How often in each of the hours, from 1 to 60, spread evenly from its first minute on.
    pub per_hour: u8,
    /// Hours, from 0 to 23.
    pub hours_of_day: Vec<u8>,
    /// `MON` to `SUN`. Exactly one of this and `days_of_month`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_of_week: Option<Vec<String>>,
    /// Days, from 1 to 31.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_of_month: Option<Vec<u8>>,
    /// `JAN` to `DEC`; `None`: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<Vec<String>>,
}

/// A timetable that says nothing, or nonsense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("timetable: {0}")]
pub struct InvalidTimetable(pub(super) String);

const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

impl Timetable {
    /// The same as five fields of `crontab`: the two rules of days never meet in a timetable, so that nothing is lost.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn cron(&self) -> Result<String, InvalidTimetable> {
        let Self { per_hour, hours_of_day, days_of_week, days_of_month, months } = self;
        if !(1..=60).contains(per_hour) {
            return Err(InvalidTimetable(format!("`per-hour` is {per_hour}, and must be from 1 to 60")));
        }
        let minutes: Vec<u8> = (0..u16::from(*per_hour)).map(|turn| (turn * 60 / u16::from(*per_hour)) as u8).collect();
        let minutes = field(&minutes, "per-hour", 0, 59)?;
        let hours = field(hours_of_day, "hours-of-day", 0, 23)?;
        let (days, weekdays) = match (days_of_month, days_of_week) {
            (Some(days), None) => (field(days, "days-of-month", 1, 31)?, "*".to_owned()),
            (None, Some(days)) => {
                ("*".to_owned(), field(&numbers(days, &DAYS, 0, "days-of-week")?, "days-of-week", 0, 6)?)
            }
            (Some(_), Some(_)) => {
                return Err(InvalidTimetable("give `days-of-week` or `days-of-month`, not both".to_owned()));
            }
            (None, None) => {
                return Err(InvalidTimetable("it needs `days-of-week` or `days-of-month`".to_owned()));
            }
        };
        let months = match months {
            Some(months) => field(&numbers(months, &MONTHS, 1, "months")?, "months", 1, 12)?,
            None => "*".to_owned(),
        };
        Ok(format!("{minutes} {hours} {days} {months} {weekdays}"))
    }
}

/// The numbers that names stand for.
fn numbers(names: &[String], known: &[&str], first: u8, what: &str) -> Result<Vec<u8>, InvalidTimetable> {
    let number = |name: &String| {
        let index = known.iter().position(|known| known.eq_ignore_ascii_case(name));
        index
            .and_then(|index| u8::try_from(index).ok())
            .map(|index| index + first)
            .ok_or_else(|| InvalidTimetable(format!("`{name}` in `{what}` is none of {}", known.join(", "))))
    };
    names.iter().map(number).collect()
}

/// A field of `crontab`: a list, or `*` for all there are.
fn field(numbers: &[u8], what: &str, low: u8, high: u8) -> Result<String, InvalidTimetable> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Err(InvalidTimetable(format!("`{what}` is empty")));
    }
    if let Some(wrong) = numbers.iter().find(|number| !(low..=high).contains(*number)) {
        return Err(InvalidTimetable(format!("{wrong} in `{what}` is not between {low} and {high}")));
    }
    if numbers.len() == usize::from(high - low) + 1 {
        return Ok("*".to_owned());
    }
    Ok(numbers.iter().map(u8::to_string).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Timetable;

    fn cron(timetable: serde_json::Value) -> Result<String, String> {
        let timetable: Timetable = serde_json::from_value(timetable).map_err(|error| error.to_string())?;
        timetable.cron().map_err(|error| error.to_string())
    }

    #[test]
    fn timetables_are_crontab() {
        let table = [
            (json!({ "per-hour": 1, "hours-of-day": [0], "days-of-week": ["MON"] }), "0 0 * * 1"),
            (json!({ "per-hour": 3, "hours-of-day": [15, 1], "days-of-week": ["WED", "MON"] }), "0,20,40 1,15 * * 1,3"),
            (json!({ "per-hour": 7, "hours-of-day": [4], "days-of-month": [1, 31] }), "0,8,17,25,34,42,51 4 1,31 * *"),
            (
                json!({ "per-hour": 60, "hours-of-day": [4], "days-of-month": [2], "months": ["MAR", "jan"] }),
                "* 4 2 1,3 *",
            ),
        ];
        for (timetable, expected) in table {
            assert_eq!(cron(timetable.clone()).as_deref(), Ok(expected), "{timetable}");
        }
        let every_day = json!({ "per-hour": 1, "hours-of-day": (0..24).collect::<Vec<_>>(),
                                "days-of-week": ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] });
        assert_eq!(cron(every_day).as_deref(), Ok("0 * * * *"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let table = [
            (json!({ "per-hour": 0, "hours-of-day": [0], "days-of-week": ["MON"] }), "per-hour` is 0"),
            (json!({ "per-hour": 1, "hours-of-day": [], "days-of-week": ["MON"] }), "`hours-of-day` is empty"),
            (json!({ "per-hour": 1, "hours-of-day": [24], "days-of-week": ["MON"] }), "24 in `hours-of-day`"),
            (json!({ "per-hour": 1, "hours-of-day": [1], "days-of-week": ["MO"] }), "`MO` in `days-of-week`"),
            (json!({ "per-hour": 1, "hours-of-day": [1] }), "it needs"),
            (json!({ "per-hour": 1, "hours-of-day": [1], "days-of-week": ["MON"], "days-of-month": [1] }), "not both"),
        ];
        for (timetable, expected) in table {
            let said = cron(timetable.clone()).unwrap_err();
            assert!(said.contains(expected), "{timetable}: {said}");
        }
    }
}
