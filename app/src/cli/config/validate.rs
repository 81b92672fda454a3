//! `roundhouse config validate`: every mistake, with its place.

use clap::Args;
use config::Diagnostic;
use serde_json::json;

use super::{
    Format, Input,
    input::{InputFlags, read_source},
};
use crate::{
    cli::{
        Exit,
        compile::{self, Outcome, with_orbs},
    },
    orb::Gathered,
};

/// Reports every error of a configuration, with line, column and help.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse config validate .circleci/config.yml\n\nExit code 1 when there are errors, 3 when an \
                  orb cannot be had."
)]
pub struct Validate {
    #[command(flatten)]
    input: Input,
    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Validate {
    pub(super) async fn execute(self) -> anyhow::Result<Exit> {
        let Self { input: Input { file, flags }, format } = self;
        let (source, inputs) = (read_source(&file)?, flags.inputs()?);
        let InputFlags { orbs, .. } = flags;
        let sources = orbs.sources()?.with_nearest();
        let compiled =
            with_orbs(&sources, &mut Gathered::new(), |orbs| config::compile(&source, &inputs, orbs)).await?;
        let (valid, findings) = match compiled {
            Outcome::Done(compiled) => (true, compiled.warnings),
            Outcome::Invalid(findings) => (false, findings),
        };
        Ok(report(&source.name, valid, &findings, format))
    }
}

/// Says what was found.
pub(in crate::cli) fn report(name: &str, valid: bool, findings: &[Diagnostic], format: Format) -> Exit {
    match format {
        Format::Json => println!("{}", json!({ "file": name, "valid": valid, "diagnostics": findings })),
        Format::Text => {
            compile::show(findings);
            println!("{}", summary(name, valid, findings));
        }
    }
    if valid { Exit::Done } else { Exit::Failed }
}

/// One line that says how it went.
pub(in crate::cli) fn summary(name: &str, valid: bool, findings: &[Diagnostic]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == config::Severity::Error).count();
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let warnings = count(findings.len() - errors, "warning");
    match valid {
        true if findings.is_empty() => format!("`{name}` is valid"),
        true => format!("`{name}` is valid, with {warnings}"),
        false if errors == findings.len() => format!("`{name}` has {}", count(errors, "error")),
        false => format!("`{name}` has {} and {warnings}", count(errors, "error")),
    }
}
