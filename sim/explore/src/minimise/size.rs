//! How large a story is. Small is what a person reads in no time: few steps, few jobs, round
//! figures, nothing that could be left out.

use crate::story::{Act, Answer, Exit, Job, Misbehaviour, Story, write};
use bitsim_vocab::call::{Call, JobCall, NewFile};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::world::{Delivery, Disturbance, FaultKind, Part, Policies, Server, UserKind};
use bitsim_vocab::{Hresult, JobId, Span, Stands, Target, WallTime};

/// The size of a story. Of two stories the one with fewer steps is smaller, whatever else is in
/// it; then the one with fewer jobs, and so on. There is no endless row of ever smaller sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// What is done and what happens.
    pub acts: u64,
    /// Jobs.
    pub jobs: u64,
    /// Moments of the timeline at which something happens.
    pub moments: u64,
    /// Everything else that must be said: files, settings, answers, people, servers, whatever is
    /// not as it is by default.
    pub parts: u64,
    /// How far values are from the simplest ones.
    pub figures: u64,
}

impl Size {
    /// The size of a story.
    #[must_use]
    pub fn of(story: &Story) -> Self {
        let waits = story.steps.iter().filter(|step| step.after > Span::ZERO).count();
        let at_once = story.steps.first().is_some_and(|step| step.after == Span::ZERO);
        let mut tally = Tally::default();
        tally.setup(story);
        (0..).map(JobId).zip(&story.jobs).for_each(|(id, job)| tally.job(id, job));
        for step in &story.steps {
            tally.figures += span(step.after);
            tally.act(&step.act);
        }
        Self {
            acts: story.steps.len() as u64,
            jobs: story.jobs.len() as u64,
            moments: waits as u64 + u64::from(at_once),
            parts: tally.parts,
            figures: tally.figures,
        }
    }
}

/// Times that people write, the simplest one first.
const ROUND: [Span; 15] = [
    Span::ZERO,
    Span::secs(1),
    Span::secs(5),
    Span::secs(10),
    Span::secs(60),
    Span::secs(300),
    Span::secs(600),
    Span::secs(3_600),
    Span::days(1),
    Span::days(2),
    Span::days(14),
    Span::days(15),
    Span::days(30),
    Span::days(90),
    Span::days(100),
];

/// Sizes of files that people write, in bytes, the simplest one first.
const ROUND_SIZES: [u64; 5] = [1 << 20, 100 << 20, 1 << 30, 1 << 10, 0];

/// How far a time is from the simplest one: round ones before whole hours, minutes, seconds,
/// milliseconds, whatever they come to.
pub(super) fn span(of: Span) -> u64 {
    if let Some(place) = ROUND.iter().position(|round| *round == of) {
        return place as u64;
    }
    // Each unit has room for more than a story takes.
    const UNITS: [(Span, u64); 4] = [
        (Span::secs(3_600), 100),
        (Span::secs(60), 100_000),
        (Span::secs(1), 100_000_000),
        (Span::millis(1), 10_000_000_000),
    ];
    let whole = UNITS.iter().find(|(unit, _)| of.0.is_multiple_of(unit.0));
    match whole {
        Some((unit, base)) => base + (of.0 / unit.0).min(*base * 99),
        None => 100_000_000_000_000 + of.0.min(1 << 50),
    }
}

/// Simpler times than this one that are worth a try, the simplest one first.
pub(super) fn simpler_spans(of: Span) -> Vec<Span> {
    let mut all: Vec<Span> = ROUND.to_vec();
    for unit in [Span::secs(3_600), Span::secs(60), Span::secs(1), Span::millis(1)] {
        let down = of.0 / unit.0 * unit.0;
        all.extend([Span(down), Span(down + unit.0), Span(of.0 / 2 / unit.0 * unit.0)]);
        all.push(Span(down.saturating_sub(unit.0)));
    }
    all.retain(|simpler| span(*simpler) < span(of));
    all.dedup();
    all
}

/// Retry delays that people write, in seconds: the one of a new job, then those that make few
/// attempts.
pub(super) const DELAYS: [u32; 6] = [600, 3_600, 60, 86_400, 10, 5];

/// How far a retry delay is from the simplest one.
fn delay(secs: u32) -> u64 {
    let place = DELAYS.iter().position(|round| *round == secs);
    place.map_or_else(|| 100 + span(Span::secs(secs.into())), |place| place as u64)
}

