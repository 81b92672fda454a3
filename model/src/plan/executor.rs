//! Where a job runs.

use serde::{Deserialize, Serialize};

use super::Environment;

/// Where a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Executor {
    /// Containers that share one network; steps run in the first.
    Docker {
        /// The primary container, then the services. Never empty.
        containers: Vec<Container>,
    },
    /// A whole machine: the runner's host, or what its administrator maps the image to.
    Machine {
        /// The image; `None` for `machine: true`.
        image: Option<String>,
        /// Whether Docker's layers are kept for the next job.
        #[serde(default)]
        docker_layer_caching: bool,
    },
    /// A Mac.
    Macos {
        /// The version of Xcode.
        xcode: String,
    },
}

/// A container of the Docker executor (configuration reference, `docker`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Image name, with tag or digest. May hold `$VARIABLE` in nothing but its credentials.
    pub image: String,
    /// Extra host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Replaces the image's entrypoint. Services only, except with `com.circleci.preserve-entrypoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// The user that processes run as; the image's own by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Environment of this container.
    #[serde(default, skip_serializing_if = "Environment::is_empty")]
    pub environment: Environment,
    /// Credentials for its registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<ImageAuth>,
}

/// Credentials for a registry. Values may be `$VARIABLE`, resolved from contexts and project variables at dispatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ImageAuth {
    /// `auth`.
    Basic(BasicAuth),
    /// `aws_auth`.
    Aws(AwsAuth),
    /// `gcp_auth`.
    Gcp {
        /// A service account's key, as JSON.
        service_account: String,
    },
    /// `gcp_auth` with `oidc_service_account`.
    GcpIdentity(WorkloadIdentity),
}

/// The name in `$NAME` or `${NAME}`, when that is the whole value: a reference to a variable, and no secret itself.
pub fn variable(value: &str) -> Option<&str> {
    let name = value.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let is_name = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    (is_name && !name.is_empty()).then_some(name)
}

/// User name and password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasicAuth {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// Credentials for Amazon's registry: keys, or a role taken over OIDC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsAuth {
    /// Key id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Secret key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
    /// Role to assume with the job's OIDC token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
}

/// How a job's OpenID Connect token is exchanged for Google's: workload identity federation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadIdentity {
    /// The service account that the image is pulled as: an e-mail address.
    pub service_account: String,
    /// The pool, by its whole name (`projects/1/locations/global/workloadIdentityPools/ci`).
    pub pool: String,
    /// The pool's provider, by its id.
    pub provider: String,
}

/// How much machine a job asks for (`medium`), or which self-hosted runners (`namespace/name`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceClass(pub String);

impl ResourceClass {
    /// Families of classes (`arm.medium`, `gpu.nvidia.small`) that only some runners have: those that offer the family's
    /// name as a label.
    pub const FAMILIES: [&str; 4] = ["arm", "gpu", "macos", "windows"];

    /// The label that a runner must offer to get a job of this class: the class itself for `namespace/name`, the family
    /// for `arm.medium`; `None` for the ordinary classes, which every runner has.
    pub fn label(&self) -> Option<&str> {
        if self.0.contains('/') {
            return Some(&self.0);
        }
        let family = self.0.split('.').next().unwrap_or_default();
        Self::FAMILIES.contains(&family).then_some(family)
    }
}

impl std::fmt::Display for ResourceClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ResourceClass, variable};

    #[test]
    fn a_reference_to_a_variable_is_told_from_a_value() {
        for (value, name) in
            [("$NAME", Some("NAME")), ("${NAME}", Some("NAME")), ("$ord-fish", None), ("$", None), ("plain", None)]
        {
            assert_eq!(variable(value), name, "{value}");
        }
    }

    #[test]
    fn a_class_tells_the_label_that_it_needs() {
        for (class, label) in [
            ("medium", None),
            ("medium.gen2", None),
            ("2xlarge+", None),
            ("acme/gpu", Some("acme/gpu")),
            ("arm.medium", Some("arm")),
            ("gpu.nvidia.small.gen2", Some("gpu")),
            ("windows.medium", Some("windows")),
            ("macos.m1.medium.gen1", Some("macos")),
            ("army", None),
        ] {
            assert_eq!(ResourceClass(class.to_owned()).label(), label, "{class}");
        }
    }
}
