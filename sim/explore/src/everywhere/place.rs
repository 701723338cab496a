//! A place: a world on some path, with the judge of that path.

use super::alphabet::{Alphabet, Does, How, STEP};
use crate::story::stage::Stage;
use crate::story::{Act, Answer};
use bitsim_engine::key::Jobs;
use bitsim_engine::sabotage::Bug;
use bitsim_engine::{AnyTouched, Callback, Client, First, NoClient, Outside, World};
use bitsim_oracle::Oracle;
use bitsim_vocab::trace::{Note, NoteKind, NoteResult, Recipient};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Call, ClientId, Event, Hresult, JobId, NoteId, SimTime, Span};

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
        let of_job = self.people.told.iter().filter(|told| told.job == job);
        of_job
            .map(|told| Answer { after: told.after, calls: Vec::new(), returns: told.returns })
            .collect()
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
        let mut stage = Stage::new(story);
        if let Some(bug) = bug {
            stage.world.sabotage(bug);
        }
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
        Self { world: stage.world, oracle, weather: 0, added: 0, next_fault: 0, fault: None }
    }

    /// Appends what tells this place from others.
    pub(super) fn key(&self, jobs: Jobs, key: &mut Vec<u8>) {
        key.extend(self.weather.to_le_bytes());
        key.push(self.added as u8);
        self.world.key(jobs, key);
    }

    /// True if a rule was broken on the path.
    pub(super) fn is_broken(&self) -> bool {
        !self.oracle.so_far().violations().is_empty()
    }

    /// Whether a letter can happen here, as far as one can tell before.
    pub(super) fn allows(&self, alphabet: &Alphabet, does: &Does) -> bool {
        let room = self.weather.count_ones() < alphabet.scope.disturbances;
        match does {
            Does::Call(who, call) => {
                let there = self.weather & 1 << Alphabet::gone(*who) == 0;
                let adds = matches!(call, Call::Job(_, bitsim_vocab::call::JobCall::AddFile(_)));
                there && (!adds || self.added < alphabet.scope.more_files)
            }
            Does::Begin(which) => {
                let fault = matches!(alphabet.lasting[*which].begins, Act::Misbehave(_));
                room && self.weather & 1 << which == 0 && !(fault && self.fault.is_some())
            }
            Does::End(which) => self.weather & 1 << which != 0,
            Does::Go(How::Exit) => room && self.weather & 1 << Alphabet::gone(ClientId(0)) == 0,
            Does::Rest => self.world.settled() && self.world.next_wakeup().is_some(),
            Does::Strike(..) | Does::Go(_) => true,
        }
    }

    /// Lets a letter happen, and lets the judge see it.
    pub(super) fn play(&mut self, alphabet: &Alphabet, does: &Does, desk: &mut Desk) -> Did {
        desk.events.clear();
        desk.people.met = false;
        let did = match does {
            Does::Call(who, call) => self.call(*who, call, desk),
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
        let hr = self.world.call(&mut out, who, call).hr;
        if hr.succeeded() && matches!(call, Call::Job(_, bitsim_vocab::call::JobCall::AddFile(_))) {
            self.added += 1;
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
    returns: Option<Hresult>,
}

fn is_plain(note: &Note) -> bool {
    matches!(note.to, Recipient::CommandLine { .. }) || note.kind == NoteKind::JobModification
}

impl Client for People {
    fn notified(&mut self, note: &Note, _: &mut Callback<'_>) -> Span {
        if is_plain(note) {
            return Span::ZERO;
        }
        self.met = true;
        let after = if self.how == How::Late { STEP } else { Span::ZERO };
        if self.remembers {
            let returns = Some(Hresult::S_OK);
            self.told.push(Told { job: note.job, note: note.note, after, returns });
        }
        after
    }

    fn returns(&mut self, note: &Note, back: &mut Callback<'_>) -> NoteResult {
        let Recipient::Interface(client) = note.to else { return NoClient.returns(note, back) };
        if is_plain(note) {
            return NoClient.returns(note, back);
        }
        self.met = true;
        let returns = match self.how {
            How::Well | How::Late => Some(Hresult::S_OK),
            How::Badly => Some(Hresult::E_FAIL),
            How::Exit => None,
        };
        if let Some(told) = self.told.iter_mut().find(|told| told.note == note.note) {
            told.returns = returns;
        }
        match returns {
            Some(hr) => NoteResult::Returned(hr),
            None => {
                self.gone = Some(client);
                back.disturb(&Disturbance::ClientExits(client));
                NoteResult::ClientGone
            }
        }
    }
}
