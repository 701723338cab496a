//! Draws jobs of BITS and of Delivery Optimization behind its interfaces.

use super::numbers::Numbers;
use super::world::{HOSTS, Style, some_url, url_of};
use crate::story::{Answer, Exit, Job, Story};
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, Call, JobCall, NewFile, Proxy};
use bitsim_vocab::legacy::{COST_FLAGS, COST_NO_SURCHARGE, COST_STANDARD, COST_UNRESTRICTED};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{ClientId, Hresult, JobId, JobType, Service, Span};

/// How likely each trait of the jobs of a story is, in percent. Stories differ in it, so that some
/// have all of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traits {
    pub(super) notified: u64,
    pub(super) failing_answers: u64,
    pub(super) set: u64,
    pub(super) many_files: u64,
    pub(super) later: u64,
}

impl Traits {
    pub(super) fn drawn(d: &mut Numbers) -> Self {
        Self {
            notified: d.of(&[0, 30, 60, 100]),
            failing_answers: d.of(&[0, 20, 60]),
            set: d.of(&[0, 10, 10, 40]),
            many_files: d.of(&[10, 30, 80]),
            later: d.of(&[0, 0, 0, 30]),
        }
    }

    /// One file each, and everybody is told.
    pub(super) const CROWD: Self =
        Self { notified: 100, failing_answers: 0, set: 5, many_files: 0, later: 0 };

    /// The same for every story.
    pub(super) const EVEN: Self =
        Self { notified: 40, failing_answers: 30, set: 15, many_files: 30, later: 5 };
}

/// The client that creates a job: mostly the first one.
pub(super) fn creator(setup: &Setup, d: &mut Numbers) -> ClientId {
    if d.percent(55) { ClientId(0) } else { ClientId(d.place(setup.clients.len()) as u16) }
}

pub(super) fn job(setup: &Setup, style: Style, traits: Traits, id: JobId, d: &mut Numbers) -> Job {
    let client = if style.crowd { ClientId(0) } else { creator(setup, d) };
    let bits = setup.target.service == Service::Bits;
    let version = setup.target.version;
    let job_type = match d.weighted(&[7, 2, 1]) {
        1 if bits && version.at_least(1, 5) => JobType::Upload,
        2 if bits && version.at_least(1, 5) => JobType::UploadReply,
        _ => JobType::Download,
    };
    let files = files(setup, traits, id, job_type, d);
    let mut job = Job { later: d.percent(traits.later), ..Job::plain(client, job_type, files) };
    if bits {
        bits_setters(&mut job, setup, style, traits, d);
    } else {
        legacy_setters(&mut job, traits, d);
    }
    notify(&mut job, id, setup, traits, d);
    if style.crowd {
        let slow = Span::secs(d.of(&[5, 90, 600]));
        job.answers = vec![Answer { after: slow, ..Answer::ok() }];
    }
    job
}

fn files(
    setup: &Setup,
    traits: Traits,
    id: JobId,
    job_type: JobType,
    d: &mut Numbers,
) -> Vec<NewFile> {
    let name = Story::job_name(id);
    if job_type.uploads() {
        let remote = url_of(HOSTS[d.weighted(&[3, 1])], &format!("in/{name}.bin"));
        let local = format!("C:\\uploads\\{name}.bin");
        return vec![NewFile { remote, local, ranges: Vec::new() }];
    }
    let count = match d.below(100) {
        0..5 => 0,
        n if n < 100 - traits.many_files => 1,
        _ => d.within(2, 3),
    };
    let most = u64::from(setup.policies.max_files_per_job).min(2 + u64::from(traits.later == 0));
    (1..=count.min(most)).map(|n| new_file(setup, id, n as u32, d)).collect()
}

/// A file of a job, with a local name of its own.
pub(super) fn new_file(setup: &Setup, id: JobId, number: u32, d: &mut Numbers) -> NewFile {
    let ranged = match setup.target.service {
        // Ranges came with 2.0; a declared file must not be refused.
        Service::Bits => setup.target.version.at_least(2, 0) && d.one_in(8),
        _ => d.one_in(4),
    };
    let lists: [&[(u64, u64)]; 4] = [
        &[(0, 4 << 10), (16 << 10, 8 << 10)],
        &[(8 << 10, 4 << 10)],
        &[(16 << 10, BG_SIZE_UNKNOWN)],
        &[(1 << 20, 1 << 20), (0, 10 << 10)],
    ];
    let ranges = if ranged { d.of(&lists).to_vec() } else { Vec::new() };
    let local = format!("{}\\{number}.bin", folder(id));
    NewFile { remote: some_url(setup, d), local, ranges }
}

/// Where the files of a job go.
pub(super) fn folder(id: JobId) -> String {
    format!("C:\\downloads\\{}", Story::job_name(id))
}

