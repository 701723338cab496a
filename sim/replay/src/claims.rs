//! Is it true? Each claim of a check is answered on its own.

mod about_downloads;
mod about_jobs;
mod miss;
mod words;

use crate::actors::Actors;
use crate::mirror::{JobSeen, Mirror, Stands};
use bitsim_engine::{Choose, First, Nothing, Outside, Returned, Sink, World};
use bitsim_scenario::plan::{Check, Claim, Number, Place, Subject};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::{DownloadCall, DownloadState, Standing};
use bitsim_vocab::trace::NoteKind;
use bitsim_vocab::{Call, ClientId, Hresult, JobId, JobState};

pub(crate) use miss::{Demand, Miss};
pub(crate) use words::state_list;

/// How a claim about a job is answered.
pub(crate) trait Ask {
    /// Calls a getter.
    fn ask(&mut self, who: ClientId, call: &Call) -> Returned;

    /// The world, to look at.
    fn world(&self) -> &World;
}

/// Somebody who hears each question.
pub(crate) type Heard<'a> = &'a mut dyn FnMut(ClientId, &Call);

/// Asks the world itself: question and answer stand in the trace.
pub(crate) struct Aloud<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) sink: &'a mut dyn Sink,
    pub(crate) choose: &'a mut dyn Choose,
    /// Where the questions are written down, so that they can be asked again.
    pub(crate) asked: Option<Heard<'a>>,
}

impl Ask for Aloud<'_> {
    fn ask(&mut self, who: ClientId, call: &Call) -> Returned {
        if let Some(asked) = &mut self.asked {
            asked(who, call);
        }
        let mut outside = Outside { sink: &mut *self.sink, choose: &mut *self.choose };
        self.world.call(&mut outside, who, call)
    }

    fn world(&self) -> &World {
        self.world
    }
}

/// Asks a copy of the world: nobody notices.
pub(crate) struct Quietly<'a> {
    world: &'a World,
    copy: Option<World>,
}

impl<'a> Quietly<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, copy: None }
    }
}

impl Ask for Quietly<'_> {
    fn ask(&mut self, who: ClientId, call: &Call) -> Returned {
        let copy = self.copy.get_or_insert_with(|| self.world.clone());
        copy.call(&mut Outside { sink: &mut Nothing, choose: &mut First }, who, call)
    }

    fn world(&self) -> &World {
        self.world
    }
}

/// What answering takes besides someone to ask.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) actors: &'a Actors<'a>,
    pub(crate) mirror: &'a Mirror,
}

