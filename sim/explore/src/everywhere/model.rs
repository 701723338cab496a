//! The engine as a [`Model`], for any way of exploring one.

use super::alphabet::Alphabet;
use super::letter::{Does, How};
use super::place::{Desk, Did, Place};
use crate::model::Model;
use bitsim_engine::key::{Jobs, Manner};
use bitsim_engine::sabotage::Bug;

/// The engine in the world of an alphabet. [`super::explore`] does the same with fewer copies of
/// worlds, on several threads, and with more to tell.
#[derive(Debug, Clone, Copy)]
pub struct Engine<'a> {
    /// What can happen.
    pub alphabet: &'a Alphabet,
    /// What the service does wrong on purpose.
    pub bug: Option<&'a Bug>,
    /// How keys tell jobs.
    pub jobs: Jobs,
}

impl Model for Engine<'_> {
    type State = Place;
    /// The position of a letter.
    type Action = u8;

    fn initial(&self) -> Vec<Place> {
        vec![Place::start(self.alphabet, self.bug, None, &mut Desk::default())]
    }

    fn actions(&self, state: &Place, actions: &mut Vec<u8>) {
        let letters = (0_u8..).zip(&self.alphabet.letters);
        let allowed = letters.filter(|(_, it)| state.allows(self.alphabet, &it.does));
        actions.extend(allowed.map(|(letter, _)| letter));
    }

    fn step(&self, state: &Place, action: u8) -> Option<Place> {
        let does = &self.alphabet.letters[usize::from(action)].does;
        let mut next = state.clone();
        let did = next.play(self.alphabet, does, &mut Desk::default());
        // Without a callback, how it is answered makes no difference.
        let again = matches!(does, Does::Go(how) if *how != How::Well);
        (did != Did::Nothing && (!again || did != Did::Happened)).then_some(next)
    }

    fn key(&self, state: &Place, key: &mut Vec<u8>) {
        let Self { jobs, alphabet, .. } = *self;
        state.key(Manner { jobs, longest: alphabet.longest }, key);
    }

    fn broken(&self, state: &Place) -> Option<String> {
        let violation = state.oracle.so_far().violations().first()?;
        Some(format!("{}: {}", violation.rule, violation.what))
    }

    fn size(&self, _: &Place) -> u64 {
        Place::bytes(self.alphabet)
    }
}
