//! The text of a failed run.

use super::behind::{self, Behind, Tie, behind};
use super::unheard::unheard;
use super::{Case, Failure, judged};
use super::{Root, headline, roots};
use crate::excerpt;
use crate::names::Names;
use crate::places;
use crate::rulebook::{self, Rule};
use crate::snippet::{Label, Painter, Snippet};
use crate::trace::{WIDTH, wrapped};
use crate::words;
use bitsim_replay::FailureKind;
use bitsim_scenario::plan::Place;
use std::fmt::Write;

/// No more than this many roots of one run are told in full.
pub const MOST_TOLD: usize = 6;

/// Lines that people see without scrolling. A run with one root fits.
const SCREEN: usize = 30;

/// The most lines of a timeline.
const LONGEST: usize = 8;

/// How much is told where there is room, and where a screen would not do.
const AMPLE: Room = Room { sentence: 3, following: 3, timeline: 4 };
const TIGHT: Room = Room { sentence: 2, following: 1, timeline: 3 };

/// How much of the longer parts of a failure is told.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// Most lines of the rule's sentence; `bitsim rules ID` shows the whole of it.
    sentence: usize,
    /// Most consequences.
    following: usize,
    /// Fewest lines of the timeline.
    timeline: usize,
}

/// Room for a sentence beside the name of what it is.
const ROOM: usize = 86;

/// Everything about a failed run. `depends` tells for a failure what it depends on, a clause a
/// line, if that is known: `without line 37 the scenario passes`.
#[must_use]
pub fn text(
    case: &Case<'_>,
    painter: Painter,
    depends: &mut dyn FnMut(&Failure) -> Option<String>,
) -> String {
    let roots = roots(case.plan, case.run);
    let mut out = headline(case);
    for root in roots.iter().take(MOST_TOLD) {
        out.push('\n');
        let depends = depends(&root.failure);
        let told = |room: Room| told(case, root, painter, depends.as_deref(), room);
        // With the headline and the blank line below it.
        out += &Some(told(AMPLE))
            .filter(|text| text.lines().count() + 2 <= SCREEN)
            .unwrap_or_else(|| told(TIGHT));
    }
    if roots.len() > MOST_TOLD {
        let more = words::count(roots.len() - MOST_TOLD, "more failure");
        let _ = writeln!(out, "\n  and {more} in the same run");
    }
    out
}

/// Parts two to eight of a failure, and in short what follows from it.
fn told(
    case: &Case<'_>,
    root: &Root,
    painter: Painter,
    depends: Option<&str>,
    room: Room,
) -> String {
    let failure = &root.failure;
    let names = Names::of(case.run);
    let named = behind(case, failure);
    let event = pinned(case, failure);
    let mut out = snippet(case, failure, named, event, &names, room.sentence).render(painter);
    out.push('\n');
    let mut rest = also(root, &names, room.following);
    for line in depends.iter().flat_map(|text| text.lines()) {
        for piece in wrapped(line, WIDTH - 2) {
            let _ = writeln!(rest, "  {piece}");
        }
    }
    let _ = writeln!(rest, "  again   {}", case.again);
    let shown = !failure.is_idle() && event > 0;
    let look = |until: String| look(case, &until);
    let rule = named.map(|named| rule_line(case, named)).unwrap_or_default();
    // The headline, the blank lines around the timeline, its two lines of headings, and `look`.
    let others =
        2 + 2 + 2 + 1 + [&out, &rest, &rule].map(|text| text.lines().count()).iter().sum::<usize>();
    let height = SCREEN.saturating_sub(others).clamp(room.timeline, LONGEST);
    let cause = match failure {
        Failure::Demand(demand) => unheard(case, demand).and_then(|cause| cause.event),
        Failure::Rule { .. } => None,
    };
    let excerpt = |event| excerpt::around(case, event, cause, failure.job(), height);
    let excerpt = shown.then(|| excerpt(event)).flatten();
    match excerpt {
        Some(excerpt) => {
            let _ = write!(out, "\n{}\n{rest}", excerpt.text);
            out += &look(format!(" --until '#{}'", excerpt.event));
        }
        None => {
            let _ = write!(out, "\n{rest}");
            out += &look(String::new());
        }
    }
    out + &rule
}

/// The line that shows the trace. Under `scenarios` a name will do where the path is too long.
fn look(case: &Case<'_>, until: &str) -> String {
    let on = on(case);
    let line =
        |what: &str| format!("  look    bitsim trace {}{on}{until}\n", words::argument(what));
    let name = case.path.strip_prefix("scenarios/").and_then(|path| path.strip_suffix(".yaml"));
    match name {
        Some(name) if line(case.path).chars().count() > WIDTH + 1 => line(name),
        _ => line(case.path),
    }
}

/// ` --on bits@1.5`, where the target must be said.
fn on(case: &Case<'_>) -> String {
    match case.run.target().to_string().as_str() {
        "bits" => String::new(),
        target => format!(" --on {target}"),
    }
}

