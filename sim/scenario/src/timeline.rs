//! The `timeline`: steps in the order of time.

use crate::calls::{self, CALLS};
use crate::checks;
use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::events::{self, EVENTS};
use crate::node::{Kind, Node, shown};
use crate::plan::{Act, At, Check, Place, PlannedCall, Step, When};
use crate::quantity;
use bitsim_vocab::{ClientId, SimTime, Span, StepId, Target};

/// Most steps.
pub(crate) const MOST_STEPS: usize = 100_000;

/// Most questions of one `poll`.
const MOST_QUESTIONS: u64 = 100_000;

/// A step, with what differs from target to target still apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The step; its acts are those of `do` and `fault`.
    pub(crate) step: Step,
    /// `expect`.
    pub(crate) expect: Vec<At<Act>>,
    /// `except`.
    pub(crate) except: Vec<(Target, Vec<At<Act>>)>,
    /// `one_of` and `poll`.
    pub(crate) after: Vec<At<Act>>,
}

impl Draft {
    /// The step on one target.
    pub(crate) fn on(&self, target: Target) -> Step {
        let other = self.except.iter().find(|(of, _)| *of == target);
        let expect = other.map_or(&self.expect, |(_, acts)| acts);
        let mut step = self.step.clone();
        step.acts.extend(expect.iter().chain(&self.after).cloned());
        step
    }
}

/// Reads every step.
pub(crate) fn read(cx: &mut Context, node: &Node) -> Vec<Draft> {
    let items = cx.list(node, "a list of steps (`- at: 10m`)");
    if items.is_empty() && matches!(node.kind, Kind::List(_)) {
        let message = "the timeline has no step";
        cx.report(Diagnostic::error(codes::EMPTY, node.place, message));
    }
    if let Some(first_too_many) = items.get(MOST_STEPS) {
        let message = format!("a timeline has at most {MOST_STEPS} steps");
        let place = first_too_many.head();
        cx.report(Diagnostic::error(codes::TOO_MANY, place, message));
        return Vec::new();
    }
    (0..).map(StepId).zip(items).filter_map(|(id, item)| step(cx, id, item)).collect()
}

const STEP: &[&str] =
    &["at", "after", "until", "within", "do", "fault", "expect", "except", "one_of", "poll"];

fn step(cx: &mut Context, id: StepId, node: &Node) -> Option<Draft> {
    let place = node.head();
    let fields = cx.fields(node, "the step", place, STEP)?;
    let (when, label) = match when(cx, &fields) {
        Some((when, label)) => (Some(when), label),
        None => (None, String::new()),
    };
    let mut acts = Vec::new();
    if let Some(node) = fields.get("do") {
        for item in some_of(cx, node, "`do`") {
            acts.extend(action(cx, item));
        }
    }
    if let Some(node) = fields.get("fault") {
        for item in some_of(cx, node, "`fault`") {
            let verb = events::verb_of(cx, item, EVENTS, &[], "fault");
            let place = item.whole_or_head();
            acts.extend(verb.map(|verb| events::event(cx, verb, place)).unwrap_or_default());
        }
    }
    let expected = match fields.get("expect") {
        Some(node) => {
            some_of(cx, node, "`expect`");
            checks::checks(cx, node)
        }
        None => Vec::new(),
    };
    let except = except(cx, &fields, &expected);
    let mut after = Vec::new();
    if let Some(node) = fields.get("one_of") {
        after.extend(one_of(cx, node));
    }
    if let Some(entry) = fields.entry("poll") {
        after.extend(poll(cx, &entry.value, entry.key.place));
    }
    let step = Step { id, place, label, when: when?, acts };
    Some(Draft { step, expect: expectations(expected), except, after })
}

/// One or many of something, but not an empty list.
fn some_of<'n>(cx: &mut Context, node: &'n Node, what: &str) -> &'n [Node] {
    let items = node.one_or_many();
    if items.is_empty() {
        let message = format!("{what} is empty");
        cx.report(Diagnostic::error(codes::EMPTY, node.place, message));
    }
    items
}

fn expectations(checks: Vec<Check>) -> Vec<At<Act>> {
    let at = |check: Check| At { place: check.place, value: Act::Expect(check) };
    checks.into_iter().map(at).collect()
}

