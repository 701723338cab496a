//! The end of a run: whether things came to rest, what is true then, and what was proved.

use crate::claims::{Demand, Miss, Quietly};
use crate::mirror::{JobSeen, Stands};
use crate::player::{Player, Stop};
use crate::recording::Log;
use crate::run::{ExpectationFailure, FailureKind, Run, Warning};
use bitsim_oracle::{Findings, Outcome};
use bitsim_scenario::plan::{Check, Subject};
use bitsim_vocab::download::{DownloadState, Standing};
use bitsim_vocab::trace::{End, Trace};
use bitsim_vocab::{JobId, JobState, SimTime};

impl<'p> Player<'p> {
    /// Lets things come to rest, asks what must be true then, and sums up.
    pub(crate) fn finish(self) -> Run {
        self.finish_logged().0
    }

    /// The same, with what was done to the world if that was written down.
    pub(crate) fn finish_logged(mut self) -> (Run, Option<Box<Log<'p>>>) {
        self.step = None;
        let end = self.come_to_rest();
        if matches!(end, End::Settled(_)) {
            for check in &self.plan.finally {
                self.expect(check, FailureKind::Finally);
            }
        }
        self.world.set_source(None);
        let judged = self.oracle.is_some();
        let findings = match self.oracle.take() {
            Some(oracle) => oracle.finish(end),
            None => Findings::default(),
        };
        let meant = |rule| self.plan.breaks.iter().any(|other| other.value == rule);
        let broken = findings.violations().iter().any(|found| !meant(found.rule));
        if judged && self.failures.is_empty() && !broken {
            self.miss_unexercised(&findings);
            self.miss_unbroken(&findings);
        }
        let warnings = self.warnings();
        let digest = self.tape.digester.digest(end);
        let trace = Trace { setup: self.setup, events: self.tape.events, end };
        let run = Run {
            title: self.plan.title.clone(),
            digest,
            choices: self.choose.into_asked(),
            trace,
            findings,
            failures: self.failures,
            warnings,
            declared: self.plan.rules.clone(),
            breaks: self.plan.breaks.clone(),
            job_names: self.actors.names(),
            steps: self.steps,
        };
        (run, self.log)
    }

    fn come_to_rest(&mut self) -> End {
        if self.broken_off {
            return End::Stopped(self.world.now());
        }
        let deadline = self.world.now() + self.plan.limits.settle_within;
        if !self.exhausted && self.run(deadline, true, Stop::Settled) {
            return End::Settled(self.world.now());
        }
        self.unsettled();
        End::DidNotSettle(self.world.now())
    }

    fn unsettled(&mut self) {
        let limits = self.plan.limits;
        let (bound, key) = match self.exhausted {
            true => (format!("within {} events", limits.events), "events"),
            false => (format!("within {} of the last step", limits.settle_within), "settle_within"),
        };
        let busy: Vec<JobId> =
            self.mirror.jobs().filter(|(_, job)| job.lives()).map(|(id, _)| id).collect();
        let jobs: Vec<String> = busy.iter().filter_map(|job| self.standing(*job)).collect();
        let note = format!(
            "end it with a last step (cancel, complete, a fault that ends), or raise \
             `limits: {{{key}: ...}}`"
        );
        self.fail_noting(
            FailureKind::Unsettled,
            Miss {
                place: self.plan.steps.last().map(|step| step.place).unwrap_or_default(),
                job: busy.first().copied().filter(|_| busy.len() == 1),
                expected: "nothing left to happen".to_owned(),
                actual: if jobs.is_empty() { "no job is left".to_owned() } else { jobs.join("; ") },
                ..Miss::should("the run", Demand::Verb(format!("come to rest {bound}")))
            },
            note,
        );
    }

    /// Where a job stands and what it waits for, in one clause.
    pub(crate) fn standing(&self, job: JobId) -> Option<String> {
        let names = self.actors.names();
        let name = names.get(job.index()).map_or("?", String::as_str);
        self.mirror.job(job).map(|seen| standing(name, seen))
    }

