//! A campaign in words.

use super::slashed;
use crate::cli::files::quoted;
use bitsim::explore::campaign::report::{Arm, Finding};
use bitsim::explore::campaign::{Ended, Report, Shard};
use bitsim::report::snippet::Painter;
use bitsim::report::{rulebook, words};
use bitsim::vocab::{RuleId, Target};
use std::fmt::Write;
use std::path::Path;

/// What there is to tell.
pub(super) struct Told<'a> {
    pub(super) report: &'a Report,
    /// Where scenarios were written.
    pub(super) save: Option<&'a Path>,
    pub(super) verbose: bool,
    /// How long it took, in nanoseconds, if it was played now.
    pub(super) nanos: Option<u64>,
}

/// The columns behind the name of an item.
const ROOM: usize = 88;

/// The text on lines of at most `room` characters, cut between words. What has no gap, a path for
/// example, stays whole, so that it can be copied.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Targets in few words: many versions of BITS are counted.
fn on(targets: &[String]) -> String {
    let is_older = |target: &&String| target.starts_with("bits@");
    let older = targets.iter().filter(is_older).count();
    let mut names: Vec<String> = targets.iter().filter(|one| !is_older(one)).cloned().collect();
    match older {
        0 => {}
        1 | 2 => names.extend(targets.iter().filter(is_older).cloned()),
        n => names.push(format!("{n} older versions of bits")),
    }
    names.join(", ")
}

