//! Draws stories of Delivery Optimization behind the interfaces of BITS: those of BITS with what
//! this service has in place of what it lacks.

use crate::draw;
use bitsim::explore::story::{Act, Job, Step, Story};
use bitsim::vocab::call::{Call, JobCall};
use bitsim::vocab::legacy::{COST_FLAGS, COST_NO_SURCHARGE, COST_STANDARD, COST_UNRESTRICTED};
use bitsim::vocab::world::{Block, Disturbance, NetworkCondition, PathOperation, Setup};
use bitsim::vocab::{FileId, JobId, JobType, Span, Target, UserId};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::select;

/// Any story of `do-legacy`.
pub(crate) fn stories() -> impl Strategy<Value = Story> {
    let job = (any::<u8>(), vec(any::<u8>(), 0..=3), vec(any::<u8>(), 0..=2));
    let figures = (select(vec![1, 2, 16]), select(vec![30, 30, 30, 2]));
    let setups =
        (draw::setups(Just(Target::DO_LEGACY)), figures).prop_map(|(mut setup, (slots, days))| {
            setup.delivery.slots = slots;
            setup.delivery.age_limit = Span::days(days);
            setup
        });
    (setups, vec(job, 1..=4), vec(draw::step(), 1..40)).prop_map(|(setup, jobs, steps)| {
        let jobs: Vec<Job> =
            (0..).map(JobId).zip(jobs).map(|(id, raw)| job_of(&setup, id, raw)).collect();
        let fit = |step: Step| {
            let act = draw::fit(&setup, &jobs, translated(step.act));
            Step { act, ..step }
        };
        let steps = draw::resumed(steps.into_iter().map(fit).collect());
        Story { setup, jobs, steps }
    })
}

fn job_of(setup: &Setup, id: JobId, (client, files, answers): (u8, Vec<u8>, Vec<u8>)) -> Job {
    let Job { client, files, .. } = draw::job(setup, id.0, (client, 0, files));
    let calls = [JobCall::GetError, JobCall::Cancel, JobCall::Suspend, JobCall::Complete];
    let answers = draw::answers(&answers, &calls.map(|call| Call::Job(id, call)));
    Job { answers, ..Job::plain(client, JobType::Download, files) }
}

/// What the same step is on this service.
fn translated(act: Act) -> Act {
    match act {
        Act::Call(who, Call::Job(job, JobCall::TakeOwnership)) => Act::Call(who, Call::GetJob(job)),
        Act::Call(who, Call::Job(job, call)) => Act::Call(who, Call::Job(job, of_job(call))),
        Act::Disturb(what) => Act::Disturb(of_world(what)),
        act => act,
    }
}

/// Methods that the service lacks answer E_NOTIMPL; some of them give way to those that only it
/// has.
fn of_job(call: JobCall) -> JobCall {
    use JobCall as C;
    let cost = |value| C::SetProperty { id: COST_FLAGS, value };
    match call {
        C::AddFile(file) => C::AddFileWithRanges(file),
        C::SetMaximumDownloadTime(20) => cost(COST_UNRESTRICTED),
        C::SetMaximumDownloadTime(600) => cost(COST_STANDARD),
        C::SetMaximumDownloadTime(7_200) => cost(COST_NO_SURCHARGE),
        C::SetMinimumRetryDelay(secs) if secs % 600 == 0 => {
            C::SetProperty { id: secs / 600 + 1, value: 1 }
        }
        C::SetNotifyCmdLine { .. } => {
            C::SetFileProperty { file: FileId(0), value: "piece hashes".to_owned() }
        }
        C::GetMinimumRetryDelay => C::GetProperty(COST_FLAGS),
        C::GetReplyProgress => C::GetFileRanges(FileId(0)),
        call => call,
    }
}

/// What blocks BITS blocks this service for another cause.
fn of_world(what: Disturbance) -> Disturbance {
    use Disturbance as D;
    let cause = |block: Block| {
        let place = Block::BITS.iter().position(|known| *known == block).unwrap_or_default();
        Block::DELIVERY[place % Block::DELIVERY.len()]
    };
    match what {
        D::BlockBegins(block) => D::BlockBegins(cause(block)),
        D::BlockEnds(block) => D::BlockEnds(cause(block)),
        // Nobody needs RunAs; files that are to be added need a folder.
        D::RunAs(user) => {
            let folder = "C:\\downloads\\job_1".to_owned();
            match user {
                UserId(0) => D::PathDenied(folder, PathOperation::Write),
                _ => D::PathAllowed(folder, PathOperation::Write),
            }
        }
        // There are no uploads.
        D::LocalFileChanges { path, .. } => D::NetworkConditions(match path.as_str() {
            "C:\\uploads\\job_1.bin" => vec![NetworkCondition::Metered],
            "C:\\uploads\\job_2.bin" => {
                vec![NetworkCondition::Metered, NetworkCondition::OverDataLimit]
            }
            _ => vec![],
        }),
        what => what,
    }
}
