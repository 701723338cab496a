//! What behaves differently between two records of a suite, by rule before files.
//!
//! Two runs of one name are laid side by side, and the lines at which they part are put down to
//! rules: to one that is newly broken or no longer broken; else to one that held at the one line
//! and not at the other; else to one that held at both. Of several the one counts that the
//! scenario declares, then the one that holds more rarely, because it says more. What no rule
//! speaks of is told as such.

mod align;
mod text;

use crate::record::{Record, Recorded, Told};
use crate::rulebook;
use crate::words;
use align::{Difference, How};
use bitsim_vocab::{RuleId, Span};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a rule is broken by the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaks {
    /// It held, or was not exercised, and is broken now.
    Now,
    /// It was broken and is not any more.
    NoLonger,
    /// Neither: it holds with the one and the other behaviour.
    Neither,
}

/// One change of behaviour, in one or more runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The rule that speaks of it.
    pub rule: Option<String>,
    /// Whether that rule is broken by it.
    pub breaks: Breaks,
    /// What kind of thing changed: `states`, `calls`, `callbacks` and so on.
    pub kind: String,
    /// What changed, in words, as in the first of the runs.
    pub change: String,
    /// The runs.
    pub runs: Vec<String>,
    /// How many more lines differ in these runs that the same rule speaks of.
    pub following: usize,
    /// What the rule says is wrong, if it is broken.
    pub what: Option<String>,
    /// The lines around it in the first of the runs: ` `, `-` or `+`, then the line.
    pub excerpt: Vec<String>,
}

/// A file with runs that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedFile {
    /// The scenario.
    pub path: String,
    /// How many of its runs behave differently.
    pub runs: usize,
    /// True if the scenario itself is not what it was.
    pub edited: bool,
}

/// Everything that is different.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// How many runs were compared.
    pub compared: usize,
    /// How many of them behave differently.
    pub changed: usize,
    /// The changes: newly broken rules first.
    pub changes: Vec<Change>,
    /// Runs that held and do not any more.
    pub fail_now: Vec<String>,
    /// Runs that hold now and did not before.
    pub hold_now: Vec<String>,
    /// Runs that only the new record has.
    pub appeared: Vec<String>,
    /// Runs that only the old record has.
    pub disappeared: Vec<String>,
    /// Rules that some run puts to the test now and none did before.
    pub newly_exercised: Vec<String>,
    /// Rules that no run puts to the test any more.
    pub no_longer_exercised: Vec<String>,
    /// The scenarios with runs that changed.
    pub files: Vec<ChangedFile>,
}

/// Compares two records.
#[must_use]
pub fn compare(old: &Record, new: &Record) -> Changes {
    let before: BTreeMap<&str, &Recorded> =
        old.runs.iter().map(|run| (run.name.as_str(), run)).collect();
    let after: BTreeSet<&str> = new.runs.iter().map(|run| run.name.as_str()).collect();
    let mut changes = Changes::default();
    let mut groups = Groups { found: Vec::new(), old, new, times: times(old, new) };
    for run in &new.runs {
        let Some(was) = before.get(run.name.as_str()) else {
            changes.appeared.push(run.name.clone());
            continue;
        };
        changes.compared += 1;
        match (was.outcome == "held", run.outcome == "held") {
            (true, false) => changes.fail_now.push(run.name.clone()),
            (false, true) => changes.hold_now.push(run.name.clone()),
            _ => {}
        }
        if groups.add(was, run) {
            changes.changed += 1;
            let edited = was.scenario != run.scenario;
            match changes.files.iter_mut().find(|file| file.path == run.path) {
                Some(file) => file.runs += 1,
                None => {
                    changes.files.push(ChangedFile { path: run.path.clone(), runs: 1, edited });
                }
            }
        }
    }
    let gone = old.runs.iter().filter(|run| !after.contains(run.name.as_str()));
    changes.disappeared = gone.map(|run| run.name.clone()).collect();
    let (was, is) = (exercised(old), exercised(new));
    changes.newly_exercised = is.difference(&was).map(|rule| (*rule).to_owned()).collect();
    changes.no_longer_exercised = was.difference(&is).map(|rule| (*rule).to_owned()).collect();
    changes.changes = groups.finish();
    changes
}

impl Changes {
    /// True if nothing at all is different.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let lists = [
            &self.fail_now,
            &self.hold_now,
            &self.appeared,
            &self.disappeared,
            &self.newly_exercised,
            &self.no_longer_exercised,
        ];
        self.changed == 0 && lists.iter().all(|list| list.is_empty())
    }
}

