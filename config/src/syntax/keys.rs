//! Every key of the language, and what becomes of it here. `docs/config-support.md` is made of these tables.

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It means what CircleCI's reference says.
    Supported,
    /// It is accepted, with the meaning that the note says.
    Accepted,
    /// It is accepted without a word and means nothing to what runs: documentation.
    Prose,
    /// CircleCI has given it up; it works, with a warning.
    Deprecated,
    /// It is legal and not built yet: an error, because what runs would not be what was meant.
    NotYet,
}

/// A key with what becomes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) status: Status,
    pub(crate) note: &'static str,
}

/// The keys of one kind of map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// `a job`
    pub(crate) what: &'static str,
    /// Where such a map stands: `jobs.NAME`.
    pub(crate) path: &'static str,
    pub(crate) keys: &'static [Key],
}

const fn key(name: &'static str) -> Key {
    Key { name, status: Status::Supported, note: "" }
}

const fn noted(name: &'static str, note: &'static str) -> Key {
    Key { name, status: Status::Supported, note }
}

const fn accepted(name: &'static str, note: &'static str) -> Key {
    Key { name, status: Status::Accepted, note }
}

const fn prose(name: &'static str) -> Key {
    Key { name, status: Status::Prose, note: "documentation" }
}

const fn deprecated(name: &'static str, note: &'static str) -> Key {
    Key { name, status: Status::Deprecated, note }
}

const fn not_yet(name: &'static str, note: &'static str) -> Key {
    Key { name, status: Status::NotYet, note }
}

/// The top level of a configuration.
pub(crate) const DOCUMENT: Table = Table {
    what: "a configuration",
    path: "(top level)",
    keys: &[
        noted("version", "`2`, `2.0` or `2.1`"),
        noted("setup", "the continuation is compiled with the arguments that it is given"),
        noted("orbs", "registry references, URLs and inline orbs; what is not at hand is asked for"),
        key("commands"),
        noted("parameters", "pipeline parameters: `string`, `boolean`, `integer`, `enum`"),
        key("executors"),
        key("jobs"),
        key("job-groups"),
        key("workflows"),
        prose("description"),
        prose("display"),
        prose("examples"),
        accepted("experimental", "CircleCI's own trials: no effect"),
        accepted("notify", "no effect: webhooks are configured at the server"),
    ],
};

/// A job.
pub(crate) const JOB: Table = Table {
    what: "a job",
    path: "jobs.NAME",
    keys: &[
        noted(
            "type",
            "`build`, `approval`, `no-op`, `release`; a release succeeds at once: there is no release service",
        ),
        key("docker"),
        key("machine"),
        noted("macos", "needs a runner with the label `macos`; see executors.md"),
        not_yet("windows", "use `machine` with a Windows image, or the executors of the Windows orb"),
        key("executor"),
        key("shell"),
        key("parameters"),
        key("steps"),
        key("working_directory"),
        key("parallelism"),
        key("environment"),
        noted("resource_class", "names the runners that may take the job"),
        accepted("validation", "of a job of type `release`: no effect without a release service"),
        key("retention"),
        accepted("circleci_ip_ranges", "no effect: jobs use the addresses of your own runners"),
        accepted("plan_name", "of a job of type `release`, which needs it: no effect without a release service"),
        deprecated("branches", "counts only in a configuration without workflows; use filters in a workflow"),
        prose("description"),
        prose("display"),
    ],
};

/// An executor.
pub(crate) const EXECUTOR: Table = Table {
    what: "an executor",
    path: "executors.NAME",
    keys: &[
        key("docker"),
        key("machine"),
        noted("macos", "needs a runner with the label `macos`; see executors.md"),
        not_yet("windows", "use `machine` with a Windows image, or the executors of the Windows orb"),
        key("shell"),
        key("working_directory"),
        key("environment"),
        key("resource_class"),
        key("parameters"),
        prose("description"),
    ],
};

/// A command.
pub(crate) const COMMAND: Table =
    Table { what: "a command", path: "commands.NAME", keys: &[key("steps"), key("parameters"), prose("description")] };

/// A parameter.
pub(crate) const PARAMETER: Table = Table {
    what: "a parameter",
    path: "parameters.NAME",
    keys: &[
        noted("type", "`string`, `boolean`, `integer`, `enum`, `executor`, `steps`, `env_var_name`"),
        key("default"),
        key("enum"),
        prose("description"),
    ],
};

/// A container.
pub(crate) const CONTAINER: Table = Table {
    what: "a container",
    path: "docker[]",
    keys: &[
        key("image"),
        key("name"),
        key("entrypoint"),
        key("command"),
        key("user"),
        key("environment"),
        key("auth"),
        key("aws_auth"),
        key("gcp_auth"),
    ],
};

