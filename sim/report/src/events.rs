//! The wording of single events, for those that share no line with others.

use crate::calls;
use crate::lines::{ErrorCell, JobSoFar, Line, Teller, blank, is_question};
use crate::standings;
use crate::words;
use bitsim_vocab::download::Standing;
use bitsim_vocab::trace::{
    AttemptOutcome, Called, Created, DownloadCreated, Event, FileChange, FileEvent, Happened, Note,
    NoteKind, NoteResult, Recipient, TimerEvent,
};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{FileId, JobType, Stimulus};

impl Teller<'_> {
    /// Any event on a line of its own.
    pub(crate) fn single(&mut self, event: &Event) -> Line {
        let job = event.what.job();
        let because = self.because(event, None);
        let who = job.map(|job| self.names.job(job)).unwrap_or_default();
        let line = Line { who, because, ..blank(event, job) };
        match &event.what {
            Happened::Called(called) => self.called(event, called, line),
            Happened::Created(created) => self.created(created, line),
            Happened::State { from, to, cause: by, .. } => Line {
                what: format!("{from} -> {to}"),
                because: cause(*by).to_owned(),
                milestone: true,
                ..line
            },
            Happened::Count { job, from, to } => {
                self.jobs.entry(*job).or_default().count = *to;
                let what = "error count changes".to_owned();
                Line { what, count: format!("{from} -> {to}"), milestone: true, ..line }
            }
            Happened::ErrorInfo { job, info } => {
                self.jobs.entry(*job).or_default().error = Some(info.code);
                Line {
                    what: "error information attached".to_owned(),
                    error: ErrorCell::New(info.code),
                    detail: words::error_place(info),
                    milestone: true,
                    ..line
                }
            }
            Happened::ErrorGone { job } => {
                let was = self.jobs.entry(*job).or_default().error.take();
                let what = "error information ends".to_owned();
                Line { what, error: ErrorCell::Gone(was), milestone: true, ..line }
            }
            Happened::AttemptBegan { job, number } => {
                self.jobs.entry(*job).or_default().attempt = *number;
                Line { what: format!("attempt {number} begins"), ..line }
            }
            Happened::AttemptEnded { job, outcome } => {
                let number = self.jobs.entry(*job).or_default().attempt;
                Line { what: format!("attempt {number} {}", attempt_end(*outcome)), ..line }
            }
            Happened::NoteBegan(note) => self.note_began(note, line),
            Happened::NoteEnded { note, result, .. } => {
                let kind = self.notes.remove(note).map_or("notification", NoteKind::name);
                let what = format!("{kind} {}", note_end(*result));
                Line { what, milestone: true, ..line }
            }
            Happened::DownloadCreated(created) => self.download_created(created, line),
            Happened::Standing { from, to, cause: by, .. } => Line {
                what: standings::moved(*from, *to),
                error: ErrorCell::Pair(to.error, to.extended_error),
                because: standings::row(*by).to_owned(),
                milestone: true,
                ..line
            },
            Happened::StartReturned { client, .. } => {
                let what = format!("Start returns to {}", self.names.client(*client));
                Line { what, milestone: true, ..line }
            }
            Happened::Requested { file, held, .. } => {
                Line { what: requested(*file, *held), ..line }
            }
            Happened::LeftQueue { .. } if self.downloads() => {
                let what = "forgotten by the service".to_owned();
                Line { what, milestone: true, ..line }
            }
            Happened::File(file) => Line { what: self.file(file), ..line },
            Happened::Env(what) => {
                let (who, what) = self.disturbance(what);
                Line { who, what, environment: true, milestone: true, ..line }
            }
            other => Line { what: rest(other), ..line },
        }
    }

    fn called(&mut self, event: &Event, called: &Called, line: Line) -> Line {
        let job = self.job_of(called);
        let by = self.names.several_clients().then(|| self.names.client(called.by));
        Line {
            who: job.map_or_else(|| self.names.client(called.by), |job| self.names.job(job)),
            job,
            what: calls::clause(called, self.names),
            milestone: !is_question(called),
            because: self.because(event, by),
            ..line
        }
    }

    fn created(&mut self, created: &Created, line: Line) -> Line {
        self.jobs.insert(created.job, JobSoFar::default());
        let mut what = format!("created {}", created.state);
        if created.job_type != JobType::Download {
            what += &format!(", {}", created.job_type);
        }
        if self.names.several_users() {
            what += &format!(", owner {}", self.names.user(created.owner));
        }
        let count = if self.counts_errors() { "0".to_owned() } else { String::new() };
        let because = "CreateJob".to_owned();
        Line { what, count, error: ErrorCell::None, because, milestone: true, ..line }
    }

    fn download_created(&mut self, created: &DownloadCreated, line: Line) -> Line {
        self.jobs.insert(created.job, JobSoFar::default());
        let new = Standing::NEW;
        let mut what = format!("made, {}", new.state);
        if self.names.several_users() {
            what += &format!(", owner {}", self.names.user(created.owner));
        }
        let error = ErrorCell::Pair(new.error, new.extended_error);
        let because = "CreateDownload".to_owned();
        Line { what, error, because, milestone: true, ..line }
    }

    fn disturbance(&mut self, what: &Disturbance) -> (String, String) {
        let (who, said) = words::disturbance(what, self.names);
        match what {
            Disturbance::FaultBegins(fault) => {
                self.faults.insert(fault.number, (who.clone(), said.clone()));
                (who, said)
            }
            // The number means nothing to a reader; what began under it does.
            Disturbance::FaultEnds(number) => match self.faults.remove(number) {
                Some((who, fault)) => (who, format!("over: {fault}")),
                None => (who, said),
            },
            _ => (who, said),
        }
    }

    fn note_began(&mut self, note: &Note, line: Line) -> Line {
        self.notes.insert(note.note, note.kind);
        let kind = note.kind.name();
        let mut what = match &note.to {
            Recipient::Interface(client) => format!("{kind} to {}", self.names.client(*client)),
            Recipient::CommandLine { user, program, parameters } => format!(
                "{kind} runs {program} {} as {}",
                words::quoted(Some(parameters)),
                self.names.user(*user)
            ),
        };
        if note.attempt > 1 {
            what += &format!(", {} time", words::ordinal(note.attempt));
        }
        if let Some(status) = &note.status {
            what += &format!(": {}", standings::status_text(status));
        }
        match note.error {
            Some(info) => {
                let detail = words::error_place(&info);
                Line { what, error: ErrorCell::Carried(info.code), detail, milestone: true, ..line }
            }
            None => Line { what, milestone: true, ..line },
        }
    }

    fn file(&self, event: &FileEvent) -> String {
        let file = words::file(event.file);
        match &event.what {
            FileChange::Added { local, requested: Some(bytes), .. } => {
                format!("{file} added as {local}, {} requested", words::size(*bytes))
            }
            FileChange::Added { local, requested: None, .. } => {
                format!("{file} added as {local}")
            }
            FileChange::Sized(bytes) => format!("{file}: size {}", words::size(*bytes)),
            FileChange::ReplySized(bytes) => format!("reply: size {}", words::size(*bytes)),
            FileChange::SourceChanged => format!("{file}: the source has changed"),
            FileChange::Restarted => format!("{file}: begins again"),
            FileChange::Finished => format!("{file}: transferred"),
            FileChange::Posted => format!("{file}: posted to the application"),
            FileChange::ReplyFinished => "reply: transferred".to_owned(),
            FileChange::Renamed { owner } => {
                format!("{file}: final name, owner {}", self.names.user(*owner))
            }
            FileChange::ReplyRenamed => "reply: final name".to_owned(),
            FileChange::RenameFailed(code) => format!("{file}: no final name, {code}"),
            FileChange::TempDeleted => format!("{file}: temporary file deleted"),
            FileChange::TempKept => format!("{file}: temporary file stays"),
            FileChange::RemovedFromServer => format!("{file}: removed from the server"),
            FileChange::RemoteName(url) => format!("{file}: remote name {url}"),
            FileChange::OutputMade => "output file made".to_owned(),
            FileChange::OutputDeleted => "output file deleted".to_owned(),
        }
    }
}

