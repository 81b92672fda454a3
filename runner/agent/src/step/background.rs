//! Steps that go on while the next ones run.

use std::time::Instant;

use model::event::{StepKey, StepResult, TaskEventKind};

use super::job::Job;
use crate::{
    os::{Pid, Status},
    supervise::{Happening, Interrupt, StepOutput},
};

/// A step that goes on.
pub struct Background {
    pub key: StepKey,
    pub process: Pid,
    pub output: StepOutput,
}

impl Job {
    /// Tells the end of a background step that ended by itself. It does not change the job, as on CircleCI.
    pub(super) fn background_exited(&mut self, process: Pid, status: Status) {
        let Some(index) = self.background.iter().position(|background| background.process == process) else { return };
        let background = self.background.remove(index);
        let result = self.result_of(status);
        self.tell_background(background, result);
    }

    /// Ends what still runs. To be ended with the job is what a background step is for: that is a success.
    pub(super) fn end_background(&mut self, interrupt: Option<Interrupt>) {
        if interrupt.is_none() {
            // Some may have ended by themselves since somebody last looked.
            let now = Instant::now();
            while let Happening::Exited(process, status) = self.supervisor.next(Some(now)) {
                self.background_exited(process, status);
            }
        }
        self.stop(self.background.iter().map(|background| background.process).collect());
        let result = interrupt.map_or(StepResult::SUCCESS, |interrupt| self.interrupted(interrupt));
        for background in std::mem::take(&mut self.background) {
            self.tell_background(background, result.clone());
        }
    }

    fn tell_background(&mut self, background: Background, result: StepResult) {
        background.output.close();
        self.spool.tell(TaskEventKind::StepEnded { key: background.key, result });
    }
}