/// Every rule that a record puts to the test, held or broken.
fn exercised(record: &Record) -> BTreeSet<&str> {
    let held = |run: &Recorded| run.held.iter().map(|(rule, _)| *rule).collect::<Vec<_>>();
    let broken = |run: &Recorded| run.broken.iter().map(|one| one.rule).collect::<Vec<_>>();
    let all = record.runs.iter().flat_map(|run| [held(run), broken(run)].concat());
    all.map(|rule| record.rule(rule)).filter(|rule| !rule.is_empty()).collect()
}

/// How often each rule held in both records.
fn times<'a>(old: &'a Record, new: &'a Record) -> BTreeMap<&'a str, u64> {
    let mut times = BTreeMap::new();
    for record in [old, new] {
        for (rule, held) in record.runs.iter().flat_map(|run| &run.held) {
            *times.entry(record.rule(*rule)).or_default() += u64::from(*held);
        }
    }
    times
}

/// A rule that is newly broken, or no longer.
struct Turned<'a> {
    rule: &'a str,
    breaks: Breaks,
    /// Its line in the run in which it is broken.
    line: usize,
    what: &'a str,
}

impl Turned<'_> {
    /// Where a difference stands in the run in which the rule is broken.
    fn place(&self, difference: &Difference) -> usize {
        match self.breaks {
            Breaks::NoLonger => difference.old,
            Breaks::Now | Breaks::Neither => difference.new,
        }
    }

    /// True if the rule was broken at this line.
    fn is_at(&self, difference: &Difference) -> bool {
        let other_side = match self.breaks {
            Breaks::NoLonger => How::New,
            Breaks::Now | Breaks::Neither => How::Gone,
        };
        difference.how != other_side && self.place(difference) == self.line
    }
}

/// Changes that are alike, with what is needed to put them in order.
struct Group {
    key: (Breaks, String, String),
    change: Change,
    /// In how many runs this is the first rule that turned.
    first: usize,
}

/// What a rule, or none, says about two runs of one name.
struct Spoken<'a> {
    rule: Option<&'a str>,
    breaks: Breaks,
    /// Which of the differences is told; `None` if the traces are the same.
    difference: Option<usize>,
    /// How many more it speaks of.
    following: usize,
}

/// Collects changes over runs.
struct Groups<'a> {
    found: Vec<Group>,
    old: &'a Record,
    new: &'a Record,
    times: BTreeMap<&'a str, u64>,
}

impl<'a> Groups<'a> {
    /// Adds what two runs of one name do differently. False if that is nothing.
    fn add(&mut self, was: &'a Recorded, run: &'a Recorded) -> bool {
        let differences = align::differences(was, run);
        let turned = self.turned(was, run);
        // Each rule has one change in a run: the line at which it was broken, or else the first
        // line that it speaks of. What follows from that is counted.
        let mut here: Vec<Spoken<'_>> = Vec::new();
        for (index, difference) in differences.iter().enumerate() {
            // That a run ends later follows from what came later in it.
            let is_end = difference.new + 1 == run.lines.len();
            if let (true, How::Moved(_), Some(last)) = (is_end, difference.how, here.last_mut()) {
                last.following += 1;
                continue;
            }
            let (rule, breaks) = match nearest(&turned, difference) {
                Some(turned) => (Some(turned.rule), turned.breaks),
                None => (self.speaking(was, run, difference), Breaks::Neither),
            };
            match here.iter_mut().find(|one| (one.rule, one.breaks) == (rule, breaks)) {
                Some(spoken) => {
                    spoken.following += 1;
                    if nearest(&turned, difference).is_some_and(|one| one.is_at(difference)) {
                        spoken.difference = Some(index);
                    }
                }
                None => {
                    here.push(Spoken { rule, breaks, difference: Some(index), following: 0 });
                }
            }
        }
        for one in &turned {
            let told =
                |known: &Spoken<'_>| known.rule == Some(one.rule) && known.breaks == one.breaks;
            if !here.iter().any(told) {
                // Another rule was broken by the same lines.
                let at =
                    differences.iter().rposition(|difference| one.line >= one.place(difference));
                let difference = at.or((!differences.is_empty()).then_some(0));
                let (rule, breaks) = (Some(one.rule), one.breaks);
                here.push(Spoken { rule, breaks, difference, following: 0 });
            }
        }
        let root = turned.iter().min_by_key(|one| (one.breaks, one.line)).map(|one| one.rule);
        for spoken in &here {
            let difference = spoken.difference.map(|index| differences[index]);
            let what = turned.iter().find(|one| Some(one.rule) == spoken.rule).map(|one| one.what);
            let found = Found { was, run, difference, what };
            self.put(spoken, &found, spoken.rule.is_some() && root == spoken.rule);
        }
        !here.is_empty()
    }

