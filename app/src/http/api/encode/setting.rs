//! Settings of a project.

use serde::Serialize;
use store::trigger_setting::TriggerSettings;

/// Settings, all of them: clients expect every key. Those that this server does not have are what they mean here.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct SettingsBody {
    advanced: Advanced,
}

#[derive(Debug, Serialize)]
struct Advanced {
    autocancel_builds: bool,
    build_fork_prs: bool,
    build_prs_only: bool,
    disable_ssh: bool,
    forks_receive_secret_env_vars: bool,
    oss: bool,
    set_github_status: bool,
    setup_workflows: bool,
    write_settings_requires_admin: bool,
    pr_only_branch_overrides: [String; 1],
}

impl SettingsBody {
    pub(in crate::http::api) fn new(settings: TriggerSettings, default_branch: &str) -> Self {
        let TriggerSettings { auto_cancel, build_forks, only_pull_requests } = settings;
        Self {
            advanced: Advanced {
                autocancel_builds: auto_cancel,
                build_fork_prs: build_forks,
                build_prs_only: only_pull_requests,
                disable_ssh: true,
                forks_receive_secret_env_vars: false,
                oss: false,
                set_github_status: true,
                setup_workflows: true,
                write_settings_requires_admin: true,
                pr_only_branch_overrides: [default_branch.to_owned()],
            },
        }
    }
}
