//! Resource classes: how much of the host a job gets.

use std::collections::BTreeMap;

use model::{event::size, plan::ResourceClass};

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
        // `arm.medium`, `medium.gen2`: another kind of machine, the same size.
        let size = name.strip_prefix("arm.").unwrap_or(name);
        let size = GENERATIONS.iter().find_map(|generation| size.strip_suffix(generation)).unwrap_or(size);
        match self.0.get(name).or_else(|| self.0.get(size)) {
            Some(limits) => Ok(Some(*limits)),
            // A runner that offers a label has what the label means.
            None if class.is_some_and(|class| class.label().is_some()) => Ok(None),
            None => Err(format!(
                "resource class `{name}` is not known to this runner: it knows {}",
                self.0.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            )),
        }
    }

    /// Adds classes, or replaces them, from a text like `large=4:8GiB, acme/huge=32:128GiB, tiny=0.5:512MiB`: processors,
    /// and memory.
    ///
    /// # Errors
    /// Says which part is wrong, and how it should look.
    pub fn extend_from_text(&mut self, text: &str) -> Result<(), String> {
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let limits = part.split_once('=').and_then(|(name, limits)| {
                let (processors, memory) = limits.split_once(':')?;
                let processors =
                    processors.trim().parse::<f64>().ok().filter(|count| (0.01..=4096.0).contains(count))?;
                let cpu_millis = (processors * 1000.0).round() as u64;
                Some((name.trim(), Limits { cpu_millis, memory_bytes: bytes(memory.trim())? }))
            });
            let (name, limits) = limits
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| format!("`{part}` is no class: write NAME=PROCESSORS:MEMORY, like large=4:8GiB"))?;
            self.insert(name, limits);
        }
        Ok(())
    }
}

/// Generations of CircleCI's machines, as suffixes of classes.
const GENERATIONS: [&str; 3] = [".gen1", ".gen2", ".gen3"];

/// The least memory that Docker accepts for a container, and more than the task agent needs.
const LEAST_BYTES: u64 = 16 << 20;

/// `8GiB`, `512MiB`, `8G`: bytes, in powers of 1024.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    let count = number.parse::<f64>().ok().filter(|count| (0.0..=1e6).contains(count))?;
    Some((count * (1_u64 << shift) as f64) as u64).filter(|bytes| *bytes >= LEAST_BYTES)
}

/// What of a host a job gets: a class that is larger than the host gets the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    /// Thousandths of a processor; `None`: all there are.
    pub(crate) cpu_millis: Option<u64>,
    /// Memory in bytes; `None`: all there is.
    pub(crate) memory_bytes: Option<u64>,
    /// A sentence when the class is larger than the host.
    pub(crate) shortage: Option<String>,
}

impl Share {
    /// The share of a class; `host` is all there is, with 0 for what nobody knows.
    pub(crate) fn of(class: &str, limits: Limits, host: Limits) -> Self {
        let Limits { cpu_millis, memory_bytes } = limits;
        let few = host.cpu_millis != 0 && cpu_millis > host.cpu_millis;
        let little = host.memory_bytes != 0 && memory_bytes > host.memory_bytes;
        let shortage = (few || little).then(|| {
            format!(
                "Resource class {class} has {} and {}; this host has {} and {}, and the job gets no more than that",
                processors(cpu_millis),
                size(memory_bytes),
                processors(host.cpu_millis),
                size(host.memory_bytes)
            )
        });
        Self {
            cpu_millis: (host.cpu_millis == 0 || cpu_millis < host.cpu_millis).then_some(cpu_millis),
            memory_bytes: (host.memory_bytes == 0 || memory_bytes < host.memory_bytes).then_some(memory_bytes),
            shortage,
        }
    }
}

/// `1 processor`, `2.5 processors`.
fn processors(millis: u64) -> String {
    let count = millis as f64 / 1000.0;
    format!("{count} processor{}", if millis == 1000 { "" } else { "s" })
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

#[cfg(test)]
mod tests {
    use model::plan::ResourceClass;

    use super::{Limits, ResourceClasses, Share};

    const GIB: u64 = 1 << 30;

    fn limits(cpu_millis: u64, memory_bytes: u64) -> Limits {
        Limits { cpu_millis, memory_bytes }
    }

    #[test]
    fn a_class_has_a_size_whatever_the_kind_of_machine() {
        let classes = ResourceClasses::default();
        let of = |name: &str| classes.limits(Some(&ResourceClass(name.to_owned())));
        assert_eq!(classes.limits(None), Ok(Some(limits(2000, 4 * GIB))));
        for name in ["large", "large.gen2", "large.gen3", "arm.large"] {
            assert_eq!(of(name), Ok(Some(limits(4000, 8 * GIB))), "{name}");
        }
        assert_eq!(of("acme/gpu"), Ok(None));
        assert_eq!(of("gpu.nvidia.small"), Ok(None));
        assert!(of("gigantic").unwrap_err().contains("`gigantic` is not known"));
    }

    #[test]
    fn an_administrator_writes_classes_of_their_own() {
        let mut classes = ResourceClasses::default();
        classes.extend_from_text("large=6:12GiB, acme/huge = 32:128g,tiny=0.5:512MiB,").unwrap();
        let of = |name: &str| classes.limits(Some(&ResourceClass(name.to_owned()))).unwrap().unwrap();
        assert_eq!(of("large"), limits(6000, 12 * GIB));
        assert_eq!(of("acme/huge"), limits(32_000, 128 * GIB));
        assert_eq!(of("tiny"), limits(500, GIB / 2));
        for wrong in ["large", "large=4", "large=x:8GiB", "large=4:8", "large=0:8GiB", "large=4:1MiB", "=4:8GiB"] {
            assert!(classes.extend_from_text(wrong).unwrap_err().contains("NAME=PROCESSORS:MEMORY"), "{wrong}");
        }
    }

    #[test]
    fn a_class_larger_than_the_host_gets_the_host_and_says_so() {
        let host = limits(2000, 8 * GIB);
        assert_eq!(
            Share::of("small", limits(1000, 2 * GIB), host),
            Share { cpu_millis: Some(1000), memory_bytes: Some(2 * GIB), shortage: None }
        );
        let share = Share::of("xlarge", limits(8000, 16 * GIB), host);
        assert_eq!((share.cpu_millis, share.memory_bytes), (None, None));
        assert_eq!(
            share.shortage.unwrap(),
            "Resource class xlarge has 8 processors and 16 GiB; this host has 2 processors and 8 GiB, and the job gets no \
             more than that"
        );
        let unknown = Share::of("xlarge", limits(8000, 16 * GIB), limits(0, 0));
        assert_eq!((unknown.cpu_millis, unknown.memory_bytes), (Some(8000), Some(16 * GIB)));
    }
}
