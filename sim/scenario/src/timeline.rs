//! The `timeline`: steps in the order of time.

use crate::calls::{self, Beside};
use crate::checks;
use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::dialect::Part;
use crate::events;
use crate::grammar;
use crate::node::{Entry, Kind, Node, shown};
use crate::plan::{Act, At, Check, Place, PlannedCall, Step, When};
use crate::quantity;
use bitsim_vocab::{ClientId, Hresult, SimTime, Span, StepId, Target};

/// Most steps.
pub(crate) const MOST_STEPS: usize = 100_000;

/// Most questions of one `poll`.
const MOST_QUESTIONS: u64 = 100_000;

/// Reads every step.
pub(crate) fn read(cx: &mut Context, node: &Node) -> Vec<Step> {
    let items = cx.list(node, "a list of steps (`- at: 10m`)");
    if items.is_empty() && matches!(node.kind, Kind::List(_)) {
        let message = "the timeline has no step";
        cx.report(
            Diagnostic::error(codes::EMPTY, node.place, message)
                .help("a step begins with `- at: 0s`"),
        );
    }
    if let Some(first_too_many) = items.get(MOST_STEPS) {
        let message = format!("a timeline has at most {MOST_STEPS} steps");
        let place = first_too_many.head();
        cx.report(Diagnostic::error(codes::TOO_MANY, place, message));
        return Vec::new();
    }
    (0..).map(StepId).zip(items).filter_map(|(id, item)| step(cx, id, item)).collect()
}

fn step(cx: &mut Context, id: StepId, node: &Node) -> Option<Step> {
    let place = node.head();
    let fields = cx.fields(node, "the step", place, &grammar::STEP.names())?;
    cx.if_here(fields.entry("only"), |cx| step_here(cx, id, place, &fields))?
}

fn step_here(cx: &mut Context, id: StepId, place: Place, fields: &Fields<'_>) -> Option<Step> {
    cx.part = Part::Step;
    let (when, label) = match when(cx, fields) {
        Some((when, label)) => (Some(when), label),
        None => (None, String::new()),
    };
    cx.part = Part::Act;
    let mut acts = Vec::new();
    if let Some(node) = fields.get("do") {
        for item in some_of(cx, node, "`do`") {
            acts.extend(action(cx, item));
        }
    }
    if let Some(node) = fields.get("fault") {
        for item in some_of(cx, node, "`fault`") {
            acts.extend(fault(cx, item));
        }
    }
    cx.part = Part::Expect;
    acts.extend(expectations(cx, fields));
    cx.part = Part::Check;
    if let Some(node) = fields.get("one_of") {
        acts.extend(one_of(cx, node));
    }
    cx.part = Part::Step;
    if let Some(entry) = fields.entry("poll") {
        acts.extend(poll(cx, &entry.value, entry.key.place));
    }
    Some(Step { id, place, label, when: when?, acts })
}

/// An entry of `fault`.
fn fault(cx: &mut Context, item: &Node) -> Vec<At<Act>> {
    let here = |cx: &mut Context| {
        let verb = events::verb_of(cx, item, &grammar::FAULT, "fault");
        verb.map(|verb| events::event(cx, verb, item.whole_or_head())).unwrap_or_default()
    };
    cx.if_here(only_of(item), here).unwrap_or_default()
}

/// The `only` of an action or a check.
fn only_of(node: &Node) -> Option<&Entry> {
    node.entries().unwrap_or_default().iter().find(|entry| entry.key.value == "only")
}

/// One or many of something, but not an empty list.
fn some_of<'n>(cx: &mut Context, node: &'n Node, what: &str) -> &'n [Node] {
    let items = node.one_or_many();
    if items.is_empty() {
        let message = format!("{what} is empty");
        cx.report(Diagnostic::error(codes::EMPTY, node.place, message).help("leave it out"));
    }
    items
}

/// What `expect` demands, or what `except` demands in its place on this target.
fn expectations(cx: &mut Context, fields: &Fields<'_>) -> Vec<At<Act>> {
    let expected = fields.get("expect").is_some();
    let excepted = fields.entry("except").and_then(|entry| except(cx, entry, expected));
    if let Some(node) = fields.get("expect") {
        some_of(cx, node, "`expect`");
    }
    let checks = match (excepted, fields.get("expect")) {
        (Some(excepted), expect) => {
            if let Some(node) = expect {
                same_as_expected(cx, &excepted, node);
            }
            excepted.checks
        }
        (None, Some(node)) => {
            let left = left_by_except(cx, fields);
            cx.for_some(&left, |cx| checks::checks(cx, node))
        }
        (None, None) => Vec::new(),
    };
    let at = |check: Check| At { place: check.place, value: Act::Expect(check) };
    checks.into_iter().map(at).collect()
}

