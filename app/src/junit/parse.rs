//! The parser.

use quick_xml::{
    Reader,
    escape::resolve_xml_entity,
    events::{BytesRef, Event},
};
use store::test_result::{TestCase, TestOutcome};

use super::case::{OpenCase, Suite, attribute};

/// Elements within elements.
const DEPTH: usize = 64;

/// Cases of a file.
const CASES: usize = 200_000;

/// Bytes of all messages of a file; what comes after is cut.
const MESSAGES_BYTES: usize = 16 << 20;

/// Bytes of text in one failure that are looked at.
const TEXT_BYTES: usize = 64 << 10;

/// Why a file holds no test results.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JunitError {
    /// It is something else.
    #[error("it is not JUnit XML: its root is `{0}`, not `testsuites` or `testsuite`")]
    Root(String),
    /// It has no element.
    #[error("it is empty")]
    Empty,
    /// It is not XML.
    #[error("line {line} is not XML: {reason}")]
    Xml {
        /// Where, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// It has a document type, which nobody writes for good.
    #[error("it has a document type (`<!DOCTYPE`), which is not accepted")]
    DocType,
    /// Too deep.
    #[error("its elements are nested deeper than {DEPTH}")]
    Depth,
    /// Too many.
    #[error("it has more than {CASES} test cases; write several files")]
    Cases,
}

/// What is being said inside a case.
struct Saying {
    result: TestOutcome,
    message: String,
    text: String,
    depth: usize,
}

#[derive(Default)]
struct Parser {
    cases: Vec<TestCase>,
    suites: Vec<Suite>,
    case: Option<OpenCase>,
    saying: Option<Saying>,
    depth: usize,
    case_depth: usize,
    budget: usize,
}

/// Reads all cases of a file. Bytes that are not UTF-8 become `�`.
///
/// # Errors
/// It is no JUnit XML, or goes beyond a bound.
pub fn parse(bytes: &[u8]) -> Result<Vec<TestCase>, JunitError> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut parser = Parser { budget: MESSAGES_BYTES, ..Parser::default() };
    let mut begun = false;
    loop {
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX).min(text.len());
            let line = 1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
            JunitError::Xml { line, reason: error.to_string() }
        })?;
        match event {
            Event::Start(element) => {
                let name = element.local_name();
                if !begun && !matches!(name.as_ref(), "testsuites" | "testsuite") {
                    return Err(JunitError::Root(name.as_ref().chars().take(40).collect()));
                }
                begun = true;
                parser.open(name.as_ref(), &element)?;
            }
            Event::End(element) => parser.close(element.local_name().as_ref()),
            Event::Text(text) => parser.text(&text),
            Event::CData(text) => parser.text(&text),
            Event::GeneralRef(reference) => parser.reference(&reference),
            Event::DocType(_) => return Err(JunitError::DocType),
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    match (begun, parser.depth) {
        (true, 0) => Ok(parser.cases),
        (true, _) => Err(JunitError::Xml {
            line: 1 + text.matches('\n').count(),
            reason: "the file ends in the middle of an element".to_owned(),
        }),
        (false, _) => Err(JunitError::Empty),
    }
}

impl Parser {
    fn open(&mut self, name: &str, element: &quick_xml::events::BytesStart<'_>) -> Result<(), JunitError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(JunitError::Depth);
        }
        match (name, self.case.is_some()) {
            ("testsuite", false) => self.suites.push(Suite::new(element, self.suites.last())),
            ("testcase", false) => {
                if self.cases.len() == CASES {
                    return Err(JunitError::Cases);
                }
                self.case = Some(OpenCase::new(element, self.suites.last()));
                self.case_depth = self.depth;
            }
            ("failure" | "error" | "skipped", true) if self.saying.is_none() => {
                let result = match name {
                    "failure" => TestOutcome::Failure,
                    "error" => TestOutcome::Error,
                    _ => TestOutcome::Skipped,
                };
                let message = attribute(element, &["message", "type"]).unwrap_or_default();
                self.saying = Some(Saying { result, message, text: String::new(), depth: self.depth });
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) {
        let saying = self.saying.take_if(|saying| saying.depth == self.depth);
        if let (Some(Saying { result, message, text, depth: _ }), Some(case)) = (saying, &mut self.case) {
            case.found(result, &message, &text, &mut self.budget);
        }
        match (name, self.case.take_if(|_| self.case_depth == self.depth)) {
            (_, Some(case)) => self.cases.push(case.close()),
            ("testsuite", None) if self.case.is_none() => drop(self.suites.pop()),
            (_, None) => {}
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn text(&mut self, text: &str) {
        if let Some(saying) = &mut self.saying {
            let room = TEXT_BYTES.saturating_sub(saying.text.len());
            saying.text.extend(text.chars().take(room).filter(|character| *character != '\0'));
        }
    }

    /// XML's own five, and numbers. Others mean nothing without a document type, and stay as they are written.
    fn reference(&mut self, reference: &BytesRef<'_>) {
        let character = reference.resolve_char_ref().ok().flatten();
        match (character, resolve_xml_entity(reference)) {
            (Some(character), _) => self.text(character.encode_utf8(&mut [0; 4])),
            (None, Some(text)) => self.text(text),
            (None, None) => self.text(&format!("&{};", &**reference)),
        }
    }
}
