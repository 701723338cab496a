//! The jobs in QUEUED, so ordered that the next turn is found without looking at the others.
//!
//! What a job meets when it is picked depends on the job and on the world around it. As long as
//! neither changes it is not asked again: with thousands of jobs in the line, only those are looked
//! at that something happened to.

use bitsim_vocab::{JobId, Priority};
use std::collections::VecDeque;

/// A place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) priority: Priority,
    /// The number that the job got when it entered QUEUED.
    pub(super) number: u64,
    pub(super) job: JobId,
}

/// The line.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// Jobs that could run, by priority; the longest waiting first.
    ready: [VecDeque<Place>; 4],
    /// Jobs that nothing forbids to be picked but that would not run.
    aside: Vec<Place>,
    /// Jobs that may have changed since they were looked at last.
    unseen: Vec<Place>,
}

impl Line {
    /// A job joins the line, or something happened to it there.
    pub(super) fn join(&mut self, place: Place) {
        self.unseen.push(place);
    }

    /// A job leaves the line.
    pub(super) fn leave(&mut self, place: Place) {
        // Most jobs leave soon after they came, or from the front.
        if let Some(at) = self.unseen.iter().rposition(|other| *other == place) {
            self.unseen.remove(at);
            return;
        }
        let ready = &mut self.ready[place.priority as usize];
        if ready.front() == Some(&place) {
            ready.pop_front();
        } else if let Ok(at) = ready.binary_search(&place) {
            ready.remove(at);
        } else {
            self.aside.retain(|other| *other != place);
        }
    }

    /// The world around the jobs changed: all of them have to be looked at again.
    pub(super) fn forget(&mut self) {
        for ready in &mut self.ready {
            self.unseen.extend(ready.drain(..));
        }
        self.unseen.append(&mut self.aside);
    }

    /// True if nobody waits to be looked at.
    pub(super) fn is_seen(&self) -> bool {
        self.unseen.is_empty()
    }

    /// True if nobody waits who could run or has to be looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.unseen.is_empty() && self.ready.iter().all(VecDeque::is_empty)
    }

    /// Everybody who waits to be looked at, in the order of the line.
    pub(super) fn take_unseen(&mut self) -> Vec<Place> {
        let mut unseen = std::mem::take(&mut self.unseen);
        if unseen.len() > 1 {
            unseen.sort_unstable();
        }
        unseen
    }

    /// Gives the list back, so that its room is used again.
    pub(super) fn return_unseen(&mut self, mut list: Vec<Place>) {
        if self.unseen.is_empty() {
            list.clear();
            self.unseen = list;
        }
    }

    /// A job was looked at: it could run, or it could not.
    pub(super) fn seen(&mut self, place: Place, runs: bool) {
        if !runs {
            self.aside.push(place);
            return;
        }
        let ready = &mut self.ready[place.priority as usize];
        match ready.back() {
            Some(last) if *last > place => {
                let at = ready.partition_point(|other| *other < place);
                ready.insert(at, place);
            }
            _ => ready.push_back(place),
        }
    }

    /// Those that could run, of the highest level that is wanted and has any.
    #[inline]
    pub(super) fn first(&self, wanted: impl Fn(Priority) -> bool) -> Option<&VecDeque<Place>> {
        let mut levels = self.ready.iter();
        levels.find(|ready| ready.front().is_some_and(|place| wanted(place.priority)))
    }
}
