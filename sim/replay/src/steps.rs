//! Plays the timeline, step by step.

use crate::actors::{CannotCall, Performed};
use crate::claims::{Demand, Miss};
use crate::mirror::Stands;
use crate::player::{Player, Stop};
use crate::run::{FailureKind, StepName};
use bitsim_scenario::plan::{
    Act, At, Check, Ends, JobRef, Place, PlannedCall, Step, Subject, When,
};
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::{ClientId, Hresult, JobId, SimTime, Span};

/// What a job that exists from the start should be.
fn as_declared() -> Demand {
    Demand::Be("created as it is declared".to_owned())
}

impl<'p> Player<'p> {
    /// Makes the jobs that exist from the start. False if that went wrong.
    pub(crate) fn create_from_start(&mut self) -> bool {
        for (job, declared) in (0..).map(JobRef).zip(&self.plan.jobs) {
            if !declared.from_start {
                continue;
            }
            let create = PlannedCall::Create(job);
            if !self.runs(declared.client, declared.place) {
                self.broken_off = true;
                return false;
            }
            let refused = match self.call(declared.client, &create) {
                Ok(Performed { returned, .. }) if returned.hr.failed() => {
                    Some((self.named(&create).0, returned.hr))
                }
                Ok(Performed { incomplete, .. }) => incomplete,
                Err(cannot) => {
                    self.cannot_call(cannot, Some(declared.place));
                    None
                }
            };
            if let Some((method, hr)) = refused {
                self.broken_off = true;
                self.fail(
                    FailureKind::Setup,
                    Miss {
                        place: declared.place,
                        job: self.actors.job(job),
                        expected: "S_OK from every call".to_owned(),
                        actual: format!("{method} returned {}", WithNumber(hr)),
                        ..Miss::should(format!("`{}`", declared.name), as_declared())
                    },
                );
                return false;
            }
        }
        true
    }

    /// Plays every step, unless the story breaks off before.
    pub(crate) fn play_timeline(&mut self) {
        for step in &self.plan.steps {
            let before = self.world.now();
            self.step = Some(step.id);
            let arrived = self.go_to(step, before);
            if arrived {
                self.steps.push(StepName {
                    id: step.id,
                    label: step.label.clone(),
                    place: step.place,
                    at: self.world.now(),
                });
                self.act(step);
            }
            self.broken_off |= !arrived && !self.exhausted;
            if self.broken_off || self.exhausted {
                return;
            }
        }
    }

    /// Lets time pass until the step begins. False if it cannot begin.
    fn go_to(&mut self, step: &Step, before: SimTime) -> bool {
        let (check, within) = match &step.when {
            When::At(at) => {
                if *at < before {
                    self.late(step, *at, before);
                }
                self.run(*at, false, Stop::Never);
                return !self.exhausted;
            }
            When::After(span) => {
                self.run(before + *span, false, Stop::Never);
                return !self.exhausted;
            }
            When::Until { check, within } => (check, *within),
        };
        if self.run(before + within, true, Stop::Holds(check)) {
            return true;
        }
        if !self.exhausted {
            self.waited_in_vain(check, within);
        }
        false
    }

    fn late(&mut self, step: &Step, due: SimTime, now: SimTime) {
        let before = self.steps.last().map(|one| (one.label.clone(), one.place.line));
        let note = before.map(|(label, line)| {
            format!("the step before it, `{label}` (line {line}), took until then")
        });
        self.fail_noting(
            FailureKind::Late,
            Miss {
                place: step.place,
                job: None,
                expected: due.to_string(),
                actual: now.to_string(),
                ..Miss::should(
                    format!("the step `{}`", step.label),
                    Demand::Verb(format!("begin at {due}")),
                )
            },
            note.unwrap_or_default(),
        );
    }