/// How far a number of bytes is from the simplest one.
pub(super) fn bytes(of: u64) -> u64 {
    match ROUND_SIZES.iter().position(|round| *round == of) {
        Some(place) => place as u64,
        None if of.is_multiple_of(1 << 20) => 100 + (of >> 20).min(1 << 20),
        None if of.is_multiple_of(1 << 10) => (1 << 30) + (of >> 10).min(1 << 30),
        None => (1 << 40) + of.min(1 << 40),
    }
}

/// Simpler numbers of bytes that are worth a try.
pub(super) fn simpler_bytes(of: u64) -> impl Iterator<Item = u64> {
    ROUND_SIZES.into_iter().filter(move |simpler| bytes(*simpler) < bytes(of))
}

/// Where a file of a job goes, or comes from, if nothing is said about it.
pub(super) fn usual_path(job: JobId, uploads: bool, remote: &str) -> String {
    write::usual_path(if uploads { "uploads" } else { "downloads" }, job, remote)
}

/// Where a download comes from and where it goes.
pub(super) fn sink(settings: &[(DownloadProperty, Value)]) -> Option<(&str, &str)> {
    let text = |wanted: DownloadProperty| {
        settings.iter().find_map(|(property, value)| match value {
            Value::Text(text) if *property == wanted => Some(text.as_str()),
            _ => None,
        })
    };
    Some((text(DownloadProperty::Uri)?, text(DownloadProperty::LocalPath)?))
}

/// Answers of a server that people know, the simplest one first.
pub(super) const STATUSES: [u16; 4] = [503, 404, 403, 500];

/// True if the declared delay before a retry is longer than the declared time until it is too
/// late for one, which a reader takes for a mistake.
fn is_never_retried(job: &Job) -> bool {
    let (mut delay, mut timeout) = (None, None);
    for call in &job.setters {
        match call {
            JobCall::SetMinimumRetryDelay(secs) => delay = delay.or(Some(*secs)),
            JobCall::SetNoProgressTimeout(secs) => timeout = timeout.or(Some(*secs)),
            _ => {}
        }
    }
    let (given, timeout) = (delay.is_some(), timeout.unwrap_or(1_209_600));
    delay.unwrap_or(600) > timeout && (given || timeout > 0)
}

/// What is counted.
#[derive(Default)]
struct Tally {
    parts: u64,
    figures: u64,
}

impl Tally {
    /// Counts what is so and need not be.
    fn odd(&mut self, odd: bool) {
        self.parts += u64::from(odd);
    }

    fn setup(&mut self, story: &Story) {
        let setup = &story.setup;
        let main = Target { version: Target::BITS.version, ..setup.target };
        self.odd(setup.target != main);
        self.odd(setup.stands != Stands::recommended(setup.target));
        self.odd(setup.seed != 0);
        self.figures += setup.seed.min(1 << 20);
        self.odd(setup.wall_start != WallTime::DEFAULT_START);
        self.odd(!setup.network);
        self.odd(setup.time_slice != Span::secs(300));
        self.policies(&setup.policies);
        self.delivery(&setup.delivery, &Delivery::of(setup.target));
        self.parts += setup.volumes.len() as u64;
        for file in &setup.local_files {
            self.parts += 1;
            self.figures += bytes(file.size);
        }
        for (user, name) in setup.users.iter().zip(["owner", "", ""]) {
            self.parts += 1;
            self.odd(user.kind != UserKind::Standard);
            self.odd(!user.logged_on);
            self.odd(setup.users.len() == 1 && user.name != name);
        }
        for client in &setup.clients {
            self.parts += 1;
            self.odd(client.elevated);
            self.odd(!client.running);
            self.odd(setup.clients.len() == 1 && client.name != "app");
            self.figures += u64::from(client.user.0);
        }
        setup.servers.iter().for_each(|server| self.server(server));
    }

    fn policies(&mut self, here: &Policies) {
        let usual = Policies::default();
        self.odd(here.job_inactivity_timeout != usual.job_inactivity_timeout);
        self.odd(here.max_download_time != usual.max_download_time);
        self.odd(here.max_jobs_per_user != usual.max_jobs_per_user);
        self.odd(here.max_jobs_per_machine != usual.max_jobs_per_machine);
        self.odd(here.max_files_per_job != usual.max_files_per_job);
        self.odd(here.bandwidth != usual.bandwidth);
    }