fn attempt_end(outcome: AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Finished => "finished".to_owned(),
        AttemptOutcome::Failed { code, class } => {
            format!("failed with {code}, {}", words::class(class))
        }
        AttemptOutcome::Blocked { code } => format!("blocked with {code}"),
        AttemptOutcome::Stopped { by } => format!("stopped, {}", cause(by)),
        AttemptOutcome::Halted { by } => format!("stopped, {}", standings::row(by)),
    }
}

fn note_end(result: NoteResult) -> String {
    match result {
        NoteResult::Returned(hr) => format!("= {hr}"),
        NoteResult::Exited(code) => format!("program exits with {code}"),
        NoteResult::NotLaunched => "program not launched".to_owned(),
        NoteResult::ClientGone => "not returned: client gone".to_owned(),
    }
}

/// A request for a whole file, or for what is left of it.
fn requested(file: FileId, held: u64) -> String {
    match held {
        0 => format!("asks for {}", words::file(file)),
        held => format!("asks for {} from {} on", words::file(file), words::size(held)),
    }
}

/// The events that need nothing but themselves to be told.
fn rest(what: &Happened) -> String {
    match what {
        Happened::Granted { slice: Some(slice), .. } => format!("turn of {slice}"),
        Happened::Granted { slice: None, .. } => "turn".to_owned(),
        Happened::SliceEnded { .. } => "time slice used up".to_owned(),
        Happened::Timer { timer, what: TimerEvent::Armed { due }, .. } => {
            format!("timer {} to {}", timer.name(), words::time(*due))
        }
        Happened::Timer { timer, what: TimerEvent::Fired, .. } => {
            format!("timer {} fires", timer.name())
        }
        Happened::UploadCancelRequested { acknowledged: true, .. } => {
            "asks the server to cancel: acknowledged".to_owned()
        }
        Happened::UploadCancelRequested { acknowledged: false, .. } => {
            "asks the server to cancel: no answer".to_owned()
        }
        Happened::LeftQueue { .. } => "left the queue".to_owned(),
        other => format!("{other:?}"),
    }
}

