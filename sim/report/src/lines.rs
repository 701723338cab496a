//! The events of a trace as lines for people: one for each event, but events that together are one
//! thing share a line.
//!
//! Nothing is lost by sharing: a line that stands for several events ends with the number of the
//! last one, and events that do not go together as the documented order has it stay apart.

use crate::calls;
use crate::events::cause;
use crate::moves::Move;
use crate::names::Names;
use crate::words;
use bitsim_replay::Run;
use bitsim_vocab::call::Reply;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, Event, Happened, NoteKind, NoteResult, Payload, Recipient, TimerEvent,
};
use bitsim_vocab::{Call, ErrorObjectId, Hresult, JobId, NoteId, Service, SimTime, StepId};
use std::collections::BTreeMap;

/// What the column of the error object says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCell {
    /// The line is not about error information.
    Blank,
    /// There is none.
    None,
    /// As it was before.
    Same(Hresult),
    /// This is new.
    New(Hresult),
    /// A notification carried this.
    Carried(Hresult),
    /// It ended; it was this.
    Gone(Option<Hresult>),
    /// Error and ExtendedError of a download.
    Pair(Hresult, Hresult),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Number of the first event in it.
    pub(crate) first: u32,
    /// Number of the last event in it, which the line shows.
    pub(crate) last: u32,
    /// When.
    pub(crate) at: SimTime,
    /// The job it is about.
    pub(crate) job: Option<JobId>,
    /// True for what befell the world.
    pub(crate) environment: bool,
    /// The step that brought it about.
    pub(crate) source: Option<StepId>,
    /// True if a short timeline shows it: a change of state, count or error information, a call
    /// that does something, a notification.
    pub(crate) milestone: bool,
    /// Job, server, user or the like.
    pub(crate) who: String,
    /// What happened.
    pub(crate) what: String,
    /// The error count, `1 -> 2` if it changed here.
    pub(crate) count: String,
    /// The error object.
    pub(crate) error: ErrorCell,
    /// The step or event that brought it about.
    pub(crate) because: String,
    /// What else there is to say, for a line of its own.
    pub(crate) detail: String,
}

/// Every line of a run.
#[must_use]
pub(crate) fn of(run: &Run) -> Vec<Line> {
    let names = Names::of(run);
    let mut teller = Teller::new(run, &names);
    let events = &run.trace.events;
    let mut next = 0;
    while next < events.len() {
        let taken = teller.tell(&events[next..]);
        next += taken.max(1);
    }
    teller.lines
}

/// What is known of a job while its story is told.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JobSoFar {
    pub(crate) count: u32,
    pub(crate) error: Option<Hresult>,
    pub(crate) attempt: u32,
}

impl ErrorCell {
    /// The cell in words; `code` says how much of an HRESULT is shown.
    pub(crate) fn text(self, code: impl Fn(Hresult) -> String) -> String {
        match self {
            Self::Blank => String::new(),
            Self::None | Self::Pair(Hresult::S_OK, Hresult::S_OK) => "-".to_owned(),
            Self::Same(_) => "as before".to_owned(),
            Self::New(info) | Self::Carried(info) => code(info),
            Self::Gone(_) => "gone".to_owned(),
            Self::Pair(error, Hresult::S_OK) => code(error),
            Self::Pair(error, extended) => format!("{} / {}", code(error), code(extended)),
        }
    }
}

/// Goes through a trace and tells it line by line.
pub(crate) struct Teller<'a> {
    run: &'a Run,
    pub(crate) names: &'a Names,
    pub(crate) jobs: BTreeMap<JobId, JobSoFar>,
    pub(crate) notes: BTreeMap<NoteId, NoteKind>,
    pub(crate) faults: BTreeMap<u32, (String, String)>,
    /// The job that each error object was handed out for.
    objects: BTreeMap<ErrorObjectId, JobId>,
    lines: Vec<Line>,
}

impl<'a> Teller<'a> {
    fn new(run: &'a Run, names: &'a Names) -> Self {
        Self {
            run,
            names,
            jobs: BTreeMap::new(),
            notes: BTreeMap::new(),
            faults: BTreeMap::new(),
            objects: BTreeMap::new(),
            lines: Vec::new(),
        }
    }

    /// True if the service has GetErrorCount.
    pub(crate) fn counts_errors(&self) -> bool {
        self.run.target().service == Service::Bits
    }

    /// True if the run is about downloads of IDOManager.
    pub(crate) fn downloads(&self) -> bool {
        self.run.target().service == Service::DoDownload
    }

