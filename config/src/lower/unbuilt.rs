//! What compiles here and is not carried out by this version of Roundhouse yet: said once for each such thing, so that
//! nothing is ignored in silence. A line leaves this file when the thing is built.

use model::plan::{JobKind, WorkflowPlan};

use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::expand::Workflow;
use crate::source::Span;

/// Says of everything that these plans ask for and nobody does yet what will happen instead.
pub(super) fn report(sink: &Sink, workflows: &[Workflow], plans: &[WorkflowPlan]) {
    let mut said: Vec<&str> = Vec::new();
    let mut say = |thing: &'static str, span: Span, instead: String| {
        if !said.contains(&thing) {
            said.push(thing);
            let message = format!("{thing} are not carried out by this version of Roundhouse yet");
            sink.push(Report::warning(Code::NotSupported, span, message).help(instead));
        }
    };
    for workflow in workflows {
        let Some(plan) = plans.iter().find(|plan| plan.name == *workflow.name) else { continue };
        if plan.max_auto_reruns > 0 {
            let instead = format!("the workflow `{}` stays failed until somebody pushes again", plan.name);
            say("automatic reruns of workflows", workflow.span, instead);
        }
        for node in &plan.jobs {
            let span = workflow.jobs.iter().find(|job| job.name == node.name).map_or(workflow.span, |job| job.span);
            if node.serial_group.is_some() {
                let instead = format!("`{}` may run at the same time as others of its group", node.name);
                say("serial groups", span, instead);
            }
            match &node.kind {
                JobKind::Approval => {
                    let instead = format!(
                        "`{}` stays on hold: the dashboard cannot approve yet (`roundhouse run --approve-all` can)",
                        node.name
                    );
                    say("approvals", span, instead);
                }
                JobKind::Build { .. } | JobKind::NoOp | JobKind::Release { .. } => {}
            }
        }
    }
}