    fn waited_in_vain(&mut self, check: &Check, within: Span) {
        let job = match check.subject {
            Subject::Job(job, _) => self.actors.job(job),
            Subject::Path(_) | Subject::Url(_) | Subject::Run => None,
        };
        let stands = job.and_then(|job| self.standing(job)).unwrap_or_default();
        for miss in self.ask_quietly(check) {
            let demand = miss.demand.within(within);
            self.fail_noting(FailureKind::Until, Miss { demand, ..miss }, stands.clone());
        }
    }

    fn act(&mut self, step: &'p Step) {
        for act in &step.acts {
            match &act.value {
                Act::Call { client, call, returns } => {
                    self.act_call(act.place, *client, call, returns);
                }
                Act::Disturb { what, ends } => {
                    // What ends now ends before something else begins.
                    while self.end_what_is_due() {}
                    self.disturb(what, Some(step.id));
                    if let Some((when, end)) = ends {
                        let at = match when {
                            Ends::After(span) => self.world.now() + *span,
                            Ends::At(at) => *at,
                        };
                        self.will_end(at, step.id, end);
                    }
                }
                Act::Expect(check) => {
                    self.drain();
                    self.expect(check, FailureKind::Expect);
                }
                Act::OneOf(checks) => {
                    self.drain();
                    self.one_of(act.place, checks);
                }
                Act::Poll { every, during, check } => self.poll(*every, *during, check),
            }
            if self.exhausted {
                return;
            }
        }
    }

    fn act_call(
        &mut self,
        place: Place,
        client: ClientId,
        call: &'p PlannedCall,
        returns: &At<Vec<Hresult>>,
    ) {
        if !self.runs(client, place) {
            return;
        }
        let (method, job) = self.named(call);
        let before = job.and_then(|job| self.actors.job(job)).and_then(|job| self.stood(job));
        let performed = match self.call(client, call) {
            Ok(performed) => performed,
            Err(cannot) => return self.cannot_call(cannot, Some(place)),
        };
        let hr = performed.returned.hr;
        let wanted = &returns.value;
        if if wanted.is_empty() { hr.failed() } else { !wanted.contains(&hr) } {
            let names: Vec<String> = wanted.iter().map(|hr| WithNumber(*hr).to_string()).collect();
            let expected = if names.is_empty() { "success".to_owned() } else { names.join(" or ") };
            let target =
                job.map_or_else(String::new, |job| format!(" of `{}`", self.actors.name(job)));
            let written = !wanted.is_empty() && returns.place != Place::default();
            self.fail_noting(
                FailureKind::Call,
                Miss {
                    place: if written { returns.place } else { place },
                    job: job.and_then(|job| self.actors.job(job)),
                    actual: WithNumber(hr).to_string(),
                    returned: Some(hr),
                    ..Miss::should(
                        format!("{method}{target}"),
                        Demand::Verb(format!("return {expected}")),
                    )
                    .expecting(expected)
                },
                before.unwrap_or_default(),
            );
        }
        if let (Some((method, hr)), Some(job)) = (performed.incomplete, job) {
            self.fail(
                FailureKind::Setup,
                Miss {
                    place,
                    job: self.actors.job(job),
                    expected: "S_OK from every call".to_owned(),
                    actual: format!("{method} returned {}", WithNumber(hr)),
                    ..Miss::should(format!("`{}`", self.actors.name(job)), as_declared())
                },
            );
        }
    }

    /// Where a job stands before it is called: that decides most answers.
    fn stood(&self, job: JobId) -> Option<String> {
        let name = self.actors.names().get(job.index()).cloned()?;
        let stands = match self.mirror.job(job)?.stands {
            Stands::Job(state, _) => format!("in {state}"),
            Stands::Download(standing, _) => standing.to_string(),
        };
        Some(format!("`{name}` was {stands} when it was called"))
    }