/// `auth` of a container.
pub(crate) const AUTH: Table =
    Table { what: "`auth`", path: "docker[].auth", keys: &[key("username"), key("password")] };

/// `aws_auth` of a container.
pub(crate) const AWS_AUTH: Table = Table {
    what: "`aws_auth`",
    path: "docker[].aws_auth",
    keys: &[key("aws_access_key_id"), key("aws_secret_access_key"), key("oidc_role_arn")],
};

/// `gcp_auth` of a container.
pub(crate) const GCP_AUTH: Table = Table {
    what: "`gcp_auth`",
    path: "docker[].gcp_auth",
    keys: &[
        noted("service_account", "a service account's key, as JSON, usually `$VARIABLE`"),
        key("oidc_service_account"),
        key("workload_identity_pool"),
        key("workload_identity_provider"),
    ],
};

/// `machine`.
pub(crate) const MACHINE: Table = Table {
    what: "`machine`",
    path: "machine",
    keys: &[
        noted("image", "the runner's administrator says what an image's name stands for"),
        noted("docker_layer_caching", "where a container stands for the machine; a runner's own host keeps its layers"),
        noted("shell", "as the job's own `shell`"),
        noted("resource_class", "as the job's own `resource_class`"),
        deprecated("enabled", "write `machine: true`"),
    ],
};

/// `macos`.
pub(crate) const MACOS: Table = Table {
    what: "`macos`",
    path: "macos",
    keys: &[
        noted("shell", "as the job's own `shell`"),
        noted("resource_class", "as the job's own `resource_class`"),
        accepted("xcode", "shown with the job; the Mac has what its administrator installed"),
        accepted("code_signing", "no effect: the certificates are in the keychain of your Mac"),
    ],
};

/// `retention` of a job.
pub(crate) const RETENTION: Table = Table {
    what: "`retention`",
    path: "jobs.NAME.retention",
    keys: &[noted("caches", "`1d` to `30d`, and no longer than the server keeps caches (15 days by default)")],
};

/// `run`.
pub(crate) const RUN: Table = Table {
    what: "`run`",
    path: "steps[].run",
    keys: &[
        key("command"),
        key("name"),
        key("shell"),
        key("environment"),
        key("background"),
        key("working_directory"),
        key("no_output_timeout"),
        noted("when", "`always`, `on_success`, `on_fail`"),
        key("max_auto_reruns"),
        key("auto_rerun_delay"),
        prose("description"),
    ],
};

/// `checkout`.
pub(crate) const CHECKOUT: Table = Table {
    what: "`checkout`",
    path: "steps[].checkout",
    keys: &[
        noted("method", "`blobless`, `full`, `shallow`"),
        noted("depth", "of `method: shallow`, which needs it: commits"),
        key("path"),
        key("name"),
        key("when"),
    ],
};

/// `setup_remote_docker`.
pub(crate) const SETUP_REMOTE_DOCKER: Table = Table {
    what: "`setup_remote_docker`",
    path: "steps[].setup_remote_docker",
    keys: &[
        accepted("version", "no effect, as the step says: the runner's administrator chooses the daemon"),
        key("docker_layer_caching"),
        accepted("prefer_same_region", "no effect: the daemon runs beside the job"),
        key("name"),
        key("when"),
        deprecated("reusable", "CircleCI removed it; it has no effect"),
        deprecated("exclusive", "CircleCI removed it; it has no effect"),
    ],
};

/// `save_cache`.
pub(crate) const SAVE_CACHE: Table = Table {
    what: "`save_cache`",
    path: "steps[].save_cache",
    keys: &[key("key"), noted("paths", "a list, or one text"), key("name"), key("when")],
};

/// `restore_cache`.
pub(crate) const RESTORE_CACHE: Table = Table {
    what: "`restore_cache`",
    path: "steps[].restore_cache",
    keys: &[key("key"), key("keys"), key("name"), key("when")],
};

/// `persist_to_workspace`.
pub(crate) const PERSIST_TO_WORKSPACE: Table = Table {
    what: "`persist_to_workspace`",
    path: "steps[].persist_to_workspace",
    keys: &[key("root"), key("paths"), key("name"), key("when")],
};

/// `attach_workspace`.
pub(crate) const ATTACH_WORKSPACE: Table = Table {
    what: "`attach_workspace`",
    path: "steps[].attach_workspace",
    keys: &[key("at"), key("name"), key("when")],
};