/// Where to read more, and how the rule fared if it is not the one that broke.
fn rule_line(case: &Case<'_>, named: Behind) -> String {
    let rule = named.rule;
    match named.tie {
        Tie::Broken | Tie::Idle => format!("  rule    bitsim rules {rule}\n"),
        Tie::Declared | Tie::Held | Tie::Governs => {
            format!("  rule    bitsim rules {rule}   ({})\n", behind::fared(case.run, rule))
        }
    }
}

/// What follows from a failure, each beginning a line.
fn also(root: &Root, names: &Names, most: usize) -> String {
    let mut out = String::new();
    for (index, other) in root.follows.iter().take(most).enumerate() {
        let said = match other {
            Failure::Rule { violation, .. } => {
                let title = other.title(names);
                format!("{} (event {}): {title}", violation.rule, violation.event)
            }
            Failure::Demand(demand) => {
                let line = demand.place.line;
                let contrast = other.contrast(names);
                match other.compares() {
                    true => format!("line {line}, {}: {contrast}", demand.subject),
                    false if contrast.is_empty() => format!("line {line}: {}", demand.what),
                    false => format!("line {line}: {}; {contrast}", demand.what),
                }
            }
        };
        let mut head = if index == 0 { "also" } else { "" };
        let mut indent = 0;
        // What goes on stands a little to the right. Nothing is left out: the values come last.
        for piece in wrapped(&said, WIDTH - 12) {
            let _ = writeln!(out, "  {head:<8}{:indent$}{piece}", "");
            (head, indent) = ("", 2);
        }
    }
    if root.follows.len() > most {
        let more = root.follows.len() - most;
        let _ = writeln!(out, "  {:<8}and {more} more that follow from it", "");
    }
    out
}

/// The event to point at: for a demand that a call answered that call, not the last one of the
/// same check.
fn pinned(case: &Case<'_>, failure: &Failure) -> u32 {
    let Failure::Demand(demand) = failure else { return failure.event() };
    let asked = super::topic::of(case.plan, case.run, demand)
        .and_then(|topic| topic.asked_by(case.run.target().service));
    let Some(method) = asked else { return demand.event };
    let events = case.run.trace.events.get(..demand.event as usize).unwrap_or_default();
    let here = events.iter().rev().take_while(|event| event.at == demand.at);
    let question = here.filter(|event| places::calls(event, method, demand.job)).map(|one| one.seq);
    question.max().unwrap_or(demand.event)
}

/// Parts two to four: what broke, where in the file, the rule.
fn snippet(
    case: &Case<'_>,
    failure: &Failure,
    named: Option<Behind>,
    event: u32,
    names: &Names,
    sentence: usize,
) -> Snippet {
    let mut notes: Vec<(String, String)> = Vec::new();
    let mut note = |name: &str, text: &str| {
        notes.push((name.to_owned(), wrapped(text, ROOM).join("\n")));
    };
    let found = found(failure, names);
    let mut primary = primary(case, failure);
    if let Some(primary) = &mut primary
        && let Some(found) = primary.text.is_empty().then_some(()).and(found.as_ref())
        && fits_beside(case, primary.place, found)
    {
        primary.text.clone_from(found);
    }
    // What does not fit beside the text is told below it.
    let beside = |found: &String| primary.as_ref().is_some_and(|primary| primary.text == *found);
    let judged = match failure {
        Failure::Rule { violation, .. } => Some(judged(violation, names)),
        Failure::Demand(_) => None,
    };
    if let Some(text) = judged.or(found).filter(|text| !beside(text)) {
        note("found", &text);
    }
    match failure {
        Failure::Demand(demand) => {
            if !demand.note.is_empty() {
                note(name_of_note(demand.kind), &demand.note);
            }
            if let Some(cause) = unheard(case, demand) {
                note("note", &cause.text);
            }
            if demand.kind == FailureKind::NotExercised {
                let list = if is_defect(case, demand.place) { "breaks" } else { "rules" };
                note(
                    "help",
                    &format!("bring about what the rule speaks of, or take it off `{list}`"),
                );
            } else if event == 0 {
                note("when", "event 0: nothing had happened yet");
            }
        }
        Failure::Rule { more: 0, .. } => {}
        Failure::Rule { more, .. } => {
            note("again", &format!("broken {} in this run", words::count(*more, "more time")));
        }
    }
    if let Some(named) = named
        && let Some(rule) = rulebook::rule(named.rule)
    {
        notes.extend(rule_notes(rule, named.tie, sentence));
    }
    let in_force = places::disturbance_in_force(case.plan, case.run, failure);
    // Two places that are far apart in long lines cannot both be seen.
    let apart = |label: &Label| {
        primary.as_ref().is_some_and(|primary| {
            let right = primary.place.column + primary.place.len;
            right.saturating_sub(label.place.column) as usize > WIDTH - 16
        })
    };
    let mut in_force = in_force.filter(|label| {
        !failure.is_idle() && primary.as_ref().is_none_or(|primary| primary.place != label.place)
    });
    if let Some(label) = &mut in_force
        && !fits_beside(case, label.place, &label.text)
    {
        label.text = "in force then".to_owned();
    }
    let in_force = in_force.filter(|label| {
        let seen = !apart(label) && fits_beside(case, label.place, &label.text);
        if !seen {
            notes.push((format!("line {}", label.place.line), label.text.clone()));
        }
        seen
    });
    Snippet {
        level: "error",
        id: named.filter(|named| named.tie != Tie::Idle).map(|named| named.rule.text().to_owned()),
        title: title(failure, named, names),
        path: case.path.to_owned(),
        source: case.source.to_owned(),
        primary,
        labels: in_force.into_iter().collect(),
        notes,
        edit: None,
    }
}

