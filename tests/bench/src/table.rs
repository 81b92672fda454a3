//! The table at the end.

use std::fmt;

/// Rows of the table.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<[String; 5]>,
}

impl Table {
    /// One measurement: its name, ours, the bare thing's, their ratio and the target in words.
    pub fn add(&mut self, what: &str, ours: String, bare: String, ratio: Option<f64>, target: &str) {
        let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        eprintln!("{what}: {ours}, bare {bare}, ratio {ratio}");
        self.rows.push([what.to_owned(), ours, bare, ratio, target.to_owned()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["what", "Roundhouse", "bare", "ratio", "target"].map(str::to_owned);
        let width =
            |column: usize| self.rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or(0);
        let line = |f: &mut fmt::Formatter<'_>, row: &[String; 5]| {
            for (column, cell) in row.iter().enumerate() {
                write!(f, "| {cell:<width$} ", width = width(column))?;
            }
            writeln!(f, "|")
        };
        line(f, &head)?;
        line(f, &[0, 1, 2, 3, 4].map(|column| "-".repeat(width(column))))?;
        self.rows.iter().try_for_each(|row| line(f, row))
    }
}

/// The middle one; of an even number, the upper middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value that so many per cent stay below.
pub fn percentile(mut values: Vec<f64>, percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() * percent / 100).copied().unwrap_or(f64::NAN)
}

/// `12.3 ms`
pub fn millis(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0} ms") } else { format!("{value:.2} ms") }
}
