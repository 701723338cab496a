//! What a campaign came to, for people and programs, and several of them put together.
//!
//! A report holds no clock, host or path: the same seeds give the same bytes.

use super::coverage;
use super::parts::{self, Part};
use bitsim_vocab::Target;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the format; it grows when a field changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// The name of the format.
pub const FORMAT: &str = "bitsim-campaign";

/// What a campaign came to; `fixtures/schema/campaign.schema.json` describes it as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of bitsim that wrote it.
    pub bitsim: String,
    /// The deliberate bug that was planted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sabotage: Option<String>,
    /// What was explored.
    pub targets: Vec<String>,
    /// How many stories were given to begin at.
    pub given: usize,
    /// The seeds that were played, to the last one.
    pub parts: Vec<Part>,
    /// Why it ended.
    pub ended: Ended,
    /// All stories together.
    pub totals: Totals,
    /// The strategies, in the order in which they take turns.
    pub strategies: Vec<Arm>,
    /// What was reached.
    pub reached: Reached,
    /// What was not.
    pub never: Never,
    /// What is broken, by the seed that broke it first.
    pub findings: Vec<Finding>,
}

/// Why a campaign ended, the best reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Every seed was played.
    Complete,
    /// Its time was over.
    TimeUp,
    /// So many things are broken as were asked for.
    Enough,
    /// Somebody interrupted it.
    Interrupted,
}

/// Counts over all stories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Stories played.
    pub stories: u64,
    /// Events in them.
    pub events: u64,
    /// Stories that were healed at the end to see whether every job comes to rest.
    pub healed: u64,
    /// Stories that were played twice.
    pub twice: u64,
    /// Stories that broke something.
    pub broken: u64,
}

/// What one strategy did and found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Stories.
    pub stories: u64,
    /// Stories that broke something.
    pub broken: u64,
    /// What it was the first one to reach.
    pub first: Firsts,
    /// Real time that its stories took on all cores together, in nanoseconds; 0 if nobody measured
    /// it.
    #[serde(skip)]
    pub nanos: u64,
}

/// How many things a strategy was the first one to reach or to break.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // Named like the fields of `Reached`.
pub struct Firsts {
    pub rules: usize,
    pub cells: usize,
    pub moves: usize,
    pub findings: usize,
}

/// Which story reached something first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct First {
    /// Its seed.
    pub seed: u64,
    /// Its strategy.
    pub by: String,
}

/// What was reached, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Rules that had a chance to fail and held.
    pub rules: BTreeMap<String, First>,
    /// Cases of the transition tables that were taken.
    pub cells: BTreeMap<String, First>,
    /// Moves from state to state, by what caused them.
    pub moves: BTreeMap<String, First>,
}

/// What no story reached, in the order of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Never {
    /// Rules that the judge has a check for.
    pub rules: Vec<String>,
    /// Cases that the transition tables have.
    pub cells: Vec<String>,
}

/// Something that is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What tells it apart from other findings: the id of the rule; for what is no rule, where it
    /// happened as well.
    pub key: String,
    /// The id of a rule, or `liveness`, `panic`, `repetition`.
    pub name: String,
    /// What it was found on.
    pub target: String,
    /// The lowest seed whose story breaks it.
    pub seed: u64,
    /// The strategy of that story.
    pub by: String,
    /// How many stories break it before anything else.
    pub stories: u64,
    /// The scenario in one sentence.
    pub sentence: String,
    /// What happened in it, and what was expected instead.
    pub text: String,
    /// Steps on its timeline.
    pub steps: usize,
    /// The name of its file.
    pub file: String,
    /// The scenario itself; empty if there is none, because the story could not be drawn.
    pub scenario: String,
}

impl Report {
    /// The report as indented JSON with a line end.
    #[must_use]
    pub fn json(&self) -> String {
        // Only maps with keys that are no strings fail, and there are none.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads what [`Report::json`] wrote.
    ///
    /// # Errors
    /// What the text is instead, in a clause that goes on from its name.
    pub fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let none = |error: serde_json::Error| format!("is no report of bitsim explore: {error}");
        let head: Head = serde_json::from_str(text).map_err(none)?;
        if head.format != FORMAT {
            return Err("is no report of bitsim explore".to_owned());
        }
        if head.version != VERSION {
            let version = head.version;
            return Err(format!("is a report of version {version}; this bitsim reads {VERSION}"));
        }
        serde_json::from_str(text).map_err(none)
    }

