//! Compilation on the command line, with orbs: shared by `config`, `orb` and `run`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use config::{Diagnostic, Orbs, Refusal};

use super::terminal;
use crate::{
    clock::Clock,
    orb::{Gathered, OrbDirectory, OrbSources, Shelf},
    settings::{OrbSettings, Resolved, Sources},
};

/// Where orbs come from, on the command line.
#[derive(Clone, Debug, Default, Args)]
pub struct OrbFlags {
    /// A directory of orbs, each a file named NAMESPACE__ORB@VERSION.yml. An orb that it has in any version comes from
    /// nowhere else.
    #[arg(long, value_name = "DIR")]
    pub orb_dir: Option<PathBuf>,
}

/// What a compilation gave.
pub enum Outcome<T> {
    /// A result.
    Done(T),
    /// The configuration is wrong.
    Invalid(Vec<Diagnostic>),
}

impl OrbFlags {
    /// Orbs from the directory, the user's cache and the registry, as the environment and the settings file say.
    ///
    /// # Errors
    /// The directory cannot be read, or a setting is wrong.
    pub fn sources(&self) -> anyhow::Result<OrbSources> {
        let resolved = Resolved::new(&Sources::with_flags([].into(), None))?;
        self.sources_with(&OrbSettings::new(&resolved)?)
    }

    /// The same with these settings.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn sources_with(&self, settings: &OrbSettings) -> anyhow::Result<OrbSources> {
        let directory = match &self.orb_dir {
            Some(path) => Some(
                OrbDirectory::open(path)
                    .with_context(|| format!("failed to read the directory of orbs `{}`", path.display()))?,
            ),
            None => None,
        };
        let shelf = cache_directory().map_or(Shelf::Nowhere, |cache| Shelf::Files(cache.join("roundhouse/orbs")));
        Ok(OrbSources::new(settings, shelf, Clock::System).with_directory(directory))
    }
}

/// Where the user's programs keep what they can fetch again (XDG).
fn cache_directory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
}

/// Compiles, or expands, until no orb is lacking. What stood in for something else is said on standard error.
///
/// # Errors
/// An orb cannot be had; the text says what to do.
pub async fn with_orbs<T>(
    sources: &OrbSources,
    gathered: &mut Gathered,
    attempt: impl Fn(&Orbs) -> Result<T, Refusal>,
) -> anyhow::Result<Outcome<T>> {
    let outcome = loop {
        match attempt(gathered.orbs()) {
            Ok(done) => break Outcome::Done(done),
            Err(Refusal::Invalid(findings)) => break Outcome::Invalid(findings),
            Err(Refusal::NeedsOrbs(needed)) => gathered.fetch(sources, &needed).await?,
        }
    };
    for note in gathered.notes() {
        eprintln!("note: {note}");
    }
    Ok(outcome)
}

/// Findings on standard error.
pub fn show(findings: &[Diagnostic]) {
    for finding in findings {
        eprintln!("{}", finding.render(terminal::colours_on_stderr()));
    }
}
