//! How these steps reach the server, and how their ends are told.

use std::{
    cell::{Cell, RefCell},
    fmt::Arguments,
};

use model::{blob::SOCKET, event::StepResult};

use crate::{
    blob::{Client, Failure},
    environment::JobEnvironment,
    step::job::Job,
    supervise::{Interrupt, StepOutput},
    watch::Watch,
};

/// What a step works with.
pub struct Reach<'a> {
    pub environment: &'a JobEnvironment,
    pub client: Client<'a>,
    pub say: &'a dyn Fn(Arguments<'_>),
}

/// Why a step stops before its end.
pub enum Stop {
    /// Something of the job itself: a sentence.
    Failed(String),
    /// Something on the way to the server.
    Blob(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Blob(failure)
    }
}

impl Job {
    /// Has `work` reach the server. Its failure is a sentence; an interrupt ends it.
    pub(super) fn reach(
        &mut self,
        output: &StepOutput,
        work: impl FnOnce(&Reach<'_>) -> Result<(), Stop>,
    ) -> Result<Result<(), String>, Interrupt> {
        let environment = match &self.environment {
            Ok(environment) => environment,
            Err(reason) => return Ok(Err(reason.clone())),
        };
        let supervisor = RefCell::new(&mut self.supervisor);
        let told = Cell::new(None);
        let stops = || {
            if told.get().is_none() {
                told.set(supervisor.borrow_mut().interrupted());
            }
            told.get().is_some()
        };
        let client = Client::new(self.spool.directory().join(SOCKET), Watch::new(&stops));
        let say = |line: Arguments<'_>| output.say(line);
        let done = work(&Reach { environment, client, say: &say });
        match (told.get(), done) {
            (Some(interrupt), _) => Err(interrupt),
            (None, Ok(())) => Ok(Ok(())),
            (None, Err(Stop::Failed(reason))) => Ok(Err(reason)),
            (None, Err(Stop::Blob(failure))) => Ok(Err(failure.sentence())),
        }
    }
}

/// The result of a step that the steps after it rely on.
pub fn result(done: Result<(), String>, what: &str, output: &StepOutput) -> StepResult {
    match done {
        Ok(()) => StepResult::SUCCESS,
        Err(why) => {
            let reason = format!("{what}: {why}");
            output.say(format_args!("{reason}"));
            StepResult::NotStarted { reason }
        }
    }
}
