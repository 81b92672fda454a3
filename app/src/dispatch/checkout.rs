//! How a job gets its code: over HTTP with a short-lived token of the forge, or over SSH with the project's checkout key.

use model::{
    job::Outcome,
    plan::{JobPlan, StepKind},
    protocol::{CheckoutSource, GitCredentials, SshAccess, SshCheckout, SshKey},
    trigger::Trigger,
};
use secrecy::ExposeSecret;
use store::{
    pipeline::Pipeline,
    project::Project,
    ssh_key::{self, Use},
};
use tracing::warn;

use super::{Dispatch, DispatchError, hindrance::Hindrance};
use crate::{
    secret::Owner,
    vcs::{ForgeError, RepositoryHandle, ssh_address},
};

/// A job's code, and its SSH keys.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub(super) checkout: Option<CheckoutSource>,
    pub(super) ssh: SshAccess,
    /// What people should know of it.
    pub(super) notes: Vec<String>,
}

impl Dispatch {
    /// What a job may fetch, and the keys that it asks for.
    pub(super) async fn reach(
        &self,
        project: &Project,
        pipeline: &Pipeline,
        plan: &JobPlan,
    ) -> Result<Result<Reach, Hindrance>, DispatchError> {
        let wants_keys = plan.steps.iter().any(|step| matches!(step.kind, StepKind::AddSshKeys(_)));
        let wants_code = plan.steps.iter().any(|step| matches!(step.kind, StepKind::Checkout(_)));
        let mut reach = Reach::default();
        let mut checkout_key = None;
        if pipeline.zone.may_have_secrets() && (wants_keys || wants_code) {
            for row in ssh_key::list(self.store().read(), project.id).await? {
                let private_key = match self.vault().unseal(Owner::SshKey(row.id), &row.sealed) {
                    Ok(private_key) => private_key.expose_secret().to_owned(),
                    Err(error) => return Ok(Err(error.into())),
                };
                let key = |hostname| SshKey { hostname, md5: row.md5, sha256: row.sha256, private_key };
                match row.usage {
                    Use::Additional { hostname } if wants_keys => reach.ssh.keys.push(key(hostname)),
                    Use::Additional { hostname: _ } => {}
                    Use::Checkout { address } => checkout_key = Some((key(None), address)),
                }
            }
        }
        if let (Trigger::Local, Some(path)) = (pipeline.trigger, project.clone_url.strip_prefix("file://")) {
            reach.checkout = Some(CheckoutSource::Directory { path: path.to_owned() });
            return Ok(Ok(reach));
        }
        if !wants_code {
            return Ok(Ok(reach));
        }
        let found = match checkout_key {
            Some((key, address)) => self.over_ssh(project, key, address, &mut reach).await.map(|url| (url, None)),
            None => self.over_http(project).await.map_err(|error| of_forge(project, &error)),
        };
        let (url, credentials) = match found {
            Ok(found) => found,
            Err(hindrance) => return Ok(Err(hindrance)),
        };
        let (sha, git_ref) = (pipeline.sha.clone(), pipeline.git_ref.clone());
        reach.checkout = Some(CheckoutSource::Git { url, sha, git_ref, credentials });
        Ok(Ok(reach))
    }

    async fn over_http(&self, project: &Project) -> Result<(String, Option<GitCredentials>), ForgeError> {
        let credentials = match self.forges().clone_credentials(&handle(project)).await {
            Ok(credentials) => Some(GitCredentials {
                username: credentials.username,
                password: credentials.password.expose_secret().to_owned(),
            }),
            // Anyone may fetch it.
            Err(ForgeError::Permanent { message }) if !project.private => {
                warn!(project.slug = %project.slug, "Fetching {} without credentials: {message}", project.slug);
                None
            }
            Err(error) => return Err(error),
        };
        Ok((project.clone_url.clone(), credentials))
    }

    async fn over_ssh(
        &self,
        project: &Project,
        key: SshKey,
        address: Option<String>,
        reach: &mut Reach,
    ) -> Result<String, Hindrance> {
        let (url, host) = ssh_address(project, address.as_deref()).map_err(|error| of_forge(project, &error))?;
        let mut known_hosts = self.terms().known_hosts.clone().unwrap_or_default();
        if !knows(&known_hosts, &host) {
            let told = self.forges().ssh_host_keys(&handle(project), &host).await;
            known_hosts += &told.map_err(|error| of_forge(project, &error))?;
        }
        let accept_new = !knows(&known_hosts, &host);
        if accept_new && matches!(host.as_str(), "github.com" | "gitlab.com" | "ssh.github.com" | "altssh.gitlab.com") {
            let reason = format!(
                "the code cannot be fetched over SSH, because the host keys of {host} are not known: write them into a file (`ssh-keyscan {host} > FILE`, and compare \
                 with what {host} publishes) and name it in the setting `known_hosts`"
            );
            return Err(Hindrance::Lasting(Outcome::InfrastructureFail, reason));
        }
        if accept_new {
            reach.notes.push(format!(
                "The SSH host key of {host} is not known here: the first one that it shows is believed. Name a file with it in \
                 the server's setting `known_hosts`."
            ));
        }
        reach.ssh.checkout = Some(SshCheckout { key, known_hosts, accept_new });
        Ok(url)
    }
}

fn of_forge(project: &Project, error: &ForgeError) -> Hindrance {
    Hindrance::of_forge(&format!("the code of {} cannot be fetched", project.slug.full_name()), error)
}

fn handle(project: &Project) -> RepositoryHandle {
    RepositoryHandle {
        slug: project.slug.clone(),
        forge_id: project.forge_id,
        installation_id: project.installation_id,
    }
}

/// Whether lines of a `known_hosts` file name a host. Names may be hashed (`|1|…`): such lines are taken to name every host,
/// and `ssh` decides.
fn knows(known_hosts: &str, host: &str) -> bool {
    known_hosts.lines().any(|line| {
        let names = line.split_whitespace().find(|word| !word.starts_with('@')).unwrap_or_default();
        let bare = |name: &str| name.trim_start_matches('[').split(']').next() == Some(host);
        !names.starts_with('#') && names.split(',').any(|name| name.starts_with("|1|") || bare(name))
    })
}
