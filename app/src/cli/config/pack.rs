//! `roundhouse config pack`: one document of a directory of fragments.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Exit;

/// Makes one YAML document of a directory of fragments (FYAML), and prints it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse config pack .circleci/src > .circleci/config.yml\n\nA directory's name is a \
                  key, a file's name is a key below it, and the content of a file in the top directory or with a \
                  name that begins with @ belongs to its directory."
)]
pub struct Pack {
    /// The directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Pack {
    pub(super) fn execute(self) -> anyhow::Result<Exit> {
        print!("{}", fyaml::pack_config(&self.directory)?);
        Ok(Exit::Done)
    }
}