    /// The reports of several parts of a campaign as one.
    ///
    /// # Errors
    /// Why they do not belong together.
    pub fn merged(reports: Vec<Self>) -> Result<Self, String> {
        let mut reports = reports.into_iter();
        let Some(mut whole) = reports.next() else {
            return Err("there is no report to merge".to_owned());
        };
        for other in reports {
            whole.take_in(other)?;
        }
        whole.parts = parts::together(whole.parts).map_err(|[one, other]| {
            format!("some stories would count twice: {one}, and {other}")
        })?;
        whole.settle();
        Ok(whole)
    }

    fn take_in(&mut self, other: Self) -> Result<(), String> {
        let names = |report: &Self| {
            report.strategies.iter().map(|arm| arm.name.clone()).collect::<Vec<_>>().join(", ")
        };
        let about = |report: &Self| {
            [
                ("versions of bitsim", report.bitsim.clone()),
                ("deliberate bugs", report.sabotage.clone().unwrap_or_else(|| "none".to_owned())),
                ("targets", report.targets.join(", ")),
                ("strategies", names(report)),
                ("numbers of given stories", report.given.to_string()),
            ]
        };
        for ((what, mine), (_, its)) in about(self).into_iter().zip(about(&other)) {
            if mine != its {
                return Err(format!("the reports are about different {what}: {mine}, and {its}"));
            }
        }
        self.parts.extend(other.parts);
        self.ended = self.ended.max(other.ended);
        self.totals.add(other.totals);
        for (arm, other) in self.strategies.iter_mut().zip(other.strategies) {
            arm.stories += other.stories;
            arm.broken += other.broken;
        }
        self.reached.take_in(other.reached);
        self.findings.extend(other.findings);
        Ok(())
    }

    /// Works out what follows from the rest: what was not reached, who was first, and of equal
    /// findings the one with the lowest seed.
    pub(super) fn settle(&mut self) {
        self.findings.sort_by_key(|finding| finding.seed);
        let mut findings: Vec<Finding> = Vec::new();
        for finding in std::mem::take(&mut self.findings) {
            match findings.iter_mut().find(|first| first.key == finding.key) {
                Some(first) => first.stories += finding.stories,
                None => findings.push(finding),
            }
        }
        self.findings = findings;
        let targets = self.targets.iter().filter_map(|target| target.parse::<Target>().ok());
        let [rules, cells] = coverage::all_of(targets);
        let without = |mut all: Vec<String>, reached: &BTreeMap<String, First>| {
            all.retain(|name| !reached.contains_key(name));
            all
        };
        self.never = Never {
            rules: without(rules, &self.reached.rules),
            cells: without(cells, &self.reached.cells),
        };
        for arm in &mut self.strategies {
            let first = |reached: &BTreeMap<String, First>| {
                reached.values().filter(|first| first.by == arm.name).count()
            };
            arm.first = Firsts {
                rules: first(&self.reached.rules),
                cells: first(&self.reached.cells),
                moves: first(&self.reached.moves),
                findings: self.findings.iter().filter(|found| found.by == arm.name).count(),
            };
        }
    }

    /// True if a strategy of it draws on what was reached before, so that its shards together are
    /// not the whole.
    #[must_use]
    pub fn learns(&self) -> bool {
        let learning: BTreeSet<&str> = super::Strategy::OWN
            .into_iter()
            .filter(|strategy| strategy.learns())
            .map(super::Strategy::name)
            .collect();
        self.strategies.iter().any(|arm| learning.contains(arm.name.as_str()))
    }
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.stories += other.stories;
        self.events += other.events;
        self.healed += other.healed;
        self.twice += other.twice;
        self.broken += other.broken;
    }
}

impl Reached {
    fn take_in(&mut self, other: Self) {
        let lists = [
            (&mut self.rules, other.rules),
            (&mut self.cells, other.cells),
            (&mut self.moves, other.moves),
        ];
        for (mine, its) in lists {
            for (name, first) in its {
                mine.entry(name)
                    .and_modify(|before| {
                        if first < *before {
                            *before = first.clone();
                        }
                    })
                    .or_insert(first);
            }
        }
    }
}