impl Scene<'_> {
    /// The claims of `check` that do not hold.
    pub(crate) fn misses(self, check: &Check, ask: &mut dyn Ask) -> Vec<Miss> {
        let answers = self.answers(check, ask).into_iter();
        answers.filter_map(|(holds, claim)| (!holds).then_some(claim)).collect()
    }

    /// What a check that must never hold is about, and one sentence for it.
    pub(crate) fn spell_never(self, check: &Check, ask: &mut dyn Ask) -> (String, String) {
        let answers = self.answers(check, ask).into_iter();
        let all: Vec<Miss> = answers.map(|(_, claim)| claim).collect();
        let subject = all.first().map(|miss| miss.subject.clone());
        (subject.unwrap_or_default(), Miss::never(&all))
    }

    /// Whether a check holds, as far as the events alone tell; `None` if they do not.
    pub(crate) fn told(self, check: &Check) -> Option<bool> {
        let jobs: Vec<&JobSeen> = match &check.subject {
            Subject::Path(_) | Subject::Url(_) => return None,
            Subject::Run => self.mirror.jobs().map(|(_, job)| job).collect(),
            Subject::Job(job, _) => {
                let seen = self.actors.job(*job).and_then(|id| self.mirror.job(id));
                seen.into_iter().collect()
            }
        };
        let mut holds = check.subject == Subject::Run || !jobs.is_empty();
        for claim in &check.claims {
            let sum = |part: &dyn Fn(&JobSeen) -> u64| jobs.iter().map(|job| part(job)).sum();
            holds &= match &claim.value {
                Claim::State(states) => {
                    jobs.iter().all(|job| job.stands.job().is_some_and(|is| states.contains(&is)))
                }
                Claim::DownloadState(states) => {
                    all_downloads(&jobs, |standing| states.contains(&standing.state))
                }
                Claim::Error(codes) => {
                    all_downloads(&jobs, |standing| codes.contains(&standing.error))
                }
                Claim::ExtendedError(codes) => {
                    all_downloads(&jobs, |standing| codes.contains(&standing.extended_error))
                }
                Claim::ErrorCount(wanted) => wanted.holds(sum(&|job| u64::from(job.count))),
                Claim::Callbacks(kind, wanted) => wanted.holds(sum(&|job| job.callbacks(*kind))),
                Claim::Launches(wanted) => wanted.holds(sum(&|job| job.launches)),
                Claim::Attempts(wanted) => wanted.holds(sum(&|job| job.attempts)),
                Claim::LastErrorNotified(code) => {
                    jobs.iter().all(|job| job.error_notified == Some(*code))
                }
                Claim::JobsIn(states, wanted) => {
                    wanted.holds(sum(&|job| u64::from(is_in(job, states))))
                }
                Claim::DownloadsIn(states, wanted) => {
                    wanted.holds(sum(&|job| u64::from(download_is_in(job, states))))
                }
                _ => return None,
            };
        }
        Some(holds)
    }

    /// Every claim of a check: whether it holds, and what there is to say if it does not.
    fn answers(self, check: &Check, ask: &mut dyn Ask) -> Vec<(bool, Miss)> {
        match &check.subject {
            Subject::Job(job, by) => {
                let download = self.actors.declared(*job).is_some_and(|job| job.download.is_some());
                if download {
                    about_downloads::answers(self, *job, *by, &check.claims, ask)
                } else {
                    about_jobs::answers(self, *job, *by, &check.claims, ask)
                }
            }
            other => {
                let claims = check.claims.iter();
                let answers = claims
                    .map(|claim| self.answer(other, &claim.value, ask).about(claim.place, None));
                answers.collect()
            }
        }
    }

    fn answer(self, subject: &Subject, claim: &Claim, ask: &mut dyn Ask) -> Answer {
        match subject {
            Subject::Path(path) => self.about_path(path, claim, ask.world()),
            Subject::Url(url) => about_url(url, claim, ask.world()),
            Subject::Job(..) | Subject::Run => self.about_run(claim),
        }
    }

    fn about_run(self, claim: &Claim) -> Answer {
        let jobs = || self.mirror.jobs().map(|(_, job)| job);
        match claim {
            Claim::Attempts(wanted) => {
                let attempts = jobs().map(|job| job.attempts).sum();
                Answer::number("the number of attempts so far", *wanted, Ok(attempts))
            }
            Claim::Launches(wanted) => {
                let launches = jobs().map(|job| job.launches).sum();
                Answer::number("the number of launches so far", *wanted, Ok(launches))
            }
            Claim::Callbacks(kind, wanted) => {
                let calls = jobs().map(|job| job.callbacks(*kind)).sum();
                Answer::number(&callbacks(*kind), *wanted, Ok(calls))
            }
            Claim::JobsIn(states, wanted) => {
                let count = jobs().filter(|job| is_in(job, states)).count() as u64;
                let noun = format!("the number of jobs in {}", state_list(states));
                Answer::number(&noun, *wanted, Ok(count))
            }
            Claim::DownloadsIn(states, wanted) => {
                let count = jobs().filter(|job| download_is_in(job, states)).count() as u64;
                let noun = format!("the number of downloads in {}", words::download_states(states));
                Answer::number(&noun, *wanted, Ok(count))
            }
            _ => Answer::senseless("the run"),
        }
    }

    fn about_path(self, path: &str, claim: &Claim, world: &World) -> Answer {
        // What is on its way to the file itself is counted when somebody asks.
        let copy = self.mirror.jobs().any(|(_, job)| job.stands.download().is_some());
        let copy = copy.then(|| self.bytes_counted(world));
        let world = copy.as_ref().unwrap_or(world);
        let file = world.local_file(path);
        let noun = |what: &str| format!("{what} of `{path}`");
        let missing = || "there is no such file".to_owned();
        match claim {
            Claim::Exists(wanted) => {
                Answer::presence(&format!("`{path}`"), *wanted, file.is_some())
            }
            Claim::Temporary(wanted) => {
                let present = self.temporary_file(path, world);
                Answer::presence(&noun("a temporary file"), *wanted, present)
            }
            Claim::Size(wanted) => {
                let size = file.map(|(size, _)| size).ok_or_else(missing);
                Answer::bytes(&noun("the size"), *wanted, size)
            }
            Claim::ContentVersion(wanted) => {
                let version = file.map(|(_, version)| u64::from(version)).ok_or_else(missing);
                let wanted = Number::Exactly(u64::from(*wanted));
                Answer::number(&noun("the content version"), wanted, version)
            }
            _ => Answer::senseless("a path"),
        }
    }

    fn temporary_file(self, path: &str, world: &World) -> bool {
        self.bytes_counted(world).temporary_file(path)
    }

    /// Bytes on their way are only counted when somebody asks about the job, so a copy is asked.
    fn bytes_counted(self, world: &World) -> World {
        let mut copy = Quietly::new(world);
        for (id, job) in self.mirror.jobs().filter(|(_, job)| job.stands.runs()) {
            let who = self.mirror.who_asks(id, job.creator);
            let call = match job.stands {
                Stands::Job(..) => Call::Job(id, JobCall::GetProgress),
                Stands::Download(..) => Call::Download(id, DownloadCall::GetStatus),
            };
            copy.ask(who, &call);
        }
        copy.copy.unwrap_or_else(|| world.clone())
    }
}

