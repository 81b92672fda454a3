//! `roundhouse orb validate`: the mistakes of an orb.

use std::path::PathBuf;

use clap::Args;
use config::{Code, Diagnostic, Inputs, Severity};

use crate::{
    cli::{
        Exit,
        compile::{OrbFlags, Outcome, with_orbs},
        config::{Format, read_source, report},
    },
    orb::Gathered,
};

/// Reports the mistakes of a packed orb, with line, column and help.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse orb pack src | roundhouse orb validate -\n\nExit code 1 when there are errors, \
                  3 when an orb that it imports cannot be had."
)]
pub struct Validate {
    /// The orb; `-` is standard input.
    file: PathBuf,
    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    orbs: OrbFlags,
}

impl Validate {
    pub(super) async fn execute(self) -> anyhow::Result<Exit> {
        let Self { file, format, orbs } = self;
        let source = read_source(&file)?;
        let inputs = Inputs::branch("main");
        let sources = orbs.sources()?.with_nearest();
        // An orb is read as a configuration whose jobs nobody runs: that finds the mistakes of all its parts.
        let compiled =
            with_orbs(&sources, &mut Gathered::new(), |orbs| config::compile(&source, &inputs, orbs)).await?;
        let findings = match compiled {
            Outcome::Done(compiled) => compiled.warnings,
            Outcome::Invalid(findings) => findings,
        };
        let findings: Vec<Diagnostic> = findings.into_iter().filter(concerns_orbs).collect();
        let valid = findings.iter().all(|finding| finding.severity != Severity::Error);
        Ok(report(&source.name, valid, &findings, format))
    }
}

/// An orb has no workflows, and need not.
fn concerns_orbs(finding: &Diagnostic) -> bool {
    !matches!(finding.code, Code::NoWorkflow | Code::UnusedJob)
}
