//! `roundhouse admin user …`

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use model::project::Vcs;
use serde_json::json;
use store::{
    Store,
    user::{Identity, NewUser, User},
};

use super::command::open;
use crate::{
    cli::{config::Format, settings_flags::SettingsFlags},
    clock::Clock,
};

#[derive(Debug, Subcommand)]
pub(super) enum UserAdmin {
    /// Makes a user.
    #[command(after_help = "Example: roundhouse admin user create ada --github-id 4815\n         \
                            roundhouse admin user create root --admin\n\n\
                            The number of a person at GitHub: https://api.github.com/users/LOGIN, `id`. At GitLab: the \
                            User ID of the profile page.\n\
                            A person at a forge may do here what the forge lets them do with a repository.")]
    Create {
        /// Login name: at the forge, when they are a person there.
        login: String,
        #[command(flatten)]
        person: PersonFlags,
        /// May do everything, everywhere.
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Lists all users.
    List {
        /// How to list.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Lets a user do everything, everywhere; with --revoke no longer.
    #[command(after_help = "Example: roundhouse admin user grant-admin github/ada")]
    GrantAdmin {
        /// `ada`, or `github/ada` where several are called so.
        login: String,
        /// Takes it back.
        #[arg(long)]
        revoke: bool,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

#[derive(Debug, Args)]
pub(super) struct PersonFlags {
    /// Their number at GitHub.
    #[arg(long, value_name = "NUMBER", conflicts_with = "gitlab_id")]
    github_id: Option<i64>,
    /// Their number at GitLab.
    #[arg(long, value_name = "NUMBER")]
    gitlab_id: Option<i64>,
}

impl UserAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self {
            Self::Create { login, person: PersonFlags { github_id, gitlab_id }, admin, settings } => {
                let identity = match (github_id, gitlab_id) {
                    (Some(id), _) => Identity::Forge { vcs: Vcs::GitHub, id },
                    (None, Some(id)) => Identity::Forge { vcs: Vcs::GitLab, id },
                    (None, None) => Identity::Local,
                };
                anyhow::ensure!(
                    !login.is_empty() && !login.contains(['/', ' ']),
                    "`{login}` is no login name: it has a space or a slash, or nothing at all"
                );
                let store = open(settings).await?;
                let mut tx = store.begin().await?;
                let new = NewUser { identity, login, name: None };
                let user = store::user::create(&mut tx, &new, Clock::System.now()).await?;
                store::user::set_admin(&mut tx, user.id, admin).await?;
                tx.commit().await?;
                println!("{} is a user now; `roundhouse admin token create {0}` makes a token", full_login(&user));
                if identity == Identity::Local && !admin {
                    eprintln!(
                        "No forge tells of any rights of theirs: they may only look. --github-id or --gitlab-id says who they are."
                    );
                }
            }
            Self::List { format, settings } => {
                let store = open(settings).await?;
                let users = store::user::list(store.read()).await?;
                match format {
                    Format::Json => {
                        let users: Vec<_> = users.iter().map(encode).collect();
                        println!("{}", serde_json::to_string_pretty(&users)?);
                    }
                    Format::Text => users.iter().for_each(|user| {
                        println!("{:<32} {}", full_login(user), if user.is_admin { "administrator" } else { "" });
                    }),
                }
            }
            Self::GrantAdmin { login, revoke, settings } => {
                let store = open(settings).await?;
                let user = find(&store, &login).await?;
                let mut tx = store.begin().await?;
                store::user::set_admin(&mut tx, user.id, !revoke).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }
}

fn encode(user: &User) -> serde_json::Value {
    let User { id, identity, login, name, is_admin, created_at: _ } = user;
    let (vcs, forge_id) = match identity {
        Identity::Local => (None, None),
        Identity::Forge { vcs, id } => (Some(vcs.long()), Some(id)),
    };
    json!({ "id": id, "vcs": vcs, "forge_id": forge_id, "login": login, "name": name, "is_admin": is_admin })
}

/// `github/ada`, or `root` for a local one.
pub(super) fn full_login(user: &User) -> String {
    match user.identity {
        Identity::Local => user.login.clone(),
        Identity::Forge { vcs, id: _ } => format!("{}/{}", vcs.long(), user.login),
    }
}

/// The user that people call so.
pub(super) async fn find(store: &Store, login: &str) -> anyhow::Result<User> {
    let users = store::user::list(store.read()).await?;
    let mut found = users.into_iter().filter(|user| user.login == login || full_login(user) == login);
    let first = found.next().with_context(|| {
        format!("there is no user `{login}`; `roundhouse admin user create {login} --github-id NUMBER` makes one")
    })?;
    if let Some(other) = found.next() {
        bail!("there are several: `{}`, `{}`; say which", full_login(&first), full_login(&other));
    }
    Ok(first)
}
