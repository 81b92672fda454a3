//! `roundhouse orb import`: puts orbs into a server's store.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use config::{OrbRef, OrbVersion};
use store::{
    Store,
    orb::{NewOrb, OrbOrigin},
};

use super::list::{hex, open};
use crate::{
    cli::{Exit, config::read_source, settings_flags::SettingsFlags},
    clock::Clock,
    orb::{OrbDirectory, OrbSources, Shelf, sha256},
};

/// Puts an orb into the server's store: from a file, from a directory of files, or from the registry.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse orb import acme__tools@1.2.3.yml\n         roundhouse orb import orb.yml --as \
                  acme/tools@1.2.3\n         roundhouse orb import circleci/node@5\n\nFiles are named \
                  NAMESPACE__ORB@VERSION.yml. An orb that was imported from a file is never looked for in the \
                  registry. A version that is there with other bytes is refused."
)]
pub struct Import {
    /// A file, a directory of files, or a reference such as circleci/node@5.1.
    #[arg(value_name = "FILE|DIR|REF")]
    what: String,
    /// The name and version of a file that is not named after them.
    #[arg(long = "as", value_name = "NAMESPACE/ORB@VERSION")]
    reference: Option<String>,
    #[command(flatten)]
    settings: SettingsFlags,
}

/// An orb on its way in.
struct Found {
    name: String,
    version: String,
    text: String,
    place: String,
}

impl Import {
    pub(super) async fn execute(self) -> anyhow::Result<Exit> {
        let Self { what, reference, settings } = self;
        let (_, settings) = settings.resolve()?;
        let path = PathBuf::from(&what);
        let is_path = what == "-" || path.exists();
        if !is_path {
            let wanted = OrbRef::new(what.as_str());
            ensure!(
                reference.is_none() && wanted.registry().is_some(),
                "there is no file or directory `{what}`, and it is no reference such as circleci/node@5.1 either"
            );
            let store = open(&settings).await?;
            let shelf = Shelf::Store(store.clone(), Clock::System);
            let fetched = OrbSources::new(&settings.orbs, shelf, Clock::System).fetch(&wanted).await?;
            let name = what.split('@').next().unwrap_or_default().to_owned();
            let found = Found { name, version: fetched.version, text: fetched.text, place: what };
            return keep(&store, vec![found], OrbOrigin::Registry).await;
        }
        let found = if path.is_dir() {
            ensure!(reference.is_none(), "--as names one orb, and `{what}` is a directory");
            directory(&path)?
        } else {
            vec![file(&path, reference.as_deref())?]
        };
        keep(&open(&settings).await?, found, OrbOrigin::Import).await
    }
}

fn directory(path: &Path) -> anyhow::Result<Vec<Found>> {
    let directory = OrbDirectory::open(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let found: Vec<Found> = directory
        .iter()
        .map(|(name, version, path)| {
            let text = directory.read(name, version)?;
            Ok(Found { name: name.to_owned(), version: version.to_owned(), text, place: path.display().to_string() })
        })
        .collect::<anyhow::Result<_>>()?;
    ensure!(
        !found.is_empty(),
        "there is no orb in `{}`: orbs are files named NAMESPACE__ORB@VERSION.yml",
        path.display()
    );
    Ok(found)
}

fn file(path: &Path, reference: Option<&str>) -> anyhow::Result<Found> {
    let place = path.display().to_string();
    let text = read_source(path)?.text;
    let (name, version) = match reference {
        Some(reference) => {
            let wanted = OrbRef::new(reference);
            let (namespace, name, version) = wanted
                .registry()
                .with_context(|| format!("`--as {reference}` is no name and version: write acme/tools@1.2.3"))?;
            (format!("{namespace}/{name}"), version.to_owned())
        }
        None => OrbDirectory::parse_file_name(path).with_context(|| {
            format!("the name of `{place}` does not say which orb it is: add --as acme/tools@1.2.3")
        })?,
    };
    Ok(Found { name, version, text, place })
}

async fn keep(store: &Store, found: Vec<Found>, origin: OrbOrigin) -> anyhow::Result<Exit> {
    for Found { version, place, text, .. } in &found {
        match version.parse::<OrbVersion>() {
            Ok(OrbVersion::Dev(_) | OrbVersion::Release { patch: Some(_), .. }) => {}
            Ok(OrbVersion::Release { .. } | OrbVersion::Volatile) | Err(_) => {
                bail!("`{place}` has the version `{version}`: an orb is kept under a whole one, like 1.2.3 or dev:main")
            }
        }
        match fyaml::parse(text) {
            Ok(tree) if tree.as_map().is_some() => {}
            Ok(tree) => bail!("`{place}` is {}, and no orb: an orb is a map", tree.kind()),
            Err(why) => bail!("{place}:{why}"),
        }
    }
    let mut tx = store.begin().await?;
    for Found { name, version, text, place } in &found {
        let new = NewOrb { name, version, source: text, sha256: sha256(text), origin };
        let is_new = match store::orb::put(&mut tx, &new, Clock::System.now()).await {
            Ok(is_new) => is_new,
            Err(store::Error::Conflict(_)) => bail!(
                "`{place}` is not the `{name}@{version}` that the server has: a version never changes; give it a new \
                 number (nothing was imported)"
            ),
            Err(error) => return Err(error.into()),
        };
        let verb = if is_new { "Imported" } else { "Known already:" };
        println!("{verb} {name}@{version} (sha256:{})", &hex(&new.sha256)[..16]);
    }
    tx.commit().await?;
    Ok(Exit::Done)
}