/// Some setters for a job that has been declared already.
pub(super) fn more_setters(job: &mut Job, setup: &Setup, d: &mut Numbers) {
    let traits = Traits { set: 30, ..Traits::EVEN };
    if setup.target.service == Service::Bits {
        let style = Style { patient: d.one_in(4), even: false, crowd: false };
        let exits = std::mem::take(&mut job.exits);
        bits_setters(job, setup, style, traits, d);
        if !exits.is_empty() {
            job.exits = exits;
        }
    } else {
        legacy_setters(job, traits, d);
    }
}

fn bits_setters(job: &mut Job, setup: &Setup, style: Style, traits: Traits, d: &mut Numbers) {
    use JobCall as C;
    let version = setup.target.version;
    let wanted = |d: &mut Numbers| d.percent(traits.set);
    if wanted(d) {
        job.setters.push(C::SetPriority(d.below(4) as u32));
    }
    if style.patient {
        let delays = [3_600, 6 * 3_600, 86_400, 3 * 86_400, 14 * 86_400, 20 * 86_400];
        job.setters.push(C::SetMinimumRetryDelay(d.of(&delays)));
    } else if wanted(d) {
        job.setters.push(C::SetMinimumRetryDelay(d.of(&[0, 5, 60, 90, 1_800])));
    }
    if wanted(d) {
        let periods = [0, 30, 600, 601, 3_600, 86_400, 7 * 86_400];
        job.setters.push(C::SetNoProgressTimeout(d.of(&periods)));
    }
    if version.at_least(3, 0) && wanted(d) {
        job.setters.push(C::SetMaximumDownloadTime(d.of(&[1, 20, 600, 7_200])));
    }
    if wanted(d) {
        job.setters.push(C::SetDescription(Some("nightly".to_owned())));
    }
    if wanted(d) {
        job.setters.push(C::SetProxySettings(Proxy { usage: 1, list: None, bypass: None }));
    }
    if job.job_type == JobType::UploadReply && wanted(d) {
        job.setters.push(C::SetReplyFileName(Some("C:\\uploads\\reply.bin".to_owned())));
    }
    if version.at_least(1, 5) && d.percent(traits.set / 2) {
        let program = Some("C:\\tools\\done.exe".to_owned());
        job.setters.push(C::SetNotifyCmdLine { program, parameters: Some("done x".to_owned()) });
        let exits = [
            Exit::With { code: 0, after: Span::ZERO },
            Exit::With { code: 0, after: Span::secs(5) },
            Exit::With { code: 1, after: Span::ZERO },
            Exit::NotLaunched,
        ];
        job.exits = (0..d.below(3)).map(|_| d.of(&exits)).chain([exits[0]]).collect();
    }
}

fn legacy_setters(job: &mut Job, traits: Traits, d: &mut Numbers) {
    use JobCall as C;
    if d.percent(traits.set) {
        job.setters.push(C::SetPriority(d.below(4) as u32));
    }
    if d.percent(traits.set) {
        let value = d.of(&[COST_UNRESTRICTED, COST_STANDARD, COST_NO_SURCHARGE]);
        job.setters.push(C::SetProperty { id: COST_FLAGS, value });
    }
    if d.percent(traits.set) {
        job.setters.push(C::SetNoProgressTimeout(d.of(&[0, 30, 60, 600, 3_600])));
    }
}

fn notify(job: &mut Job, id: JobId, setup: &Setup, traits: Traits, d: &mut Numbers) {
    if !d.percent(traits.notified) {
        if d.one_in(16) {
            job.setters.push(JobCall::SetNotifyFlags(d.of(&[0, 1, 2, 3, 4])));
        }
        return;
    }
    job.setters.push(JobCall::SetNotifyInterface(true));
    if !d.one_in(4) {
        job.setters.push(JobCall::SetNotifyFlags(d.of(&[3, 3, 3, 1, 2, 8, 11, 4, 7])));
    }
    use JobCall as C;
    let bits = setup.target.service == Service::Bits;
    let calls = [
        C::GetError,
        C::Cancel,
        C::Complete,
        C::Suspend,
        C::Resume,
        if bits { C::GetErrorCount } else { C::GetState },
    ];
    let calls = calls.map(|call| Call::Job(id, call));
    job.answers = answers(traits, &calls, d);
    if d.one_in(8) {
        job.to_modification = vec![Answer { after: Span::secs(5), ..Answer::ok() }];
    }
}

/// How a client answers: late, with a failure, with a call, or not at all because it exits. Nobody
/// fails for ever.
pub(super) fn answers(traits: Traits, calls: &[Call], d: &mut Numbers) -> Vec<Answer> {
    let mut answers = Vec::new();
    for _ in 0..d.below(4) {
        let after = Span::secs(d.of(&[0, 0, 0, 5, 90]));
        let returns = if d.percent(traits.failing_answers) {
            d.of(&[Some(Hresult::E_FAIL), Some(Hresult::E_FAIL), None])
        } else {
            Some(Hresult::S_OK)
        };
        let called = returns.is_some() && d.one_in(3);
        let calls = if called { vec![d.of(calls)] } else { Vec::new() };
        answers.push(Answer { after, calls, returns });
    }
    if !answers.is_empty() {
        answers.push(Answer::ok());
    }
    answers
}
