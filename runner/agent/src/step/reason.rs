//! The sentence of cause for a failed job.

use model::{event::StepResult, plan::Step};

/// A longer name is cut: the sentence has to fit into a commit status.
const LONGEST_NAME: usize = 60;

/// Names the step and the cause; `None` for a success.
pub fn of_failure(step: &Step, result: &StepResult) -> Option<String> {
    let sentence = result.sentence()?;
    let name = short(&step.name);
    Some(match result {
        StepResult::Exit { .. } => format!("step `{name}` {sentence}"),
        StepResult::Signal { .. }
        | StepResult::TimedOut { .. }
        | StepResult::NoOutput { .. }
        | StepResult::Canceled => {
            format!("step `{name}` was {sentence}")
        }
        StepResult::NotStarted { .. } | StepResult::Lost { .. } => format!("step `{name}`: {sentence}"),
    })
}

/// The first line of a name that says something, cut where it is long.
fn short(name: &str) -> String {
    let mut lines = name.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("(unnamed)");
    let cut: String = first.chars().take(LONGEST_NAME).collect();
    if cut.len() < first.len() || lines.next().is_some() { format!("{}…", cut.trim_end()) } else { cut }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(short("make test"), "make test");
        assert_eq!(short("\n  make test\nmake lint\n"), "make test…");
        assert_eq!(short(&"é".repeat(80)), format!("{}…", "é".repeat(60)));
        assert_eq!(short(""), "(unnamed)");
    }
}
