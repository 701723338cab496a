//! What the world asks of a service, whichever it is.

use crate::env::Env;
use crate::env::Returned;
use crate::key::Manner;
use crate::outside::Outside;
use crate::sabotage::Bug;
use crate::timers::Due;
use bitsim_vocab::trace::{Note, NoteResult};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Call, ClientId, JobId, SimTime, Span};

/// A simulated service. [`crate::World`] drives it; the methods are in the order of a turn.
pub(crate) trait Service {
    /// What is around the service.
    fn env(&self) -> &Env;

    /// The same, to move its clock.
    fn env_mut(&mut self) -> &mut Env;

    /// Makes the service wrong on purpose; a bug of another service changes nothing.
    fn sabotage(&mut self, bug: &Bug);

    /// A client calls. The answer has been recorded when this returns.
    fn call(&mut self, out: &mut Outside<'_>, by: ClientId, call: &Call) -> Returned;

    /// Something befalls the world. It has been recorded when this returns.
    fn disturb(&mut self, out: &mut Outside<'_>, what: &Disturbance);

    /// Something is due now that no timer stands for.
    fn is_pressed(&self) -> bool;

    /// Nothing but the removal of forgotten work can happen by itself any more.
    fn rests(&self) -> bool;

    /// The timer that is due first.
    fn first_due(&self) -> Option<(SimTime, JobId, Due)>;

    /// Fires the timer that is due first, which is this one; never the end of a notification.
    fn fire(&mut self, out: &mut Outside<'_>, job: JobId, what: Due);

    /// Lets the scheduler run if something asked for it.
    fn schedule_if_asked(&mut self, out: &mut Outside<'_>) -> bool;

    /// Begins the next delivery of a notification, if one can begin.
    fn begin_note(&mut self, out: &mut Outside<'_>) -> Option<Note>;

    /// The delivery lasts this long.
    fn note_takes(&mut self, note: &Note, span: Span);

    /// The time of a delivery is over: which one, if it is still under way.
    fn take_note(&mut self, job: JobId, due: Due) -> Option<Note>;

    /// The delivery has ended.
    fn end_note(&mut self, out: &mut Outside<'_>, note: &Note, result: NoteResult);

    /// A fingerprint of the state.
    fn fingerprint(&self) -> u128;

    /// Appends what tells this state from others that go on differently ([`crate::key`]).
    fn key(&self, manner: Manner, into: &mut Vec<u8>);

    /// True if a temporary file for this final name exists.
    fn temporary_file(&self, path: &str) -> bool;
}
