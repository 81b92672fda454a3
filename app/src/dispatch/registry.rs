//! Credentials of registries: `$VARIABLE` becomes its value, from contexts and the project, before the runner sees the plan.

use model::plan::{AwsAuth, BasicAuth, Container, Environment, Executor, ImageAuth, WorkloadIdentity};

/// Puts values in the place of variables in the credentials of an executor's images. Credentials whose variable nobody set
/// are taken away: the image is pulled without. Returns what was taken away, in sentences.
pub(super) fn resolve(executor: &mut Executor, variables: &Environment) -> Vec<String> {
    let containers = match executor {
        Executor::Docker { containers } => containers.as_mut_slice(),
        Executor::Machine { .. } | Executor::Macos { .. } => &mut [],
    };
    let mut notes = Vec::new();
    for Container { image, auth, .. } in containers {
        let Some(written) = auth.take() else { continue };
        match with_values(written, variables) {
            Ok(resolved) => *auth = Some(resolved),
            Err(Unset(name)) => notes.push(format!(
                "The credentials for image {image} name ${name}, which no context of the job and no variable of the project \
                 sets: pulling without them."
            )),
        }
    }
    notes
}

/// Every value in the credentials that must not be seen.
pub(super) fn masks(executor: &Executor) -> Vec<String> {
    let containers = match executor {
        Executor::Docker { containers } => containers.as_slice(),
        Executor::Machine { .. } | Executor::Macos { .. } => &[],
    };
    let auths = containers.iter().filter_map(|container| container.auth.as_ref());
    auths
        .filter_map(|auth| match auth {
            ImageAuth::Basic(BasicAuth { username: _, password }) => Some(password.clone()),
            ImageAuth::Aws(AwsAuth { access_key_id: _, secret_access_key, role_arn: _ }) => secret_access_key.clone(),
            ImageAuth::Gcp { service_account } => Some(service_account.clone()),
            ImageAuth::GcpIdentity(_) => None,
        })
        .collect()
}

/// The name of a variable that nobody set.
#[derive(Debug, PartialEq, Eq)]
struct Unset(String);

fn with_values(auth: ImageAuth, variables: &Environment) -> Result<ImageAuth, Unset> {
    let value = |text: String| value(&text, variables);
    Ok(match auth {
        ImageAuth::Basic(BasicAuth { username, password }) => {
            ImageAuth::Basic(BasicAuth { username: value(username)?, password: value(password)? })
        }
        ImageAuth::Aws(AwsAuth { access_key_id, secret_access_key, role_arn }) => ImageAuth::Aws(AwsAuth {
            access_key_id: access_key_id.map(value).transpose()?,
            secret_access_key: secret_access_key.map(value).transpose()?,
            role_arn: role_arn.map(value).transpose()?,
        }),
        ImageAuth::Gcp { service_account } => ImageAuth::Gcp { service_account: value(service_account)? },
        ImageAuth::GcpIdentity(WorkloadIdentity { service_account, pool, provider }) => {
            ImageAuth::GcpIdentity(WorkloadIdentity {
                service_account: value(service_account)?,
                pool: value(pool)?,
                provider: value(provider)?,
            })
        }
    })
}

/// `$NAME` or `${NAME}`, alone, has to be set. Inside of a longer text only names that are set are replaced: a password may
/// have a `$` in it.
fn value(text: &str, variables: &Environment) -> Result<String, Unset> {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        resolved.push_str(&rest[..at]);
        rest = &rest[at..];
        let (name, length) = name(rest);
        match variables.get(name) {
            Some(value) => resolved.push_str(value),
            None if !name.is_empty() && length == text.len() => return Err(Unset(name.to_owned())),
            None => resolved.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    resolved.push_str(rest);
    Ok(resolved)
}

/// The name after a `$`, and how many bytes the whole has. The name is empty where none follows.
fn name(text: &str) -> (&str, usize) {
    let (open, inner) = match text.strip_prefix("${") {
        Some(inner) => (2, inner),
        None => (1, &text[1..]),
    };
    let end =
        inner.find(|character: char| !character.is_ascii_alphanumeric() && character != '_').unwrap_or(inner.len());
    let name = &inner[..end];
    let closed = inner[end..].starts_with('}');
    match (open, name.chars().next()) {
        (_, None) => ("", 1),
        (_, Some(first)) if first.is_ascii_digit() => ("", 1),
        (2, Some(_)) if closed => (name, open + end + 1),
        (2, Some(_)) => ("", 1),
        (_, Some(_)) => (name, open + end),
    }
}

#[cfg(test)]
mod tests;
