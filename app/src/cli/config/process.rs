//! `roundhouse config process`: the expanded configuration.

use clap::Args;
use serde_json::json;

use super::{
    Format, Input,
    input::{InputFlags, read_source},
    report, summary,
};
use crate::{
    cli::{
        Exit,
        compile::{self, Outcome, with_orbs},
    },
    orb::Gathered,
};

/// Prints a configuration with everything put in: orbs, commands, executors, matrices, parameters, conditions.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse config process --param deploy=true --values values.json --orb-dir orbs\n\nThe \
                  result is YAML, in the form that `circleci config process` prints; expanded again, it gives itself. \
                  Exit code 1 when there are errors, 3 when an orb cannot be had."
)]
pub struct Process {
    #[command(flatten)]
    input: Input,
    /// How to report: `json` is an object with the result as the text `output`, or with `diagnostics`.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Process {
    pub(super) async fn execute(self) -> anyhow::Result<Exit> {
        let Self { input: Input { file, flags }, format } = self;
        let (source, inputs) = (read_source(&file)?, flags.inputs()?);
        let InputFlags { orbs, .. } = flags;
        let sources = orbs.sources()?.with_nearest();
        let mut gathered = Gathered::new();
        match with_orbs(&sources, &mut gathered, |orbs| config::process(&source, &inputs, orbs)).await? {
            Outcome::Done(text) => {
                // Beside the result, not in it: expanded again, it gives itself.
                for orb in gathered.used().iter().filter(|orb| !orb.reference.ends_with(&format!("@{}", orb.version))) {
                    eprintln!("note: the orb `{}` is version {}", orb.reference, orb.version);
                }
                match format {
                    Format::Text => print!("{text}"),
                    Format::Json => println!("{}", json!({ "file": source.name, "valid": true, "output": text })),
                }
                Ok(Exit::Done)
            }
            Outcome::Invalid(findings) if format == Format::Json => Ok(report(&source.name, false, &findings, format)),
            Outcome::Invalid(findings) => {
                compile::show(&findings);
                eprintln!("{}", summary(&source.name, false, &findings));
                Ok(Exit::Failed)
            }
        }
    }
}
