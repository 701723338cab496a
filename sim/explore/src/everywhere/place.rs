//! A place: a world on some path, with the judge of that path.

use super::alphabet::Alphabet;
use super::befalls::NETWORK;
use super::letter::{Does, How};
use super::world::{APP, STEP};
use crate::story::stage::Stage;
use crate::story::{Act, Answer, Exit};
use bitsim_engine::key::Manner;
use bitsim_engine::sabotage::Bug;
use bitsim_engine::{AnyTouched, Callback, Client, First, NoClient, Outside, World};
use bitsim_oracle::Oracle;
use bitsim_vocab::call::{ErrorCall, JobCall, Reply};
use bitsim_vocab::trace::{ErrorInfo, Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{
    Call, ClientId, ErrorObjectId, Event, Hresult, JobId, JobState, NoteId, SimTime, Span,
};

/// What is read of an error object.
pub(super) const READS: [ErrorCall; 3] =
    [ErrorCall::GetError, ErrorCall::GetFile, ErrorCall::GetProtocol];

/// How long a callback takes that takes its time: a job that is resumed meanwhile gets so far that
/// bytes move.
const LATE: Span = Span(4 * STEP.0);

/// Far more turns than happen in a step.
const MOST_TURNS: u32 = 100_000;

/// A world on some path, with the judge of that path: what it sees is the path by which the state
/// was first reached, which is a shortest one. A rule that looks back further than the state goes
/// sees this one history of each state and no other.
#[derive(Debug, Clone)]
pub struct Place {
    pub(super) world: World,
    pub(super) oracle: Oracle,
    /// Lasting disturbances in force.
    pub(super) weather: u32,
    /// Files that were added to jobs.
    pub(super) added: u32,
    next_fault: u32,
    /// The fault in force.
    fault: Option<u32>,
    /// The error object that the application got last for each job, where a letter reads it.
    kept: Vec<Option<(ErrorObjectId, ErrorInfo)>>,
}

/// What a letter did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    /// Something.
    Happened,
    /// The same, and callbacks came to an answer in it.
    Answered,
    /// It cannot happen here.
    Nothing,
    /// The world does not come to rest.
    Endless,
}

/// Where events go while a letter is played: used again and again.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) events: Vec<Event>,
    people: People,
}

impl Desk {
    /// How callbacks about the job with this number were answered, in the order in which they
    /// came, since they were last forgotten.
    pub(super) fn answers(&self, job: JobId) -> Vec<Answer> {
        let answer = |told: &Told| match told.result {
            NoteResult::Returned(hr) => {
                Some(Answer { after: told.after, calls: Vec::new(), returns: Some(hr) })
            }
            NoteResult::ClientGone => {
                Some(Answer { after: told.after, calls: Vec::new(), returns: None })
            }
            NoteResult::Exited(_) | NoteResult::NotLaunched => None,
        };
        self.of_job(job).filter_map(answer).collect()
    }

    /// How its programs ended, likewise.
    pub(super) fn exits(&self, job: JobId) -> Vec<Exit> {
        let exit = |told: &Told| match told.result {
            NoteResult::Exited(code) => Some(Exit::With { code, after: told.after }),
            NoteResult::NotLaunched => Some(Exit::NotLaunched),
            NoteResult::Returned(_) | NoteResult::ClientGone => None,
        };
        self.of_job(job).filter_map(exit).collect()
    }

    fn of_job(&self, job: JobId) -> impl Iterator<Item = &Told> {
        self.people.told.iter().filter(move |told| told.job == job)
    }

    /// Remembers from now on how callbacks are answered.
    pub(super) fn remember(&mut self) {
        self.people.remembers = true;
    }
}

impl Place {
    /// The place at which everything begins.
    pub(super) fn start(
        alphabet: &Alphabet,
        bug: Option<&Bug>,
        touched: Option<AnyTouched>,
        desk: &mut Desk,
    ) -> Self {
        let story = &alphabet.start;
        let mut stage = Stage::new(story, bug);
        if let Some(touched) = touched {
            stage.world.record(touched);
        }
        stage.create(&story.jobs);
        stage.play_from(story, 0);
        let mut oracle = Oracle::new(&story.setup);
        for event in &stage.events {
            oracle.observe(event);
        }
        desk.events.clear();
        let reads = alphabet.letters.iter().any(|it| matches!(it.does, Does::ReadError(..)));
        let kept = vec![None; if reads { alphabet.scope.jobs as usize } else { 0 }];
        Self { world: stage.world, oracle, weather: 0, added: 0, next_fault: 0, fault: None, kept }
    }