    fn delivery(&mut self, here: &Delivery, usual: &Delivery) {
        self.odd(here.no_progress_foreground != usual.no_progress_foreground);
        self.odd(here.no_progress_background != usual.no_progress_background);
        self.odd(here.least_no_progress != usual.least_no_progress);
        self.odd(here.progress_check != usual.progress_check);
        self.odd(here.retry_delays != usual.retry_delays);
        self.odd(here.network_check != usual.network_check);
        self.odd(here.connect_timeout != usual.connect_timeout);
        self.odd(here.notify_again != usual.notify_again);
        self.odd(here.age_limit != usual.age_limit);
        self.odd(here.slots != usual.slots);
        self.odd(here.visible_after != usual.visible_after);
        self.odd(here.cache_host.is_some());
        self.parts += here.defects.len() as u64;
    }

    fn server(&mut self, server: &Server) {
        self.parts += 1;
        self.odd(server.bandwidth != 1 << 20);
        self.odd(server.latency_min != server.latency_max);
        self.odd(server.latency_max != Span::millis(20));
        self.odd(!server.ranges);
        self.odd(!server.content_length);
        self.odd(server.max_upload != u64::MAX);
        self.odd(server.reply_size != 0);
        self.odd(!server.replies);
        for file in &server.files {
            self.parts += 1;
            self.figures += bytes(file.size);
        }
    }

    fn job(&mut self, id: JobId, job: &Job) {
        self.odd(job.job_type.uploads());
        self.odd(job.display_name.is_some());
        self.odd(job.later);
        self.odd(is_never_retried(job));
        self.figures += u64::from(job.client.0);
        self.parts += (job.files.len() + job.settings.len() + job.setters.len()) as u64;
        for file in &job.files {
            self.odd(file.local != usual_path(id, job.job_type.uploads(), &file.remote));
            self.file(file);
        }
        if let Some((remote, local)) = sink(&job.settings) {
            self.odd(local != usual_path(id, false, remote));
        }
        job.settings.iter().for_each(|(_, value)| self.value(value));
        job.setters.iter().for_each(|call| self.job_call(call));
        job.answers.iter().chain(&job.to_modification).for_each(|answer| self.answer(answer));
        for exit in &job.exits {
            self.parts += 1;
            self.figures += match exit {
                Exit::With { code, after } => u64::from(*code) + span(*after),
                Exit::NotLaunched => 2,
            };
        }
    }

    fn file(&mut self, file: &NewFile) {
        self.parts += file.ranges.len() as u64;
        self.text(&file.remote);
        self.text(&file.local);
        self.ranges(&file.ranges);
    }

    fn ranges(&mut self, ranges: &[(u64, u64)]) {
        for (offset, length) in ranges {
            self.figures += number(*offset) + number(*length);
        }
    }

    /// Short texts are simple ones.
    fn text(&mut self, text: &str) {
        self.figures += text.len() as u64;
    }

