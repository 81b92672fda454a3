//! One case while it is read.

use quick_xml::{XmlVersion, events::BytesStart};
use store::test_result::{TestCase, TestOutcome};

/// Longer names, classes and files are cut, in bytes.
const NAME_BYTES: usize = 2048;

/// Longer messages are cut, in bytes.
const MESSAGE_BYTES: usize = 16 << 10;

/// What a suite tells of its cases.
#[derive(Clone, Debug, Default)]
pub(super) struct Suite {
    name: String,
    file: Option<String>,
}

impl Suite {
    /// From its attributes; a suite in a suite inherits the file.
    pub(super) fn new(element: &BytesStart<'_>, outer: Option<&Self>) -> Self {
        let file = attribute(element, &["file", "filepath"]).or_else(|| outer.and_then(|outer| outer.file.clone()));
        Self { name: attribute(element, &["name"]).unwrap_or_default(), file }
    }
}

/// A case whose end has not been read yet.
#[derive(Debug)]
pub(super) struct OpenCase(TestCase);

impl OpenCase {
    pub(super) fn new(element: &BytesStart<'_>, suite: Option<&Suite>) -> Self {
        let suite_name = || suite.map(|suite| suite.name.clone()).unwrap_or_default();
        let status = attribute(element, &["status", "result"]).unwrap_or_default();
        Self(TestCase {
            name: attribute(element, &["name"]).unwrap_or_default(),
            classname: attribute(element, &["classname", "class"]).unwrap_or_else(suite_name),
            file: attribute(element, &["file", "filepath"]).or_else(|| suite.and_then(|suite| suite.file.clone())),
            result: match status.to_ascii_lowercase().as_str() {
                "skipped" | "notrun" | "disabled" | "ignored" | "suppressed" => TestOutcome::Skipped,
                _ => TestOutcome::Success,
            },
            duration_us: attribute(element, &["time"]).map_or(0, |time| microseconds(&time)),
            message: String::new(),
        })
    }

    /// A failure, an error or a reason to skip, with what it says. The worst decides.
    pub(super) fn found(&mut self, result: TestOutcome, message: &str, text: &str, budget: &mut usize) {
        let case = &mut self.0;
        let rank = |result: TestOutcome| match result {
            TestOutcome::Success => 0,
            TestOutcome::Skipped => 1,
            TestOutcome::Failure => 2,
            TestOutcome::Error => 3,
        };
        if rank(result) >= rank(case.result) {
            case.result = result;
        }
        let (message, text) = (message.trim(), text.trim_matches(['\n', '\r']).trim_end());
        let said = match (message.is_empty(), text.is_empty()) {
            (true, _) => text.to_owned(),
            (false, true) => message.to_owned(),
            (false, false) if text.contains(message) => text.to_owned(),
            (false, false) => format!("{message}\n{text}"),
        };
        if !case.message.is_empty() && !said.is_empty() {
            case.message.push('\n');
        }
        case.message.push_str(&said);
        let most = MESSAGE_BYTES.min(*budget);
        cut(&mut case.message, most);
        *budget -= case.message.len();
    }

    pub(super) fn close(self) -> TestCase {
        self.0
    }
}

/// The first of these attributes that is there, not empty, without control characters, not longer than it may be.
pub(super) fn attribute(element: &BytesStart<'_>, names: &[&str]) -> Option<String> {
    let mut found: Option<(usize, String)> = None;
    // A hostile element may repeat an attribute: the first counts, and nobody compares each with each.
    for attribute in element.attributes().with_checks(false).flatten() {
        let Some(rank) = names.iter().position(|name| *name == attribute.key.local_name().as_ref()) else { continue };
        if found.as_ref().is_some_and(|(best, _)| *best <= rank) {
            continue;
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_or_else(|_| attribute.value.to_string(), std::borrow::Cow::into_owned);
        if !value.is_empty() {
            found = Some((rank, value));
        }
    }
    found.map(|(_, mut value)| {
        value.retain(|character| !character.is_control() || character == '\n' || character == '\t');
        let most = if names.contains(&"message") { MESSAGE_BYTES } else { NAME_BYTES };
        cut(&mut value, most);
        value
    })
}

/// Seconds with a point or a comma, with or without separators of thousands.
pub(super) fn microseconds(text: &str) -> u64 {
    let text = text.trim().trim_end_matches('s');
    let plain = match (text.contains('.'), text.matches(',').count()) {
        (true, _) => text.replace(',', ""),
        (false, 1) => text.replace(',', "."),
        (false, _) => text.replace(',', ""),
    };
    let seconds: f64 = plain.parse().unwrap_or(0.0);
    // A day is more than any test takes; what is no number is nothing.
    if seconds.is_finite() { (seconds.clamp(0.0, 86_400.0) * 1e6).round() as u64 } else { 0 }
}

/// Cuts at a character, with a mark.
pub(super) fn cut(text: &mut String, most: usize) {
    if text.len() <= most {
        return;
    }
    let mark = '…';
    let mut end = most.saturating_sub(mark.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    if most >= mark.len_utf8() {
        text.push(mark);
    }
}
