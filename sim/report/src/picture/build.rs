//! From a played run to its picture, in one pass over its events.

use super::jobs::Jobs;
use super::weather::Weather;
use super::{Entry, Picture, RuleSeen, Wrong};
use crate::failure::{self, Case};
use crate::lines::{self, Line};
use crate::names::Names;
use crate::rulebook;
use crate::summary::Verdict;
use crate::{places, trace};
use bitsim_oracle::Outcome;
use bitsim_vocab::trace::{Called, End, Event, Happened, NoteKind, Recipient};
use bitsim_vocab::{Call, ClientId, JobId, NoteId, Reply, RuleId, Service, StepId};
use std::collections::BTreeMap;

impl Picture {
    /// The picture of a played run. Where each rule held is known only of a run that was played
    /// with [`bitsim_replay::Options::witnessed`].
    #[must_use]
    pub fn of(case: &Case<'_>) -> Self {
        let run = case.run;
        let names = Names::of(run);
        let mut painter = Painter::new(case, &names);
        for line in lines::of(run) {
            painter.paint(line);
        }
        painter.mark_rules();
        let Painter { jobs, weather, mut entries, .. } = painter;
        let (ended_at, end) = match run.trace.end {
            End::Settled(at) => (at.0, "settled"),
            End::Stopped(at) => (at.0, "stopped"),
            End::DidNotSettle(at) => (at.0, "not settled"),
        };
        let outcome = match Verdict::of(run) {
            Verdict::Held => "held",
            Verdict::Broken => "broken",
            Verdict::Unsettled => "unsettled",
        };
        let lanes = jobs.finish(ended_at);
        for entry in &mut entries {
            entry.lane = entry.lane.filter(|lane| *lane < lanes.len());
        }
        Self {
            version: 1,
            name: case.name.to_owned(),
            title: run.title.clone(),
            path: case.path.to_owned(),
            source: case.source.to_owned(),
            target: run.target().to_string(),
            seed: run.seed(),
            outcome: outcome.to_owned(),
            ended_at,
            end: end.to_owned(),
            wall_start: run.trace.setup.wall_start.to_string().replace(".000Z", "Z"),
            error_title: trace::error_title(run.target().service).to_owned(),
            counts_errors: run.target().service == Service::Bits,
            lanes,
            disturbances: weather.finish(ended_at),
            rules: rules_seen(case),
            failures: wrongs(case, &names, &entries),
            events: entries,
        }
    }
}

/// Goes through the lines of a trace and keeps what they show.
struct Painter<'a> {
    case: &'a Case<'a>,
    names: &'a Names,
    jobs: Jobs,
    weather: Weather,
    entries: Vec<Entry>,
    /// The step whose call or disturbance came last, and its line.
    latest_act: Option<(StepId, u32)>,
    /// To whom the notifications go that have not returned yet.
    notes: BTreeMap<NoteId, (NoteKind, Option<ClientId>)>,
}

impl<'a> Painter<'a> {
    fn new(case: &'a Case<'a>, names: &'a Names) -> Self {
        Self {
            case,
            names,
            jobs: Jobs::new(case),
            weather: Weather::new(&case.run.trace.setup),
            entries: Vec::new(),
            latest_act: None,
            notes: BTreeMap::new(),
        }
    }