/// The time of a step and how the step is called.
fn when(cx: &mut Context, fields: &Fields<'_>) -> Option<(When, String)> {
    let Some(entry) = fields.at_most_one(cx, &["at", "after", "until"]) else {
        let message = "the step does not say when it happens";
        cx.report(
            Diagnostic::error(codes::MISSING_FIELD, fields.place, message)
                .help("give it `at: 10m`, `after: 5s` or `until: {...}` with `within: 1h`"),
        );
        return None;
    };
    let node = &entry.value;
    let text = node.scalar().map(shown).unwrap_or_default();
    let within = fields.entry("within");
    if entry.key.value != "until"
        && let Some(within) = within
    {
        let message = format!("`within` belongs to `until`, not to `{}`", entry.key.value);
        cx.report(Diagnostic::error(codes::BAD_COMBINATION, within.key.place, message));
    }
    match entry.key.value.as_str() {
        "at" => {
            let at = SimTime::ZERO + cx.duration(node)?;
            not_back_in_time(cx, at, node.place, &text);
            Some((When::At(at), text))
        }
        "after" => {
            let span = cx.duration(node)?;
            cx.story.earliest = cx.story.earliest + span;
            cx.story.written = Some(node.place);
            not_endless(cx, node.place);
            Some((When::After(span), format!("after {text}")))
        }
        _ => {
            let label = checks::label(node);
            let check = checks::check(cx, node);
            let within = match within {
                Some(within) => cx.positive_duration(&within.value),
                None => {
                    let message = "`until` waits without end";
                    cx.report(
                        Diagnostic::error(codes::BAD_COMBINATION, entry.key.place, message)
                            .help("say how long it may take at most: `within: 1h`"),
                    );
                    None
                }
            };
            Some((When::Until { check: check?, within: within? }, label))
        }
    }
}

/// Single durations are bounded where they are read; a sum of them is bounded here.
fn not_endless(cx: &mut Context, place: Place) {
    if cx.story.earliest > SimTime::ZERO + quantity::LONGEST {
        cx.story.earliest = SimTime::ZERO;
        let longest = quantity::LONGEST;
        let message = format!("the steps so far take longer than {longest}");
        cx.report(Diagnostic::error(codes::BAD_DURATION, place, message));
    }
}

fn not_back_in_time(cx: &mut Context, at: SimTime, place: Place, text: &str) {
    if at >= cx.story.earliest {
        cx.story.earliest = at;
        cx.story.written = Some(place);
        return;
    }
    let earliest = Span(cx.story.earliest.0);
    let message = match cx.story.written {
        Some(earlier) => format!(
            "line {} goes back in time: {text}, but the step of line {} is at {earliest} or later",
            place.line, earlier.line
        ),
        None => format!("{text} is before {earliest}"),
    };
    let mut diagnostic = Diagnostic::error(codes::TIME_GOES_BACK, place, message)
        .label("earlier than the step before")
        .help("`at` counts from the start of the run; steps stand in the order of time");
    if let Some(earlier) = cx.story.written {
        diagnostic = diagnostic.related(earlier, format!("not before {earliest}"));
    }
    cx.report(diagnostic);
}

/// An entry of `do`: a call or an event.
fn action(cx: &mut Context, node: &Node) -> Vec<At<Act>> {
    const BESIDE: &[&str] = &["by", "returns"];
    let verbs: Vec<&str> = CALLS.iter().chain(EVENTS).copied().collect();
    let Some(verb) = events::verb_of(cx, node, &verbs, BESIDE, "action") else {
        return Vec::new();
    };
    let entries = node.entries().unwrap_or_default();
    let beside = |key: &str| entries.iter().find(|entry| entry.key.value == key);
    if EVENTS.contains(&verb.key.value.as_str()) {
        for entry in BESIDE.iter().filter_map(|key| beside(key)) {
            let message = format!(
                "`{}` belongs to a call, and `{}` is none",
                entry.key.value, verb.key.value
            );
            cx.report(Diagnostic::error(codes::BAD_COMBINATION, entry.key.place, message));
        }
        return events::event(cx, verb, node.whole_or_head());
    }
    let returns = beside("returns");
    let call = calls::call(cx, verb, returns.is_some());
    let by = match beside("by") {
        None => Some(None),
        Some(entry) => cx.client(&entry.value).map(Some),
    };
    let place = node.whole_or_head();
    let returns = match returns {
        None => Some(At { value: Vec::new(), place }),
        Some(entry) => {
            let place = entry.value.place;
            cx.hresults(&entry.value).map(|value| At { value, place })
        }
    };
    let (Some(call), Some(by), Some(returns)) = (call, by, returns) else { return Vec::new() };
    let client = by.unwrap_or_else(|| default_client(cx, &call));
    vec![At { value: Act::Call { client, call, returns }, place }]
}

