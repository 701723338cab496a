//! A part of a picture: up to a time, or one job.

use super::{Band, Picture};

impl Picture {
    /// Nothing after the time `until`, in ticks, or after the entry that the event `event` is part
    /// of, whichever is given. What lasts on ends there.
    #[must_use]
    pub fn up_to(mut self, until: Option<u64>, event: Option<u32>) -> Self {
        let all = self.events.len();
        self.events.retain(|entry| {
            until.is_none_or(|until| entry.at <= until)
                && event.is_none_or(|event| entry.first <= event)
        });
        if self.events.len() == all {
            return self;
        }
        let (last, at) = self.events.last().map_or((0, 0), |entry| (entry.last, entry.at));
        let end = until.unwrap_or(at).min(self.ended_at);
        let clip = |bands: &mut Vec<Band>| {
            bands.retain(|band| band.event <= last);
            for band in bands {
                band.to = band.to.min(end);
            }
        };
        for lane in &mut self.lanes {
            clip(&mut lane.states);
            clip(&mut lane.errors);
            lane.counts.retain(|count| count.event <= last);
            lane.marks.retain(|mark| mark.event <= last);
        }
        self.lanes.retain(|lane| !lane.states.is_empty() || !lane.marks.is_empty());
        self.disturbances.retain(|one| one.event <= last);
        for one in &mut self.disturbances {
            one.to = one.to.min(end);
        }
        self.failures.retain(|wrong| wrong.event <= last);
        self.ended_at = end;
        "cut".clone_into(&mut self.end);
        self
    }

    /// Only this job, and what befalls the world.
    #[must_use]
    pub fn only(mut self, job: &str) -> Self {
        let Some(index) = self.lanes.iter().position(|lane| lane.job == job) else { return self };
        self.lanes = vec![self.lanes.swap_remove(index)];
        self.events.retain(|entry| entry.kind == "world" || entry.lane == Some(index));
        for entry in &mut self.events {
            entry.lane = entry.lane.map(|_| 0);
        }
        self
    }
}