    fn paint(&mut self, line: Line) {
        // The numbers of events are their positions, from 1.
        let (from, to) = (line.first.saturating_sub(1) as usize, line.last as usize);
        let Some(events) = self.case.run.trace.events.get(from..to) else { return };
        let Some(first) = events.first() else { return };
        let at_line = self.scenario_line(first);
        let mut kind = kind(events, line.milestone);
        let mut client = None;
        let mut server = None;
        let mut exchange = None;
        for event in events {
            self.weather.take(event, line.last, at_line, self.names);
            if let Some((how, with)) = self.jobs.take(event, line.last, &mut self.weather) {
                (exchange, server) = (Some(how), Some(with));
            }
            match &event.what {
                Happened::Called(called) => client = Some(called.by),
                Happened::StartReturned { client: waited, .. } => client = Some(*waited),
                Happened::NoteBegan(note) => {
                    let to = match note.to {
                        Recipient::Interface(to) => Some(to),
                        Recipient::CommandLine { .. } => None,
                    };
                    client = to;
                    self.notes.insert(note.note, (note.kind, to));
                }
                Happened::NoteEnded { note, .. } => {
                    let known = self.notes.remove(note);
                    client = known.and_then(|(_, to)| to);
                    kind = if client.is_some() { "callback" } else { "launch" };
                }
                Happened::Env(what) => server = self.weather.server_of(what),
                _ => {}
            }
        }
        let job = line.job.or_else(|| created(first));
        self.jobs.mark(job, kind, &line, events);
        self.entries.push(Entry {
            first: line.first,
            last: line.last,
            at: line.at.0,
            lane: job.map(JobId::index),
            milestone: line.milestone,
            kind,
            client: client.map(|client| self.names.client(client)),
            server,
            exchange,
            error: line.error.text(|code| code.to_string()),
            who: line.who,
            what: line.what,
            count: line.count,
            because: line.because,
            detail: line.detail,
            line: at_line,
            held: Vec::new(),
            broken: Vec::new(),
        });
    }

    /// The line that brought an event about directly: the call, check or fault of its step, or for
    /// what happens while the jobs of the scenario are made their declaration.
    fn scenario_line(&mut self, event: &Event) -> Option<u32> {
        let Case { plan, run, .. } = *self.case;
        let Some(step) = event.source else {
            let making = self.latest_act.is_none() && event.at.0 == 0;
            let job = match &event.what {
                Happened::Called(called) => called.call.job().or_else(|| made(called)),
                other => other.job(),
            };
            return places::declaration(plan, run, job.filter(|_| making)).map(|at| at.line);
        };
        let place = match &event.what {
            Happened::Env(what) => places::place_of(plan, step, what),
            Happened::Called(called) => places::place_of_call(plan, run, step, called),
            _ => None,
        };
        if let Some(place) = place {
            self.latest_act = Some((step, place.line));
            return Some(place.line);
        }
        match self.latest_act {
            Some((latest, line)) if latest == step => Some(line),
            _ => run.step(step).map(|step| step.place.line),
        }
    }

    /// Puts the rules to the entries where they held or were broken.
    fn mark_rules(&mut self) {
        let findings = &self.case.run.findings;
        for witness in findings.witnesses() {
            if let Some(entry) = entry_of(&self.entries, witness.event) {
                let held = &mut self.entries[entry].held;
                if !held.contains(&witness.rule.text()) {
                    held.push(witness.rule.text());
                }
            }
        }
        for violation in findings.violations() {
            if let Some(entry) = entry_of(&self.entries, violation.event) {
                let broken = &mut self.entries[entry].broken;
                if !broken.contains(&violation.rule.text()) {
                    broken.push(violation.rule.text());
                }
            }
        }
    }
}

/// The job that a call has made.
fn made(called: &Called) -> Option<JobId> {
    match (&called.call, &called.reply) {
        (Call::CreateJob { .. } | Call::CreateDownload, Reply::Job(job)) => Some(*job),
        _ => None,
    }
}

fn created(event: &Event) -> Option<JobId> {
    match &event.what {
        Happened::Called(called) => made(called),
        _ => None,
    }
}

/// The position of the entry that an event is part of.
fn entry_of(entries: &[Entry], event: u32) -> Option<usize> {
    let index = entries.partition_point(|entry| entry.last < event);
    entries.get(index).filter(|entry| entry.first <= event).map(|_| index)
}

