//! Where a job stands, as far as the events tell.

use bitsim_vocab::download::Standing;
use bitsim_vocab::trace::{Timer, TimerEvent};
use bitsim_vocab::{Event, Happened, Hresult, JobId, JobState, SimTime};
use std::collections::BTreeMap;
use std::fmt;

/// A job or download at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobAt {
    /// The state of a job.
    pub state: Option<JobState>,
    /// State and error pair of a download.
    pub standing: Option<Standing>,
    /// The code of its error information, if it has any.
    pub error: Option<Hresult>,
    /// Its error count.
    pub count: u32,
    /// The timers that run, with the time at which they are due.
    pub timers: BTreeMap<Timer, SimTime>,
}

impl JobAt {
    /// The job after these events; `None` if none of them made it.
    #[must_use]
    pub fn after(events: &[Event], job: JobId) -> Option<Self> {
        let mut events = events.iter().filter(|event| event.what.job() == Some(job));
        let mut at = events.by_ref().find_map(|event| Self::made(&event.what))?;
        events.for_each(|event| at.take_in(&event.what));
        Some(at)
    }

    /// The job that this makes, if it makes one.
    pub(crate) fn made(what: &Happened) -> Option<Self> {
        let (state, standing) = match what {
            Happened::Created(created) => (Some(created.state), None),
            Happened::DownloadCreated(_) => (None, Some(Standing::NEW)),
            _ => return None,
        };
        Some(Self { state, standing, error: None, count: 0, timers: BTreeMap::new() })
    }

    pub(crate) fn take_in(&mut self, what: &Happened) {
        match what {
            Happened::State { to, .. } => self.state = Some(*to),
            Happened::Standing { to, .. } => self.standing = Some(*to),
            Happened::Count { to, .. } => self.count = *to,
            Happened::ErrorInfo { info, .. } => self.error = Some(info.code),
            Happened::ErrorGone { .. } => self.error = None,
            Happened::Timer { timer, what: TimerEvent::Armed { due }, .. } => {
                self.timers.insert(*timer, *due);
            }
            Happened::Timer { timer, .. } => {
                self.timers.remove(timer);
            }
            _ => {}
        }
    }
}

/// `TRANSIENT_ERROR, BG_E_HTTP_ERROR_503, error count 1, MinimumRetryDelay due at 00:10:30.040`
impl fmt::Display for JobAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.state, self.standing) {
            (Some(state), _) => {
                write!(f, "{state}, ")?;
                match self.error {
                    Some(error) => write!(f, "{error}")?,
                    None => f.write_str("no error information")?,
                }
                write!(f, ", error count {}", self.count)?;
            }
            (None, Some(standing)) => write!(f, "{standing}")?,
            (None, None) => {}
        }
        for (timer, due) in &self.timers {
            write!(f, ", {} due at {due}", timer.name())?;
        }
        Ok(())
    }
}