/// The sentence that says what broke, cut between words where it is too long for a line.
fn title(failure: &Failure, named: Option<Behind>, names: &Names) -> String {
    let title = failure.title(names);
    let head = "error: ".len() + named.map_or(0, |named| named.rule.text().len() + 2);
    wrapped(&title, WIDTH - head).join("\n")
}

/// An address that is too long for a line goes on after a slash.
fn in_two(address: &str, room: usize) -> String {
    if address.chars().count() <= room {
        return address.to_owned();
    }
    match address.rsplit_once('/') {
        Some((head, tail)) => format!("{head}/\n{tail}"),
        None => address.to_owned(),
    }
}

/// True if the place is one of the rules that the defects of the scenario should break.
fn is_defect(case: &Case<'_>, place: Place) -> bool {
    case.run.breaks.iter().any(|one| one.place == place)
}

/// What the remark of the player is about.
const fn name_of_note(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Until => "stands",
        FailureKind::Unsettled => "help",
        _ => "note",
    }
}

/// True if a text beside this place ends where people still see it.
fn fits_beside(case: &Case<'_>, place: Place, text: &str) -> bool {
    let gutter = case.source.lines().count().to_string().len() + 4;
    gutter + (place.column + place.len) as usize + text.chars().count() <= WIDTH
}

/// The value in the scenario that is not met; for a rule that no check noticed, the step that
/// brought the event about or the latest one before it, or the job's declaration.
fn primary(case: &Case<'_>, failure: &Failure) -> Option<Label> {
    match failure {
        Failure::Rule { noticed: Some(demand), .. } | Failure::Demand(demand) => {
            Some(Label { place: demand.place, text: String::new() })
        }
        Failure::Rule { violation, .. } => {
            let place = places::step_before(case.plan, case.run, violation.event)
                .or_else(|| places::declaration(case.plan, case.run, violation.job))?;
            let at = words::time(violation.at);
            Some(Label { place, text: format!("event {}, {at}", violation.event) })
        }
    }
}

/// What the check of the scenario found; nothing if only the judge found something.
fn found(failure: &Failure, names: &Names) -> Option<String> {
    match failure {
        Failure::Rule { noticed: None, .. } => None,
        Failure::Rule { .. } | Failure::Demand(_) => {
            Some(failure.contrast(names)).filter(|text| !text.is_empty())
        }
    }
}

/// The place in the scenario that a failure points at.
#[must_use]
pub fn place(case: &Case<'_>, failure: &Failure) -> Option<Place> {
    primary(case, failure).map(|label| label.place)
}

/// The rule in one sentence, how sure it is, and its page.
fn rule_notes(rule: &Rule, tie: Tie, most: usize) -> Vec<(String, String)> {
    let name = match tie {
        Tie::Broken | Tie::Idle => "rule",
        Tie::Declared | Tie::Held | Tie::Governs => "rule behind it",
    };
    let room = ROOM + "rule".len() - name.len();
    let mut sentence = wrapped(&rule.rule.trim().replace('\n', " "), room);
    if sentence.len() > most {
        sentence.truncate(most);
        if let Some(last) = sentence.last_mut() {
            *last = format!("{} ...", wrapped(last, room - 4).swap_remove(0));
        }
    }
    if let Some(remark) = rule.stand_remark() {
        sentence.extend(wrapped(&format!("({remark})"), room));
    }
    let mut notes = vec![(name.to_owned(), sentence.join("\n"))];
    if tie == Tie::Idle {
        let seen = wrapped(&rule.observable.trim().replace('\n', " "), ROOM - 5).join("\n");
        notes.push(("broken if".to_owned(), seen));
    }
    if let Some(page) = rule.pages().into_iter().next() {
        let mut text = format!("{} ({}; {})", page.title, rule.certainty(), rule.holds_for());
        text = wrapped(&text, ROOM).join("\n");
        if let Some(address) = page.address {
            text += "\n";
            text += &in_two(&address, WIDTH - "     = page: ".len());
        }
        notes.push(("page".to_owned(), text));
    }
    notes
}
