//! How long things are kept, how many, and how many bytes of them.

use anyhow::bail;

use super::resolve::Resolved;

/// One day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// What is kept of one kind. What any of the three does not allow goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// What is older goes; `None`: age does not matter.
    pub max_age_ms: Option<i64>,
    /// Of each project, what the newest so many pipelines have (of caches: the newest so many) stays.
    pub max_count: Option<u32>,
    /// All of this kind together; the oldest go first.
    pub max_bytes: Option<u64>,
}

/// What is kept, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionSettings {
    /// Files that jobs stored.
    pub artifacts: Keep,
    /// Layers of workspaces.
    pub workspaces: Keep,
    /// Caches; their bytes are bounded by `cache_budget_gib`.
    pub caches: Keep,
    /// Output of steps.
    pub logs: Keep,
    /// Pipelines as a whole: their rows, with everything that hangs on them.
    pub pipelines: Keep,
    /// Webhooks as they came in.
    pub deliveries: Keep,
    /// The newest pipeline of each branch that succeeded keeps its rows, logs and artifacts.
    pub keep_last_green: bool,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        let days = |days: i64| Keep { max_age_ms: Some(days * DAY_MS), ..Keep::default() };
        Self {
            artifacts: days(30),
            workspaces: days(15),
            caches: days(15),
            logs: days(90),
            pipelines: days(400),
            deliveries: days(30),
            keep_last_green: true,
        }
    }
}

impl RetentionSettings {
    /// Understands what was resolved, of retention alone.
    ///
    /// # Errors
    /// A value that does not mean what it must.
    pub fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        let keep = |key: &str| -> anyhow::Result<Keep> {
            let text = resolved.text(key).unwrap_or_default();
            match parse(text) {
                Some(keep) => Ok(keep),
                None => bail!(
                    "`{key}` is `{text}` (from {}), but must be an age, a count and a size, or some of them, like `30d`, \
                     `30d 200x` (what the newest 200 have), `90d 50GiB`; or `forever`",
                    resolved.origin(key)
                ),
            }
        };
        let green = resolved.text("retention.keep_last_green").unwrap_or_default();
        let keep_last_green = match green {
            "on" | "true" | "yes" | "1" => true,
            "off" | "false" | "no" | "0" => false,
            _ => bail!(
                "`retention.keep_last_green` is `{green}` (from {}), but must be `on` or `off`",
                resolved.origin("retention.keep_last_green")
            ),
        };
        Ok(Self {
            artifacts: keep("retention.artifacts")?,
            workspaces: keep("retention.workspaces")?,
            caches: keep("retention.caches")?,
            logs: keep("retention.logs")?,
            pipelines: keep("retention.pipelines")?,
            deliveries: keep("retention.deliveries")?,
            keep_last_green,
        })
    }
}

/// Reads `30d 200x 50GiB`, in any order, or `forever`.
fn parse(text: &str) -> Option<Keep> {
    let mut keep = Keep::default();
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    if words == ["forever"] {
        return Some(keep);
    }
    for word in &words {
        let digits = word.find(|character: char| !character.is_ascii_digit())?;
        let (number, unit) = word.split_at(digits);
        let number: u32 = number.parse().ok().filter(|number| *number >= 1)?;
        let bytes = |shift: u32| Some(u64::from(number) << shift);
        match unit {
            "d" => keep.max_age_ms = Some(i64::from(number) * DAY_MS),
            "x" => keep.max_count = Some(number),
            "MiB" => keep.max_bytes = bytes(20),
            "GiB" => keep.max_bytes = bytes(30),
            "TiB" => keep.max_bytes = bytes(40),
            _ => return None,
        }
    }
    (!words.is_empty()).then_some(keep)
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, Keep, parse};

    #[test]
    fn ages_counts_and_sizes_in_any_order() {
        let keep = |age: Option<i64>, max_count, max_bytes| {
            Some(Keep { max_age_ms: age.map(|days| days * DAY_MS), max_count, max_bytes })
        };
        let table = [
            ("30d", keep(Some(30), None, None)),
            ("30d 200x 50GiB", keep(Some(30), Some(200), Some(50 << 30))),
            ("2TiB, 7x", keep(None, Some(7), Some(2 << 40))),
            ("forever", keep(None, None, None)),
            ("", None),
            ("30", None),
            ("0d", None),
            ("30d forever", None),
            ("-1d", None),
            ("5 GiB", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
