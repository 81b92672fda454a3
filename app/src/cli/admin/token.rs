//! `roundhouse admin token …`

use clap::Subcommand;
use model::time::Timestamp;
use secrecy::ExposeSecret;
use serde_json::json;
use store::token::{Token, TokenId};

use super::{
    command::open,
    user::{find, full_login},
};
use crate::{
    cli::{config::Format, settings_flags::SettingsFlags},
    clock::Clock,
    http::auth,
};

#[derive(Debug, Subcommand)]
pub(super) enum TokenAdmin {
    /// Makes an API token for a user, and prints it: the only time that it is shown.
    #[command(after_help = "Example: roundhouse admin token create ada --label laptop > token\n\n\
                            The same token logs in at the dashboard (/login).")]
    Create {
        /// `ada`, or `github/ada` where several are called so.
        login: String,
        /// What it is for.
        #[arg(long, default_value = "command line", value_name = "TEXT")]
        label: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Lists all tokens: their numbers, never the tokens themselves.
    List {
        /// How to list.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Revokes a token, and ends the sessions that were opened with it.
    #[command(after_help = "Example: roundhouse admin token revoke 3")]
    Revoke {
        /// Its number, as `list` shows it.
        number: i64,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl TokenAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self {
            Self::Create { login, label, settings } => {
                let store = open(settings).await?;
                let user = find(&store, &login).await?;
                let token = auth::token::create(&store, &Clock::System, user.id, &label).await?;
                println!("{}", token.expose_secret());
                eprintln!("Send it as the header `Circle-Token`, or log in with it; it is not shown again.");
            }
            Self::List { format, settings } => {
                let store = open(settings).await?;
                let users = store::user::list(store.read()).await?;
                let owner = |token: &Token| {
                    users.iter().find(|user| user.id == token.user_id).map(full_login).unwrap_or_default()
                };
                let tokens = store::token::list(store.read()).await?;
                match format {
                    Format::Json => {
                        let tokens: Vec<_> = tokens
                            .iter()
                            .map(|token| {
                                json!({
                                    "number": token.id.0,
                                    "user": owner(token),
                                    "label": token.label,
                                    "created_at": time(token.created_at),
                                    "last_used_at": token.last_used_at.map(time),
                                })
                            })
                            .collect();
                        println!("{}", serde_json::to_string_pretty(&tokens)?);
                    }
                    Format::Text => tokens.iter().for_each(|token| {
                        let used = token
                            .last_used_at
                            .map_or_else(|| "never used".to_owned(), |at| format!("used {}", time(at)));
                        println!("{:>4}  {:<28} {:<24} {used}", token.id.0, owner(token), token.label);
                    }),
                }
            }
            Self::Revoke { number, settings } => {
                let store = open(settings).await?;
                let mut tx = store.begin().await?;
                let found = store::token::remove(&mut tx, TokenId(number)).await?;
                tx.commit().await?;
                anyhow::ensure!(
                    found,
                    "there is no token with the number {number}; `roundhouse admin token list` lists them"
                );
            }
        }
        Ok(())
    }
}

fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis()).map(|at| at.to_string()).unwrap_or_default()
}
