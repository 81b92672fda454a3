//! `roundhouse admin job …`

use clap::Subcommand;

use super::{
    command::{by, open},
    find,
};
use crate::{cli::settings_flags::SettingsFlags, clock::Clock};

#[derive(Debug, Subcommand)]
pub(super) enum JobAdmin {
    /// Approves a job that is on hold.
    #[command(after_help = "Example: roundhouse admin job approve 01890a5d-ac96-774b-bcce-b302099a8057")]
    Approve {
        /// Its id, or the address of its page.
        job: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Denies a job that is on hold: it ends as canceled, and what requires it does not run.
    Deny {
        /// Its id, or the address of its page.
        job: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Cancels a job that has not ended.
    Cancel {
        /// Its id, or the address of its page.
        job: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl JobAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let now = Clock::System.now();
        match self {
            Self::Approve { job, settings } => {
                let store = open(settings).await?;
                let job = find::job(&store, &job).await?;
                let mut tx = store.begin().await?;
                store::job::approve(&mut tx, job.id, &by(), now).await?;
                tx.commit().await?;
            }
            Self::Deny { job, settings } => {
                let store = open(settings).await?;
                let job = find::job(&store, &job).await?;
                let mut tx = store.begin().await?;
                store::job::deny(&mut tx, job.id, &by(), now).await?;
                tx.commit().await?;
            }
            Self::Cancel { job, settings } => {
                let store = open(settings).await?;
                let job = find::job(&store, &job).await?;
                let mut tx = store.begin().await?;
                store::job::cancel(&mut tx, job.id, &format!("{} canceled it", by().login), now).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }
}
