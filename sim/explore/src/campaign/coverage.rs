//! What stories have reached: rules that had a chance to fail, cases of the transition tables, and
//! moves from state to state.

use super::Strategy;
use super::report::{First, Reached};
use bitsim_engine::table::{Axis, Touched};
use bitsim_engine::{AnyTouched, World, bits, download, legacy};
use bitsim_oracle::{Findings, checked};
use bitsim_vocab::download::{Row, Situation};
use bitsim_vocab::{Event, Happened, JobState, RuleId, Service, Stimulus, Target, legacy as rows};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::{Arc, OnceLock};

/// Something that a story can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Feature {
    /// A rule had a chance to fail and held.
    Rule(RuleId),
    /// A case of a cell of the table of BITS, counted from 0.
    BitsCase(Stimulus, JobState, usize),
    /// The same for Delivery Optimization behind the interfaces of BITS.
    LegacyCase(rows::Row, JobState, usize),
    /// The same for downloads.
    DownloadCase(Row, Situation, usize),
    /// A job went from one state to another because of something.
    Job(Service, JobState, Stimulus, JobState),
    /// The same for downloads.
    Download(Situation, Row, Situation),
}

impl Feature {
    const fn kind(self) -> Kind {
        match self {
            Self::Rule(_) => Kind::Rule,
            Self::BitsCase(..) | Self::LegacyCase(..) | Self::DownloadCase(..) => Kind::Cell,
            Self::Job(..) | Self::Download(..) => Kind::Move,
        }
    }

    /// What it is called in results; the name never changes its meaning.
    fn name(self) -> String {
        match self {
            Self::Rule(rule) => rule.text().to_owned(),
            Self::BitsCase(row, state, case) => cell(Service::Bits, row, state, case),
            Self::LegacyCase(row, state, case) => cell(Service::DoLegacy, row, state, case),
            Self::DownloadCase(row, state, case) => cell(Service::DoDownload, row, state, case),
            Self::Job(service, from, by, to) => moved(service, from, by, to),
            Self::Download(from, by, to) => moved(Service::DoDownload, from, by, to),
        }
    }
}

fn cell(service: Service, row: impl Display, column: impl Display, case: usize) -> String {
    format!("{}: {row} in {column}, case {}", service.name(), case + 1)
}

fn moved<S: Display>(service: Service, from: S, by: impl Display, to: S) -> String {
    format!("{}: {from} -> {to} by {by}", service.name())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rule,
    Cell,
    Move,
}

/// The record that a world keeps of its table.
pub(super) enum Record {
    Bits(Arc<bits::Touched>),
    Legacy(Arc<legacy::Touched>),
    Download(Arc<download::Touched>),
}

impl Record {
    /// A record of what `world` takes from the table of its service from now on.
    pub(super) fn of(world: &mut World, service: Service) -> Self {
        fn begin<R: Axis, S: Axis>(world: &mut World) -> Arc<Touched<R, S>>
        where
            Arc<Touched<R, S>>: Into<AnyTouched>,
        {
            let touched = Arc::new(Touched::default());
            world.record(Arc::clone(&touched));
            touched
        }
        match service {
            Service::Bits => Self::Bits(begin(world)),
            Service::DoLegacy => Self::Legacy(begin(world)),
            Service::DoDownload => Self::Download(begin(world)),
        }
    }

    fn features(&self, into: &mut Vec<Feature>) {
        match self {
            Self::Bits(touched) => {
                let all = touched.cases().into_iter();
                into.extend(all.map(|(row, state, case)| Feature::BitsCase(row, state, case)));
            }
            Self::Legacy(touched) => {
                let all = touched.cases().into_iter();
                into.extend(all.map(|(row, state, case)| Feature::LegacyCase(row, state, case)));
            }
            Self::Download(touched) => {
                let all = touched.cases().into_iter();
                into.extend(all.map(|(row, state, case)| Feature::DownloadCase(row, state, case)));
            }
        }
    }
}

