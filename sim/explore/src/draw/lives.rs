//! Draws what clients do with a job, and what befalls it, in the way in which that happens to jobs.

use super::kinds::{Kind, Weights};
use super::numbers::Numbers;
use super::times::Times;
use super::{calls, download_calls, events};
use crate::story::{Act, Job};
use bitsim_vocab::call::{Call, ErrorCall, JobCall};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{ClientId, JobId, Service, Span};

/// What somebody does, one act after another, each some time after the one before.
pub(super) type Thread = Vec<(Span, Act)>;

/// Everything that acts are drawn from.
#[derive(Debug)]
pub(super) struct Scene<'s> {
    pub(super) setup: &'s Setup,
    pub(super) jobs: &'s [Job],
    pub(super) weights: Weights,
    pub(super) steps: Numbers,
    pub(super) times: Times,
    /// Downloads that something has been started of.
    pub(super) started: Vec<bool>,
}

/// Where a job is likely to be.
enum Mood {
    New,
    UnderWay,
    /// Something keeps it waiting until these things happen.
    Waiting(Vec<Act>),
    Arrived,
    Gone,
}

impl Scene<'_> {
    fn downloads(&self) -> bool {
        self.setup.target.service == Service::DoDownload
    }

    /// The client that calls on a job: mostly the one that made it.
    fn caller(&mut self, job: JobId) -> ClientId {
        if self.steps.one_in(9) {
            return ClientId(self.steps.place(self.setup.clients.len()) as u16);
        }
        self.jobs[job.index()].client
    }

    pub(super) fn some_job(&mut self) -> JobId {
        JobId(self.steps.place(self.jobs.len()) as u32)
    }

    /// A call of this kind on a job.
    fn call(&mut self, kind: Kind, job: JobId) -> Act {
        let who = self.caller(job);
        if kind == Kind::List {
            let bits = !self.downloads();
            return Act::Call(
                who,
                match self.steps.below(3) {
                    0 if bits => Call::GetJob(job),
                    n if bits => Call::EnumJobs { all_users: n == 1 },
                    _ => Call::EnumDownloads(None),
                },
            );
        }
        if self.downloads() {
            let first = kind == Kind::Go && !self.started[job.index()];
            self.started[job.index()] |= kind == Kind::Go;
            let call = match first {
                true => download_calls::first_start(&mut self.steps),
                false => download_calls::on_download(self.setup, kind, job, &mut self.steps),
            };
            return Act::Call(who, Call::Download(job, call));
        }
        if kind == Kind::AskError && self.steps.one_in(3) {
            let all = [ErrorCall::GetError, ErrorCall::GetFile, ErrorCall::GetProtocol];
            return Act::ReadError(who, job, self.steps.of(&all));
        }
        let job_type = self.jobs[job.index()].job_type;
        let call = calls::on_job(self.setup, kind, job, job_type, &mut self.steps);
        Act::Call(who, Call::Job(job, call))
    }

    /// An act of this kind about a job.
    pub(super) fn act(&mut self, kind: Kind, job: JobId) -> Act {
        if kind < Kind::Answer {
            return self.call(kind, job);
        }
        events::befalls(self.setup, self.jobs, kind, job, &mut self.steps)
    }

    /// Any act, now and then a long time after the one before.
    pub(super) fn anything(&mut self, job: JobId) -> (Span, Act) {
        let kind = self.weights.any(&mut self.steps);
        (self.times.any(), self.act(kind, job))
    }

    /// What is done with a job and what befalls it, `most` acts or a few more.
    pub(super) fn life(&mut self, job: JobId, most: usize) -> Thread {
        let mut acts = Thread::new();
        let mut mood = Mood::New;
        if self.jobs[job.index()].later {
            acts.push((self.times.short(), Act::Create(job)));
        }
        while acts.len() < most {
            if self.steps.one_in(7) {
                acts.push(self.anything(job));
                continue;
            }
            mood = match mood {
                Mood::New => self.begin(job, &mut acts),
                Mood::UnderWay => self.under_way(job, &mut acts),
                Mood::Waiting(over) => self.waiting(job, over, &mut acts),
                Mood::Arrived => self.arrived(job, &mut acts),
                Mood::Gone => self.gone(job, &mut acts),
            };
        }
        // Most trouble does not last for ever.
        if let Mood::Waiting(over) = mood
            && !self.steps.one_in(5)
        {
            let after = self.times.trouble();
            all_at_once(after, over, &mut acts);
        }
        acts
    }

    /// A call of one of these kinds that the story has; nothing if it has none.
    fn one_of(&mut self, kinds: &[Kind], after: Span, job: JobId, acts: &mut Thread) {
        let Some(kind) = self.weights.among(kinds, &mut self.steps) else { return };
        let act = self.call(kind, job);
        let asker = match &act {
            Act::Call(who, Call::Job(_, JobCall::GetError)) => Some(*who),
            _ => None,
        };
        acts.push((after, act));
        if let Some(who) = asker {
            let all = [ErrorCall::GetError, ErrorCall::GetFile, ErrorCall::GetProtocol];
            let read = all.into_iter().filter(|_| !self.steps.one_in(3));
            acts.extend(read.map(|call| (Span::ZERO, Act::ReadError(who, job, call))));
        }
    }

    /// A file that can get no final name, or not be deleted, when the job is brought to an end;
    /// once it can, that is tried again.
    fn stubborn_file(&mut self, job: JobId, after: Span, acts: &mut Thread) -> Mood {
        let (begins, over) =
            events::trouble(self.setup, self.jobs, Kind::Path, job, &mut self.steps);
        all_at_once(after, begins, acts);
        let wait = self.times.short();
        self.one_of(&[Kind::Finish, Kind::Drop], wait, job, acts);
        all_at_once(self.times.short(), over, acts);
        let wait = self.times.short();
        self.one_of(&[Kind::Finish], wait, job, acts);
        Mood::Arrived
    }

    fn begin(&mut self, job: JobId, acts: &mut Thread) -> Mood {
        let after = self.times.short();
        if self.steps.one_in(8) {
            let kinds = [Kind::SetTime, Kind::SetNotice, Kind::SetOther, Kind::Add, Kind::Ask];
            self.one_of(&kinds, after, job, acts);
            return Mood::New;
        }
        let act = self.call(Kind::Go, job);
        acts.push((after, act));
        Mood::UnderWay
    }

    fn under_way(&mut self, job: JobId, acts: &mut Thread) -> Mood {
        let after = self.times.under_way();
        let stubborn = u16::from(self.weights.has(Kind::Path));
        match self.steps.weighted(&[5, 7, 2, 2, 3, stubborn]) {
            0 => Mood::Arrived,
            5 => self.stubborn_file(job, after, acts),
            1 => self.trouble(job, after, acts),
            2 => {
                self.one_of(&[Kind::Rest], after, job, acts);
                Mood::New
            }
            3 => {
                self.one_of(&[Kind::Finish, Kind::Drop], after, job, acts);
                Mood::Gone
            }
            _ => {
                let kinds = [Kind::Ask, Kind::SetTime, Kind::SetOther, Kind::SetNotice, Kind::Add];
                self.one_of(&kinds, after, job, acts);
                Mood::UnderWay
            }
        }
    }

    /// Something goes wrong.
    fn trouble(&mut self, job: JobId, after: Span, acts: &mut Thread) -> Mood {
        let Some(kind) = self.weights.among(&Kind::TROUBLE, &mut self.steps) else {
            return Mood::Arrived;
        };
        let (begins, mut over) = events::trouble(self.setup, self.jobs, kind, job, &mut self.steps);
        all_at_once(after, begins, acts);
        if kind == Kind::Process && self.weights.has(Kind::SetNotice) {
            over.push(self.registration(job));
        }
        if over.is_empty() { Mood::UnderWay } else { Mood::Waiting(over) }
    }

    /// The client registers again.
    fn registration(&mut self, job: JobId) -> Act {
        use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
        let call = if self.downloads() {
            let number = u32::from(DownloadProperty::CallbackInterface.value());
            Call::Download(job, DownloadCall::SetProperty(number, Value::Object))
        } else {
            Call::Job(job, JobCall::SetNotifyInterface(true))
        };
        Act::Call(self.jobs[job.index()].client, call)
    }

    fn waiting(&mut self, job: JobId, over: Vec<Act>, acts: &mut Thread) -> Mood {
        match self.steps.weighted(&[6, 4, 2, 2, 2, 2, 1, 1, 1]) {
            0 => {
                let after = self.times.trouble();
                all_at_once(after, over, acts);
                Mood::UnderWay
            }
            1 => {
                let after = self.times.short();
                self.one_of(&[Kind::AskError, Kind::Ask], after, job, acts);
                Mood::Waiting(over)
            }
            2 => {
                let after = self.times.trouble();
                self.one_of(&[Kind::Go], after, job, acts);
                Mood::Waiting(over)
            }
            3 => {
                let after = self.times.trouble();
                self.one_of(&[Kind::Rest, Kind::SetTime, Kind::Redirect], after, job, acts);
                Mood::Waiting(over)
            }
            4 => {
                let after = self.times.trouble();
                self.one_of(&[Kind::Finish, Kind::Drop], after, job, acts);
                Mood::Waiting(over)
            }
            7 => {
                let after = self.times.trouble();
                self.one_of(&[Kind::Rest], after, job, acts);
                let after = self.times.short();
                self.one_of(&[Kind::Go], after, job, acts);
                let after = self.times.period();
                self.one_of(&[Kind::Ask], after, job, acts);
                Mood::Waiting(over)
            }
            8 => {
                let act = self.registration(job);
                acts.push((self.times.trouble(), act));
                Mood::Waiting(over)
            }
            5 => {
                let after = self.times.trouble();
                match self.trouble(job, after, acts) {
                    Mood::Waiting(more) => Mood::Waiting([more, over].concat()),
                    _ => Mood::Waiting(over),
                }
            }
            _ => {
                let (_, act) = self.anything(job);
                acts.push((self.times.trouble(), act));
                Mood::Waiting(over)
            }
        }
    }

    fn arrived(&mut self, job: JobId, acts: &mut Thread) -> Mood {
        let after = self.times.arrival();
        let stubborn = 2 * u16::from(self.weights.has(Kind::Path));
        let notice = u16::from(self.weights.has(Kind::SetNotice));
        match self.steps.weighted(&[6, 2, 2, 3, 2, 2, stubborn, notice]) {
            6 => self.stubborn_file(job, after, acts),
            7 => {
                let act = self.registration(job);
                acts.push((after, act));
                Mood::Arrived
            }
            0 => {
                self.one_of(&[Kind::Finish], after, job, acts);
                Mood::Gone
            }
            1 => {
                self.one_of(&[Kind::Drop], after, job, acts);
                Mood::Gone
            }
            2 => {
                self.one_of(&[Kind::Add, Kind::Rest], after, job, acts);
                let act = self.call(Kind::Go, job);
                acts.push((self.times.short(), act));
                Mood::UnderWay
            }
            3 => {
                self.one_of(&[Kind::Ask, Kind::AskError, Kind::List, Kind::Own], after, job, acts);
                Mood::Arrived
            }
            4 => match self.trouble(job, after, acts) {
                Mood::Waiting(over) if self.steps.one_in(2) => {
                    let after = self.times.short();
                    self.one_of(&[Kind::Finish, Kind::Drop], after, job, acts);
                    let after = self.times.short();
                    all_at_once(after, over, acts);
                    Mood::Arrived
                }
                Mood::Waiting(over) => Mood::Waiting(over),
                _ => Mood::Arrived,
            },
            _ => {
                let after = if self.steps.one_in(3) { self.times.ages() } else { after };
                self.one_of(&[Kind::Ask, Kind::List, Kind::Finish], after, job, acts);
                Mood::Gone
            }
        }
    }

    fn gone(&mut self, job: JobId, acts: &mut Thread) -> Mood {
        let after = self.times.short();
        let kinds = [
            Kind::Go,
            Kind::Rest,
            Kind::Finish,
            Kind::Drop,
            Kind::Ask,
            Kind::AskError,
            Kind::List,
            Kind::SetTime,
            Kind::Redirect,
            Kind::Clock,
        ];
        let kind = self.weights.among(&kinds, &mut self.steps).unwrap_or(Kind::Go);
        let act = self.act(kind, job);
        acts.push((after, act));
        Mood::Gone
    }

    /// What befalls everybody, whatever the jobs do.
    pub(super) fn weather(&mut self, most: usize) -> Thread {
        let mut acts = Thread::new();
        while acts.len() < most {
            let job = self.some_job();
            let after = self.times.any();
            if let Mood::Waiting(over) = self.trouble(job, after, &mut acts) {
                let after = self.times.trouble();
                all_at_once(after, over, &mut acts);
            } else if self.steps.one_in(2) {
                acts.push(self.anything(job));
            }
        }
        acts
    }
}

fn all_at_once(after: Span, all: Vec<Act>, acts: &mut Thread) {
    for (number, act) in all.into_iter().enumerate() {
        acts.push((if number == 0 { after } else { Span::ZERO }, act));
    }
}
