//! The timeline: what happens at one moment stands in one step.

use super::{Returns, Telling, act};
use crate::story::{Act, Story};
use bitsim_vocab::Span;
use bitsim_vocab::world::Disturbance;
use std::fmt::Write as _;

/// Lines longer than this are told item by item.
const WIDTH: usize = 100;

/// What happens and must be true at one time.
#[derive(Default)]
struct Moment {
    at: Span,
    /// What is done, and whether it is trouble.
    acts: Vec<(bool, String)>,
    expect: Vec<String>,
}

pub(super) fn write(text: &mut String, story: &Story, telling: &Telling<'_>) {
    let mut moments: Vec<Moment> = Vec::new();
    let mut now = Span::ZERO;
    for (n, step) in story.steps.iter().enumerate() {
        now = now + step.after;
        let returns = telling.returns.get(n).copied().unwrap_or(Returns::Unsaid);
        let Some(told) = act::act(story, n, returns) else { continue };
        if moments.last().is_none_or(|moment| moment.at != now) {
            moments.push(Moment { at: now, ..Moment::default() });
        }
        if let Some(moment) = moments.last_mut() {
            moment.acts.push((is_trouble(&step.act), told));
            let expected = telling.expect.iter().filter(|(step, _)| *step == n);
            moment.expect.extend(expected.map(|(_, check)| check.clone()));
        }
    }
    if moments.last().is_none_or(|moment| moment.at != now) {
        // Things go on during the last steps even if nobody was there to make their calls.
        let expect = vec!["{attempts: {at_least: 0}}".to_owned()];
        moments.push(Moment { at: now, acts: Vec::new(), expect });
    }
    text.push_str("timeline:\n");
    for moment in &moments {
        self::moment(text, moment);
    }
    for line in telling.ending {
        text.push_str(line);
        text.push('\n');
    }
}

fn moment(text: &mut String, moment: &Moment) {
    let _ = writeln!(text, "  - at: {}", moment.at);
    let told = |trouble: bool| {
        let acts = moment.acts.iter().filter(move |(is_trouble, _)| *is_trouble == trouble);
        acts.map(|(_, act)| format!("{{{act}}}")).collect::<Vec<_>>()
    };
    // What a client does comes before the trouble, unless it is told otherwise.
    if moment.acts.is_sorted_by_key(|(is_trouble, _)| *is_trouble) {
        list(text, "do", &told(false));
        list(text, "fault", &told(true));
    } else {
        let all: Vec<String> = moment.acts.iter().map(|(_, act)| format!("{{{act}}}")).collect();
        list(text, "do", &all);
    }
    list(text, "expect", &moment.expect);
}

/// A key with one item or a list of them.
fn list(text: &mut String, key: &str, items: &[String]) {
    let line = match items {
        [] => return,
        [one] => format!("    {key}: {one}"),
        items => format!("    {key}: [{}]", items.join(", ")),
    };
    if items.len() == 1 || line.len() <= WIDTH {
        let _ = writeln!(text, "{line}");
        return;
    }
    let _ = writeln!(text, "    {key}:");
    for item in items {
        let _ = writeln!(text, "      - {item}");
    }
}

/// True for what a reader looks for under `fault`.
fn is_trouble(act: &Act) -> bool {
    use Disturbance as D;
    match act {
        Act::Misbehave(_) => true,
        Act::Call(..) | Act::Create(_) | Act::ReadError(..) | Act::Heal(_) => false,
        Act::Disturb(what) => match what {
            D::NetworkRegained
            | D::BlockEnds(_)
            | D::Bandwidth(None)
            | D::ServiceStarts
            | D::LogOn(_)
            | D::RunAs(_)
            | D::ClientStarts(_)
            | D::VolumeUnlocked(_)
            | D::PathAllowed(..) => false,
            D::NetworkConditions(conditions) => !conditions.is_empty(),
            _ => true,
        },
    }
}
