//! Whose fault it is that there is no image: a wrong name or a missing right is the configuration's, all else the
//! runner's, its host's or its registry's.

use bollard::errors::Error;

use super::{
    super::connection::{Connection, causes, is_disk_full, status},
    name::registry,
    pull::PullError,
    ready::Wanted,
};
use crate::executor::SpinUpError;

/// A sentence for a pull that failed.
pub(super) fn explain(connection: &Connection, wanted: Wanted<'_>, error: &PullError) -> SpinUpError {
    let Wanted { name: image, auth, identity: _ } = wanted;
    let host = registry(image).unwrap_or("Docker Hub");
    let error = match error {
        PullError::Docker(error) => error,
        PullError::Silent => {
            return SpinUpError::infrastructure(format!("the registry of image `{image}` ({host}) does not answer"));
        }
    };
    let text = match error {
        Error::DockerResponseServerError { message, .. } => message.clone(),
        Error::DockerStreamError { error } => error.clone(),
        other => causes(other),
    };
    let lower = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["invalid reference format", "invalid repository name", "must be lowercase"]) {
        return SpinUpError::failed(format!("`{image}` is not the name of an image: {text}"));
    }
    if says(&["no matching manifest", "does not match the specified platform"]) {
        return SpinUpError::failed(format!(
            "image `{image}` does not exist for this runner's kind of processor: {text}"
        ));
    }
    if is_disk_full(&text) {
        return SpinUpError::infrastructure(format!(
            "image `{image}` cannot be pulled: the disk of the runner's host is full ({text}); remove images that nobody \
             needs there (docker image prune), or give it a larger disk"
        ));
    }
    if says(&["toomanyrequests", "too many requests", "rate limit"]) {
        return SpinUpError::infrastructure(format!(
            "image `{image}` cannot be pulled: {host} has had too many requests from here ({text}); `auth` in the \
             configuration, or a mirror in Docker's settings, raises the limit"
        ));
    }
    let no_access = says(&["unauthorized", "no basic auth", "authentication required", "access forbidden"])
        || says(&["denied"]) && !says(&["does not exist"])
        || matches!(status(error), Some(401 | 403));
    if no_access && !lower.contains("lookup") {
        return SpinUpError::failed(if auth.is_some() {
            format!("{host} gives no access to image `{image}` with the credentials of the configuration: {text}")
        } else {
            format!(
                "{host} gives no access to image `{image}`: {text}. A private image needs `auth` in the configuration"
            )
        });
    }
    let absent = says(&["not found", "manifest unknown", "does not exist", "name unknown"]);
    if (absent || status(error) == Some(404)) && !lower.contains("lookup") {
        return SpinUpError::failed(format!(
            "image `{image}` does not exist at {host}: {text}. Check the name and the tag; a private image needs `auth` in \
             the configuration"
        ));
    }
    match error {
        Error::DockerResponseServerError { .. } | Error::DockerStreamError { .. } => {
            SpinUpError::infrastructure(format!(
                "image `{image}` is not on this runner's host, and its registry ({host}) does not answer as one should: {text}"
            ))
        }
        other => connection.explain(&format!("pull image `{image}`"), other),
    }
}

#[cfg(test)]
mod tests {
    use bollard::errors::Error;
    use model::{
        job::Outcome,
        plan::{BasicAuth, ImageAuth},
    };

    use super::{Connection, PullError, Wanted, explain};

    /// What daemons and registries have been seen to say.
    #[test]
    fn a_failure_is_somebodys_fault_and_says_whose() {
        let auth = ImageAuth::Basic(BasicAuth { username: "robot".to_owned(), password: "wrong".to_owned() });
        for (text, auth, outcome, words) in [
            (
                "pull access denied for acme/app, repository does not exist or may require 'docker login': denied: requested \
                 access to the resource is denied",
                None,
                Outcome::Failed,
                "does not exist at Docker Hub",
            ),
            (
                "manifest for debian:nope not found: manifest unknown: manifest unknown",
                None,
                Outcome::Failed,
                "does not exist",
            ),
            ("unauthorized: authentication required", None, Outcome::Failed, "A private image needs `auth`"),
            (
                "Head \"https://ghcr.io/v2/a/b/manifests/1\": denied: denied",
                Some(&auth),
                Outcome::Failed,
                "with the credentials of the configuration",
            ),
            (
                "no matching manifest for linux/arm64/v8 in the manifest list entries",
                None,
                Outcome::Failed,
                "kind of processor",
            ),
            (
                "failed to register layer: write /usr/lib/x: no space left on device",
                None,
                Outcome::InfrastructureFail,
                "the disk of the runner's host is full",
            ),
            (
                "toomanyrequests: You have reached your pull rate limit.",
                None,
                Outcome::InfrastructureFail,
                "too many requests",
            ),
            (
                "Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host",
                None,
                Outcome::InfrastructureFail,
                "does not answer as one should",
            ),
            (
                "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
                None,
                Outcome::InfrastructureFail,
                "does not answer as one should",
            ),
        ] {
            let error = PullError::Docker(Error::DockerStreamError { error: text.to_owned() });
            let explained =
                explain(&Connection::new(None), Wanted { name: "acme/app:1", auth, identity: None }, &error);
            assert_eq!(explained.outcome, outcome, "{text}: {explained}");
            assert!(explained.reason.contains(words), "{text}: {explained}");
            assert!(explained.reason.contains("`acme/app:1`"), "{explained}");
        }
    }
}
