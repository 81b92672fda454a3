//! What must hold of the compiler whatever the text: the same answer twice, findings that point into their file, output
//! within its limit, and an expanded configuration that expands to itself.

use std::collections::BTreeMap;

use config::{Compiled, Diagnostic, Inputs, Label, Orbs, Refusal, Source, Value, compile, process};

/// Name of the configuration in findings.
const NAME: &str = "config.yml";
/// More findings than this are not made: 500 errors and 500 warnings.
const MAX_FINDINGS: usize = 1000;
/// Expanded text is limited to 48 MiB before it is written; quotes and indentation come on top.
const MAX_OUTPUT: usize = 96 << 20;

/// A push to a branch, with pipeline values of every type.
pub fn push(branch: &str) -> Inputs {
    let mut inputs = Inputs::branch(branch);
    inputs.values = BTreeMap::from([
        ("pipeline.number".to_owned(), Value::Int(42)),
        ("pipeline.trigger_source".to_owned(), Value::from("webhook")),
        ("pipeline.git.branch.is_default".to_owned(), Value::Bool(true)),
        ("pipeline.project.slug".to_owned(), Value::from("gh/example/project")),
    ]);
    inputs
}

/// A text between quotes, as YAML and JSON write it.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("every text is a JSON string")
}

/// Compiles and expands a configuration, and checks the answers; `None` when it is refused.
pub fn answer(text: &str, inputs: &Inputs, orbs: &Orbs) -> Option<Compiled> {
    let source = Source::new(NAME, text);
    let first = compile(&source, inputs, orbs);
    assert_eq!(first, compile(&source, inputs, orbs), "compiled twice, two answers");
    let expanded = process(&source, inputs, orbs);
    assert_eq!(first.is_ok(), expanded.is_ok(), "`compile` and `process` disagree");
    match first {
        Ok(compiled) => {
            check_findings(&compiled.warnings, text, orbs);
            assert!(!compiled.warnings.iter().any(Diagnostic::is_error), "an error, and it compiles");
            let once = expanded.expect("asserted above");
            assert!(once.len() <= MAX_OUTPUT, "{} bytes of {}", once.len(), text.len());
            // What is expanded declares no parameters any more, and an argument for none is refused.
            let inputs = Inputs { parameters: BTreeMap::new(), ..inputs.clone() };
            let twice = process(&Source::new(NAME, once.clone()), &inputs, &Orbs::new());
            assert_eq!(twice.as_deref(), Ok(once.as_str()), "expanded again, it is not the same");
            Some(compiled)
        }
        Err(Refusal::Invalid(findings)) => {
            check_findings(&findings, text, orbs);
            assert!(findings.iter().any(Diagnostic::is_error), "refused without an error");
            None
        }
        Err(Refusal::NeedsOrbs(needed)) => {
            assert!(!needed.is_empty(), "it needs orbs, and says not which");
            assert!(needed.iter().all(|orb| orbs.get(orb).is_none()), "it asks for what it has");
            None
        }
    }
}

/// Findings have valid places, and can be drawn.
fn check_findings(findings: &[Diagnostic], text: &str, orbs: &Orbs) {
    assert!(findings.len() <= MAX_FINDINGS, "{} findings", findings.len());
    for finding in findings {
        assert!(!finding.message.is_empty());
        assert!(!finding.one_line().contains('\n'));
        finding.labels().for_each(|label| check_label(label, text, orbs));
        drop(finding.render(false));
        drop(finding.render(true));
    }
}

/// A place lies in its file, ends where it begins or later, and shows the lines that are there.
fn check_label(label: &Label, text: &str, orbs: &Orbs) {
    // An orb may have the name of the configuration: one of the files has the place.
    let orbs = orbs.iter().filter(|(_, source)| source.name == label.file).map(|(_, source)| source.text.as_str());
    let own = (label.file == NAME).then_some(text);
    assert!(own.into_iter().chain(orbs).any(|text| lies_in(label, text)), "a finding points nowhere: {label:?}");
}

fn lies_in(label: &Label, text: &str) -> bool {
    let lines: Vec<&str> = text.split('\n').collect();
    let line = |number: u32| lines.get((number as usize).checked_sub(1)?).copied();
    let holds = |number: u32, column: u32| {
        line(number).is_some_and(|line| (1..=line.chars().count() + 1).contains(&(column as usize)))
    };
    let shown = |(number, shown): (u32, &String)| line(number).is_some_and(|line| line.starts_with(shown.as_str()));
    holds(label.line, label.column)
        && holds(label.end_line, label.end_column)
        && (label.line, label.column) <= (label.end_line, label.end_column)
        && (label.excerpt.first_line..).zip(&label.excerpt.lines).all(shown)
}