    /// The rules that are newly broken, then those that are no longer; of several at one line the
    /// one that says most comes first.
    fn turned(&self, was: &'a Recorded, run: &'a Recorded) -> Vec<Turned<'a>> {
        let of = |record: &'a Record, run: &'a Recorded, breaks: Breaks| {
            let turned = run.broken.iter().map(move |one| Turned {
                rule: record.rule(one.rule),
                breaks,
                line: one.line,
                what: one.what.as_str(),
            });
            turned.collect::<Vec<_>>()
        };
        let (mut before, mut now) =
            (of(self.old, was, Breaks::NoLonger), of(self.new, run, Breaks::Now));
        let (old, new): (Vec<&str>, Vec<&str>) =
            (before.iter().map(|one| one.rule).collect(), now.iter().map(|one| one.rule).collect());
        now.retain(|one| !old.contains(&one.rule));
        before.retain(|one| !new.contains(&one.rule));
        for list in [&mut before, &mut now] {
            list.sort_by_key(|one| (one.line, self.rank(run, one.rule)));
        }
        now.into_iter().chain(before).collect()
    }

    /// The rule that speaks of a difference, although it is broken neither before nor after.
    fn speaking(
        &self,
        was: &'a Recorded,
        run: &'a Recorded,
        difference: &Difference,
    ) -> Option<&'a str> {
        let of = |record: &'a Record, run: &Recorded, line: usize| -> Vec<&'a str> {
            held_at(run, line).into_iter().map(|rule| record.rule(rule)).collect()
        };
        let old = match difference.how {
            How::New => Vec::new(),
            _ => of(self.old, was, difference.old),
        };
        let new = match difference.how {
            How::Gone => Vec::new(),
            _ => of(self.new, run, difference.new),
        };
        let all = || old.iter().chain(&new).copied();
        let one_sided = all().filter(|rule| old.contains(rule) != new.contains(rule));
        let best = |rules: &mut dyn Iterator<Item = &'a str>| {
            let moved = matches!(difference.how, How::Moved(_));
            let known = rules.filter(|rule| !rule.is_empty());
            known.min_by_key(|rule| (moved && !is_about_time(rule), self.rank(run, rule)))
        };
        best(&mut one_sided.into_iter()).or_else(|| best(&mut all()))
    }

    /// The smaller, the more a rule says about a run.
    fn rank(&self, run: &Recorded, rule: &str) -> (bool, u64) {
        let declared = run.declared.iter().any(|declared| self.new.rule(*declared) == rule);
        (!declared, self.times.get(rule).copied().unwrap_or_default())
    }

    /// Adds a change to those that are like it.
    fn put(&mut self, spoken: &Spoken<'_>, found: &Found<'_>, is_root: bool) {
        let Spoken { rule, breaks, following, .. } = *spoken;
        let (change, kind) = (found.words(), found.kind());
        let about = rule.map_or_else(|| format!(" {kind}"), str::to_owned);
        let key = (breaks, about, alike(&change));
        let name = found.run.name.clone();
        if let Some(group) = self.found.iter_mut().find(|group| group.key == key) {
            group.change.runs.push(name);
            group.change.following += following;
            group.first += usize::from(is_root);
            return;
        }
        let change = Change {
            rule: rule.map(str::to_owned),
            breaks,
            kind: kind.to_owned(),
            change,
            runs: vec![name],
            following,
            what: found.what.map(str::to_owned),
            excerpt: found.excerpt(),
        };
        self.found.push(Group { key, change, first: usize::from(is_root) });
    }

    /// The changes in the order in which they are told: newly broken rules first, those first that
    /// most often are the first to break in their run; then what concerns most runs.
    fn finish(self) -> Vec<Change> {
        let mut weights: BTreeMap<(Breaks, String), (usize, usize)> = BTreeMap::new();
        for group in &self.found {
            let weight = weights.entry((group.key.0, group.key.1.clone())).or_default();
            weight.0 += group.first;
            weight.1 += group.change.runs.len();
        }
        let mut found = self.found;
        found.sort_by_key(|group| {
            let of_rule = (group.key.0, group.key.1.clone());
            let (first, runs) = weights.get(&of_rule).copied().unwrap_or_default();
            let no_rule = group.change.rule.is_none();
            let less = |number: usize| usize::MAX - number;
            (of_rule.0, no_rule, less(first), less(runs), of_rule.1, less(group.change.runs.len()))
        });
        found.into_iter().map(|group| group.change).collect()
    }
}

