//! `roundhouse config schema`: the language as a JSON Schema, for editors.

use anyhow::Context as _;
use clap::Args;

use crate::cli::Exit;

/// Prints a JSON Schema of the configuration language, for editors.
#[derive(Debug, Args)]
#[command(after_help = "Example: roundhouse config schema > circleci.schema.json")]
pub struct Schema {}

impl Schema {
    pub(super) fn execute(self) -> anyhow::Result<Exit> {
        let Self {} = self;
        let text = serde_json::to_string_pretty(&config::schema()).context("failed to write the schema")?;
        println!("{text}");
        Ok(Exit::Done)
    }
}
