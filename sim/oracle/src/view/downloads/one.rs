//! One download as the trace tells it.

use crate::view::timers::Timers;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Row, Standing, Value};
use bitsim_vocab::trace::{AttemptOutcome, DownloadCreated, Event, FileChange, Happened, Payload};
use bitsim_vocab::{ClientId, Hresult, SimTime, Span, UserId};
use std::collections::BTreeMap;

/// A download as the trace tells it.
#[derive(Debug, Clone)]
pub struct DownloadView {
    /// The value of its Id.
    pub guid: u128,
    /// Its owner.
    pub owner: UserId,
    /// The client that created it.
    pub creator: ClientId,
    /// When it was created.
    pub created: SimTime,
    /// Its state and error pair.
    pub standing: Standing,
    /// Since when.
    pub since: SimTime,
    /// What gave it its standing.
    pub cause: Option<Row>,
    /// How many times its standing changed.
    pub changes: u32,
    /// Earlier standings that may still be told: which change ended each, and when.
    pub past: Vec<(Standing, u32, SimTime)>,
    /// Since when it has had its state, whatever the error pair.
    pub state_since: SimTime,
    /// The properties that were set with success.
    pub properties: BTreeMap<DownloadProperty, Value>,
    /// The client whose callback is registered and valid.
    pub callback: Option<ClientId>,
    /// The size of what was asked for, once known.
    pub total: Option<u64>,
    /// True once `total` changed to another known value within one set of ranges.
    pub total_moved: bool,
    /// Bytes so far.
    pub done: u64,
    /// The highest `done` of the present ranges.
    pub highest: u64,
    /// When `highest` last rose.
    pub progress_at: Option<SimTime>,
    /// The ranges of the latest Start; empty for the whole file.
    pub ranges: Option<Vec<(u64, u64)>>,
    /// True if the latest Start gave ranges other than those before.
    pub ranges_changed: bool,
    /// When Start last succeeded in starting it.
    pub started_at: Option<SimTime>,
    /// Which kind of Start that was.
    pub started_by: Option<Row>,
    /// True while the file that it made is there.
    pub output: bool,
    /// True if somebody else deleted that file.
    pub output_lost: bool,
    /// Attempts begun so far.
    pub attempts: u32,
    /// True between `AttemptBegan` and `AttemptEnded`.
    pub in_attempt: bool,
    /// The outcome of the latest attempt that ended, and when.
    pub last_outcome: Option<(AttemptOutcome, SimTime)>,
    /// The latest failure of an attempt, and when.
    pub failure: Option<(Hresult, SimTime)>,
    /// Timers running, with the time they are due.
    pub timers: Timers,
    /// True once the service has forgotten it.
    pub gone: bool,
}

impl DownloadView {
    pub(super) fn new(created: &DownloadCreated, at: SimTime) -> Self {
        Self {
            guid: created.guid,
            owner: created.owner,
            creator: created.by,
            created: at,
            standing: Standing::NEW,
            since: at,
            cause: None,
            changes: 0,
            past: Vec::new(),
            state_since: at,
            properties: BTreeMap::new(),
            callback: None,
            total: None,
            total_moved: false,
            done: 0,
            highest: 0,
            progress_at: None,
            ranges: None,
            ranges_changed: false,
            started_at: None,
            started_by: None,
            output: false,
            output_lost: false,
            attempts: 0,
            in_attempt: false,
            last_outcome: None,
            failure: None,
            timers: Timers::default(),
            gone: false,
        }
    }

    /// Takes in an event about the download. `ranges` are those that a Start going on gives.
    pub(super) fn take_in(&mut self, event: &Event, ranges: Option<&[(u64, u64)]>, keep: Span) {
        match &event.what {
            Happened::Standing { to, cause, .. } => {
                if starts(*cause) && to.state != DownloadState::Created {
                    self.started(event.at, ranges);
                    self.started_by = Some(*cause);
                }
                self.enter(event.at, *to, *cause, keep);
            }
            Happened::AttemptBegan { .. } => {
                self.attempts += 1;
                self.in_attempt = true;
            }
            Happened::AttemptEnded { outcome, .. } => {
                self.in_attempt = false;
                self.last_outcome = Some((*outcome, event.at));
                if let AttemptOutcome::Failed { code, .. } = outcome {
                    self.failure = Some((*code, event.at));
                }
            }
            Happened::Bytes { of: Payload::File, done, .. } => {
                self.done = *done;
                if *done > self.highest {
                    self.highest = *done;
                    self.progress_at = Some(event.at);
                }
            }
            Happened::File(file) => self.take_in_file(&file.what),
            Happened::Timer { timer, what, .. } => self.timers.take_in(*timer, *what),
            Happened::LeftQueue { .. } => {
                self.gone = true;
                self.in_attempt = false;
                self.timers.clear();
            }
            _ => {}
        }
    }

    fn enter(&mut self, at: SimTime, to: Standing, cause: Row, keep: Span) {
        if keep > Span::ZERO {
            self.past.retain(|(_, _, until)| *until + keep >= at);
            self.past.push((self.standing, self.changes, at));
        }
        if self.standing.state != to.state {
            self.state_since = at;
        }
        self.standing = to;
        self.since = at;
        self.cause = Some(cause);
        self.changes += 1;
    }

    fn started(&mut self, at: SimTime, ranges: Option<&[(u64, u64)]>) {
        self.started_at = Some(at);
        let before = self.ranges.take();
        let now = ranges.map_or_else(|| before.clone().unwrap_or_default(), <[_]>::to_vec);
        self.ranges_changed = before.is_some_and(|before| before != now);
        self.ranges = Some(now);
        if self.ranges_changed {
            self.done = 0;
            self.highest = 0;
            self.total = None;
            self.total_moved = false;
        }
    }

    fn take_in_file(&mut self, what: &FileChange) {
        match what {
            FileChange::Sized(total) => {
                self.total_moved |= self.total.is_some_and(|before| before != *total);
                self.total = Some(*total);
            }
            FileChange::Restarted => {
                self.done = 0;
                self.highest = 0;
            }
            FileChange::OutputMade => {
                self.output = true;
                self.output_lost = false;
            }
            FileChange::OutputDeleted | FileChange::Renamed { .. } => self.output = false,
            _ => {}
        }
    }

    pub(super) fn take_in_call(&mut self, by: ClientId, call: &DownloadCall) {
        let DownloadCall::SetProperty(id, value) = call else { return };
        let Some(property) = DownloadProperty::from_value(*id) else { return };
        match (property, value) {
            (DownloadProperty::CallbackInterface, Value::Object) => self.callback = Some(by),
            (DownloadProperty::CallbackInterface, _) => self.callback = None,
            _ => {}
        }
        self.properties.insert(property, value.clone());
    }

    pub(super) fn lose_output(&mut self, path: &str) {
        let here = self.text(DownloadProperty::LocalPath);
        if self.output && here.is_some_and(|here| here.eq_ignore_ascii_case(path)) {
            self.output = false;
            self.output_lost = true;
        }
    }
}

/// True for the causes that are calls of Start.
#[must_use]
pub fn starts(cause: Row) -> bool {
    matches!(cause, Row::StartWhole | Row::StartRanges | Row::StartNull)
}