    /// Appends what tells this place from others.
    pub(super) fn key(&self, manner: Manner, key: &mut Vec<u8>) {
        key.extend(self.weather.to_le_bytes());
        key.push(self.added as u8);
        for kept in &self.kept {
            // What it holds, not which one it is.
            let held = kept.map(|(_, info)| format!("{info:?}")).unwrap_or_default();
            key.extend((held.len() as u16).to_le_bytes());
            key.extend(held.as_bytes());
        }
        self.world.key(manner, key);
    }

    /// The states of the first so many jobs. The service tells its clients alone, so the question is
    /// asked in a copy of the world, where it leaves no trace.
    pub(super) fn states(&self, jobs: u32) -> impl Iterator<Item = JobState> {
        let mut world = self.world.clone();
        (0..jobs).map(JobId).filter_map(move |job| {
            let mut events: Vec<Event> = Vec::new();
            let mut out = Outside { sink: &mut events, choose: &mut First };
            match world.call(&mut out, APP, &Call::Job(job, JobCall::GetState)).reply {
                Reply::State(state) => Some(state),
                _ => None,
            }
        })
    }

    /// True if a rule was broken on the path.
    pub(super) fn is_broken(&self) -> bool {
        !self.oracle.so_far().violations().is_empty()
    }

    /// Whether a letter can happen here, as far as one can tell before.
    pub(super) fn allows(&self, alphabet: &Alphabet, does: &Does) -> bool {
        let room = self.weather.count_ones() < alphabet.scope.disturbances;
        let runs = |who: ClientId| self.weather & 1 << Alphabet::gone(who) == 0;
        match does {
            Does::Call(who, call) => {
                runs(*who) && (!adds(call) || self.added < alphabet.scope.more_files)
            }
            Does::Calls(who, _) => runs(*who),
            Does::ReadError(who, job) => runs(*who) && self.kept[job.index()].is_some(),
            Does::Begin(which) => {
                let fault = matches!(alphabet.lasting[*which].begins, Act::Misbehave(_));
                room && self.weather & 1 << which == 0 && !(fault && self.fault.is_some())
            }
            Does::End(which) => self.weather & 1 << which != 0,
            Does::Go(How::Exit) => room && self.weather & 1 << Alphabet::gone(ClientId(0)) == 0,
            Does::Rest => self.world.settled() && self.world.next_wakeup().is_some(),
            Does::Strike(Disturbance::NetworkRegained, _) => self.weather & 1 << NETWORK == 0,
            Does::Strike(..) | Does::Go(_) => true,
        }
    }

    /// Lets a letter happen, and lets the judge see it.
    pub(super) fn play(&mut self, alphabet: &Alphabet, does: &Does, desk: &mut Desk) -> Did {
        desk.events.clear();
        desk.people.met = false;
        let did = match does {
            Does::Call(who, call) => self.call(*who, call, desk),
            Does::Calls(who, calls) => {
                for call in calls {
                    self.call(*who, call, desk);
                }
                Did::Happened
            }
            Does::ReadError(who, job) => self.read_error(*who, *job, desk),
            Does::Begin(which) => {
                self.weather |= 1 << which;
                self.act(&alphabet.lasting[*which].begins, desk)
            }
            Does::End(which) => {
                self.weather &= !(1 << which);
                self.act(&alphabet.lasting[*which].ends, desk)
            }
            Does::Strike(what, left) => {
                self.weather |= left;
                self.disturb(what, desk)
            }
            Does::Go(how) => self.go(STEP, *how, desk),
            Does::Rest => self.rest(desk),
        };
        for event in &desk.events {
            self.oracle.observe(event);
        }
        if self.weather & 1 << Alphabet::gone(APP) != 0 {
            // Its error objects end with the client.
            self.kept.fill(None);
        }
        did
    }

    /// Lets time pass until something happens. A timer that only looks how long there was no
    /// activity is nothing.
    fn rest(&mut self, desk: &mut Desk) -> Did {
        let mut out = Outside { sink: &mut desk.events, choose: &mut First };
        let before = self.world.events();
        while self.world.settled()
            && self.world.events() == before
            && let Some(due) = self.world.next_wakeup()
        {
            self.world.advance_to(due);
            self.world.step(&mut out, &mut desk.people);
        }
        self.go(STEP, How::Well, desk)
    }

    fn call(&mut self, who: ClientId, call: &Call, desk: &mut Desk) -> Did {
        let mut out = Outside { sink: &mut desk.events, choose: &mut First };
        let returned = self.world.call(&mut out, who, call);
        if returned.hr.succeeded() && adds(call) {
            self.added += 1;
        }
        if let (APP, Call::Job(job, JobCall::GetError), Reply::Error(object, info)) =
            (who, call, &returned.reply)
            && let Some(kept) = self.kept.get_mut(job.index())
        {
            *kept = Some((*object, *info));
        }
        Did::Happened
    }