/// What a line is about, in a word of [`super::KINDS`].
fn kind(events: &[Event], milestone: bool) -> &'static str {
    let moves = |event: &Event| match &event.what {
        Happened::State { .. } => true,
        Happened::Standing { from, to, .. } => from.state != to.state,
        _ => false,
    };
    if events.iter().any(moves) {
        return "state";
    }
    if events.iter().any(|event| matches!(event.what, Happened::Standing { .. })) {
        return "error";
    }
    match events.first().map(|event| &event.what) {
        Some(Happened::Created(_) | Happened::DownloadCreated(_)) => "created",
        Some(Happened::Called(_)) if !milestone => "question",
        Some(Happened::Called(_) | Happened::StartReturned { .. }) => "call",
        Some(Happened::Count { .. }) => "count",
        Some(Happened::ErrorInfo { .. } | Happened::ErrorGone { .. }) => "error",
        Some(Happened::AttemptBegan { .. } | Happened::AttemptEnded { .. }) => "attempt",
        Some(Happened::Granted { .. } | Happened::SliceEnded { .. }) => "turn",
        Some(
            Happened::Bytes { .. }
            | Happened::Requested { .. }
            | Happened::UploadCancelRequested { .. },
        ) => "data",
        Some(Happened::File(_)) => "file",
        Some(Happened::NoteBegan(note)) => match note.to {
            Recipient::Interface(_) => "callback",
            Recipient::CommandLine { .. } => "launch",
        },
        Some(Happened::NoteEnded { .. }) => "callback",
        Some(Happened::Timer { .. }) => "timer",
        Some(Happened::LeftQueue { .. }) => "gone",
        Some(Happened::Env(_)) => "world",
        Some(Happened::State { .. } | Happened::Standing { .. }) | None => "state",
    }
}

/// The rules that the run put to the test or broke.
/// The rules that the run put to the test or broke, and those that its failures are about.
fn rules_seen(case: &Case<'_>) -> Vec<RuleSeen> {
    let run = case.run;
    let roots = failure::roots(case.plan, run);
    let named = |id| {
        let behind = |root: &failure::Root| failure::behind(case, &root.failure);
        roots.iter().filter_map(behind).any(|behind| behind.rule == id)
    };
    let seen = RuleId::ALL.iter().filter_map(|id| {
        let (outcome, times) = match run.findings.outcome(*id) {
            Outcome::NotExercised if named(*id) => ("not exercised", 0),
            Outcome::NotExercised => return None,
            Outcome::Held(times) => ("held", times),
            Outcome::Broken(violations) => ("broken", u32::try_from(violations.len()).ok()?),
        };
        let rule = rulebook::rule(*id);
        let page = rule.and_then(|rule| rule.pages().into_iter().next());
        let (page, url) = page.map_or_else(Default::default, |page| (page.title, page.address));
        Some(RuleSeen {
            id: id.text(),
            sentence: rule.map(|rule| rule.rule.trim().to_owned()).unwrap_or_default(),
            page,
            url: url.unwrap_or_default(),
            outcome,
            times,
            by_design: run.is_by_design(*id),
            declared: run.declared.iter().any(|one| one.value == *id),
        })
    });
    seen.collect()
}

/// What went wrong: the roots, each with what follows from it. An event that shares a line of the
/// trace goes by the number of that line.
fn wrongs(case: &Case<'_>, names: &Names, entries: &[Entry]) -> Vec<Wrong> {
    let roots = failure::roots(case.plan, case.run);
    let told = roots.iter().map(|failure::Root { failure, follows }| {
        let behind = failure::behind(case, failure);
        Wrong {
            title: failure.title(names),
            contrast: failure.contrast(names),
            rule: behind.map(|behind| behind.rule.text()),
            broken: behind.is_some_and(|behind| behind.tie == failure::Tie::Broken),
            line: failure::place(case, failure).map(|place| place.line).filter(|line| *line > 0),
            event: entry_of(entries, failure.event()).map_or(0, |index| entries[index].last),
            at: failure.at().0,
            follows: follows.iter().map(|one| one.title(names)).collect(),
        }
    });
    told.collect()
}
