//! `roundhouse admin ssh-key …`: SSH keys of a project.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::project::ProjectSlug;
use serde_json::json;
use store::ssh_key::{self, SshKey, Use};

use super::{input::read_value, open::Place};
use crate::{
    cli::{Exit, config::Format, settings_flags::SettingsFlags},
    secret::{Owner, SshIdentity, check_hostname},
    vcs,
};

/// SSH keys of a project.
#[derive(Debug, Subcommand)]
pub enum SshKeyAdmin {
    /// Adds a private key. It comes from standard input, or a file, and has no passphrase.
    #[command(
        after_help = "Example: roundhouse admin ssh-key add gh/acme/app --hostname deploy.example.com < id_ed25519\n         \
                      roundhouse admin ssh-key add gh/acme/app --checkout < deploy_key"
    )]
    Add(Add),
    /// Lists the keys: their public part and their fingerprints.
    #[command(after_help = "Example: roundhouse admin ssh-key list gh/acme/app")]
    List {
        /// The project.
        project: ProjectSlug,
        /// How to report.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Removes a key by its fingerprint, MD5 or SHA256.
    Remove {
        /// The project.
        project: ProjectSlug,
        /// As `list` shows it.
        fingerprint: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

/// A key to be added.
#[derive(Debug, Args)]
pub struct Add {
    /// The project.
    project: ProjectSlug,
    /// The host that it is for; every host by default.
    #[arg(long, conflicts_with = "checkout")]
    hostname: Option<String>,
    /// `checkout` fetches the code with it: a deploy key of the repository. It replaces the one before.
    #[arg(long)]
    checkout: bool,
    /// Where git clones from with a checkout key; the forge's usual SSH address by default.
    #[arg(long, requires = "checkout", value_name = "ADDRESS")]
    address: Option<String>,
    /// Read the key from this file.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsFlags,
}

impl SshKeyAdmin {
    pub(in crate::cli) async fn execute(self) -> anyhow::Result<Exit> {
        match self {
            Self::Add(add) => add.execute().await?,
            Self::List { project, format, settings } => list(&project, format, settings).await?,
            Self::Remove { project, fingerprint, settings } => {
                let place = Place::open(settings).await?;
                let project = place.project(&project).await?;
                let mut tx = place.store.begin().await?;
                let count = ssh_key::delete(&mut tx, project.id, fingerprint.trim_start_matches("MD5:")).await?;
                tx.commit().await?;
                anyhow::ensure!(count > 0, "`{}` has no SSH key {fingerprint}", project.slug);
            }
        }
        Ok(Exit::Done)
    }
}

impl Add {
    async fn execute(self) -> anyhow::Result<()> {
        let Self { project, hostname, checkout, address, key_file, settings } = self;
        if let Some(hostname) = &hostname {
            check_hostname(hostname).map_err(anyhow::Error::msg)?;
        }
        if let Some(address) = &address {
            anyhow::ensure!(
                vcs::host_of(address).is_some(),
                "`{address}` is no address for SSH: write it as `ssh://git@HOST:PORT/PATH` or `git@HOST:PATH`"
            );
        }
        let place = Place::open(settings).await?;
        let project = place.project(&project).await?;
        let text = read_value(key_file.as_deref())?;
        let (SshIdentity { public_key, md5, sha256 }, text) = SshIdentity::take(&text)?;
        let id = ssh_key::new_id();
        let key = SshKey {
            id,
            project_id: project.id,
            usage: if checkout { Use::Checkout { address } } else { Use::Additional { hostname } },
            public_key,
            md5,
            sha256: sha256.clone(),
            sealed: place.vault.seal(Owner::SshKey(id), &text)?,
            created_at: place.clock.now(),
        };
        let mut tx = place.store.begin().await?;
        ssh_key::create(&mut tx, &key).await?;
        tx.commit().await?;
        println!("{sha256}");
        Ok(())
    }
}

async fn list(project: &ProjectSlug, format: Format, settings: SettingsFlags) -> anyhow::Result<()> {
    let place = Place::open(settings).await?;
    let project = place.project(project).await?;
    let mut keys = Vec::new();
    for key in ssh_key::list(place.store.read(), project.id).await? {
        let (kind, hostname, address) = match key.usage {
            Use::Additional { hostname } => ("additional", hostname, None),
            Use::Checkout { address } => ("checkout", None, address),
        };
        match format {
            Format::Text => {
                let place = hostname.or(address).unwrap_or_else(|| "every host".to_owned());
                println!("{kind:<10} {place}\n    {}\n    {}\n    {}", key.sha256, key.md5, key.public_key);
            }
            Format::Json => keys.push(json!({
                "type": kind,
                "hostname": hostname,
                "address": address,
                "sha256": key.sha256,
                "md5": key.md5,
                "public_key": key.public_key,
            })),
        }
    }
    match format {
        Format::Text => {}
        Format::Json => println!("{}", json!({ "keys": keys })),
    }
    Ok(())
}