/// The client that created the job, or the first one.
fn default_client(cx: &Context, call: &PlannedCall) -> ClientId {
    let job = match call {
        PlannedCall::Create(job)
        | PlannedCall::Job(job, _)
        | PlannedCall::GetJob(job)
        | PlannedCall::ReadErrorObject(job)
        | PlannedCall::ReadErrorFile(job)
        | PlannedCall::ReadErrorProtocol(job) => Some(*job),
        PlannedCall::EnumJobs { .. } => None,
    };
    let creator = job.and_then(|job| cx.story.creators.get(job.0 as usize).copied());
    creator.unwrap_or(ClientId(0))
}

fn except(
    cx: &mut Context,
    fields: &Fields<'_>,
    expected: &[Check],
) -> Vec<(Target, Vec<At<Act>>)> {
    let Some(node) = fields.get("except") else { return Vec::new() };
    let Some(entries) = node.entries() else {
        cx.wrong_kind(node, "a map of checks by target (`{bits@1.5: {...}}`)");
        return Vec::new();
    };
    let mut all: Vec<(Target, Vec<At<Act>>)> = Vec::new();
    for entry in entries {
        let checks =
            if entry.value.is_null() { Vec::new() } else { checks::checks(cx, &entry.value) };
        let Some(target) = excepted(cx, &entry.key) else { continue };
        if all.iter().any(|(other, _)| *other == target) {
            let message = format!("`{target}` is excepted twice");
            cx.report(Diagnostic::error(codes::TWICE, entry.key.place, message));
            continue;
        }
        if !expected.is_empty() && checks::same(&checks, expected) {
            let message = format!("`{target}` is expected to behave like the others");
            cx.report(
                Diagnostic::warning(codes::SAME_AS_EXPECTED, entry.key.place, message)
                    .label("says the same as `expect`"),
            );
        }
        all.push((target, expectations(checks)));
    }
    all
}

fn excepted(cx: &mut Context, key: &At<String>) -> Option<Target> {
    let parsed = key.value.parse::<Target>().ok();
    let found = parsed.filter(|target| cx.targets.iter().any(|known| known.value == *target));
    if found.is_none() {
        let names: Vec<String> = cx.targets.iter().map(|target| target.value.to_string()).collect();
        let message = format!("`{}` is not among the targets of this scenario", shown(&key.value));
        let mut diagnostic = Diagnostic::error(codes::EXCEPT_ELSEWHERE, key.place, message);
        if let Some(first) = cx.targets.first() {
            let list = crate::suggest::any_of(&names);
            diagnostic = diagnostic.related(first.place, "`run_on` names them here");
            diagnostic = match crate::suggest::closest(&key.value, names.iter().map(String::as_str))
            {
                Some(meant) if parsed.is_none() => {
                    diagnostic.edit(format!("did you mean `{meant}`?"), key.place, meant)
                }
                _ => diagnostic.help(format!("known: {list}")),
            };
        } else {
            // Without a readable `run_on` there is nothing to compare with.
            return None;
        }
        cx.report(diagnostic);
    }
    found
}

fn one_of(cx: &mut Context, node: &Node) -> Option<At<Act>> {
    let items = cx.list(node, "a list of checks (`[{...}, {...}]`)");
    if items.is_empty() && matches!(node.kind, Kind::List(_)) {
        let message = "`one_of` leaves no choice";
        cx.report(Diagnostic::error(codes::EMPTY, node.place, message));
    }
    let checks: Vec<Check> = items.iter().filter_map(|item| checks::check(cx, item)).collect();
    let complete = !checks.is_empty() && checks.len() == items.len();
    complete.then_some(At { value: Act::OneOf(checks), place: node.place })
}

fn poll(cx: &mut Context, node: &Node, place: Place) -> Option<At<Act>> {
    let fields = cx.fields(node, "`poll`", place, &["every", "for", "expect"])?;
    let every = fields.required(cx, "every").and_then(|node| cx.positive_duration(node));
    let during = fields.required(cx, "for").and_then(|node| cx.positive_duration(node));
    let check = fields.required(cx, "expect").and_then(|node| checks::check(cx, node));
    let (every, during, check) = (every?, during?, check?);
    if during.0 / every.0 > MOST_QUESTIONS {
        let message = format!("this `poll` asks more than {MOST_QUESTIONS} times");
        cx.report(Diagnostic::error(codes::TOO_MANY, place, message));
        return None;
    }
    Some(At { value: Act::Poll { every, during, check }, place })
}