fn is_in(job: &JobSeen, states: &[JobState]) -> bool {
    job.stands.job().is_some_and(|state| states.contains(&state))
}

fn download_is_in(job: &JobSeen, states: &[DownloadState]) -> bool {
    let standing = job.stands.download().filter(|_| !job.forgotten || job.stands.is_final());
    standing.is_some_and(|standing| states.contains(&standing.state))
}

/// True if each is a download that stands so.
fn all_downloads(jobs: &[&JobSeen], stands: impl Fn(Standing) -> bool) -> bool {
    jobs.iter().all(|job| job.stands.download().is_some_and(&stands))
}

fn about_url(url: &str, claim: &Claim, world: &World) -> Answer {
    let (complete, posted) = world.uploaded(url);
    match claim {
        Claim::Uploaded(wanted) => {
            Answer::presence(&format!("a complete upload of `{url}`"), *wanted, complete)
        }
        Claim::Posted(wanted) => {
            let noun = format!("the number of times that `{url}` was handed over");
            Answer::number(&noun, *wanted, Ok(u64::from(posted)))
        }
        _ => Answer::senseless("a URL"),
    }
}

fn callbacks(kind: NoteKind) -> String {
    format!("the number of {} callbacks so far", kind.name())
}

/// A claim that has been looked at.
#[derive(Debug)]
struct Answer {
    holds: bool,
    subject: String,
    demand: Demand,
    expected: String,
    actual: String,
    note: String,
}

impl Answer {
    fn new(holds: bool, subject: &str, demand: Demand, expected: String, actual: String) -> Self {
        let subject = subject.to_owned();
        Self { holds, subject, demand, expected, actual, note: String::new() }
    }