/// Everything that a story reached, in order, each once.
pub(super) fn features(
    service: Service,
    events: &[Event],
    findings: &Findings,
    record: &Record,
) -> Vec<Feature> {
    let mut all = Vec::new();
    let held = rules_of(service).iter().copied().filter(|rule| findings.has_held(*rule));
    all.extend(held.map(Feature::Rule));
    record.features(&mut all);
    all.extend(events.iter().filter_map(|event| match event.what {
        Happened::State { from, to, cause, .. } => Some(Feature::Job(service, from, cause, to)),
        Happened::Standing { from, to, cause, .. } => {
            Some(Feature::Download(from.situation(), cause, to.situation()))
        }
        _ => None,
    }));
    all.sort_unstable();
    all.dedup();
    all
}

/// The rules of a service that the judge has a check for, in the order of the catalogue.
fn rules_of(service: Service) -> &'static [RuleId] {
    static RULES: [OnceLock<Vec<RuleId>>; 3] = [const { OnceLock::new() }; 3];
    let (prefix, index) = match service {
        Service::Bits => ("BITS-", 0),
        Service::DoLegacy => ("DO-", 1),
        Service::DoDownload => ("DOD-", 2),
    };
    let of = || checked().into_iter().filter(|rule| rule.text().starts_with(prefix)).collect();
    RULES[index].get_or_init(of)
}

/// What a whole campaign has reached, with the story that did so first.
#[derive(Debug, Clone, Default)]
pub(super) struct Coverage {
    first: BTreeMap<Feature, First>,
}

impl Coverage {
    /// True if some story has reached it.
    pub(super) fn has(&self, feature: Feature) -> bool {
        self.first.contains_key(&feature)
    }

    /// A story reached it; true if it was the first.
    pub(super) fn add(&mut self, feature: Feature, seed: u64, by: Strategy) -> bool {
        let new = !self.has(feature);
        if new {
            self.first.insert(feature, First { seed, by: by.name().to_owned() });
        }
        new
    }

    /// Rules, cells, moves.
    pub(super) fn counts(&self) -> [usize; 3] {
        let count = |kind| self.first.keys().filter(|feature| feature.kind() == kind).count();
        [Kind::Rule, Kind::Cell, Kind::Move].map(count)
    }

    /// The same with names.
    pub(super) fn named(&self) -> Reached {
        let of = |kind: Kind| {
            let all = self.first.iter().filter(|(feature, _)| feature.kind() == kind);
            all.map(|(feature, first)| (feature.name(), first.clone())).collect()
        };
        Reached { rules: of(Kind::Rule), cells: of(Kind::Cell), moves: of(Kind::Move) }
    }
}

/// The names of all rules and of all cases that these targets have, in that order.
pub(super) fn all_of(targets: impl IntoIterator<Item = Target>) -> [Vec<String>; 2] {
    let services: BTreeSet<Service> = targets.into_iter().map(|target| target.service).collect();
    let rules =
        services.iter().flat_map(|service| rules_of(*service)).map(|rule| Feature::Rule(*rule));
    let cells = services.iter().flat_map(|service| cells_of(*service));
    [rules.map(Feature::name).collect(), cells.map(Feature::name).collect()]
}

fn cells_of(service: Service) -> Vec<Feature> {
    fn cases<R: Axis, S: Axis>(
        count: impl Fn(R, S) -> usize,
        feature: fn(R, S, usize) -> Feature,
    ) -> Vec<Feature> {
        let cells = R::ALL.iter().flat_map(|row| S::ALL.iter().map(move |column| (*row, *column)));
        let all = cells.flat_map(|(row, column)| {
            (0..count(row, column)).map(move |case| feature(row, column, case))
        });
        all.collect()
    }
    match service {
        Service::Bits => {
            let table = bits::Table::documented();
            cases(|row, state| table.cell(row, state).len(), Feature::BitsCase)
        }
        Service::DoLegacy => {
            let table = legacy::Table::documented();
            cases(|row, state| table.cell(row, state).len(), Feature::LegacyCase)
        }
        Service::DoDownload => {
            let table = download::Table::documented();
            cases(|row, state| table.cell(row, state).len(), Feature::DownloadCase)
        }
    }
}