    fn read_error(&mut self, who: ClientId, job: JobId, desk: &mut Desk) -> Did {
        let Some((object, _)) = self.kept[job.index()] else { return Did::Nothing };
        for call in READS {
            self.call(who, &Call::ErrorObject(object, call), desk);
        }
        Did::Happened
    }

    fn act(&mut self, act: &Act, desk: &mut Desk) -> Did {
        match act {
            Act::Disturb(what) => self.disturb(what, desk),
            Act::Misbehave(misbehaviour) => {
                let number = self.next_fault;
                self.next_fault += 1;
                self.fault = Some(number);
                let fault = Box::new(misbehaviour.numbered(number));
                self.disturb(&Disturbance::FaultBegins(fault), desk)
            }
            Act::Heal(_) => match self.fault.take() {
                Some(number) => self.disturb(&Disturbance::FaultEnds(number), desk),
                None => Did::Nothing,
            },
            Act::Call(who, call) => self.call(*who, call, desk),
            // The alphabet has no letter for these.
            Act::Create(_) | Act::ReadError(..) => Did::Nothing,
        }
    }

    fn disturb(&mut self, what: &Disturbance, desk: &mut Desk) -> Did {
        let mut out = Outside { sink: &mut desk.events, choose: &mut First };
        self.world.disturb(&mut out, what);
        Did::Happened
    }

    /// Lets happen what is due before `span` is over.
    fn go(&mut self, span: Span, how: How, desk: &mut Desk) -> Did {
        let to: SimTime = self.world.now() + span;
        let mut out = Outside { sink: &mut desk.events, choose: &mut First };
        desk.people.how = how;
        for _ in 0..MOST_TURNS {
            let due = self.world.next_wakeup().filter(|due| *due < to);
            self.world.advance_to(due.unwrap_or(to));
            if due.is_none() {
                if let Some(client) = desk.people.gone.take() {
                    self.weather |= 1 << Alphabet::gone(client);
                }
                return if desk.people.met { Did::Answered } else { Did::Happened };
            }
            self.world.step(&mut out, &mut desk.people);
        }
        Did::Endless
    }
}

/// Clients that answer their callbacks as the letter says.
#[derive(Debug)]
struct People {
    how: How,
    /// A callback came to its answer, or began and goes on.
    met: bool,
    gone: Option<ClientId>,
    remembers: bool,
    told: Vec<Told>,
}

impl Default for People {
    fn default() -> Self {
        Self { how: How::Well, met: false, gone: None, remembers: false, told: Vec::new() }
    }
}

#[derive(Debug)]
struct Told {
    job: JobId,
    note: NoteId,
    after: Span,
    result: NoteResult,
}

fn adds(call: &Call) -> bool {
    matches!(call, Call::Job(_, JobCall::AddFile(_) | JobCall::AddFileSet(_)))
}

impl Client for People {
    fn notified(&mut self, note: &Note, _: &mut Callback<'_>) -> Span {
        if note.kind == NoteKind::JobModification {
            return Span::ZERO;
        }
        self.met = true;
        let after = if self.how == How::Late { LATE } else { Span::ZERO };
        if self.remembers {
            let result = match note.to {
                Recipient::Interface(_) => NoteResult::Returned(Hresult::S_OK),
                Recipient::CommandLine { .. } => NoteResult::Exited(0),
            };
            self.told.push(Told { job: note.job, note: note.note, after, result });
        }
        after
    }

    fn returns(&mut self, note: &Note, back: &mut Callback<'_>) -> NoteResult {
        if note.kind == NoteKind::JobModification {
            return NoClient.returns(note, back);
        }
        self.met = true;
        let result = match (self.how, &note.to) {
            (How::Well | How::Late, Recipient::Interface(_)) => NoteResult::Returned(Hresult::S_OK),
            (How::Badly, Recipient::Interface(_)) => NoteResult::Returned(Hresult::E_FAIL),
            (How::Exit, Recipient::Interface(client)) => {
                self.gone = Some(*client);
                NoteResult::ClientGone
            }
            (How::Well | How::Late, Recipient::CommandLine { .. }) => NoteResult::Exited(0),
            (How::Badly, Recipient::CommandLine { .. }) => NoteResult::Exited(1),
            (How::Exit, Recipient::CommandLine { .. }) => NoteResult::NotLaunched,
        };
        if let Some(told) = self.told.iter_mut().find(|told| told.note == note.note) {
            told.result = result;
        }
        if let Some(client) = self.gone.filter(|_| result == NoteResult::ClientGone) {
            back.disturb(&Disturbance::ClientExits(client));
        }
        result
    }
}