    pub(crate) fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Tells one line from the front of `events` and says how many events it took.
    fn tell(&mut self, events: &[Event]) -> usize {
        let Some(first) = events.first() else { return 0 };
        if let Happened::Called(called) = &first.what
            && let (Call::Job(job, _), Reply::Error(object, _)) = (&called.call, &called.reply)
        {
            self.objects.insert(*object, *job);
        }
        let taken = self
            .tell_move(events)
            .or_else(|| self.tell_standing(events))
            .or_else(|| self.tell_status(events))
            .or_else(|| self.tell_bytes(events))
            .or_else(|| self.tell_questions(events))
            .or_else(|| self.tell_modifications(events))
            .or_else(|| self.tell_stopped_timers(events));
        taken.unwrap_or_else(|| {
            let line = self.single(first);
            self.lines.push(line);
            1
        })
    }

    /// A change of state with everything that belongs to it: the turn or the end of the attempt,
    /// the count and the error information before it, the new attempt or the end of the error
    /// information after it.
    fn tell_move(&mut self, events: &[Event]) -> Option<usize> {
        let group = Move::read(events, self.run.trace.setup.time_slice)?;
        let job = group.job;
        let counted = self.counts_errors();
        let so_far = self.jobs.entry(job).or_default();
        let count = match group.count {
            Some((from, to)) => {
                so_far.count = to;
                format!("{from} -> {to}")
            }
            None if counted => so_far.count.to_string(),
            None => String::new(),
        };
        let error = match (group.info, group.gone) {
            (_, true) => ErrorCell::Gone(so_far.error.take()),
            (Some(info), false) => {
                so_far.error = Some(info.code);
                ErrorCell::New(info.code)
            }
            (None, false) => so_far.error.map_or(ErrorCell::None, ErrorCell::Same),
        };
        if let Some(number) = group.began {
            so_far.attempt = number;
        }
        let attempt = so_far.attempt;
        let because = match group.outcome {
            Some(AttemptOutcome::Failed { .. }) => format!("attempt {attempt}"),
            _ if group.began.is_some() => format!("attempt {attempt}"),
            _ => cause(group.cause).to_owned(),
        };
        let detail = group.info.map(|info| words::error_place(&info)).unwrap_or_default();
        let (first, last) = (events.first()?, &events[group.taken - 1]);
        self.lines.push(Line {
            first: first.seq,
            last: last.seq,
            who: self.names.job(job),
            what: format!("{} -> {}", group.from, group.to),
            count,
            error,
            because,
            detail,
            milestone: true,
            ..blank(first, Some(job))
        });
        Some(group.taken)
    }

    /// Data that moved, piece after piece.
    fn tell_bytes(&mut self, events: &[Event]) -> Option<usize> {
        let piece = |event: &Event| match event.what {
            Happened::Bytes { job, file, of, done } => Some((job, file, of, done)),
            _ => None,
        };
        let first = events.first()?;
        let (job, file, of, _) = piece(first)?;
        let pieces = events
            .iter()
            .map_while(|event| {
                piece(event).filter(|other| (other.0, other.1, other.2) == (job, file, of))
            })
            .count();
        let last = &events[pieces - 1];
        let (.., done) = piece(last)?;
        let what = match of {
            Payload::File => format!("{}: {}", words::file(file), words::size(done)),
            Payload::Reply => format!("reply: {}", words::size(done)),
        };
        let times = if pieces > 1 { format!(" (x {pieces})") } else { String::new() };
        self.lines.push(Line {
            first: first.seq,
            last: last.seq,
            who: self.names.job(job),
            what: what + &times,
            ..blank(last, Some(job))
        });
        Some(pieces)
    }

    /// Questions that one step asks about one job at one instant. A claim on GetError goes on to
    /// ask the object that it handed out; that belongs to the same job.
    fn tell_questions(&mut self, events: &[Event]) -> Option<usize> {
        let first = events.first()?;
        let here = match &first.what {
            Happened::Called(called) => self.job_of(called),
            _ => None,
        };
        let asked = |event: &Event| match &event.what {
            Happened::Called(called) if is_question(called) => {
                let job = match &called.call {
                    Call::ErrorObject(..) => here,
                    call => call.job(),
                };
                Some((job, called.by))
            }
            _ => None,
        };
        let of = asked(first)?;
        let same = |event: &&Event| {
            event.at == first.at && event.source == first.source && asked(event) == Some(of)
        };
        let number = events.iter().take_while(same).count();
        if number < 2 {
            return None;
        }
        let answers: Vec<String> = events[..number]
            .iter()
            .filter_map(|event| match &event.what {
                Happened::Called(called) => Some(calls::clause(called, self.names)),
                _ => None,
            })
            .collect();
        let (job, client) = of;
        let by = self.names.several_clients().then(|| self.names.client(client));
        self.lines.push(Line {
            last: events[number - 1].seq,
            who: job.map_or_else(|| self.names.client(client), |job| self.names.job(job)),
            what: answers.join("; "),
            because: self.because(first, by),
            ..blank(first, job)
        });
        Some(number)
    }