    fn answer(&mut self, answer: &Answer) {
        self.parts += 1 + answer.calls.len() as u64;
        self.odd(answer.after > Span::ZERO);
        self.odd(answer.returns != Some(Hresult::S_OK));
        self.figures += span(answer.after) + u64::from(answer.returns.is_none());
        answer.calls.iter().for_each(|call| self.call(call));
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Call(who, call) => {
                self.figures += u64::from(who.0);
                self.call(call);
                if let Call::Job(job, JobCall::AddFile(file) | JobCall::AddFileWithRanges(file)) =
                    call
                {
                    self.odd(file.local != usual_path(*job, false, &file.remote));
                }
            }
            Act::Create(job) => self.figures += u64::from(job.0),
            Act::ReadError(who, job, _) => self.figures += u64::from(who.0) + u64::from(job.0),
            Act::Disturb(what) => {
                self.figures += 2;
                self.disturbance(what);
            }
            Act::Misbehave(what) => {
                self.figures += 2;
                self.misbehaviour(what);
            }
            Act::Heal(server) => self.figures += 2 + u64::from(server.0),
        }
    }

    fn call(&mut self, call: &Call) {
        self.figures += call.job().map_or(0, |job| u64::from(job.0));
        // A look at a job is the simplest of all steps.
        self.figures += match call {
            Call::Job(_, JobCall::GetState) | Call::Download(_, DownloadCall::GetStatus) => 0,
            _ => 1,
        };
        match call {
            Call::Job(_, call) => self.job_call(call),
            Call::Download(_, call) => self.download_call(call),
            Call::EnumJobs { all_users } => self.figures += u64::from(*all_users),
            _ => {}
        }
    }

    fn job_call(&mut self, call: &JobCall) {
        use JobCall as C;
        match call {
            C::AddFile(file) | C::AddFileWithRanges(file) => self.file(file),
            // Shorter delays are taken as this one.
            C::SetMinimumRetryDelay(secs) => {
                self.odd(*secs < 5);
                self.figures += delay(*secs);
            }
            C::SetNoProgressTimeout(secs) | C::SetMaximumDownloadTime(secs) => {
                self.figures += span(Span::secs((*secs).into()))
            }
            C::SetPriority(raw) | C::SetNotifyFlags(raw) => self.figures += u64::from(*raw),
            C::SetRemoteName { file, url } => {
                self.figures += u64::from(file.0);
                self.text(url);
            }
            C::SetFileProperty { file, .. } | C::GetFileProgress(file) | C::GetFileRanges(file) => {
                self.figures += u64::from(file.0);
            }
            C::SetProperty { id, value } => self.figures += u64::from(*id) + u64::from(*value),
            _ => {}
        }
    }

    fn download_call(&mut self, call: &DownloadCall) {
        match call {
            DownloadCall::Start(Some(ranges)) => {
                self.parts += ranges.len() as u64;
                self.ranges(ranges);
            }
            // The whole file is what is mostly meant.
            DownloadCall::Start(None) => self.figures += 1,
            DownloadCall::SetProperty(_, value) => self.value(value),
            _ => {}
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.text(text),
            Value::Number(secs) => self.figures += span(Span::secs(*secs)),
            _ => {}
        }
    }

    fn disturbance(&mut self, what: &Disturbance) {
        use Disturbance as D;
        match what {
            D::LogOn(user) | D::LogOff(user) | D::RunAs(user) => {
                self.figures += u64::from(user.0);
            }
            D::ClientStarts(client) | D::ClientExits(client) => self.figures += u64::from(client.0),
            D::VolumeSpace(_, free) => self.figures += number(*free),
            D::Bandwidth(Some(rate)) => self.figures += number(*rate),
            D::PathDenied(path, _) | D::PathAllowed(path, _) | D::LocalFileDeleted(path) => {
                self.text(path);
            }
            D::RemoteFileChanges { url: name, size, .. }
            | D::LocalFileChanges { path: name, size } => {
                self.text(name);
                self.figures += bytes(*size);
            }
            D::WallClockMoves(ticks) => {
                self.odd(*ticks == 0);
                self.figures += span(Span(ticks.unsigned_abs())) + u64::from(*ticks < 0);
            }
            D::NetworkConditions(all) => self.parts += all.len() as u64,
            D::ServiceRestarts { list_readable: false } => self.parts += 1,
            _ => {}
        }
    }

    fn misbehaviour(&mut self, what: &Misbehaviour) {
        self.figures += u64::from(what.server.0);
        self.odd(what.url.is_some());
        self.odd(what.part != Part::Any);
        self.odd(what.times.is_some());
        self.odd(what.lasts.is_some());
        self.odd(what.class.is_some());
        self.figures += what.lasts.map_or(0, span);
        self.figures += what.times.map_or(0, u64::from);
        self.figures += match what.kind {
            FaultKind::Http(status) => {
                let place = STATUSES.iter().position(|known| *known == status);
                place.map_or_else(|| u64::from(status), |place| place as u64)
            }
            FaultKind::Timeout(after) => span(after),
            FaultKind::DropsAfter(count) => number(count),
            FaultKind::Code(_) => 1,
            FaultKind::Refused | FaultKind::NameNotResolved | FaultKind::Corrupts => 0,
        };
    }
}

/// How far a number is from nothing; a number without an end is one more than nothing.
fn number(of: u64) -> u64 {
    if of == u64::MAX { 1 } else { of.min(1 << 48) }
}
