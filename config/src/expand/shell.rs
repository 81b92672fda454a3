//! Values that others choose, in shell commands.

use super::Env;
use crate::Code;
use crate::diagnostic::Report;
use crate::expr::{Piece, Template};
use crate::yaml::Node;

/// Pipeline values that whoever pushes or opens a pull request can choose, and the variable that holds the same.
const CHOSEN_BY_OTHERS: [(&str, &str); 8] = [
    ("pipeline.git.branch", "$CIRCLE_BRANCH"),
    ("pipeline.git.tag", "$CIRCLE_TAG"),
    ("pipeline.git.commit.subject", ""),
    ("pipeline.git.commit.body", ""),
    ("pipeline.event.github.pull_request.title", ""),
    ("pipeline.event.github.pull_request.head.ref", ""),
    ("pipeline.event.github.comment.body", ""),
    ("pipeline.trigger_parameters.webhook.body", ""),
];

/// Warns of such values in the command of a `run`: a branch named `$(…)` would be run.
pub(super) fn check(env: &Env<'_>, body: &Node) {
    let command = if body.as_scalar().is_some() { Some(body) } else { body.get("command") };
    let Some((node, text)) = command.and_then(|node| Some((node, node.as_text()?))) else { return };
    if !env.templates || !Template::is_needed(text) {
        return;
    }
    let Ok(template) = Template::parse(text) else { return };
    for (name, variable) in CHOSEN_BY_OTHERS {
        // Once for each value, however often it stands there.
        let code = template.pieces.iter().find_map(|piece| match piece {
            Piece::Value(code) if code.text == name => Some(code),
            Piece::Value(_) | Piece::Text(_) | Piece::Section { .. } => None,
        });
        let Some(code) = code else { continue };
        let message = format!("`{name}` stands in a shell command: whoever chooses it can run commands with it");
        let help = match variable {
            "" => "put it into `environment` of the step, and use the variable in double quotes".to_owned(),
            variable => format!("use \"{variable}\", in double quotes, which the shell does not run"),
        };
        let span = env.template_span(node.span, code.index);
        env.sink.push(Report::warning(Code::ShellInjection, span, message).help(help));
    }
}
