//! Every setting, with its meaning.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// `github.app_id`: table and key in the file. Environment and flag follow from it.
    pub key: &'static str,
    /// What a value looks like, in help texts.
    pub value: &'static str,
    /// What is in force when nothing is said; empty when there is no default.
    pub default: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// Never printed; may also be given as a file.
    pub secret: bool,
    /// Known by the contract, but without effect in this version: using it is answered with a warning.
    pub planned: bool,
}

impl Setting {
    /// `ROUNDHOUSE_GITHUB_APP_ID`.
    pub fn variable(&self) -> String {
        format!("ROUNDHOUSE_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// `github-app-id`, without the dashes in front.
    pub fn flag(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }

    const fn plain(key: &'static str, value: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self { key, value, default, meaning, secret: false, planned: false }
    }

    const fn secret(key: &'static str, meaning: &'static str) -> Self {
        Self { key, value: "SECRET", default: "", meaning, secret: true, planned: false }
    }

    const fn planned(mut self) -> Self {
        self.planned = true;
        self
    }
}

/// Every setting there is, in the order in which they are shown.
pub const CATALOGUE: &[Setting] = &[
    Setting::plain("data_dir", "DIR", "./data", "Database, logs and keys. Made at first start"),
    Setting::plain("listen", "ADDRESS", "127.0.0.1:8000", "Address of the HTTP server"),
    Setting::plain("public_url", "URL", "", "Address that people and forges use; follows `listen` by default"),
    Setting::plain(
        "status_prefix",
        "TEXT",
        "ci/roundhouse",
        "Commit status contexts are `PREFIX: JOB`; `ci/circleci` keeps existing branch protection rules working",
    ),
    Setting::plain(
        "require_login",
        "on|off",
        "off",
        "Whether pages and the API show anything to those who are not logged in",
    ),
    Setting::plain("github.url", "URL", "https://github.com", "GitHub, or GitHub Enterprise Server"),
    Setting::plain("github.api_url", "URL", "https://api.github.com", "GitHub's REST API"),
    Setting::plain("github.app_id", "NUMBER", "", "Id of the GitHub App"),
    Setting::secret("github.private_key", "Private key of the GitHub App, PEM"),
    Setting::secret("github.webhook_secret", "Secret of the GitHub App's webhook"),
    Setting::plain("github.client_id", "ID", "", "OAuth client of the GitHub App, for login").planned(),
    Setting::secret("github.client_secret", "OAuth secret of the GitHub App, for login").planned(),
    Setting::plain("gitlab.url", "URL", "", "GitLab, for example https://gitlab.com"),
    Setting::secret("gitlab.token", "GitLab access token with the scope `api`"),
    Setting::secret("gitlab.webhook_secret", "Secret token of GitLab's webhooks"),
    Setting::plain("gitlab.client_id", "ID", "", "OAuth client at GitLab, for login").planned(),
    Setting::secret("gitlab.client_secret", "OAuth secret at GitLab, for login").planned(),
    Setting::secret(
        "master_key",
        "Key that seals stored secrets: 32 bytes as base64; made at first start by default. Of several, the first seals",
    ),
    Setting::plain(
        "known_hosts",
        "FILE",
        "",
        "Host keys of forges for checkouts over SSH, as `ssh-keyscan` prints them; github.com's come from its API",
    ),
    Setting::plain(
        "blob_url",
        "URL",
        "",
        "Where caches, workspaces and artifacts are kept: file:///PATH; `blobs` in the data directory by default",
    ),
    Setting::plain(
        "cache_budget_gib",
        "NUMBER",
        "20",
        "GiB that all caches may have together; those that were used longest ago make room",
    ),
    Setting::plain(
        "log_limit_mib",
        "NUMBER",
        "2048",
        "MiB of output that are kept of one step; what it prints beyond is left out, with a mark",
    ),
    Setting::plain(
        "min_free_gib",
        "NUMBER",
        "1",
        "Below so much free room on the disk of the data directory nothing new begins, and a runner elsewhere claims nothing; \
         0 turns that off",
    ),
    Setting::plain("limits.total", "NUMBER", "", "Tasks that run at the same time, in all; no limit by default"),
    Setting::plain(
        "limits.project",
        "NUMBER",
        "",
        "Tasks of each project that run at the same time; `roundhouse admin limit` sets others for some",
    ),
    Setting::plain(
        "limits.classes",
        "LIST",
        "",
        "Tasks of a class that run at the same time: docker/large=2, acme/gpu=1; no limits by default",
    ),
    Setting::plain(
        "limits.scheduled_patience_min",
        "MINUTES",
        "30",
        "Scheduled work lets other work go first, until it has waited for so long",
    ),
    Setting::plain(
        "retention.artifacts",
        "KEEP",
        "30d",
        "How long artifacts are kept: an age (30d), a count (200x: those of the newest 200 pipelines of each project), a \
         size (50GiB: of all together), or several; `forever`",
    ),
    Setting::plain("retention.workspaces", "KEEP", "15d", "How long workspaces are kept"),
    Setting::plain("retention.caches", "KEEP", "15d", "How long caches are kept; see also `cache_budget_gib`"),
    Setting::plain("retention.logs", "KEEP", "90d", "How long the output of steps is kept"),
    Setting::plain("retention.pipelines", "KEEP", "400d", "How long pipelines are kept, with everything of theirs"),
    Setting::plain("retention.deliveries", "KEEP", "30d", "How long webhooks are kept as they came in"),
    Setting::plain(
        "retention.keep_last_green",
        "on|off",
        "on",
        "Whether the newest pipeline of each branch that succeeded keeps its artifacts and logs",
    ),
    Setting::plain(
        "orb_registry_url",
        "URL",
        "https://circleci.com/graphql-unstable",
        "Where registry orbs come from; each fetched version is stored and locked by hash; `none` forbids it",
    ),
    Setting::plain(
        "orb_url_allow",
        "PREFIXES",
        "",
        "Addresses that orbs may be fetched from, with commas between: https://orbs.example.com/ci/; none by default",
    ),
    Setting::plain(
        "serial_group_timeout_minutes",
        "NUMBER",
        "300",
        "How long a job may wait for its serial group; then it is canceled",
    ),
    Setting::plain("runner.capacity", "NUMBER", "", "Tasks at a time; the number of processors by default"),
    Setting::plain("runner.machine", "on|off", "off", "Whether the machine executor may use this host"),
    Setting::plain(
        "runner.machine_images",
        "PAIRS",
        "",
        "Container images in place of machine images: ubuntu-2204:*=cimg/base:2025.01,default=cimg/base:2025.01",
    ),
    Setting::plain(
        "runner.remote_docker",
        "on|privileged|off",
        "on",
        "Whether jobs may have a Docker daemon of their own (setup_remote_docker), and whether that may be privileged",
    ),
    Setting::plain("runner.remote_docker_image", "IMAGE", "docker:28-dind", "Image that these daemons run in"),
    Setting::plain(
        "runner.labels",
        "LABELS",
        "",
        "Resource classes of self-hosted runners that the runner serves (acme/gpu), and families of classes (gpu, windows)",
    ),
    Setting::plain(
        "runner.resource_classes",
        "CLASSES",
        "",
        "Sizes of resource classes, where they differ from CircleCI's or are one's own: large=4:8GiB,acme/big=32:128GiB",
    ),
    Setting::plain("runner.ecr_url", "URL", "", "Where `aws_auth` gets passwords; an image's region by default"),
    Setting::plain("runner.sts_url", "URL", "", "Where `aws_auth` takes roles; an image's region by default"),
    Setting::plain("runner.google_sts_url", "URL", "", "Where `gcp_auth` exchanges tokens; Google's by default"),
    Setting::plain(
        "runner.google_iam_url",
        "URL",
        "",
        "Where `gcp_auth` gets tokens of service accounts; Google's by default",
    ),
    Setting::plain("runner.name", "NAME", "", "Name of the runner; the host's name by default"),
    Setting::plain("runner.server", "URL", "", "The server that `roundhouse runner` works for"),
    Setting::secret("runner.token", "Token of `roundhouse runner`; `roundhouse admin runner create` makes one"),
    Setting::plain(
        "log",
        "FILTER",
        "info,octocrab=off",
        "What the log on standard error tells: `warn`, `roundhouse=debug`, …",
    ),
];
