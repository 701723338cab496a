//! Claims that cannot come true, and questions that are never asked.

use super::{all_calls, jobs};
use crate::codes;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::plan::{Act, At, Check, Claim, JobPlan, JobRef, Number, Place, Plan, PlannedCall};
use crate::plan::{Subject, When};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::{Service, Span};

pub(super) fn read(cx: &mut Context, plan: &Plan) {
    for act in plan.steps.iter().flat_map(|step| &step.acts) {
        if let Act::Poll { every, during, .. } = &act.value
            && every > during
        {
            cx.report(asked_once(act.place, *every, *during));
        }
    }
    let wanted: Vec<(JobRef, &At<Claim>)> = demanded(plan)
        .filter_map(|check| match check.subject {
            Subject::Job(job, _) => Some(check.claims.iter().map(move |claim| (job, claim))),
            _ => None,
        })
        .flatten()
        .filter(|(_, claim)| wants_a_call(&claim.value))
        .collect();
    for (number, job) in jobs(plan) {
        if is_told(plan, number, job) {
            continue;
        }
        for (_, claim) in wanted.iter().filter(|(of, _)| *of == number) {
            let message = format!("nobody is ever called back for `{}`", job.name);
            cx.report(
                Diagnostic::warning(codes::NO_EFFECT, claim.place, message)
                    .label("no callback can be counted")
                    .related(job.place, "its client registers none")
                    .help("give it a `notify`"),
            );
        }
    }
}

fn asked_once(place: Place, every: Span, during: Span) -> Diagnostic {
    let message = "this `poll` asks only once";
    Diagnostic::warning(codes::NO_EFFECT, place, message)
        .label(format!("every {every}, but only for {during}"))
        .help("ask more often, or for longer; to ask once, write `expect`")
}

/// The checks that must hold at some time.
fn demanded(plan: &Plan) -> impl Iterator<Item = &Check> {
    let acts = plan.steps.iter().flat_map(|step| {
        let until = match &step.when {
            When::Until { check, .. } => Some(check),
            When::At(_) | When::After(_) => None,
        };
        until.into_iter().chain(step.acts.iter().filter_map(|act| match &act.value {
            Act::Expect(check) | Act::Poll { check, .. } => Some(check),
            _ => None,
        }))
    });
    acts.chain(&plan.finally)
}

/// True if the claim holds only once the client has been called back.
fn wants_a_call(claim: &Claim) -> bool {
    match claim {
        Claim::Callbacks(_, Number::Exactly(least) | Number::AtLeast(least)) => *least > 0,
        Claim::LastErrorNotified(_) => true,
        _ => false,
    }
}

/// True if a callback is registered for the job at some time.
fn is_told(plan: &Plan, number: JobRef, job: &JobPlan) -> bool {
    let interface = u32::from(DownloadProperty::CallbackInterface.value());
    let by_property =
        |property: u32, value: &Value| property == interface && *value != Value::Empty;
    if plan.target.service == Service::DoDownload {
        let mut declared = job.download.iter().flat_map(|download| &download.settings);
        let later = |call: &PlannedCall| match call {
            PlannedCall::Download(of, DownloadCall::SetProperty(property, value)) => {
                *of == number && by_property(*property, value)
            }
            _ => false,
        };
        return declared.any(|(property, value)| by_property(*property, value))
            || all_calls(plan).any(later);
    }
    let later = |call: &PlannedCall| matches!(call, PlannedCall::Job(of, JobCall::SetNotifyInterface(true)) if *of == number);
    job.settings.contains(&JobCall::SetNotifyInterface(true)) || all_calls(plan).any(later)
}