    /// JobModification deliveries that returned at once.
    fn tell_modifications(&mut self, events: &[Event]) -> Option<usize> {
        let delivered = |pair: &[Event]| match (&pair[0].what, &pair[1].what) {
            (Happened::NoteBegan(began), Happened::NoteEnded { note, result, .. })
                if began.kind == NoteKind::JobModification && began.note == *note =>
            {
                match (&began.to, result) {
                    (Recipient::Interface(to), NoteResult::Returned(hr)) => {
                        Some((began.job, *to, *hr))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let first = events.get(..2).and_then(delivered)?;
        let pairs = events
            .chunks_exact(2)
            .take_while(|pair| delivered(pair) == Some(first) && pair[1].at == events[0].at)
            .count();
        if pairs == 0 {
            return None;
        }
        let (job, to, hr) = first;
        let times = if pairs > 1 { format!(" (x {pairs})") } else { String::new() };
        self.lines.push(Line {
            first: events[0].seq,
            last: events[pairs * 2 - 1].seq,
            who: self.names.job(job),
            what: format!("JobModification to {} = {hr}{times}", self.names.client(to)),
            ..blank(&events[0], Some(job))
        });
        Some(pairs * 2)
    }

    /// Timers that stop together.
    fn tell_stopped_timers(&mut self, events: &[Event]) -> Option<usize> {
        let first = events.first()?;
        let stopped = |event: &Event| match event.what {
            Happened::Timer { job, timer, what: TimerEvent::Stopped } if event.at == first.at => {
                Some((job, timer))
            }
            _ => None,
        };
        let (job, _) = stopped(first)?;
        let timers: Vec<&str> = events
            .iter()
            .map_while(|event| stopped(event).filter(|(other, _)| *other == job))
            .map(|(_, timer)| timer.name())
            .collect();
        let noun = if timers.len() == 1 { "timer" } else { "timers" };
        self.lines.push(Line {
            first: first.seq,
            last: events[timers.len() - 1].seq,
            who: self.names.job(job),
            what: format!("{noun} {} stopped", timers.join(", ")),
            ..blank(first, Some(job))
        });
        Some(timers.len())
    }

    /// The job that a call is about, through its error object if need be.
    pub(crate) fn job_of(&self, called: &Called) -> Option<JobId> {
        match &called.call {
            Call::ErrorObject(object, _) => self.objects.get(object).copied(),
            call => call.job(),
        }
    }

    /// `step 25m`, with the client where there are several.
    pub(crate) fn because(&self, event: &Event, by: Option<String>) -> String {
        let step = event.source.and_then(|id| self.label(id));
        match (step, by) {
            (Some(step), Some(by)) => format!("step {step}, {by}"),
            (Some(step), None) => format!("step {step}"),
            (None, Some(by)) => by,
            (None, None) => String::new(),
        }
    }

    fn label(&self, id: StepId) -> Option<&str> {
        self.run.step(id).map(|step| step.label.as_str())
    }
}

/// A line without words.
pub(crate) fn blank(event: &Event, job: Option<JobId>) -> Line {
    Line {
        first: event.seq,
        last: event.seq,
        at: event.at,
        job,
        environment: false,
        source: event.source,
        milestone: false,
        who: String::new(),
        what: String::new(),
        count: String::new(),
        error: ErrorCell::Blank,
        because: String::new(),
        detail: String::new(),
    }
}

/// True for a call that only asks. Timelines of failures leave it out.
pub(crate) fn is_question(called: &Called) -> bool {
    match &called.call {
        Call::Job(_, call) => call.is_getter(),
        Call::ErrorObject(..) | Call::GetJob(_) | Call::EnumJobs { .. } => true,
        Call::Download(_, call) => call.is_getter(),
        Call::EnumDownloads(_) => true,
        Call::CreateJob { .. } | Call::CreateDownload => false,
    }
}
