//! What GetProgress tells while a job stays in one state.

use crate::view::{JobView, View};
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::trace::Called;
use bitsim_vocab::{JobState, SimTime};

/// BytesTransferred of each job by the latest GetProgress in a stay in one state, and when that
/// stay began.
#[derive(Debug, Clone, Default)]
pub(super) struct Still {
    samples: Vec<Option<(SimTime, u64)>>,
}

/// Two samples of BytesTransferred without a change of state in between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) state: JobState,
    pub(super) before: u64,
    pub(super) after: u64,
}

impl Still {
    /// Takes in a call. The pair is there if it is a GetProgress and not the first of its stay.
    pub(super) fn sample(&mut self, view: &View, called: &Called) -> Option<Pair> {
        let Call::Job(id, JobCall::GetProgress) = called.call else { return None };
        let Reply::Progress(progress) = &called.reply else { return None };
        let job: &JobView = view.job(id)?;
        if self.samples.len() <= id.index() {
            self.samples.resize(id.index() + 1, None);
        }
        let after = progress.bytes_transferred;
        let earlier = self.samples[id.index()].replace((job.since, after));
        let (_, before) = earlier.filter(|(since, _)| *since == job.since)?;
        Some(Pair { state: job.state, before, after })
    }
}
