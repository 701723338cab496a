//! The people of the scenario: they make the calls that it names, and they answer notifications
//! as it says.

use bitsim_engine::{Callback, Client, Returned};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::{Answer, JobPlan, JobRef, PlannedCall, ProgramEnd};
use bitsim_vocab::call::{Call, ErrorCall, JobCall, Reply};
use bitsim_vocab::download::{DownloadCall, Value};
use bitsim_vocab::trace::{Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{ClientId, ErrorObjectId, Hresult, JobId, NoteId, Service, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Who calls, and what they remember between calls.
#[derive(Debug, Clone)]
pub(crate) struct Actors<'p> {
    plan: &'p Plan,
    /// The job that each declaration stands for, by [`JobRef`].
    jobs: Vec<Option<JobId>>,
    /// The declaration that made each job.
    made_by: BTreeMap<JobId, JobRef>,
    objects: BTreeMap<(ClientId, JobId), ErrorObjectId>,
    /// Downloads of which a Start has succeeded.
    started: BTreeSet<JobId>,
    /// How many notifications each job's client has got so far, and how many launches there were.
    answered: Vec<Answered>,
    /// The answer that a delivery will get, as its position in the job's list.
    pending: BTreeMap<NoteId, usize>,
    /// Calls that callbacks and programs could not make.
    trouble: Vec<CannotCall>,
}

/// What became of a planned call.
#[derive(Debug)]
pub(crate) struct Performed {
    /// What the call returned; of a creation, what CreateJob or CreateDownload returned.
    pub(crate) returned: Returned,
    /// The setter or AddFile that failed after the creation had succeeded, with what it returned.
    pub(crate) incomplete: Option<(&'static str, Hresult)>,
}

/// Why a planned call could not even be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CannotCall {
    /// The job does not exist (yet).
    NotCreated(JobRef),
    /// The client has no error object of this job.
    NoErrorObject(JobRef),
}

impl<'p> Actors<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            jobs: vec![None; plan.jobs.len()],
            made_by: BTreeMap::new(),
            objects: BTreeMap::new(),
            started: BTreeSet::new(),
            answered: vec![Answered::default(); plan.jobs.len()],
            pending: BTreeMap::new(),
            trouble: Vec::new(),
        }
    }

    /// The job that a declaration stands for, once it has been created.
    pub(crate) fn job(&self, job: JobRef) -> Option<JobId> {
        self.jobs.get(job.0 as usize).copied().flatten()
    }

    /// The declaration of a job.
    pub(crate) fn declared(&self, job: JobRef) -> Option<&'p JobPlan> {
        self.plan.jobs.get(job.0 as usize)
    }

    /// The scenario's name of a declaration.
    pub(crate) fn name(&self, job: JobRef) -> &'p str {
        self.declared(job).map_or("?", |job| job.name.as_str())
    }

    /// The scenario's name of each job, by [`JobId`].
    pub(crate) fn names(&self) -> Vec<String> {
        let count = self.made_by.last_key_value().map_or(0, |(job, _)| job.index() + 1);
        let mut names = vec![String::new(); count];
        for (job, declaration) in &self.made_by {
            self.name(*declaration).clone_into(&mut names[job.index()]);
        }
        names
    }

    /// Calls that callbacks and programs could not make since the last time.
    pub(crate) fn take_trouble(&mut self) -> Vec<CannotCall> {
        std::mem::take(&mut self.trouble)
    }

    /// Declarations with answers or exit codes for notifications that never came.
    pub(crate) fn never_notified(&self) -> impl Iterator<Item = (&'p JobPlan, &'static str)> {
        self.plan.jobs.iter().zip(&self.answered).flat_map(|(job, so_far)| {
            let unused = !job.answers.in_order.is_empty() && so_far.callbacks == 0;
            let untold = !job.answers.to_modification.is_empty() && so_far.modifications == 0;
            let unlaunched = !job.program_exits.is_empty() && so_far.launches == 0;
            let callback = unused.then_some((job, "its client was never called back"));
            let change = untold.then_some((job, "no JobModification was ever delivered"));
            let launch = unlaunched.then_some((job, "its program was never launched"));
            callback.into_iter().chain(change).chain(launch)
        })
    }

    /// Remembers the error object that a call handed out, and that a download was started.
    pub(crate) fn remember(&mut self, by: ClientId, call: &Call, hr: Hresult, reply: &Reply) {
        match (call, reply) {
            (Call::Job(job, JobCall::GetError), Reply::Error(object, _)) => {
                self.objects.insert((by, *job), *object);
            }
            (Call::Download(job, DownloadCall::Start(_)), _) if hr.succeeded() => {
                self.started.insert(*job);
            }
            _ => {}
        }
    }

    /// What a plain `start` passes: the ranges that the download is declared with, or the whole
    /// file; once it has been started, nullptr, which goes on where it was.
    fn start(&self, job: JobRef, id: JobId) -> DownloadCall {
        let declared = || self.declared(job).and_then(|job| job.download.as_ref());
        let first = || declared().map(|download| download.ranges.clone()).unwrap_or_default();
        DownloadCall::Start((!self.started.contains(&id)).then(first))
    }

    /// Makes a planned call in the name of `who`.
    pub(crate) fn perform(
        &mut self,
        who: ClientId,
        planned: &PlannedCall,
        world: &mut dyn FnMut(ClientId, &Call) -> Returned,
    ) -> Result<Performed, CannotCall> {
        let known = |job: &JobRef| self.job(*job).ok_or(CannotCall::NotCreated(*job));
        let read = |job: &JobRef, call| {
            let object = self.objects.get(&(who, known(job)?));
            let object = object.ok_or(CannotCall::NoErrorObject(*job))?;
            Ok(Call::ErrorObject(*object, call))
        };
        let call = match planned {
            PlannedCall::Create(job) => return self.create(*job, who, world),
            PlannedCall::Job(job, call) => Call::Job(known(job)?, call.clone()),
            PlannedCall::Download(job, call) => Call::Download(known(job)?, call.clone()),
            PlannedCall::Start(job) => {
                let id = known(job)?;
                Call::Download(id, self.start(*job, id))
            }
            PlannedCall::EnumDownloads(category) => Call::EnumDownloads(category.clone()),
            PlannedCall::GetJob(job) => Call::GetJob(known(job)?),
            PlannedCall::EnumJobs { all_users } => Call::EnumJobs { all_users: *all_users },
            PlannedCall::ReadErrorObject(job) => read(job, ErrorCall::GetError)?,
            PlannedCall::ReadErrorFile(job) => read(job, ErrorCall::GetFile)?,
            PlannedCall::ReadErrorProtocol(job) => read(job, ErrorCall::GetProtocol)?,
        };
        let returned = world(who, &call);
        self.remember(who, &call, returned.hr, &returned.reply);
        Ok(Performed { returned, incomplete: None })
    }

    fn create(
        &mut self,
        job: JobRef,
        who: ClientId,
        world: &mut dyn FnMut(ClientId, &Call) -> Returned,
    ) -> Result<Performed, CannotCall> {
        let plan = self.declared(job).ok_or(CannotCall::NotCreated(job))?;
        let create = match plan.download {
            Some(_) => Call::CreateDownload,
            None => {
                let name = Some(plan.display_name.clone());
                Call::CreateJob { name, job_type: plan.job_type }
            }
        };
        let returned = world(who, &create);
        let mut incomplete = None;
        if let Reply::Job(id) = returned.reply {
            self.jobs[job.0 as usize] = Some(id);
            self.made_by.insert(id, job);
            for call in self.made_with(id, plan) {
                let method = call.method();
                let hr = world(who, &call).hr;
                if hr.failed() {
                    incomplete = Some((method, hr));
                    break;
                }
            }
        }
        Ok(Performed { returned, incomplete })
    }

    /// The calls that follow on the creation of a job or download.
    fn made_with(&self, id: JobId, plan: &JobPlan) -> Vec<Call> {
        if let Some(download) = &plan.download {
            let set = |(property, value): &(u32, Value)| {
                Call::Download(id, DownloadCall::SetProperty(*property, value.clone()))
            };
            return download.settings.iter().map(set).collect();
        }
        let add = match self.plan.target.service {
            Service::DoLegacy => JobCall::AddFileWithRanges,
            Service::Bits | Service::DoDownload => JobCall::AddFile,
        };
        let files = plan.files.iter().cloned().map(add);
        plan.settings.iter().cloned().chain(files).map(|call| Call::Job(id, call)).collect()
    }

    fn perform_all(&mut self, who: ClientId, calls: &[PlannedCall], back: &mut Callback<'_>) {
        for call in calls {
            if let Err(cannot) = self.perform(who, call, &mut |who, call| back.call(who, call)) {
                self.trouble.push(cannot);
            }
        }
    }

    fn declaration_of(&self, note: &Note) -> Option<(JobRef, &'p JobPlan)> {
        let job = *self.made_by.get(&note.job)?;
        Some((job, self.declared(job)?))
    }

    fn callback_returns(
        &mut self,
        client: ClientId,
        note: &Note,
        back: &mut Callback<'_>,
    ) -> NoteResult {
        let answer = self.declaration_of(note).and_then(|(_, plan)| {
            let position = self.pending.remove(&note.note)?;
            answers_to(plan, note).get(position)
        });
        let Some(answer) = answer else { return NoteResult::Returned(Hresult::S_OK) };
        self.perform_all(client, &answer.calls, back);
        if answer.exits {
            back.disturb(&Disturbance::ClientExits(client));
            return NoteResult::ClientGone;
        }
        NoteResult::Returned(answer.returns)
    }

    fn program_ends(&mut self, note: &Note, back: &mut Callback<'_>) -> NoteResult {
        let end = self.declaration_of(note).and_then(|(_, plan)| {
            let position = self.pending.remove(&note.note)?;
            Some((plan.client, plan.program_exits.get(position)?))
        });
        match end {
            Some((_, ProgramEnd::NotLaunched)) => NoteResult::NotLaunched,
            Some((client, ProgramEnd::Exits { code, calls, .. })) => {
                self.perform_all(client, calls, back);
                NoteResult::Exited(*code)
            }
            None => NoteResult::Exited(0),
        }
    }
}

