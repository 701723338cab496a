//! A download: what the service remembers of it.

use super::properties;
use crate::jobs::Timed;
use crate::link::Flow;
use crate::shared::Shared;
use crate::timers::{Due, Timers};
use bitsim_vocab::download::{DownloadProperty, DownloadStatus, Standing, Value};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::Note;
use bitsim_vocab::{ClientId, Hresult, SimTime, UserId};
use std::collections::{BTreeMap, VecDeque};

/// What went wrong with an attempt, or what forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Incident {
    pub(super) code: Hresult,
    pub(super) class: Class,
    /// True if the other side of the wire, or the way to it, is to blame.
    pub(super) remote: bool,
}

impl Incident {
    /// Something other than a failure: network or policy forbid the download, time is over.
    pub(super) const fn of(code: Hresult) -> Self {
        Self { code, class: code.delivery_class(), remote: false }
    }

    /// A failure that cannot heal and that no server is to blame for.
    pub(super) const fn fatal(code: Hresult) -> Self {
        Self { code, class: Class::Fatal, remote: false }
    }
}

/// How far the attempt of a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// No attempt.
    Idle,
    /// A request is on its way; `known` once its bad end is clear.
    Asked { known: Option<Incident> },
    /// Bytes move.
    Moving(Flow),
    /// Bytes moved, and no more come; how that ends is clear.
    Silent { known: Incident },
    /// The network went away under an attempt that has not noticed yet.
    Stalled { moving: bool },
}

/// The file that the bytes go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Output {
    /// There is none, or it is the caller's stream.
    None,
    /// The download made it.
    Made,
    /// Somebody deleted it.
    Lost,
}

/// A download.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Download {
    timers: Timers,
    pub(super) guid: u128,
    pub(super) owner: UserId,
    pub(super) by: ClientId,
    pub(super) standing: Standing,
    /// The service does not know it any more.
    pub(super) gone: bool,
    properties: Shared<BTreeMap<DownloadProperty, Value>>,
    /// Who waits in Start.
    pub(super) waits_in_start: Option<ClientId>,
    /// Whose OnStatusChange is called.
    pub(super) callback: Option<ClientId>,
    /// Ranges of the latest start, empty for the whole file; `None` before the first start.
    pub(super) ranges: Option<Vec<(u64, u64)>>,
    /// BytesTotal.
    pub(super) total: u64,
    /// BytesTransferred.
    pub(super) done: u64,
    /// Bytes that will be there when the answer under way has arrived.
    pub(super) goal: u64,
    /// Version of the remote file that the latest answer was about.
    pub(super) version: u32,
    /// The fault that damages the bytes of the answer under way.
    pub(super) damaging: Option<u32>,
    /// Some of the bytes that are there are damaged.
    pub(super) damaged: bool,
    pub(super) output: Output,
    pub(super) phase: Phase,
    pub(super) attempts: u32,
    /// All of it arrived, and that was told.
    pub(super) finished: bool,
    /// The cache host has failed: the origin is asked.
    pub(super) at_origin: bool,
    /// The request under way went to the cache host.
    pub(super) via_cache: bool,
    /// How many waits of the series are behind it.
    pub(super) waits: usize,
    /// Checks in a row that found no new byte.
    pub(super) empty_checks: u32,
    /// New bytes came since the latest check.
    pub(super) fresh: bool,
    /// The window is over, which shows when the connection attempt under way has ended.
    pub(super) expires: bool,
    /// The latest failure of an attempt since Start.
    pub(super) last_failure: Hresult,
    /// Where the no-progress window begins: Start, or the latest byte.
    pub(super) window_from: SimTime,
    /// Since when the window rests.
    pub(super) resting_since: Option<SimTime>,
    /// Earlier statuses that GetStatus still returns, each until its time.
    pub(super) hidden: VecDeque<(SimTime, DownloadStatus)>,
    /// The notification under way.
    pub(super) delivering: Option<Box<Note>>,
    /// When progress was told last.
    pub(super) told_at: SimTime,
    /// The bytes that were told then.
    pub(super) told_done: u64,
}

impl Timed for Download {
    const IDLE: &'static [Due] = &[Due::AgeLimit, Due::NetworkCheck];

    fn timers(&self) -> &Timers {
        &self.timers
    }

    fn timers_mut(&mut self) -> &mut Timers {
        &mut self.timers
    }
}

impl Download {
    pub(super) fn new(guid: u128, owner: UserId, by: ClientId, now: SimTime) -> Self {
        Self {
            timers: Timers::default(),
            guid,
            owner,
            by,
            standing: Standing::NEW,
            gone: false,
            properties: Shared::default(),
            waits_in_start: None,
            callback: None,
            ranges: None,
            total: 0,
            done: 0,
            goal: 0,
            version: 0,
            damaging: None,
            damaged: false,
            output: Output::None,
            phase: Phase::Idle,
            attempts: 0,
            finished: false,
            at_origin: false,
            via_cache: false,
            waits: 0,
            empty_checks: 0,
            fresh: false,
            expires: false,
            last_failure: Hresult::S_OK,
            window_from: now,
            resting_since: None,
            hidden: VecDeque::new(),
            delivering: None,
            told_at: now,
            told_done: 0,
        }
    }

    /// DO_DOWNLOAD_STATUS as it is, visible or not.
    pub(super) fn status(&self) -> DownloadStatus {
        DownloadStatus {
            bytes_total: self.total,
            bytes_transferred: self.done,
            standing: self.standing,
        }
    }

    pub(super) fn set(&mut self, property: DownloadProperty, value: Value) {
        self.properties.insert(property, value);
    }

    /// The value that was set.
    pub(super) fn get(&self, property: DownloadProperty) -> Option<&Value> {
        self.properties.get(&property)
    }

    pub(super) fn text(&self, property: DownloadProperty) -> Option<&str> {
        match self.get(property) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A number, set or by default.
    pub(super) fn number(&self, property: DownloadProperty) -> Option<u64> {
        let default = properties::default(property);
        match self.get(property).or(default.as_ref()) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A truth value, set or by default; FALSE where there is none.
    pub(super) fn flag(&self, property: DownloadProperty) -> bool {
        matches!(self.get(property), Some(Value::Flag(true)))
    }

    /// The URL, empty if there is none.
    pub(super) fn uri(&self) -> &str {
        self.text(DownloadProperty::Uri).unwrap_or_default()
    }

    /// LocalPath, if the bytes go to a file.
    pub(super) fn path(&self) -> Option<&str> {
        self.text(DownloadProperty::LocalPath)
    }

    /// The bytes go to a stream of the caller.
    pub(super) fn streams(&self) -> bool {
        self.get(DownloadProperty::StreamInterface) == Some(&Value::Object)
    }

    /// Bytes that the ranges ask of a file of `size` bytes; `None` if one lies outside of it.
    pub(super) fn asked_of(&self, size: u64) -> Option<u64> {
        let ranges = self.ranges.as_deref().unwrap_or_default();
        if ranges.is_empty() {
            return Some(size);
        }
        let mut sum = 0_u64;
        for (offset, length) in ranges {
            let length = match *length {
                u64::MAX => size.checked_sub(*offset)?,
                length => length,
            };
            if offset.checked_add(length)? > size {
                return None;
            }
            sum = sum.checked_add(length)?;
        }
        Some(sum)
    }
}
