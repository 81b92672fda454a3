//! The dialects as their programs write them, and files that nobody should write.

use std::fmt::Write;

use insta::assert_snapshot;
use store::test_result::{TestCase, TestOutcome};

use super::{JunitError, case::microseconds, parse};

/// One case in a line, its message below.
fn shown(file: &str) -> String {
    let mut text = String::new();
    for TestCase { name, classname, file, result, duration_us, message } in parse(file.as_bytes()).unwrap() {
        let file = file.unwrap_or_else(|| "-".to_owned());
        writeln!(text, "{} | {name} | {classname} | {file} | {duration_us} us", result.name()).unwrap();
        for line in message.lines() {
            writeln!(text, "    {line}").unwrap();
        }
    }
    text
}

#[test]
fn pytest() {
    assert_snapshot!(shown(include_str!("fixtures/pytest.xml")));
}

#[test]
fn jest() {
    assert_snapshot!(shown(include_str!("fixtures/jest.xml")));
}

#[test]
fn mocha() {
    assert_snapshot!(shown(include_str!("fixtures/mocha.xml")));
}

#[test]
fn rspec() {
    assert_snapshot!(shown(include_str!("fixtures/rspec.xml")));
}

#[test]
fn gotestsum() {
    assert_snapshot!(shown(include_str!("fixtures/gotestsum.xml")));
}

#[test]
fn surefire() {
    assert_snapshot!(shown(include_str!("fixtures/surefire.xml")));
}

#[test]
fn nextest() {
    assert_snapshot!(shown(include_str!("fixtures/nextest.xml")));
}

#[test]
fn phpunit() {
    assert_snapshot!(shown(include_str!("fixtures/phpunit.xml")));
}

#[test]
fn hostile_files_end_in_a_sentence() {
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>\
                  <testsuite><testcase name=\"&lol2;\"/></testsuite>";
    assert_eq!(parse(laughs.as_bytes()), Err(JunitError::DocType));
    let outside = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><testsuite/>";
    assert_eq!(parse(outside.as_bytes()), Err(JunitError::DocType));
    let deep = "<testsuite>".repeat(65);
    assert_eq!(parse(deep.as_bytes()), Err(JunitError::Depth));
    let many = format!("<testsuite>{}</testsuite>", "<testcase/>".repeat(200_001));
    assert_eq!(parse(many.as_bytes()), Err(JunitError::Cases));
    assert_eq!(parse(b""), Err(JunitError::Empty));
    assert_eq!(parse(b"plain text"), Err(JunitError::Empty));
    assert_eq!(parse(b"<html><body/></html>"), Err(JunitError::Root("html".to_owned())));
    for broken in
        ["<testsuite>", "<testsuite><testcase></testsuite>", "<testsuite>\n<testcase name='x'", "<testsuite><a"]
    {
        assert!(matches!(parse(broken.as_bytes()), Err(JunitError::Xml { .. })), "{broken}");
    }
}

#[test]
fn strange_text_stays_text() {
    let file = "\u{feff}<testsuite><testcase name='&lt;script&gt;&unknown;&#x41;&#0;' time='NaN'>\
                <failure message=''>]]&gt; &unknown; &#9731;\u{1}</failure><failure>again</failure></testcase></testsuite>";
    let cases = parse(file.as_bytes()).unwrap();
    assert_eq!(cases[0].result, TestOutcome::Failure);
    assert!(cases[0].name.contains("script"), "{:?}", cases[0].name);
    assert_eq!(cases[0].message, "]]> &unknown; ☃\u{1}\nagain");
    assert_eq!(cases[0].duration_us, 0);
    let cases = parse(b"<testsuite><testcase name='caf\xe9'/></testsuite>").unwrap();
    assert_eq!(cases[0].name, "caf\u{fffd}");
}

#[test]
fn long_things_are_cut() {
    let file = format!(
        "<testsuite><testcase name='{}'><failure>{}</failure></testcase></testsuite>",
        "ü".repeat(10_000),
        "x".repeat(1 << 20)
    );
    let cases = parse(file.as_bytes()).unwrap();
    assert!(cases[0].name.len() <= 2048 && cases[0].name.ends_with('…'));
    assert!(cases[0].message.len() <= 16 << 10 && cases[0].message.ends_with('…'));
    let one = format!("<testcase><failure>{}</failure></testcase>", "y".repeat(16 << 10));
    let file = format!("<testsuite>{}</testsuite>", one.repeat(2_000));
    let total: usize = parse(file.as_bytes()).unwrap().iter().map(|case| case.message.len()).sum();
    assert!(total <= 16 << 20, "all messages together have a bound: {total}");
}

#[test]
fn times_in_every_spelling() {
    let times = [("0.5", 500_000), ("1,234.5", 1_234_500_000), ("0,001", 1_000), ("2s", 2_000_000), (" 3 ", 3_000_000)];
    for (text, us) in times {
        assert_eq!(microseconds(text), us, "{text}");
    }
    for nothing in ["", "-1", "inf", "NaN", "soon"] {
        assert_eq!(microseconds(nothing), 0, "{nothing}");
    }
    assert_eq!(microseconds("1e99"), 86_400_000_000);
}
