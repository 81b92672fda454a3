//! Steps that this version cannot do yet: said openly.

use model::{
    event::{StepKey, StepResult},
    plan::Step,
};

use super::{attempt::Attempt, job::Job};
use crate::supervise::Interrupt;

impl Job {
    /// Fails, because the steps after it rely on its work.
    pub(super) fn unbuilt(&mut self, step: &Step, key: StepKey, name: &str) -> Result<StepResult, Interrupt> {
        let reason =
            format!("this version of Roundhouse cannot do `{name}` yet: remove the step, or wait for a later version");
        self.attempt(Attempt::of(step, key), |_, output| {
            output.say(format_args!("{reason}"));
            Ok(StepResult::NotStarted { reason })
        })
    }
}
