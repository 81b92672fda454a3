//! Settings, understood: checked, and of the types that the rest of the program uses.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use secrecy::SecretString;

use super::{
    blob::BlobSettings, limits::LimitSettings, login::LoginSettings, resolve::Resolved, retention::RetentionSettings,
    runner::RunnerSettings, secret::SecretSettings,
};

/// What is in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Database, logs, keys.
    pub data_dir: PathBuf,
    /// Address of the HTTP server.
    pub listen: SocketAddr,
    /// Address that people and forges use, without a slash at the end. `None`: follows the address that is listened on.
    pub public_url: Option<String>,
    /// In front of the name of a job in commit statuses.
    pub status_prefix: String,
    /// GitHub. Without App id and key it is known, but not connected.
    pub github: GithubSettings,
    /// GitLab, when it has an address.
    pub gitlab: Option<GitlabSettings>,
    /// Where orbs come from.
    pub orbs: OrbSettings,
    /// Caches, workspaces and artifacts.
    pub blobs: BlobSettings,
    /// What seals secrets.
    pub secrets: SecretSettings,
    /// Who may see and do what.
    pub login: LoginSettings,
    /// How long a job may wait for its serial group, in milliseconds.
    pub serial_group_timeout_ms: i64,
    /// How much may run at the same time.
    pub limits: LimitSettings,
    /// How long things are kept.
    pub retention: RetentionSettings,
    /// The runner in this process.
    pub runner: RunnerSettings,
}

/// GitHub.
#[derive(Clone, Debug)]
pub struct GithubSettings {
    /// Where people go.
    pub url: String,
    /// Where programs go.
    pub api_url: String,
    /// The App's id and private key (PEM), when both are there.
    pub app: Option<(u64, SecretString)>,
    /// Secret that signs webhooks.
    pub webhook_secret: Option<SecretString>,
}

/// GitLab.
#[derive(Clone, Debug)]
pub struct GitlabSettings {
    /// Its address.
    pub url: String,
    /// Access token with the scope `api`.
    pub token: Option<SecretString>,
    /// Token that webhooks carry.
    pub webhook_secret: Option<SecretString>,
}

/// Where orbs come from. The default fetches none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrbSettings {
    /// The registry's GraphQL address; `None`: it is not asked.
    pub registry_url: Option<String>,
    /// What the address of an orb must begin with: each begins with `https://` and ends with a slash.
    pub url_allow: Vec<String>,
}

impl OrbSettings {
    /// Understands what was resolved, of orbs alone.
    ///
    /// # Errors
    /// A value that does not mean what it must.
    pub fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        let wrong = |key: &str, value: &str, expected: &str| {
            format!("`{key}` is `{value}` (from {}), but must be {expected}", resolved.origin(key))
        };
        let registry_url = match resolved.text("orb_registry_url").unwrap_or_default().trim_end_matches('/') {
            "" | "none" => None,
            url => match url.split_once("://") {
                Some(("http" | "https", host)) if !host.is_empty() => Some(url.to_owned()),
                _ => bail!(wrong("orb_registry_url", url, "an address that begins with https://, or `none`")),
            },
        };
        let mut url_allow = Vec::new();
        let prefixes = resolved.text("orb_url_allow").unwrap_or_default();
        for prefix in prefixes.split([',', ' ']).filter(|prefix| !prefix.is_empty()) {
            let host = prefix.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
            if host.is_empty() || host.contains('@') || !prefix.ends_with('/') {
                bail!(wrong(
                    "orb_url_allow",
                    prefix,
                    "addresses that begin with https:// and end with a slash, like https://orbs.example.com/ci/"
                ));
            }
            url_allow.push(prefix.to_owned());
        }
        Ok(Self { registry_url, url_allow })
    }
}

impl Settings {
    /// Understands what was resolved.
    ///
    /// # Errors
    /// A value that does not mean what it must, with its name, its origin and what was expected.
    pub fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        let text = |key: &str| resolved.text(key).unwrap_or_default().to_owned();
        let wrong = |key: &str, expected: &str| {
            format!("`{key}` is `{}` (from {}), but must be {expected}", text(key), resolved.origin(key))
        };
        let listen = text("listen");
        let listen = match listen.parse() {
            Ok(address) => address,
            Err(_) => match listen.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
                Some(port) => SocketAddr::from(([127, 0, 0, 1], port)),
                None => bail!(wrong("listen", "an address and a port, like 127.0.0.1:8000")),
            },
        };
        let url = |key: &str| -> anyhow::Result<Option<String>> {
            let value = text(key);
            let value = value.trim_end_matches('/');
            match value.split_once("://") {
                _ if value.is_empty() => Ok(None),
                Some(("http" | "https", host)) if !host.is_empty() => Ok(Some(value.to_owned())),
                _ => bail!(wrong(key, "an address that begins with http:// or https://")),
            }
        };
        let app = match (resolved.text("github.app_id"), resolved.secret("github.private_key")) {
            (Some(id), Some(key)) => {
                let id =
                    id.parse().with_context(|| wrong("github.app_id", "the number that GitHub shows as App ID"))?;
                Some((id, key))
            }
            (None, None) => None,
            (Some(_), None) => bail!(
                "`github.app_id` is set, but `github.private_key` is not: set ROUNDHOUSE_GITHUB_PRIVATE_KEY_FILE to the \
                 .pem file that GitHub made for the App"
            ),
            (None, Some(_)) => bail!(
                "`github.private_key` is set, but `github.app_id` is not: set ROUNDHOUSE_GITHUB_APP_ID to the number \
                 that GitHub shows as App ID"
            ),
        };
        let gitlab = match url("gitlab.url")? {
            Some(url) => Some(GitlabSettings {
                url,
                token: resolved.secret("gitlab.token"),
                webhook_secret: resolved.secret("gitlab.webhook_secret"),
            }),
            None if resolved.secret("gitlab.token").is_some() => {
                bail!(
                    "`gitlab.token` is set, but `gitlab.url` is not: set ROUNDHOUSE_GITLAB_URL, for example https://gitlab.com"
                )
            }
            None => None,
        };
        let minutes =
            text("serial_group_timeout_minutes").parse().ok().filter(|minutes| (1..=525_600).contains(minutes));
        let minutes: i64 = minutes
            .with_context(|| wrong("serial_group_timeout_minutes", "a number of minutes from 1 to 525600, a year"))?;
        let data_dir = std::path::absolute(text("data_dir")).with_context(|| wrong("data_dir", "a directory"))?;
        Ok(Self {
            data_dir,
            listen,
            public_url: url("public_url")?,
            status_prefix: text("status_prefix"),
            github: GithubSettings {
                url: url("github.url")?.unwrap_or_default(),
                api_url: url("github.api_url")?.unwrap_or_default(),
                app,
                webhook_secret: resolved.secret("github.webhook_secret"),
            },
            gitlab,
            orbs: OrbSettings::new(resolved)?,
            blobs: BlobSettings::new(resolved)?,
            secrets: SecretSettings::new(resolved),
            login: LoginSettings::new(resolved)?,
            serial_group_timeout_ms: minutes * 60_000,
            limits: LimitSettings::new(resolved)?,
            retention: RetentionSettings::new(resolved)?,
            runner: RunnerSettings::new(resolved)?,
        })
    }
}

/// Where a runner keeps what it needs to take its tasks over after a restart.
pub fn runner_state_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("runner")
}
