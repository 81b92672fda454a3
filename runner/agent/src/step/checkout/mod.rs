//! `checkout`: brings the code.

mod directory;
mod git;

use model::{event::StepResult, plan::Checkout, protocol::CheckoutSource};

use super::job::Job;
use crate::{
    environment::create_directory,
    supervise::{Interrupt, StepOutput},
};

/// Why a step stops before its end.
pub enum Stop {
    /// It failed, for a reason that is a sentence.
    Failed(String),
    /// It ended as a step with one process does.
    Ended(StepResult),
    /// The task must stop.
    Interrupted(Interrupt),
}

impl Job {
    /// Brings the code to the step's path.
    pub(super) fn check_out(&mut self, checkout: &Checkout, output: &StepOutput) -> Result<StepResult, Interrupt> {
        match self.bring(checkout, output) {
            Ok(()) => Ok(StepResult::SUCCESS),
            Err(Stop::Ended(result)) => Ok(result),
            Err(Stop::Interrupted(interrupt)) => Err(interrupt),
            Err(Stop::Failed(reason)) => {
                output.say(format_args!("{reason}"));
                Ok(StepResult::NotStarted { reason })
            }
        }
    }

    fn bring(&mut self, checkout: &Checkout, output: &StepOutput) -> Result<(), Stop> {
        let environment = self.environment.as_ref().map_err(|reason| Stop::Failed(reason.clone()))?;
        let path = match &checkout.path {
            Some(path) => environment.path(path),
            None => environment.working_directory().to_owned(),
        };
        create_directory(&path).map_err(Stop::Failed)?;
        match self.task.checkout.clone() {
            Some(CheckoutSource::Git { url, sha, git_ref, credentials }) => {
                self.forward.clone().map_err(Stop::Failed)?;
                let source = git::Source { url, sha, git_ref, credentials, method: checkout.method };
                self.check_out_git(&source, &path, output)
            }
            Some(CheckoutSource::Directory { path: from }) => self.copy_directory(from.as_ref(), &path, output),
            None => Err(Stop::Failed("this pipeline has no repository to check out".to_owned())),
        }
    }
}