    /// The method of a planned call, and the job that it is about.
    fn named(&self, call: &PlannedCall) -> (&'static str, Option<JobRef>) {
        match call {
            PlannedCall::Create(job) => {
                let download = self.actors.declared(*job).is_some_and(|job| job.download.is_some());
                (if download { "CreateDownload" } else { "CreateJob" }, Some(*job))
            }
            PlannedCall::Job(job, call) => (call.method(), Some(*job)),
            PlannedCall::Download(job, call) => (call.method(), Some(*job)),
            PlannedCall::Start(job) => ("Start", Some(*job)),
            PlannedCall::EnumDownloads(_) => ("EnumDownloads", None),
            PlannedCall::GetJob(job) => ("GetJob", Some(*job)),
            PlannedCall::EnumJobs { .. } => ("EnumJobs", None),
            PlannedCall::ReadErrorObject(job) => ("IBackgroundCopyError::GetError", Some(*job)),
            PlannedCall::ReadErrorFile(job) => ("IBackgroundCopyError::GetFile", Some(*job)),
            PlannedCall::ReadErrorProtocol(job) => {
                ("IBackgroundCopyError::GetProtocol", Some(*job))
            }
        }
    }

    /// True if the client runs; else that is a failure.
    fn runs(&mut self, client: ClientId, place: Place) -> bool {
        let runs = self.mirror.runs(client);
        if !runs {
            let clients = &self.plan.setup.clients;
            let name = clients.get(client.index()).map_or("?", |client| client.name.as_str());
            let subject = format!("the client `{name}`");
            self.fail(
                FailureKind::Call,
                Miss {
                    place,
                    job: None,
                    expected: "a client that runs".to_owned(),
                    actual: "it does not run".to_owned(),
                    ..Miss::should(subject, Demand::Be("running when it calls".to_owned()))
                },
            );
        }
        runs
    }

    /// A call could not be made. `place` is where the scenario demands it, if that is known.
    pub(crate) fn cannot_call(&mut self, cannot: CannotCall, place: Option<Place>) {
        let (job, expected, actual) = match cannot {
            CannotCall::NotCreated(job) => (job, "a job to call", "it has not been created"),
            CannotCall::NoErrorObject(job) => {
                (job, "an error object to read", "the client has got none from GetError")
            }
        };
        let declared = self.actors.declared(job).map(|job| job.place);
        let id = self.actors.job(job);
        let name = format!("`{}`", self.actors.name(job));
        let (subject, verb) = match id {
            None => (name, "exist when it is called".to_owned()),
            Some(_) => ("the client".to_owned(), format!("hold an error object of {name}")),
        };
        self.fail(
            FailureKind::Call,
            Miss {
                place: place.or(declared).unwrap_or_default(),
                job: id,
                expected: expected.to_owned(),
                actual: actual.to_owned(),
                ..Miss::should(subject, Demand::Verb(verb))
            },
        );
    }

    /// Checks, and notes every claim that does not hold. True if all do.
    pub(crate) fn expect(&mut self, check: &Check, kind: FailureKind) -> bool {
        let misses = self.ask_aloud(check);
        let holds = misses.is_empty();
        for miss in misses {
            self.fail(kind, miss);
        }
        holds
    }

    fn one_of(&mut self, place: Place, checks: &[Check]) {
        let mut closest: Vec<Miss> = Vec::new();
        for check in checks {
            match self.ask_aloud(check).into_iter().next() {
                None => return,
                Some(miss) => closest.push(miss),
            }
        }
        let Some(miss) = Miss::none_of(closest) else { return };
        let place = if miss.place == Place::default() { place } else { miss.place };
        let miss = Miss { place, ..miss };
        self.fail(FailureKind::Expect, miss);
    }

    /// Checks now and then, until a claim does not hold: once it has been said, once is enough.
    fn poll(&mut self, every: Span, during: Span, check: &Check) {
        let end = self.world.now() + during;
        let mut next = self.world.now();
        loop {
            self.run(next, true, Stop::Never);
            if self.exhausted || !self.expect(check, FailureKind::Expect) {
                return;
            }
            next = next + every;
            if next > end || every == Span::ZERO {
                self.run(end, true, Stop::Never);
                return;
            }
        }
    }
}
