//! `roundhouse admin workflow …`

use anyhow::Context;
use clap::{Args, Subcommand};
use store::{
    Store,
    workflow::{Rerun, Workflow},
};

use super::{
    command::{by, open},
    find,
};
use crate::{cli::settings_flags::SettingsFlags, clock::Clock};

#[derive(Debug, Subcommand)]
pub(super) enum WorkflowAdmin {
    /// Runs a workflow again, and prints the id of the new attempt.
    #[command(
        after_help = "Example: roundhouse admin workflow rerun 01890a5d-ac96-774b-bcce-b302099a8057 --from-failed"
    )]
    Rerun {
        /// Its id, or the address of one of its jobs.
        workflow: String,
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Cancels every job of a workflow that has not ended.
    Cancel {
        /// Its id, or the address of one of its jobs.
        workflow: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

/// What is run again; without any of these, everything.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct What {
    /// What did not succeed, and what comes after it.
    #[arg(long)]
    from_failed: bool,
    /// The same, and of tests that can be told apart only those that failed.
    #[arg(long)]
    failed_tests: bool,
    /// This job, and what comes after it; may be given more than once.
    #[arg(long, value_name = "NAME")]
    job: Vec<String>,
}

impl WorkflowAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self {
            Self::Rerun { workflow, what, settings } => {
                let store = open(settings).await?;
                let workflow = find::workflow(&store, &workflow).await?;
                let what = what.of(&store, &workflow).await?;
                let mut tx = store.begin().await?;
                let id = store::workflow::rerun(&mut tx, workflow.id, &what, &by(), Clock::System.now()).await?;
                tx.commit().await?;
                println!("{id}");
            }
            Self::Cancel { workflow, settings } => {
                let store = open(settings).await?;
                let workflow = find::workflow(&store, &workflow).await?;
                let mut tx = store.begin().await?;
                let reason = format!("{} canceled the workflow", by().login);
                store::workflow::cancel(&mut tx, workflow.id, &reason, Clock::System.now()).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }
}

impl What {
    async fn of(self, store: &Store, workflow: &Workflow) -> anyhow::Result<Rerun> {
        let Self { from_failed, failed_tests, job } = self;
        if from_failed {
            return Ok(Rerun::FromFailed);
        }
        if failed_tests {
            return Ok(Rerun::FailedTests);
        }
        if job.is_empty() {
            return Ok(Rerun::FromStart);
        }
        let mut jobs = Vec::new();
        for name in job {
            let found = store::job::find_by_name(store.read(), workflow.id, &name).await?;
            jobs.push(found.with_context(|| format!("workflow `{}` has no job `{name}`", workflow.name))?.id);
        }
        Ok(Rerun::Jobs(jobs))
    }
}
