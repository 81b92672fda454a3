//! Resource classes: how much of the host a job gets.

use std::collections::BTreeMap;

use model::plan::ResourceClass;

/// One class's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Thousandths of a processor.
    pub cpu_millis: u64,
    /// Memory in bytes; there is no swap on top of it.
    pub memory_bytes: u64,
}

/// The classes by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceClasses(BTreeMap<String, Limits>);

impl ResourceClasses {
    /// The class of a Docker job that names none.
    pub const DEFAULT: &'static str = "medium";

    /// A table of one's own.
    pub fn new(classes: impl IntoIterator<Item = (String, Limits)>) -> Self {
        Self(classes.into_iter().collect())
    }

    /// Adds a class, or replaces one.
    pub fn insert(&mut self, name: impl Into<String>, limits: Limits) {
        self.0.insert(name.into(), limits);
    }

    /// What a job gets; `Ok(None)` when nothing limits it, as with the classes of self-hosted runners.
    ///
    /// # Errors
    /// Gives a sentence when there is no such class.
    pub fn limits(&self, class: Option<&ResourceClass>) -> Result<Option<Limits>, String> {
        let name = class.map_or(Self::DEFAULT, |class| class.0.as_str());
        if name.contains('/') {
            return Ok(None);
        }
        // `arm.medium`, `medium.gen2`: another kind of machine, the same size.
        let size = name.strip_prefix("arm.").unwrap_or(name);
        let size = size.strip_suffix(".gen2").unwrap_or(size);
        match self.0.get(name).or_else(|| self.0.get(size)) {
            Some(limits) => Ok(Some(*limits)),
            None => Err(format!(
                "resource class `{name}` is not known to this runner: it knows {}",
                self.0.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            )),
        }
    }
}

impl Default for ResourceClasses {
    /// The sizes of CircleCI's Docker executor.
    fn default() -> Self {
        const GIB: u64 = 1 << 30;
        let sizes = [
            ("small", 1, 2),
            ("medium", 2, 4),
            ("medium+", 3, 6),
            ("large", 4, 8),
            ("xlarge", 8, 16),
            ("2xlarge", 16, 32),
            ("2xlarge+", 20, 40),
        ];
        Self::new(sizes.map(|(name, processors, gib)| {
            (name.to_owned(), Limits { cpu_millis: processors * 1000, memory_bytes: gib * GIB })
        }))
    }
}

/// `4 GiB`, `512 MiB`: a size as a person would say it.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value.fract() < 0.05 || unit == 0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}