/// The targets that `except` says nothing for: those that `expect` is about.
fn left_by_except(cx: &mut Context, fields: &Fields<'_>) -> Vec<Target> {
    let mut left: Vec<Target> = cx.targets.iter().map(|target| target.value).collect();
    let excepted = fields.get("except").and_then(Node::entries).unwrap_or_default();
    // What is wrong with its keys has been said.
    let mistakes = std::mem::take(&mut cx.mistakes);
    for entry in excepted {
        let named = cx.named_targets(&entry.key).unwrap_or_default();
        left.retain(|target| !named.contains(target));
    }
    cx.mistakes = mistakes;
    left
}

/// What `except` says for the target that is being read for.
struct Excepted {
    place: Place,
    checks: Vec<Check>,
}

fn except(cx: &mut Context, entry: &Entry, expected: bool) -> Option<Excepted> {
    let Some(entries) = entry.value.entries() else {
        cx.wrong_kind(&entry.value, "a map of checks by target (`{bits@1.5: {...}}`)");
        return None;
    };
    let mut found: Option<&Entry> = None;
    let mut left: Vec<Target> = cx.targets.iter().map(|target| target.value).collect();
    for entry in entries {
        let Some(targets) = cx.named_targets(&entry.key) else { continue };
        left.retain(|target| !targets.contains(target));
        // A key with a version or a profile is more precise than the name of a service.
        if targets.contains(&cx.target) && (found.is_none() || entry.key.value.contains('@')) {
            found = Some(entry);
        }
    }
    if left.is_empty() && !cx.targets.is_empty() && expected {
        let message = "`except` leaves no target for `expect`";
        cx.report(
            Diagnostic::error(codes::BAD_COMBINATION, entry.key.place, message)
                .help("leave out `expect`, or the entry that says the same"),
        );
    }
    let entry = found?;
    let checks = if entry.value.is_null() || entry.value.plain() == Some("skip") {
        Vec::new()
    } else {
        let here = cx.target;
        cx.for_some(&[here], |cx| checks::checks(cx, &entry.value))
    };
    Some(Excepted { place: entry.key.place, checks })
}

fn same_as_expected(cx: &mut Context, excepted: &Excepted, expect: &Node) {
    // What is wrong with `expect` is said when the file is read for a target that it is about.
    let mistakes = std::mem::take(&mut cx.mistakes);
    let paths = cx.story.checked_paths.len();
    let expected = checks::checks(cx, expect);
    cx.story.checked_paths.truncate(paths);
    let readable = !std::mem::replace(&mut cx.mistakes, mistakes).any_errors();
    if readable && !expected.is_empty() && checks::same(&excepted.checks, &expected) {
        let message = format!("`{}` is expected to behave like the others", cx.target);
        cx.report(
            Diagnostic::warning(codes::SAME_AS_EXPECTED, excepted.place, message)
                .label("says the same as `expect`"),
        );
    }
}

