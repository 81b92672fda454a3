//! Secrets in plain sight.

use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::source::Span;
use crate::yaml::{Kind, Node};

/// What tokens begin with, how long they are at least, and whose they are.
const TOKENS: [(&str, usize, &str); 10] = [
    ("AKIA", 20, "an AWS access key"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("ghs_", 36, "a GitHub token"),
    ("github_pat_", 40, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("sk_live_", 20, "a Stripe key"),
    ("npm_", 36, "an npm token"),
];

/// Shorter texts hold no secret.
const SHORTEST: usize = 20;

/// Warns of the texts of a document that hold a secret.
pub(crate) fn plain_secrets(sink: &Sink, node: &Node) {
    match &node.kind {
        Kind::Seq(items) => items.iter().for_each(|item| plain_secrets(sink, item)),
        Kind::Map(map) => map.entries.iter().for_each(|entry| plain_secrets(sink, &entry.value)),
        Kind::Scalar(scalar) => {
            if let Some(what) = find(scalar.text()) {
                let message = format!("this looks like {what}, in plain sight of everyone who can read the file");
                report(sink, node.span, message);
            }
        }
    }
}

/// Warns of a password that is written out where `$VARIABLE` should stand.
pub(crate) fn plain_password(sink: &Sink, text: &str, span: Span) {
    if !text.is_empty() && !text.contains('$') {
        report(sink, span, "a password is written out, in plain sight of everyone who can read the file".to_owned());
    }
}

fn report(sink: &Sink, span: Span, message: String) {
    let help = "replace it by a new one, kept in a context or a project variable, and write `$NAME` here".to_owned();
    sink.push(Report::warning(Code::PlainSecret, span, message).help(help));
}

fn find(text: &str) -> Option<&'static str> {
    if text.len() < SHORTEST {
        return None;
    }
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    if !TOKENS.iter().any(|(start, ..)| text.contains(start)) {
        return None;
    }
    let is_word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
    text.split(|char| !is_word(char))
        .find_map(|word| TOKENS.iter().find(|(start, length, _)| word.starts_with(start) && word.len() >= *length))
        .map(|(_, _, what)| *what)
}
