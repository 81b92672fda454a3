//! `roundhouse orb process`: an orb, expanded in a configuration that uses it.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use config::{OrbRef, Orbs, Refusal, Source};

use crate::{
    cli::{
        Exit,
        compile::{self, Outcome, with_orbs},
        config::{InputFlags, read_source, summary},
    },
    orb::{Fetched, Gathered},
};

/// Prints a configuration that uses an orb with everything put in: one of the orb's own examples, or yours.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse orb process orb.yml --config .circleci/config.yml --name acme/tools\n\nExit \
                  code 1 when there are errors, 3 when another orb cannot be had."
)]
pub struct Process {
    /// The packed orb; `-` is standard input.
    file: PathBuf,
    /// A configuration that imports it.
    #[arg(long, value_name = "FILE", conflicts_with = "example")]
    config: Option<PathBuf>,
    /// An example of the orb; the first by default.
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
    /// What the orb is called in the configuration, in whichever version. Not needed where only one orb is imported.
    #[arg(long, value_name = "NAMESPACE/ORB")]
    name: Option<String>,
    #[command(flatten)]
    flags: InputFlags,
}

impl Process {
    pub(super) async fn execute(self) -> anyhow::Result<Exit> {
        let Self { file, config, example, name, flags } = self;
        let orb = read_source(&file)?;
        let source = match config {
            Some(path) => read_source(&path)?,
            None => usage(&orb, example.as_deref())?,
        };
        let inputs = flags.inputs()?;
        let sources = flags.orbs.sources()?.with_nearest();
        let mut gathered = Gathered::new();
        let needed = match config::process(&source, &inputs, &Orbs::new()) {
            Err(Refusal::NeedsOrbs(needed)) => needed,
            Ok(_) | Err(Refusal::Invalid(_)) => Vec::new(),
        };
        for reference in meant(&needed, name.as_deref())? {
            let text = orb.text.clone();
            gathered.insert(Fetched { reference, version: "this".to_owned(), text, note: None });
        }
        match with_orbs(&sources, &mut gathered, |orbs| config::process(&source, &inputs, orbs)).await? {
            Outcome::Done(text) => {
                print!("{text}");
                Ok(Exit::Done)
            }
            Outcome::Invalid(findings) => {
                compile::show(&findings);
                eprintln!("{}", summary(&source.name, false, &findings));
                Ok(Exit::Failed)
            }
        }
    }
}

/// Which of the references are this orb.
fn meant(needed: &[OrbRef], name: Option<&str>) -> anyhow::Result<Vec<OrbRef>> {
    let orb = |reference: &OrbRef| reference.registry().map(|(namespace, name, _)| format!("{namespace}/{name}"));
    match (name, needed) {
        (_, []) => Ok(Vec::new()),
        (None, [only]) => Ok(vec![only.clone()]),
        (Some(name), _) => {
            let meant: Vec<OrbRef> =
                needed.iter().filter(|reference| orb(reference).as_deref() == Some(name)).cloned().collect();
            if meant.is_empty() {
                bail!("the configuration does not import `{name}`; it imports {}", names(needed));
            }
            Ok(meant)
        }
        (None, _) => bail!(
            "the configuration imports {}: say with --name NAMESPACE/ORB which of them this orb is",
            names(needed)
        ),
    }
}

fn names(references: &[OrbRef]) -> String {
    references.iter().map(|reference| format!("`{reference}`")).collect::<Vec<_>>().join(", ")
}

/// The configuration of an example.
fn usage(orb: &Source, wanted: Option<&str>) -> anyhow::Result<Source> {
    let tree = fyaml::parse(&orb.text).map_err(|why| anyhow::anyhow!("{}:{why}", orb.name))?;
    let examples = tree.as_map().and_then(|map| map.get("examples")).and_then(fyaml::Tree::as_map);
    let examples = examples.filter(|examples| !examples.is_empty()).with_context(|| {
        format!("`{}` has no examples: name a configuration that uses the orb with --config FILE", orb.name)
    })?;
    let known = || examples.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (name, example) = match wanted {
        Some(wanted) => examples
            .get_key_value(wanted)
            .with_context(|| format!("`{}` has no example `{wanted}`; it has {}", orb.name, known()))?,
        None => examples.first_key_value().context("an orb's examples are empty")?,
    };
    let usage = example
        .as_map()
        .and_then(|example| example.get("usage"))
        .with_context(|| format!("the example `{name}` of `{}` has no `usage`", orb.name))?;
    Ok(Source::new(format!("{} (example {name})", orb.name), fyaml::write(usage)))
}