    /// `noun` should be what is expected.
    fn is(holds: bool, noun: &str, expected: String, actual: String) -> Self {
        Self::new(holds, noun, Demand::Be(expected.clone()), expected, actual)
    }

    fn about(self, place: Place, job: Option<JobId>) -> (bool, Miss) {
        let Self { holds, subject, demand, expected, actual, note } = self;
        (holds, Miss { place, job, expected, actual, note, ..Miss::should(subject, demand) })
    }

    /// The same, with a remark for the case that it does not hold.
    fn noting(self, note: String) -> Self {
        Self { note, ..self }
    }

    /// Names `noun` and compares what `actual` says with one wanted value.
    fn value<T: PartialEq>(
        noun: &str,
        wanted: &T,
        actual: Result<T, String>,
        text: impl Fn(&T) -> String,
    ) -> Self {
        let holds = actual.as_ref() == Ok(wanted);
        let said = actual.as_ref().map_or_else(Clone::clone, &text);
        Self::is(holds, noun, text(wanted), said)
    }

    /// The same for texts, of which long ones are shown in part.
    fn text(noun: &str, wanted: &String, actual: Result<String, String>) -> Self {
        match &actual {
            Ok(text) => {
                let (expected, said) = words::quoted_pair(wanted, text);
                Self::is(wanted == text, noun, expected, said)
            }
            Err(why) => Self::is(false, noun, words::quoted(wanted), why.clone()),
        }
    }

    fn number(noun: &str, wanted: Number, actual: Result<u64, String>) -> Self {
        Self::measured(noun, wanted, actual, |n| n.to_string())
    }

    fn bytes(noun: &str, wanted: Number, actual: Result<u64, String>) -> Self {
        Self::measured(noun, wanted, actual, words::bytes)
    }

    fn seconds(noun: &str, wanted: Number, actual: Result<u64, String>) -> Self {
        Self::measured(noun, wanted, actual, words::seconds)
    }

    fn measured(
        noun: &str,
        wanted: Number,
        actual: Result<u64, String>,
        text: fn(u64) -> String,
    ) -> Self {
        let holds = actual.as_ref().is_ok_and(|n| wanted.holds(*n));
        Self::is(holds, noun, words::number(wanted, text), actual.map_or_else(|why| why, text))
    }

    /// One of these codes.
    fn codes(noun: &str, wanted: &[Hresult], actual: Result<Hresult, String>) -> Self {
        let holds = actual.as_ref().is_ok_and(|code| wanted.contains(code));
        let said = actual.map_or_else(|why| why, words::code);
        Self::is(holds, noun, words::code_list(wanted), said)
    }

    fn states(name: &str, wanted: &[JobState], actual: Result<JobState, String>) -> Self {
        let expected = state_list(wanted);
        let holds = actual.as_ref().is_ok_and(|state| wanted.contains(state));
        let said = actual.map_or_else(|why| why, |state| state.name().to_owned());
        Self::new(holds, name, Demand::Be(format!("in {expected}")), expected, said)
    }

    /// `noun` should, or should not, exist.
    fn presence(noun: &str, wanted: bool, actual: bool) -> Self {
        let (expected, said) = (words::yes_or_no(wanted), words::yes_or_no(actual));
        Self::new(wanted == actual, noun, Demand::Exist(wanted), expected, said)
    }

    /// The scenario's reader lets no such claim through; saying so beats ignoring it.
    fn senseless(subject: &str) -> Self {
        let demand = Demand::Be("asked what fits it".to_owned());
        let expected = "a claim that fits its subject".to_owned();
        Self::new(false, subject, demand, expected, "another".to_owned())
    }
}

/// Whether a check can come true between two events, because bytes flow.
pub(crate) fn flows(check: &Check) -> bool {
    check.claims.iter().any(|claim| {
        matches!(
            claim.value,
            Claim::BytesTransferred(_)
                | Claim::ReplyBytesTransferred(_)
                | Claim::Temporary(_)
                | Claim::Size(_)
        )
    })
}