/// What moved a job, in few enough letters for the last column.
#[must_use]
pub(crate) const fn cause(by: Stimulus) -> &'static str {
    match by {
        Stimulus::SchedulerPicksJob => "its turn",
        Stimulus::ConnectSucceeds => "connected",
        Stimulus::ConnectFailsTransient | Stimulus::ConnectFailsFatal => "no connection",
        Stimulus::BytesTransferred => "data",
        Stimulus::FileDoneMoreRemain => "file done",
        Stimulus::AllFilesDone => "all done",
        Stimulus::TransferErrorTransient | Stimulus::TransferErrorFatal => "error",
        Stimulus::TimeSliceEnds => "slice over",
        Stimulus::HigherPriorityJobBecomesRunnable => "preempted",
        Stimulus::RetryDelayExpires => "retry due",
        Stimulus::NoProgressTimeoutExpires => "no progress",
        Stimulus::MaximumDownloadTimeExceeded => "max. time",
        Stimulus::InactivityTimeoutExpires => "inactivity",
        Stimulus::NetworkLost => "no network",
        Stimulus::NetworkRegained => "network",
        Stimulus::OwnerLogsOff => "log-off",
        Stimulus::OwnerLogsOn => "log-on",
        Stimulus::BandwidthLimitZeroBegins | Stimulus::BandwidthLimitZeroEnds => "bandwidth",
        Stimulus::BlockBegins => "blocked",
        Stimulus::BlockEnds => "unblocked",
        Stimulus::DestinationVolumeLocked => "disk check",
        Stimulus::DestinationVolumeUnlocked => "disk free",
        Stimulus::RemoteFileChanged => "remote file",
        Stimulus::LocalUploadFileChanged => "local file",
        Stimulus::ServiceRestart => "restart",
        Stimulus::ComputerRestart => "reboot",
        Stimulus::ClientExits => "client exit",
        Stimulus::SystemClockChanged => "clock",
        Stimulus::CallbackFails => "callback",
        Stimulus::CallbackAcknowledged => "callback",
        Stimulus::CancelWindowEnds => "cancelled",
        Stimulus::JobTooOld => "too old",
        _ => by.name(),
    }
}
