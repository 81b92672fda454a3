//! Settings: one table of names, four places they come from, and where each value came from.
//!
//! In rising order: defaults, the file (`roundhouse.toml` in the data directory, or `--config-file`), the environment,
//! flags. A setting has one name in all of them: `github.app_id` is `[github] app_id` in the file, `ROUNDHOUSE_GITHUB_APP_ID`
//! in the environment and `--github-app-id` on the command line. Those that hold secrets also exist with `_file`, and are
//! then read from that file.
//!
//! This is the only reader of the environment.

mod blob;
mod catalogue;
mod limits;
mod login;
mod resolve;
mod retention;
mod runner;
mod secret;
mod typed;

pub use blob::{BlobPlace, BlobSettings};
pub use catalogue::{CATALOGUE, Setting};
pub use limits::LimitSettings;
pub use login::LoginSettings;
pub use resolve::{Origin, Resolved, Sources, Value};
pub use retention::{Keep, RetentionSettings};
pub use runner::RunnerSettings;
pub use secret::SecretSettings;
pub use typed::{GithubSettings, GitlabSettings, OrbSettings, Settings, runner_state_dir};

#[cfg(test)]
mod tests;