/// The time of a step and how the step is called.
fn when(cx: &mut Context, fields: &Fields<'_>) -> Option<(When, String)> {
    let Some(entry) = fields.at_most_one(cx, &["at", "after", "until"]) else {
        if ["at", "after", "until"].iter().any(|key| fields.is_meant(key)) {
            return None;
        }
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
        cx.report(
            Diagnostic::error(codes::BAD_COMBINATION, within.key.place, message)
                .help("to wait for something, write `until: {job: ..., state: ...}`"),
        );
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
            no_only(cx, node, "`until`");
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

/// What waits or asks again and again is there or not as a step.
fn no_only(cx: &mut Context, node: &Node, what: &str) {
    if let Some(only) = only_of(node) {
        let message = format!("`only` belongs to the step, not into {what}");
        cx.report(
            Diagnostic::error(codes::BAD_COMBINATION, only.key.place, message)
                .help("write it on a line of its own, beside `at`, `after` or `until`"),
        );
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
    cx.if_here(only_of(node), |cx| action_here(cx, node)).unwrap_or_default()
}

fn action_here(cx: &mut Context, node: &Node) -> Vec<At<Act>> {
    let Some(verb) = events::verb_of(cx, node, &grammar::ACTION, "action") else {
        return Vec::new();
    };
    let entries = node.entries().unwrap_or_default();
    let beside = |key: &str| entries.iter().find(|entry| entry.key.value == key);
    if grammar::FAULT.has_verb(&verb.key.value) {
        for entry in ["by", "returns"].iter().filter_map(|key| beside(key)) {
            let message = format!(
                "`{}` belongs to a call, and `{}` is none",
                entry.key.value, verb.key.value
            );
            cx.report(
                Diagnostic::error(codes::BAD_COMBINATION, entry.key.place, message)
                    .help("nobody calls an event; leave it out"),
            );
        }
        return events::event(cx, verb, node.whole_or_head());
    }
    let place = node.whole_or_head();
    let returns = match beside("returns") {
        None => Some(At { value: Vec::new(), place }),
        Some(entry) => {
            let place = entry.value.place;
            cx.hresults(&entry.value).map(|value| At { value, place })
        }
    };
    let codes = returns.as_ref().map(|returns| returns.value.as_slice()).unwrap_or_default();
    let said = Beside {
        lenient: beside("returns").is_some(),
        refused: codes.contains(&Hresult::E_NOTIMPL),
    };
    let calls = calls::call(cx, verb, said);
    let by = match beside("by") {
        None => Some(None),
        Some(entry) => cx.client(&entry.value).map(Some),
    };
    let (Some(by), Some(returns)) = (by, returns) else { return Vec::new() };
    let act = |call: PlannedCall| {
        let client = by.unwrap_or_else(|| default_client(cx, &call));
        At { value: Act::Call { client, call, returns: returns.clone() }, place }
    };
    calls.into_iter().map(act).collect()
}

/// The client that created the job, or the first one.
fn default_client(cx: &Context, call: &PlannedCall) -> ClientId {
    let job = match call {
        PlannedCall::Create(job)
        | PlannedCall::Job(job, _)
        | PlannedCall::Download(job, _)
        | PlannedCall::Start(job)
        | PlannedCall::GetJob(job)
        | PlannedCall::ReadErrorObject(job)
        | PlannedCall::ReadErrorFile(job)
        | PlannedCall::ReadErrorProtocol(job) => Some(*job),
        PlannedCall::EnumJobs { .. } | PlannedCall::EnumDownloads(_) => None,
    };
    let creator = job.and_then(|job| cx.story.creators.get(job.0 as usize).copied());
    creator.unwrap_or(ClientId(0))
}

fn one_of(cx: &mut Context, node: &Node) -> Option<At<Act>> {
    let items = cx.list(node, "a list of checks (`[{...}, {...}]`)");
    if items.is_empty() && matches!(node.kind, Kind::List(_)) {
        let message = "`one_of` leaves no choice";
        cx.report(Diagnostic::error(codes::EMPTY, node.place, message));
    }
    let mut here: Vec<Option<Check>> = Vec::with_capacity(items.len());
    for item in items {
        here.extend(cx.if_here(only_of(item), |cx| checks::check(cx, item)));
    }
    let count = here.len();
    let checks: Vec<Check> = here.into_iter().flatten().collect();
    let complete = !checks.is_empty() && checks.len() == count;
    complete.then_some(At { value: Act::OneOf(checks), place: node.place })
}

fn poll(cx: &mut Context, node: &Node, place: Place) -> Option<At<Act>> {
    let fields = cx.fields(node, "`poll`", place, &grammar::POLL.names())?;
    let every = fields.required(cx, "every").and_then(|node| cx.positive_duration(node));
    let during = fields.required(cx, "for").and_then(|node| cx.positive_duration(node));
    let check = fields.required(cx, "expect").and_then(|node| {
        no_only(cx, node, "`poll`");
        checks::check(cx, node)
    });
    let (every, during, check) = (every?, during?, check?);
    if during.0 / every.0 > MOST_QUESTIONS {
        let message = format!("this `poll` asks more than {MOST_QUESTIONS} times");
        cx.report(
            Diagnostic::error(codes::TOO_MANY, place, message)
                .help("ask less often, or for a shorter time"),
        );
        return None;
    }
    Some(At { value: Act::Poll { every, during, check }, place })
}
