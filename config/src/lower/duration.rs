//! `20m`, `1.25h`, `5s`; `90` is seconds.

/// Milliseconds of a duration: decimals with a unit each, or seconds. `None` when it is none.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    if let Ok(seconds) = rest.parse::<u32>() {
        rest = "";
        total = f64::from(seconds) * 1000.0;
    }
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit_end =
            rest[digits..].find(|char: char| !char.is_ascii_alphabetic()).map_or(rest.len(), |end| digits + end);
        let unit = match &rest[digits..unit_end] {
            "h" => 3_600_000.0,
            "m" => 60_000.0,
            "s" => 1000.0,
            "ms" => 1.0,
            _ => return None,
        };
        total += number * unit;
        rest = rest[unit_end..].trim_start();
    }
    // A year is more than any job lasts; the cast is exact far beyond it.
    (total <= 31_536_000_000.0).then_some(total.round() as u64)
}
