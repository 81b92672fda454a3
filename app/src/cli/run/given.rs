//! Variables that a local run is given, in place of those that a server stores.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::Context;
use model::time::Timestamp;
use secrecy::SecretString;
use store::{Tx, context, project::Project, project_variable};

use super::dotenv::{self, Variables};
use crate::secret::{Owner, Vault};

/// Variables of the project and of contexts.
#[derive(Default)]
pub struct Given {
    project: Variables,
    contexts: BTreeMap<String, Variables>,
}

impl Given {
    /// Reads the files of `--env-file` and `--context-file`; a later one wins.
    ///
    /// # Errors
    /// A file that cannot be read, with the place of the mistake.
    pub fn read(env_files: &[PathBuf], context_files: &[PathBuf]) -> anyhow::Result<Self> {
        let mut given = Self::default();
        for file in env_files {
            given.project.extend(dotenv::read_variables(file).context("failed to read the variables of the project")?);
        }
        for file in context_files {
            for (name, variables) in dotenv::read_contexts(file).context("failed to read contexts")? {
                given.contexts.entry(name).or_default().extend(variables);
            }
        }
        Ok(given)
    }

    /// Seals and stores them.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(super) async fn store(
        &self,
        tx: &mut Tx,
        vault: &Vault,
        project: &Project,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        for (name, value) in &self.project {
            let sealed = vault.seal(Owner::Project(project.id, name), &SecretString::from(value.as_str()))?;
            project_variable::set(tx, project.id, name, &sealed, now).await?;
        }
        for (context, variables) in &self.contexts {
            let context = context::create(tx, project.slug.vcs, &project.slug.org, context, now).await?;
            for (name, value) in variables {
                let sealed = vault.seal(Owner::Context(context.id, name), &SecretString::from(value.as_str()))?;
                context::set_variable(tx, context.id, name, &sealed, now).await?;
            }
        }
        Ok(())
    }
}