/// `store_artifacts`.
pub(crate) const STORE_ARTIFACTS: Table = Table {
    what: "`store_artifacts`",
    path: "steps[].store_artifacts",
    keys: &[key("path"), key("destination"), key("name"), key("when")],
};

/// `store_test_results`.
pub(crate) const STORE_TEST_RESULTS: Table = Table {
    what: "`store_test_results`",
    path: "steps[].store_test_results",
    keys: &[key("path"), key("name"), key("when")],
};

/// `add_ssh_keys`.
pub(crate) const ADD_SSH_KEYS: Table = Table {
    what: "`add_ssh_keys`",
    path: "steps[].add_ssh_keys",
    keys: &[key("fingerprints"), key("name"), key("when")],
};

/// A conditional step.
pub(crate) const CONDITIONAL: Table = Table {
    what: "a conditional step",
    path: "steps[].when, steps[].unless",
    keys: &[key("condition"), key("steps"), prose("name"), prose("description")],
};

/// A workflow.
pub(crate) const WORKFLOW: Table = Table {
    what: "a workflow",
    path: "workflows.NAME",
    keys: &[
        key("jobs"),
        key("when"),
        key("unless"),
        noted("triggers", "a workflow with triggers runs for its schedules only, not for pushes; see triggers.md"),
        noted("max_auto_reruns", "a failed workflow is rerun from failed so often by itself, at most 5 times"),
        prose("description"),
        accepted("version", "no effect"),
    ],
};

/// A job of a workflow. Other keys are arguments of the job.
pub(crate) const WORKFLOW_JOB: Table = Table {
    what: "a job of a workflow",
    path: "workflows.NAME.jobs[].NAME",
    keys: &[
        noted("requires", "names, or names with statuses"),
        key("name"),
        noted("context", "a text, a list, or an expression; see secrets.md"),
        noted("type", "`approval`; `no-op` for a job that has no definition"),
        noted("filters", "branches, tags, or an expression"),
        key("matrix"),
        noted("serial-group", "one job of a key runs at a time in the whole organization; see orchestration.md"),
        key("override-with"),
        key("pre-steps"),
        key("post-steps"),
    ],
};

/// `matrix`.
pub(crate) const MATRIX: Table = Table {
    what: "`matrix`",
    path: "workflows.NAME.jobs[].NAME.matrix",
    keys: &[key("parameters"), key("exclude"), key("alias")],
};

/// `filters`.
pub(crate) const FILTERS: Table =
    Table { what: "`filters`", path: "workflows.NAME.jobs[].NAME.filters", keys: &[key("branches"), key("tags")] };

/// `branches` and `tags` of filters.
pub(crate) const FILTER: Table = Table {
    what: "a filter",
    path: "….filters.branches, ….filters.tags",
    keys: &[noted("only", "wins over `ignore`"), key("ignore")],
};

/// A trigger of a workflow.
pub(crate) const TRIGGER: Table =
    Table { what: "a trigger", path: "workflows.NAME.triggers[]", keys: &[key("schedule")] };

/// `schedule` of a trigger.
pub(crate) const SCHEDULE: Table = Table {
    what: "`schedule`",
    path: "workflows.NAME.triggers[].schedule",
    keys: &[
        noted("cron", "POSIX crontab in UTC, with steps and names"),
        noted("filters", "`branches` with `only` and `ignore`: the branches whose configuration sets up the schedule"),
    ],
};

/// A job group.
pub(crate) const JOB_GROUP: Table = Table {
    what: "a job group",
    path: "job-groups.NAME",
    keys: &[key("jobs"), prose("description"), noted("parameters", "an error: a group takes no arguments")],
};

/// Every table, in the order of the page.
pub(crate) const ALL: &[&Table] = &[
    &DOCUMENT,
    &JOB,
    &EXECUTOR,
    &COMMAND,
    &PARAMETER,
    &CONTAINER,
    &AUTH,
    &AWS_AUTH,
    &GCP_AUTH,
    &MACHINE,
    &MACOS,
    &RETENTION,
    &RUN,
    &CHECKOUT,
    &SETUP_REMOTE_DOCKER,
    &SAVE_CACHE,
    &RESTORE_CACHE,
    &PERSIST_TO_WORKSPACE,
    &ATTACH_WORKSPACE,
    &STORE_ARTIFACTS,
    &STORE_TEST_RESULTS,
    &ADD_SSH_KEYS,
    &CONDITIONAL,
    &WORKFLOW,
    &WORKFLOW_JOB,
    &MATRIX,
    &FILTERS,
    &FILTER,
    &TRIGGER,
    &SCHEDULE,
    &JOB_GROUP,
];
