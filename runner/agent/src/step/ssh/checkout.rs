//! What git needs to fetch over SSH: the key and the forge's host keys, in the agent's own directory.

use std::path::{Path, PathBuf};

use model::protocol::SshCheckout;

use super::files::write_private;
use crate::os::programs::shell_path;

/// The files of a checkout. They go with the agent's directory, at the end of the job, so that later steps can fetch and
/// push in the repository as well.
pub struct CheckoutFiles {
    key: PathBuf,
    known_hosts: PathBuf,
    accept_new: bool,
}

impl CheckoutFiles {
    /// Writes them.
    ///
    /// # Errors
    /// A sentence.
    pub fn write(directory: &Path, checkout: &SshCheckout) -> Result<Self, String> {
        let SshCheckout { key, known_hosts, accept_new } = checkout;
        let files = Self {
            key: directory.join("checkout_key"),
            known_hosts: directory.join("known_hosts"),
            accept_new: *accept_new,
        };
        write_private(&files.key, key.private_key.as_bytes())
            .and_then(|()| write_private(&files.known_hosts, known_hosts.as_bytes()))
            .map_err(|error| format!("the checkout key cannot be written to {}: {error}", directory.display()))?;
        Ok(files)
    }

    /// The command that git starts to reach the forge. Nothing of the job's own configuration leads it elsewhere.
    pub fn command(&self) -> String {
        let quote = |path: &Path| shlex::try_quote(&shell_path(path)).map(String::from).unwrap_or_default();
        let checking = if self.accept_new { "accept-new" } else { "yes" };
        format!(
            "ssh -F /dev/null -i {} -o IdentitiesOnly=yes -o IdentityAgent=none -o UserKnownHostsFile={} \
             -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking={checking} -o BatchMode=yes",
            quote(&self.key),
            quote(&self.known_hosts),
        )
    }
}