    /// A declared rule that the run did not put to the test was declared in vain. Said only of a
    /// run that is right otherwise: one that broke off proves less than it would have.
    fn miss_unexercised(&mut self, findings: &Findings) {
        let known = bitsim_oracle::checked();
        for rule in &self.plan.rules {
            if findings.outcome(rule.value) != Outcome::NotExercised {
                continue;
            }
            let actual = if known.binary_search(&rule.value).is_ok() {
                "nothing in the run put it to the test"
            } else {
                "the judge has no check for it"
            };
            self.fail(
                FailureKind::NotExercised,
                Miss {
                    place: rule.place,
                    job: None,
                    expected: "exercised at least once".to_owned(),
                    actual: actual.to_owned(),
                    ..Miss::should(
                        format!("{} is declared and", rule.value),
                        Demand::Be("exercised".to_owned()),
                    )
                },
            );
        }
    }

    /// A defect that breaks nothing was not shown.
    fn miss_unbroken(&mut self, findings: &Findings) {
        for rule in &self.plan.breaks {
            if matches!(findings.outcome(rule.value), Outcome::Broken(_)) {
                continue;
            }
            self.fail(
                FailureKind::NotExercised,
                Miss {
                    place: rule.place,
                    job: None,
                    expected: "broken at least once".to_owned(),
                    actual: "nothing in the run broke it".to_owned(),
                    ..Miss::should(
                        "the defects of the scenario",
                        Demand::Verb(format!("break {}", rule.value)),
                    )
                },
            );
        }
    }

    fn warnings(&self) -> Vec<Warning> {
        let unused = self.actors.never_notified();
        let unused = unused.map(|(job, what)| Warning {
            place: job.place,
            text: format!("`{}` says how notifications are answered, but {what}", job.name),
        });
        unused.collect()
    }

    /// Something under `never` has come true.
    pub(crate) fn came_true(&mut self, check: &Check, at: SimTime, event: u32) {
        let job = match check.subject {
            Subject::Job(job, _) => self.actors.job(job),
            Subject::Path(_) | Subject::Url(_) | Subject::Run => None,
        };
        let (subject, what) = self.scene().spell_never(check, &mut Quietly::new(&self.world));
        self.failures.push(ExpectationFailure {
            kind: FailureKind::Never,
            place: check.claims.first().map_or(check.place, |claim| claim.place),
            step: self.step,
            at,
            event,
            job,
            subject,
            what,
            expected: "at no time".to_owned(),
            actual: format!("at {at}"),
            returned: None,
            note: String::new(),
        });
    }
}

/// What a job that is not at an end is doing, in a few words.
fn standing(name: &str, job: &JobSeen) -> String {
    let (mut text, cause, waits_for) = match job.stands {
        Stands::Job(state, cause) => (
            format!("`{name}` is in {state}"),
            cause.map(|cause| cause.to_string()),
            job_waits_for(state),
        ),
        Stands::Download(standing, cause) => (
            format!("`{name}` is {standing}"),
            cause.map(|cause| cause.to_string()),
            download_waits_for(standing),
        ),
    };
    if let Some(cause) = cause {
        text.push_str(&format!(" after \"{}\"", cause.replace('_', " ")));
    }
    let timers: Vec<String> =
        job.timers.iter().map(|(timer, due)| format!("{} due at {due}", timer.name())).collect();
    if !timers.is_empty() {
        text.push_str(&format!(", {}", timers.join(", ")));
    } else if !waits_for.is_empty() {
        text.push_str(&format!(" and waits for {waits_for}"));
    }
    text
}

/// What a job in this state waits for if no timer says so.
const fn job_waits_for(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "its turn, or for whatever keeps it from running to end",
        JobState::Connecting => "the server",
        JobState::Transferring => "its bytes",
        JobState::Suspended | JobState::Error => "somebody to call Resume",
        JobState::TransientError => "whatever blocks it to end",
        JobState::Transferred => "somebody to call Complete",
        JobState::Acknowledged | JobState::Cancelled => "",
    }
}

/// What a download that stands so waits for if no timer says so.
fn download_waits_for(standing: Standing) -> &'static str {
    match standing.state {
        DownloadState::Created => "somebody to call Start",
        DownloadState::Transferring => "its bytes",
        DownloadState::Transferred => "somebody to call Finalize",
        DownloadState::Paused if standing.error.failed() => "somebody to call Start",
        DownloadState::Paused if standing.extended_error.failed() => "whatever blocks it to end",
        DownloadState::Paused => "somebody to call Start",
        DownloadState::Finalized | DownloadState::Aborted => "",
    }
}
