//! Steps that this version cannot do yet: said openly.

use model::{event::StepResult, plan::StepKind};

use crate::supervise::StepOutput;

/// A cache is a help, never a need: without it the job goes on. Everything else fails, because the steps after it rely on
/// its work.
pub fn result(kind: &StepKind, output: &StepOutput) -> StepResult {
    let name = match kind {
        StepKind::SaveCache(_) | StepKind::RestoreCache(_) => {
            output
                .say(format_args!("Caches are not built in this version of Roundhouse yet; the job goes on without."));
            return StepResult::SUCCESS;
        }
        StepKind::Run(_) => "run",
        StepKind::Checkout(_) => "checkout",
        StepKind::SetupRemoteDocker(_) => "setup_remote_docker",
        StepKind::PersistToWorkspace(_) => "persist_to_workspace",
        StepKind::AttachWorkspace(_) => "attach_workspace",
        StepKind::StoreArtifacts(_) => "store_artifacts",
        StepKind::StoreTestResults(_) => "store_test_results",
        StepKind::AddSshKeys(_) => "add_ssh_keys",
    };
    let reason =
        format!("this version of Roundhouse cannot do `{name}` yet: remove the step, or wait for a later version");
    output.say(format_args!("{reason}"));
    StepResult::NotStarted { reason }
}
