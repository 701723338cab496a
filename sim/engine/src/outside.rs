//! What a world talks to: where its events go, who makes its choices, who gets its notifications.

use crate::choose::Choose;
use crate::env::Returned;
use crate::world::World;
use bitsim_vocab::trace::{Note, NoteResult};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Call, ClientId, Event, Span};

/// Takes the events of a run.
pub trait Sink {
    /// Takes the next event.
    fn event(&mut self, event: Event);

    /// False if it drops every event: then none is made. Asked at every call and every step; the
    /// numbers of the events that follow count those that were not made.
    fn wants(&self) -> bool {
        true
    }
}

/// Collects.
impl Sink for Vec<Event> {
    fn event(&mut self, event: Event) {
        self.push(event);
    }
}

/// Drops everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Sink for Nothing {
    fn event(&mut self, _: Event) {}

    fn wants(&self) -> bool {
        false
    }
}

/// Where events go and who chooses.
pub struct Outside<'a> {
    /// Takes the events.
    pub sink: &'a mut dyn Sink,
    /// Makes the choices.
    pub choose: &'a mut dyn Choose,
}

/// The clients as the service sees them: someone who gets notifications.
pub trait Client {
    /// A callback is called, or a program launched. It may call back into the world at once.
    /// Returns how long it takes until it returns or ends; zero for at once.
    fn notified(&mut self, note: &Note, back: &mut Callback<'_>) -> Span;

    /// The time is over: what the callback returns, or how the program ended. It may call back
    /// into the world before that. A client that ends instead disturbs the world with
    /// [`Disturbance::ClientExits`] and answers [`NoteResult::ClientGone`].
    fn returns(&mut self, note: &Note, back: &mut Callback<'_>) -> NoteResult;
}

/// The way back into the world for a client that is being notified.
pub struct Callback<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) sink: &'a mut dyn Sink,
    pub(crate) choose: &'a mut dyn Choose,
}

impl Callback<'_> {
    /// A call of a client, as [`World::call`].
    pub fn call(&mut self, who: ClientId, call: &Call) -> Returned {
        let mut outside = Outside { sink: &mut *self.sink, choose: &mut *self.choose };
        self.world.call(&mut outside, who, call)
    }

    /// Something befalls the world, as [`World::disturb`].
    pub fn disturb(&mut self, what: &Disturbance) {
        let mut outside = Outside { sink: &mut *self.sink, choose: &mut *self.choose };
        self.world.disturb(&mut outside, what);
    }

    /// The world, to look at.
    #[must_use]
    pub fn world(&self) -> &World {
        self.world
    }
}

/// A client that answers every callback with S_OK at once and whose programs end with 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoClient;

impl Client for NoClient {
    fn notified(&mut self, _: &Note, _: &mut Callback<'_>) -> Span {
        Span::ZERO
    }

    fn returns(&mut self, note: &Note, _: &mut Callback<'_>) -> NoteResult {
        match note.to {
            bitsim_vocab::trace::Recipient::Interface(_) => {
                NoteResult::Returned(bitsim_vocab::Hresult::S_OK)
            }
            bitsim_vocab::trace::Recipient::CommandLine { .. } => NoteResult::Exited(0),
        }
    }
}
