//! `roundhouse orb pack`: one document of an orb's source directory.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Exit;

/// Makes one YAML document of an orb's source directory, and prints it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse orb pack src > orb.yml\n\nThe directory holds @orb.yml and the directories \
                  commands, jobs, executors and examples; `<< include(scripts/greet.sh) >>` is replaced with that \
                  file, every `<<` in it escaped."
)]
pub struct Pack {
    /// The directory, or an orb's one file.
    #[arg(value_name = "DIR")]
    path: PathBuf,
}

impl Pack {
    pub(super) fn execute(self) -> anyhow::Result<Exit> {
        print!("{}", fyaml::pack_orb(&self.path)?);
        Ok(Exit::Done)
    }
}
