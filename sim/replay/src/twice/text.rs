//! A difference between two plays, read aloud.

use super::{Difference, Parted};
use bitsim_engine::{Asked, Choice};
use bitsim_vocab::{Event, Hresult, JobId, SimTime, Span};
use std::fmt::{self, Write};

const WHO: [&str; 2] = ["first", "second"];

/// Events as the simulator holds them, jobs by their number.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text(&spelled, &|job| format!("job number {}", u64::from(job.0) + 1));
        f.write_str(&text)
    }
}

impl Difference {
    /// The difference in words; `event` tells what happened, `job` names a job.
    #[must_use]
    pub fn text(&self, event: &dyn Fn(&Event) -> String, job: &dyn Fn(JobId) -> String) -> String {
        let [one, other] = &self.sides;
        if self.digests_only {
            let (one, other) = (one.digest, other.digest);
            return format!("the same trace has two digests, {one} and {other}");
        }
        let mut out = self.headline();
        let sides = || WHO.iter().zip(&self.sides);
        if let Some(last) = &self.last {
            line(&mut out, "both", &happened(last, event));
        }
        for (who, side) in sides() {
            let text = match &side.event {
                Some(found) => happened(found, event),
                None => format!("the run is over: {:?}", side.end),
            };
            line(&mut out, who, &text);
        }
        for (id, at) in &self.before {
            let _ = write!(out, "\n{} before that: {at}", job(*id));
            for (who, side) in sides().filter(|(_, side)| side.event.is_some()) {
                if let Some((_, after)) = side.after.iter().find(|(other, _)| other == id) {
                    let text = if after == at { "the same".to_owned() } else { after.to_string() };
                    line(&mut out, who, &text);
                }
            }
        }
        self.choices(&mut out);
        out
    }

    fn headline(&self) -> String {
        format!("the same scenario gave two traces, which part at event {}", self.common + 1)
    }

    fn choices(&self, out: &mut String) {
        if !self.recorded {
            return;
        }
        let since = match self.common {
            0 => "from the start".to_owned(),
            common => format!("since event {common}"),
        };
        let _ = write!(out, "\nchoices {since}");
        for (who, Parted { choices, .. }) in WHO.iter().zip(&self.sides) {
            if choices.is_empty() {
                line(out, who, "none");
            }
            for asked in choices {
                line(out, who, &choice(asked));
            }
        }
        let Some((number, sides)) = &self.choice else {
            out.push_str("\nno choice differs: something else than the seed made the plays differ");
            return;
        };
        let _ = write!(out, "\nthe first choice that differs is number {number} of the run");
        for (who, asked) in WHO.iter().zip(sides) {
            let text = asked.as_ref().map_or_else(|| "not asked".to_owned(), choice);
            line(out, who, &text);
        }
    }
}

fn line(out: &mut String, who: &str, text: &str) {
    let _ = write!(out, "\n  {who:<8}{text}");
}

fn happened(event: &Event, tell: &dyn Fn(&Event) -> String) -> String {
    format!("{} {}", event.at, tell(event))
}

/// The event as the simulator holds it, with codes, times and spans as people write them.
#[must_use]
pub fn spelled(event: &Event) -> String {
    let debug = format!("{:?}", event.what);
    let mut out = String::new();
    let mut left = debug.as_str();
    while let Some(open) = left.find('(') {
        let (before, inside) = (&left[..open], &left[open + 1..]);
        let word = before.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |end| end + 1);
        let digits = inside.find(')').unwrap_or(0);
        let number: Option<u64> = inside[..digits].parse().ok();
        let text = number.and_then(|number| match &before[word..] {
            "Hresult" => Some(Hresult(u32::try_from(number).ok()?).to_string()),
            "SimTime" => Some(SimTime(number).to_string()),
            "Span" => Some(Span(number).to_string()),
            _ => None,
        });
        match text {
            Some(text) => {
                out += &before[..word];
                out += &text;
                left = &inside[digits + 1..];
            }
            None => {
                out += &left[..=open];
                left = inside;
            }
        }
    }
    out + left
}

/// `latency at 00:00:30.000: 17 of 0 to 99`
fn choice(asked: &Asked) -> String {
    let what = match asked.what {
        Choice::Latency => "latency",
        Choice::Guid => "half of a GUID",
        Choice::Turn => "turn",
    };
    let most = asked.below.saturating_sub(1);
    format!("{what} at {}: {} of 0 to {most}", asked.at, asked.answer)
}