/// What the client says to notifications of this kind.
fn answers_to<'p>(plan: &'p JobPlan, note: &Note) -> &'p [Answer] {
    match note.kind {
        NoteKind::JobModification => &plan.answers.to_modification,
        _ => &plan.answers.in_order,
    }
}

/// How many notifications were delivered for a declaration.
#[derive(Debug, Clone, Copy, Default)]
struct Answered {
    callbacks: usize,
    modifications: usize,
    launches: usize,
}

impl Client for Actors<'_> {
    fn notified(&mut self, note: &Note, _: &mut Callback<'_>) -> Span {
        let Some((job, plan)) = self.declaration_of(note) else { return Span::ZERO };
        let so_far = &mut self.answered[job.0 as usize];
        let (count, answers) = match note.to {
            Recipient::Interface(_) if note.kind == NoteKind::JobModification => {
                (&mut so_far.modifications, plan.answers.to_modification.len())
            }
            Recipient::Interface(_) => (&mut so_far.callbacks, plan.answers.in_order.len()),
            Recipient::CommandLine { .. } => (&mut so_far.launches, plan.program_exits.len()),
        };
        // The last answer repeats.
        let position = (*count).min(answers.saturating_sub(1));
        *count += 1;
        self.pending.insert(note.note, position);
        match note.to {
            Recipient::Interface(_) => {
                answers_to(plan, note).get(position).map_or(Span::ZERO, |answer| answer.after)
            }
            Recipient::CommandLine { .. } => match plan.program_exits.get(position) {
                Some(ProgramEnd::Exits { after, .. }) => *after,
                Some(ProgramEnd::NotLaunched) | None => Span::ZERO,
            },
        }
    }

    fn returns(&mut self, note: &Note, back: &mut Callback<'_>) -> NoteResult {
        match note.to {
            Recipient::Interface(client) => self.callback_returns(client, note, back),
            Recipient::CommandLine { .. } => self.program_ends(note, back),
        }
    }
}
