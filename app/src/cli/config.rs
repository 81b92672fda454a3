//! `roundhouse config …`: the configuration language, by hand.

use std::{io::Read, path::PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use config::{Diagnostic, Inputs, Orbs, Refusal, Source};
use model::project::GitRef;
use serde_json::json;

use super::{Exit, terminal};

/// Checks and shows configurations.
#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Validate(Validate),
}

/// Reports every error of a configuration, with line, column and help.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse config validate .circleci/config.yml\n\nExit code 1 when there are errors."
)]
struct Validate {
    /// The configuration; `-` is standard input.
    #[arg(default_value = ".circleci/config.yml")]
    file: PathBuf,
    /// The branch that filters are evaluated for.
    #[arg(long, default_value = "main")]
    branch: String,
    /// The tag that filters are evaluated for, instead of a branch.
    #[arg(long, conflicts_with = "branch")]
    tag: Option<String>,
    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Config {
    /// Runs the command.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn execute(self) -> anyhow::Result<Exit> {
        match self.command {
            ConfigCommand::Validate(validate) => validate.execute(),
        }
    }
}

impl Validate {
    fn execute(self) -> anyhow::Result<Exit> {
        let Self { file, branch, tag, format } = self;
        let (name, text) = if file.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("failed to read the configuration from standard input")?;
            ("<stdin>".to_owned(), text)
        } else {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("failed to read the configuration `{}`", file.display()))?;
            (file.display().to_string(), text)
        };
        let git_ref = tag.map_or(GitRef::Branch(branch), GitRef::Tag);
        let source = Source::new(name.clone(), text);
        let (valid, findings) = match config::compile(&source, &Inputs::new(git_ref), &Orbs::default()) {
            Ok(compiled) => (true, compiled.warnings),
            Err(Refusal::Invalid(findings)) => (false, findings),
            Err(Refusal::NeedsOrbs(orbs)) => {
                let names: Vec<String> = orbs.iter().map(ToString::to_string).collect();
                anyhow::bail!("`{name}` uses orbs that cannot be fetched yet: {}", names.join(", "));
            }
        };
        match format {
            Format::Json => println!("{}", json!({ "file": name, "valid": valid, "diagnostics": findings })),
            Format::Text => {
                for finding in &findings {
                    eprintln!("{}", finding.render(terminal::colours_on_stderr()));
                }
                println!("{}", summary(&name, valid, &findings));
            }
        }
        Ok(if valid { Exit::Done } else { Exit::Failed })
    }
}

/// One line that says how it went.
fn summary(name: &str, valid: bool, findings: &[Diagnostic]) -> String {
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
