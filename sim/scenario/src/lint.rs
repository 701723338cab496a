//! What can be read and run, and still is probably not meant: values that the service replaces or
//! refuses, and what can never take effect.
//!
//! A warning that is wrong costs more trust than a missing one. So nothing is said that depends on
//! how the story goes, and nothing about a rule that the scenario declares to be about.

mod claims;
mod surroundings;
mod values;

use crate::context::Context;
use crate::node::{Entry, Kind, Node};
use crate::plan::{Act, At, JobPlan, JobRef, Place, Plan, PlannedCall, ProgramEnd};
use bitsim_vocab::RuleId;

/// Looks at a plan that has no mistakes, and at the tree that it was made of.
pub(crate) fn read(cx: &mut Context, root: &Node, plan: &Plan) {
    if cx.mistakes.any_errors() {
        return;
    }
    values::read(cx, root, plan);
    claims::read(cx, plan);
    surroundings::read(cx, root, plan);
}

/// True if the scenario is about this rule.
fn is_about(plan: &Plan, rule: RuleId) -> bool {
    plan.rules.iter().any(|declared| declared.value == rule)
}

/// The field of a job's declaration as it is on the target that is being read for.
fn declared(cx: &mut Context, root: &Node, job: &JobPlan, key: &str) -> Option<Entry> {
    let sections = ["jobs", "downloads"].iter().filter_map(|name| field(root, name));
    let node = sections.filter_map(|section| field(&section.value, &job.name)).next()?;
    field(&cx.as_here(&node.value), key).cloned()
}

fn field<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.entries()?.iter().find(|entry| entry.key.value == key)
}

/// The first value of this name at or after a place: an act knows where it begins, not where each
/// of its values stands.
fn first_after<'n>(node: &'n Node, place: Place, key: &str) -> Option<&'n Entry> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find_map(|entry| {
            let here = entry.key.value == key && entry.key.place.offset >= place.offset;
            if here { Some(entry) } else { first_after(&entry.value, place, key) }
        }),
        Kind::List(items) => items.iter().find_map(|item| first_after(item, place, key)),
        Kind::Scalar { .. } | Kind::Broken => None,
    }
}

/// Every call of the timeline, with what is said about its return value.
fn steps_calls(plan: &Plan) -> impl Iterator<Item = (&At<Act>, &PlannedCall)> {
    plan.steps.iter().flat_map(|step| &step.acts).filter_map(|act| match &act.value {
        Act::Call { call, .. } => Some((act, call)),
        _ => None,
    })
}

/// Every call that the story may make after the declarations: of the timeline, of callbacks, of
/// notification programs.
fn all_calls(plan: &Plan) -> impl Iterator<Item = &PlannedCall> {
    let told = plan.jobs.iter().flat_map(|job| {
        let answers = job.answers.in_order.iter().chain(&job.answers.to_modification);
        let answers = answers.flat_map(|answer| &answer.calls);
        answers.chain(job.program_exits.iter().flat_map(|end| match end {
            ProgramEnd::Exits { calls, .. } => calls.as_slice(),
            ProgramEnd::NotLaunched => &[],
        }))
    });
    steps_calls(plan).map(|(_, call)| call).chain(told)
}

/// The jobs with their numbers.
fn jobs(plan: &Plan) -> impl Iterator<Item = (JobRef, &JobPlan)> {
    (0..).map(JobRef).zip(&plan.jobs)
}
