//! The clients of a story: they answer notifications as it says.

use super::{Answer, Exit, Story};
use bitsim_engine::{Callback, Client, NoClient};
use bitsim_vocab::call::Call;
use bitsim_vocab::trace::{Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{JobId, NoteId, Span};
use std::collections::BTreeMap;

/// Who answers what, and which job is which.
#[derive(Debug, Clone)]
pub(super) struct People {
    scripts: Vec<Script>,
    /// How many notifications of each kind each job has had, in the order of [`Kind`].
    counts: Vec<[usize; 3]>,
    /// The answer that a delivery will get, as its position in the list of the job.
    pending: BTreeMap<NoteId, usize>,
    /// The number under which the service knows each job of the story.
    pub(super) ids: Vec<Option<JobId>>,
    /// The job of the story behind each number of the service.
    pub(super) names: Vec<JobId>,
}

#[derive(Debug, Clone)]
struct Script {
    answers: Vec<Answer>,
    to_modification: Vec<Answer>,
    exits: Vec<Exit>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    News,
    Modification,
    Program,
}

impl People {
    pub(super) fn of(story: &Story) -> Self {
        let scripts = story.jobs.iter().map(|job| {
            let answering = job.registered();
            let answers = |answers: &Vec<Answer>| {
                if answering { answers.clone() } else { Vec::new() }
            };
            Script {
                answers: answers(&job.answers),
                to_modification: answers(&job.to_modification),
                exits: if job.has_program() { job.exits.clone() } else { Vec::new() },
            }
        });
        let jobs = story.jobs.len();
        Self {
            scripts: scripts.collect(),
            counts: vec![[0; 3]; jobs],
            pending: BTreeMap::new(),
            ids: vec![None; jobs],
            names: Vec::new(),
        }
    }

    /// The service has made a job and knows it as `id`.
    pub(super) fn made(&mut self, job: JobId, id: JobId) {
        self.ids[job.index()] = Some(id);
        self.names.resize(self.names.len().max(id.index() + 1), job);
        self.names[id.index()] = job;
    }

    /// The job of the story that the service knows as `id`.
    pub(super) fn job(&self, id: JobId) -> Option<JobId> {
        self.names.get(id.index()).copied()
    }

    /// The call with the number under which the service knows the job; `None` if there is no such
    /// job yet.
    pub(super) fn numbered(&self, call: &Call) -> Option<Call> {
        let id = |job: &JobId| self.ids.get(job.index()).copied().flatten();
        Some(match call {
            Call::Job(job, call) => Call::Job(id(job)?, call.clone()),
            Call::Download(job, call) => Call::Download(id(job)?, call.clone()),
            Call::GetJob(job) => Call::GetJob(id(job)?),
            call => call.clone(),
        })
    }

    fn kind(note: &Note) -> Kind {
        match note.to {
            Recipient::CommandLine { .. } => Kind::Program,
            Recipient::Interface(_) if note.kind == NoteKind::JobModification => Kind::Modification,
            Recipient::Interface(_) => Kind::News,
        }
    }

    fn answer(&self, note: &Note, position: usize) -> Option<&Answer> {
        let script = &self.scripts[self.job(note.job)?.index()];
        match Self::kind(note) {
            Kind::News => script.answers.get(position),
            Kind::Modification => script.to_modification.get(position),
            Kind::Program => None,
        }
    }

    fn exit(&self, note: &Note, position: usize) -> Option<Exit> {
        self.scripts[self.job(note.job)?.index()].exits.get(position).copied()
    }
}

impl Client for People {
    fn notified(&mut self, note: &Note, _: &mut Callback<'_>) -> Span {
        let Some(job) = self.job(note.job) else { return Span::ZERO };
        let (kind, script) = (Self::kind(note), &self.scripts[job.index()]);
        let answers = match kind {
            Kind::News => script.answers.len(),
            Kind::Modification => script.to_modification.len(),
            Kind::Program => script.exits.len(),
        };
        if answers == 0 {
            return Span::ZERO;
        }
        let count = &mut self.counts[job.index()][kind as usize];
        let position = (*count).min(answers - 1);
        *count += 1;
        self.pending.insert(note.note, position);
        match (self.answer(note, position), self.exit(note, position)) {
            (Some(answer), _) => answer.after,
            (None, Some(Exit::With { after, .. })) => after,
            (None, _) => Span::ZERO,
        }
    }

    fn returns(&mut self, note: &Note, back: &mut Callback<'_>) -> NoteResult {
        let Some(position) = self.pending.remove(&note.note) else {
            return NoClient.returns(note, back);
        };
        let Recipient::Interface(client) = note.to else {
            return match self.exit(note, position) {
                Some(Exit::With { code, .. }) => NoteResult::Exited(code),
                _ => NoteResult::NotLaunched,
            };
        };
        let Some(answer) = self.answer(note, position) else {
            return NoClient.returns(note, back);
        };
        for call in &answer.calls {
            if let Some(call) = self.numbered(call) {
                back.call(client, &call);
            }
        }
        match answer.returns {
            Some(hr) => NoteResult::Returned(hr),
            None => {
                back.disturb(&Disturbance::ClientExits(client));
                NoteResult::ClientGone
            }
        }
    }
}
