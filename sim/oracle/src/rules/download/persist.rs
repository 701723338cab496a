//! DOD-PERSIST, DOD-ENUM and DOD-SERVICE: what the service remembers, lists and refuses.

mod lists;

use crate::findings::Findings;
use crate::rules::about;
use crate::view::downloads::{DownloadView, Downloads};
use bitsim_vocab::download::{DownloadProperty, DownloadState, Row};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{AttemptOutcome, Called, End, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{Call, Event, Hresult, JobId, RuleId, SimTime};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CHECKED: &[RuleId] = &[
    RuleId::DOD_PERSIST_001,
    RuleId::DOD_PERSIST_002,
    RuleId::DOD_PERSIST_003,
    RuleId::DOD_PERSIST_004,
    RuleId::DOD_ENUM_001,
    RuleId::DOD_ENUM_003,
    RuleId::DOD_SERVICE_001,
];

/// DOD-PERSIST, DOD-ENUM and DOD-SERVICE.
#[derive(Debug, Clone)]
pub(super) struct Persist {
    /// Downloads that a restart must have ended.
    lost: BTreeSet<JobId>,
    /// Those that have not been recorded as gone yet.
    leaving: BTreeMap<JobId, SimTime>,
    /// Downloads that a restart must have kept.
    kept: BTreeSet<JobId>,
    /// Downloads whose creator has ended.
    orphans: BTreeSet<JobId>,
}

impl Persist {
    pub(super) fn new(_: &Setup) -> Self {
        Self {
            lost: BTreeSet::new(),
            leaving: BTreeMap::new(),
            kept: BTreeSet::new(),
            orphans: BTreeSet::new(),
        }
    }

    pub(super) fn observe(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        self.overdue(view, event, event.at, out);
        match &event.what {
            Happened::Env(what) => match &**what {
                Disturbance::ServiceRestarts { list_readable } => {
                    self.restart(view, event.at, *list_readable);
                }
                Disturbance::ComputerRestarts => self.restart(view, event.at, true),
                Disturbance::ClientExits(client) => {
                    for (number, download) in (0..).zip(&view.downloads) {
                        let lives = !download.gone && !download.standing.state.is_final();
                        if lives && download.creator == *client {
                            self.orphans.insert(JobId(number));
                        }
                    }
                }
                _ => {}
            },
            Happened::Called(called) => self.called(view, event, called, out),
            Happened::LeftQueue { job } => self.left(view, event, *job, out),
            _ => self.orphan(view, event, out),
        }
    }

    pub(super) fn finish(&mut self, view: &Downloads, end: End, last: &Event, out: &mut Findings) {
        self.overdue(view, last, end.at(), out);
        for _ in &self.kept {
            out.held(RuleId::DOD_PERSIST_001);
        }
        for _ in &self.orphans {
            out.held(RuleId::DOD_PERSIST_002);
        }
    }

    /// The rule by which a restart ends downloads.
    fn rule(view: &Downloads) -> RuleId {
        if view.is_agent() { RuleId::DOD_PERSIST_003 } else { RuleId::DOD_PERSIST_001 }
    }

    fn restart(&mut self, view: &Downloads, at: SimTime, list_readable: bool) {
        self.orphans.clear();
        for (number, download) in (0..).zip(&view.downloads) {
            let job = JobId(number);
            if download.gone || download.standing.state.is_final() {
                continue;
            }
            let saved = !view.is_agent() && download.flag(DownloadProperty::NonVolatile);
            if !saved {
                self.lost.insert(job);
                self.leaving.insert(job, at);
                // It may have been saved for a restart before this one.
                self.kept.remove(&job);
            } else if list_readable {
                self.kept.insert(job);
            } else {
                self.kept.remove(&job);
            }
        }
    }

    /// DOD-PERSIST-001 and -003: what was not saved must go.
    fn overdue(&mut self, view: &Downloads, event: &Event, now: SimTime, out: &mut Findings) {
        let late = |since: &SimTime| now.since(*since) > about::AT_ONCE;
        let found = self.leaving.iter().find(|(_, since)| late(since));
        let Some((job, since)) = found.map(|(job, since)| (*job, *since)) else { return };
        self.leaving.remove(&job);
        let texts = (
            "`{job}` outlived a restart of the service although it was not saved".to_owned(),
            "the download to be lost".to_owned(),
            format!("the service still has it after its restart at {since}"),
        );
        about::broken(out, Self::rule(view), Some(job), event, texts);
    }

    fn called(&mut self, view: &Downloads, event: &Event, called: &Called, out: &mut Findings) {
        match &called.call {
            Call::CreateDownload => created(view, event, called, out),
            Call::EnumDownloads(category) => {
                lists::listed(view, event, called, category.as_ref(), out);
                self.found(view, event, called, category.is_none(), out);
            }
            Call::Download(job, call) => {
                let Some(download) = view.download(*job) else { return };
                if !view.reaches(called.by, download) {
                    return;
                }
                if self.lost.contains(job) {
                    out.ensure(Self::rule(view), called.hr.failed(), event, || {
                        (
                            "`{job}` answered after a restart of the service that it was not \
                             saved for"
                                .to_owned(),
                            "the download to be unknown".to_owned(),
                            format!("{} returned {}", call.method(), WithNumber(called.hr)),
                        )
                    });
                }
                if view.is_agent() && view.forgotten(download) {
                    let ok = called.hr == Hresult::E_NOT_SET;
                    out.ensure(RuleId::DOD_PERSIST_004, ok, event, || {
                        (
                            format!(
                                "{} of `{{job}}` did not say that the agent has forgotten it",
                                call.method()
                            ),
                            WithNumber(Hresult::E_NOT_SET).to_string(),
                            WithNumber(called.hr).to_string(),
                        )
                    });
                }
            }
            _ => {}
        }
    }

    /// DOD-PERSIST-001 to -003: what EnumDownloads finds.
    fn found(
        &mut self,
        view: &Downloads,
        event: &Event,
        called: &Called,
        all: bool,
        out: &mut Findings,
    ) {
        let listed = crate::view::downloads::listed(&called.reply);
        if let Some(job) = listed.iter().find(|job| self.lost.contains(job)) {
            let texts = (
                "EnumDownloads lists `{job}`, which was not saved over a restart of the service"
                    .to_owned(),
                "the download to be lost".to_owned(),
                "it is listed".to_owned(),
            );
            about::broken(out, Self::rule(view), Some(*job), event, texts);
        }
        let answered = called.hr.succeeded() || called.hr == Hresult::DO_E_NO_DOWNLOADS;
        if !all || !answered || view.service != Some(true) {
            return;
        }
        let mine = |job: &&JobId| {
            view.download(**job).is_some_and(|download| {
                view.user_of(called.by) == Some(download.owner)
                    && !download.standing.state.is_final()
                    && !download.gone
            })
        };
        for (jobs, rule, why) in [
            (&self.kept, RuleId::DOD_PERSIST_001, "which was saved over a restart of the service"),
            (&self.orphans, RuleId::DOD_PERSIST_002, "whose creator has ended"),
        ] {
            for job in jobs.iter().filter(mine) {
                about::ensure(out, rule, listed.contains(job), *job, event, || {
                    (
                        format!("EnumDownloads does not find `{{job}}`, {why}"),
                        "the download to be found".to_owned(),
                        format!("{} with {} downloads", WithNumber(called.hr), listed.len()),
                    )
                });
            }
        }
    }

    fn left(&mut self, view: &Downloads, event: &Event, job: JobId, out: &mut Findings) {
        if self.leaving.remove(&job).is_some() {
            out.held(Self::rule(view));
        }
        if self.kept.remove(&job) && !view.download(job).is_some_and(ended) {
            out.ensure(RuleId::DOD_PERSIST_001, false, event, || {
                (
                    "`{job}` was lost although it had been saved over a restart".to_owned(),
                    "a download with NonVolatile TRUE to be found again".to_owned(),
                    "the service does not know it any more".to_owned(),
                )
            });
        }
        let orphan = self.orphans.remove(&job);
        if orphan && !self.lost.contains(&job) && !view.download(job).is_some_and(ended) {
            dropped(event, "the service does not know it any more", out);
        }
    }

    /// DOD-PERSIST-002: a download goes on without its creator.
    fn orphan(&mut self, view: &Downloads, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Standing { job, cause: Row::ClientExits, .. } => {
                self.orphans.remove(job);
                dropped(event, "its status changed at that", out);
            }
            Happened::AttemptEnded {
                job,
                outcome: AttemptOutcome::Halted { by: Row::ClientExits },
            } => {
                self.orphans.remove(job);
                dropped(event, "its transfer stopped at that", out);
            }
            Happened::Standing { job, to, cause, .. } if to.state == DownloadState::Aborted => {
                let call = view.latest_call.as_ref();
                let called = call.is_some_and(|call| call.job == *job && !call.is_over_at(event));
                if self.orphans.remove(job) && *cause == Row::Abort && !called {
                    dropped(event, "it was aborted without a call", out);
                }
                self.kept.remove(job);
            }
            _ => {}
        }
    }
}

fn ended(download: &DownloadView) -> bool {
    download.standing.state.is_final()
}

fn dropped(event: &Event, actual: &str, out: &mut Findings) {
    out.ensure(RuleId::DOD_PERSIST_002, false, event, || {
        (
            "`{job}` did not survive the end of the client that created it".to_owned(),
            "the download to go on in the service".to_owned(),
            actual.to_owned(),
        )
    });
}

/// DOD-SERVICE-001: no download without the service.
fn created(view: &Downloads, event: &Event, called: &Called, out: &mut Findings) {
    let refused = called.hr == Hresult::DO_E_NO_SERVICE;
    let Some(available) = view.service else { return };
    if available && !refused {
        return;
    }
    out.ensure(RuleId::DOD_SERVICE_001, !available && refused, event, || {
        let (what, expected) = match available {
            true => ("CreateDownload was refused although the service runs", Hresult::S_OK),
            false => (
                "CreateDownload was not refused while the service is unavailable",
                Hresult::DO_E_NO_SERVICE,
            ),
        };
        (what.to_owned(), WithNumber(expected).to_string(), WithNumber(called.hr).to_string())
    });
}

#[cfg(test)]
mod tests;
