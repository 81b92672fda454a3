//! Addresses of repositories over SSH.

use store::project::Project;

use super::error::ForgeError;

/// Where git clones a project from over SSH, and the host in it. `given` is what the administrator said; otherwise it is the
/// forge's usual address: `git@HOST:ORG/REPO.git`.
///
/// # Errors
/// An address without a host.
pub fn ssh_address(project: &Project, given: Option<&str>) -> Result<(String, String), ForgeError> {
    let address = match given {
        Some(given) => given.to_owned(),
        None => {
            let host = project.clone_url.split_once("://").map_or("", |(_, rest)| rest);
            let host = host.split('/').next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
            format!("git@{}:{}.git", host.split(':').next().unwrap_or_default(), project.slug.full_name())
        }
    };
    match host_of(&address) {
        Some(host) => Ok((address.clone(), host.to_owned())),
        None => Err(ForgeError::permanent(format!(
            "`{address}` is no address that git clones from over SSH: give the checkout key one like \
             `ssh://git@git.example.com:2222/acme/app.git` (`roundhouse admin ssh-key add --checkout --address …`)"
        ))),
    }
}

/// The host in `ssh://[user@]host[:port]/path` or `[user@]host:path`.
pub fn host_of(address: &str) -> Option<&str> {
    let (authority, path) = match address.strip_prefix("ssh://") {
        Some(rest) => rest.split_once('/')?,
        None if address.contains("://") => return None,
        None => address.split_once(':')?,
    };
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    // A host that begins with a dash would be an option of `ssh`.
    let plain = host.chars().all(|character| character.is_ascii_alphanumeric() || "-._".contains(character));
    (!path.is_empty() && !host.is_empty() && plain && !host.starts_with('-')).then_some(host)
}

#[cfg(test)]
mod tests;