impl Told<'_> {
    /// All of it.
    pub(super) fn text(&self, painter: Painter) -> String {
        let mut out = String::new();
        for finding in &self.report.findings {
            self.finding(&mut out, finding, painter);
        }
        self.sum(&mut out, painter);
        self.reached(&mut out);
        self.strategies(&mut out);
        if self.verbose {
            self.never(&mut out);
        }
        out
    }

    fn finding(&self, out: &mut String, finding: &Finding, painter: Painter) {
        let Finding { name, target, seed, by, stories, sentence, text, .. } = finding;
        let own = matches!(name.as_str(), "panic" | "repetition");
        let word = if own { "FAULT" } else { "FAIL" };
        let stories = match stories {
            1 => "1 story".to_owned(),
            n => format!("{n} stories"),
        };
        let _ = writeln!(
            out,
            "{}  {name}   {target}   seed {seed}, {by}; {stories}",
            painter.bold(word)
        );
        for line in wrapped(sentence, ROOM + 8) {
            let _ = writeln!(out, "  {line}");
        }
        let mut item = |name: &str, text: &str| {
            let mut name = name;
            for line in text.lines().flat_map(|line| wrapped(line, ROOM)) {
                let _ = writeln!(out, "  {name:<8}{line}");
                name = "";
            }
        };
        item("because", text);
        if let Some(rule) = RuleId::parse(name).and_then(rulebook::rule) {
            item("rule", rule.rule.trim());
            for page in rule.pages().into_iter().take(1) {
                item("page", &page.title);
                if let Some(address) = page.address {
                    item("", &address);
                }
            }
        }
        let sabotage = self.report.sabotage.as_ref();
        let planted = sabotage.map_or_else(String::new, |name| format!(" --sabotage {name}"));
        match self.save.filter(|_| !finding.scenario.is_empty()) {
            Some(folder) => {
                let path = slashed(&folder.join(&finding.file));
                item("file", &format!("{path}, {}", words::count(finding.steps, "step")));
                let twice = if name == "repetition" { " --twice" } else { "" };
                // On one line, so that it can be copied.
                let _ = writeln!(out, "  again   bitsim run {}{planted}{twice}", quoted(&path));
            }
            None if finding.scenario.is_empty() => {}
            None => {
                item("steps", &finding.steps.to_string());
                let _ = writeln!(out, "  again   {}", self.again(finding, &planted));
            }
        }
        out.push('\n');
    }

    /// The command that finds it again and writes it down.
    fn again(&self, finding: &Finding, planted: &str) -> String {
        let Finding { seed, by, target, .. } = finding;
        let alone = matches!(by.as_str(), "plain" | "swarm" | "order");
        if alone {
            let one = format!("--seed {seed} --strategy {by} --on {target}");
            return format!("bitsim explore {one}{planted} --save FOLDER");
        }
        // What it was drawn from depends on the seeds before it.
        let Report { parts, targets, strategies, given, .. } = self.report;
        let from = parts.first().map_or(0, |part| part.from);
        let mut text = "bitsim explore".to_owned();
        if *given > 0 {
            text += " PATHS";
        }
        let _ = write!(text, " --seeds {from}..{}", seed + 1);
        if let Some(part) = parts.first().filter(|part| part.shard != Shard::WHOLE) {
            let _ = write!(text, " --shard {}", part.shard);
        }
        strategies.iter().for_each(|arm| text += &format!(" --strategy {}", arm.name));
        targets.iter().for_each(|target| text += &format!(" --on {target}"));
        text + planted + " --save FOLDER"
    }

    fn sum(&self, out: &mut String, painter: Painter) {
        let Report { totals, parts, targets, findings, ended, .. } = self.report;
        let word = match (findings.is_empty(), ended) {
            (false, _) => "FAIL",
            (true, Ended::Interrupted) => "STOP",
            (true, _) => "PASS",
        };
        let found = match findings.len() {
            0 => "nothing is broken".to_owned(),
            1 => "1 thing is broken".to_owned(),
            n => format!("{n} different things are broken"),
        };
        let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        let took = self.nanos.map(|nanos| {
            let millis = nanos / 1_000_000;
            let rate = (totals.stories * 1_000).checked_div(millis).unwrap_or(0);
            format!(", {}.{} s, {rate} a second", millis / 1_000, millis % 1_000 / 100)
        });
        let _ = writeln!(
            out,
            "{}  {found}; {} stories, {} events on {}; {}{}{}",
            painter.bold(word),
            totals.stories,
            totals.events,
            on(targets),
            if parts.is_empty() { "no seed".to_owned() } else { parts.join("; ") },
            took.unwrap_or_default(),
            match ended {
                Ended::Interrupted => "; interrupted",
                Ended::Enough => "; stopped, since so much was asked for",
                Ended::Complete | Ended::TimeUp => "",
            }
        );
        let _ = writeln!(
            out,
            "checks  every rule in every story; every job at rest in {} that were healed; {} \
             played twice",
            totals.healed, totals.twice
        );
    }

    fn reached(&self, out: &mut String) {
        let Report { reached, never, .. } = self.report;
        let of = |reached: usize, never: usize| format!("{reached} of {}", reached + never);
        let _ = writeln!(
            out,
            "reached {} rules, {} cases of the transition tables, {} moves between states",
            of(reached.rules.len(), never.rules.len()),
            of(reached.cells.len(), never.cells.len()),
            reached.moves.len()
        );
        let (rules, cells) = (self.never_held(true).len(), never.cells.len());
        if rules + cells > 0 {
            let names = if self.verbose { "below" } else { "--verbose" };
            let rules = words::count(rules, "rule");
            let cells = words::count(cells, "case");
            let elsewhere = match self.never_held(false).len() {
                0 => String::new(),
                n => format!("; {} of other versions or profiles", words::count(n, "rule")),
            };
            let _ = writeln!(out, "never   {rules}, {cells} (names: {names}){elsewhere}");
        }
    }

    /// The rules that no story gave a chance to fail: those that hold on one of the targets, or
    /// the others.
    fn never_held(&self, here: bool) -> Vec<&str> {
        let targets = self.report.targets.iter().filter_map(|text| text.parse::<Target>().ok());
        let targets: Vec<Target> = targets.collect();
        let holds = |name: &&str| match RuleId::parse(name) {
            Some(rule) => targets.iter().any(|target| bitsim::holds_on(rule, *target)) == here,
            None => here,
        };
        self.report.never.rules.iter().map(String::as_str).filter(holds).collect()
    }

    /// What each strategy found first, if there is something to compare.
    fn strategies(&self, out: &mut String) {
        let arms = &self.report.strategies;
        if arms.len() < 2 {
            return;
        }
        let timed = arms.iter().all(|arm| arm.nanos > 0);
        let rate = |arm: &Arm| {
            let rate = u128::from(arm.stories) * 1_000_000_000 / u128::from(arm.nanos.max(1));
            if timed { rate.to_string() } else { "-".to_owned() }
        };
        let _ = writeln!(
            out,
            "\n{:<10}{:>9}{:>12}   first to reach{:>7}{:>7}{:>7}{:>7}",
            "strategy", "stories", "a second*", "rules", "cases", "moves", "found"
        );
        for arm in arms {
            let first = &arm.first;
            let _ = writeln!(
                out,
                "{:<10}{:>9}{:>12}                 {:>7}{:>7}{:>7}{:>7}",
                arm.name,
                arm.stories,
                rate(arm),
                first.rules,
                first.cells,
                first.moves,
                first.findings
            );
        }
        if timed {
            let _ = writeln!(out, "* on one core");
        }
    }

    fn never(&self, out: &mut String) {
        let cells = self.report.never.cells.iter().map(String::as_str).collect();
        for (title, names) in [
            ("rules that no story gave a chance to fail", self.never_held(true)),
            ("cases that no story took", cells),
        ] {
            if !names.is_empty() {
                let _ = writeln!(out, "\n{title}");
                for name in names {
                    let _ = writeln!(out, "  {name}");
                }
            }
        }
    }
}