/// True if the rule says when something happens or how long it lasts.
fn is_about_time(rule: &str) -> bool {
    let entry = RuleId::parse(rule).and_then(rulebook::rule);
    entry.is_some_and(|entry| entry.kind == "timing")
}

/// The rules that held at a line; where none did, those that held at the lines about the same job
/// or server that followed in the same instant, as a change of state follows a timer.
fn held_at(run: &Recorded, line: usize) -> Vec<usize> {
    let Some(first) = run.lines.get(line) else { return Vec::new() };
    if !first.held.is_empty() {
        return first.held.clone();
    }
    let together = run.lines[line..].iter().take_while(|other| other.at == first.at);
    let same = together.filter(|other| other.who == first.who);
    same.flat_map(|other| &other.held).copied().collect()
}

/// The turned rule that a difference belongs to: the one that turned at its line or the least
/// before, or else the first one after it. A rule may notice late what went wrong early.
fn nearest<'a, 'b>(turned: &'b [Turned<'a>], difference: &Difference) -> Option<&'b Turned<'a>> {
    let distance = |one: &&Turned<'_>| one.place(difference).checked_sub(one.line);
    let before = turned.iter().filter(|one| distance(one).is_some());
    before.min_by_key(distance).or_else(|| turned.first())
}

/// A difference in its runs.
struct Found<'a> {
    was: &'a Recorded,
    run: &'a Recorded,
    difference: Option<Difference>,
    what: Option<&'a str>,
}

impl Found<'_> {
    /// The line that is told: the new one, or the old one where there is none.
    fn line(&self) -> Option<&Told> {
        let difference = self.difference?;
        match difference.how {
            How::Gone => self.was.lines.get(difference.old),
            _ => self.run.lines.get(difference.new),
        }
    }

    fn kind(&self) -> &str {
        self.line().map_or("rules", |line| &line.kind)
    }

    /// The difference in words.
    fn words(&self) -> String {
        let (Some(difference), Some(line)) = (self.difference, self.line()) else {
            return match self.what {
                Some(what) => format!("the trace is the same, but judged otherwise: {what}"),
                None => "the trace is the same, but judged otherwise".to_owned(),
            };
        };
        match difference.how {
            How::New => format!("new: `{}`", line.what),
            How::Gone => format!("no longer: `{}`", line.what),
            How::Moved(0) => format!("`{}` in another order", line.what),
            How::Moved(by) => {
                let span = words::rounded(Span::millis(by.unsigned_abs()));
                let when = if by > 0 { "later" } else { "earlier" };
                format!("`{}` {span} {when}", line.what)
            }
            How::Changed => match self.was.lines.get(difference.old) {
                Some(old) => changed(old, line),
                None => line.what.clone(),
            },
        }
    }

    /// A few lines before the difference, those that differ, a few after.
    fn excerpt(&self) -> Vec<String> {
        let Some(difference) = self.difference else { return Vec::new() };
        text::excerpt(self.was, self.run, difference)
    }
}

/// The first thing that two lines say differently.
fn changed(old: &Told, new: &Told) -> String {
    let what = &new.what;
    if old.what != new.what {
        return format!("`{what}` instead of `{}`", old.what);
    }
    let cells = [
        ("error count", &old.count, &new.count),
        ("error", &old.error, &new.error),
        ("cause", &old.because, &new.because),
        ("detail", &old.detail, &new.detail),
    ];
    let differ = cells.into_iter().find(|(_, old, new)| old != new);
    let said =
        |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
    match differ {
        Some((cell, old, new)) => {
            format!("{cell} {} instead of {} at `{what}`", said(new), said(old))
        }
        None => format!("`{what}`"),
    }
}

/// A change in words with names, numbers and paths alike, so that the same change in two scenarios
/// is one.
fn alike(change: &str) -> String {
    let word = |word: &str| {
        if word.contains(['\\', '/', '"', '.']) {
            return "NAME".to_owned();
        }
        let mut out = String::new();
        for c in word.chars() {
            match c {
                c if c.is_ascii_digit() && out.ends_with('0') => {}
                c if c.is_ascii_digit() => out.push('0'),
                c => out.push(c),
            }
        }
        out
    };
    change.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
