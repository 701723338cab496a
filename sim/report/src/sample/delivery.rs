//! The same scenario on Delivery Optimization: a 503, a retry, a pulled cable.

use super::{JOB, Pen, http_503, run_on};
use bitsim_replay::Run;
use bitsim_vocab::call::{JobCall, NewFile, Reply};
use bitsim_vocab::download::{
    DownloadCall, DownloadProperty, DownloadState, DownloadStatus, Row, Standing, Value,
};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::trace::{
    AttemptOutcome, Created, DownloadCreated, ErrorInfo, FileChange, FileEvent, Happened, Note,
    NoteKind, NoteResult, Payload, Recipient, Timer, TimerEvent,
};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{
    Call, ClientId, ErrorContext, FileId, Hresult, JobState, JobType, NoteId, SimTime, Span,
    Stimulus, Target, UserId,
};

const URL: &str = "https://cdn.test/payroll.cab";
const PATH: &str = "C:\\downloads\\payroll\\payroll.cab";

fn bytes(mebibytes: u64) -> Happened {
    Happened::Bytes { job: JOB, file: FileId(0), of: Payload::File, done: mebibytes << 20 }
}

fn asks(mebibytes: u64) -> Happened {
    Happened::Requested { job: JOB, file: FileId(0), held: mebibytes << 20 }
}

const fn began(number: u32) -> Happened {
    Happened::AttemptBegan { job: JOB, number }
}

const fn ended(outcome: AttemptOutcome) -> Happened {
    Happened::AttemptEnded { job: JOB, outcome }
}

fn retry(millis: u64) -> Happened {
    let due = SimTime::ZERO + Span::millis(millis);
    let what = TimerEvent::Armed { due };
    Happened::Timer { job: JOB, timer: Timer::InternalRetry, what }
}

const FIRED: Happened =
    Happened::Timer { job: JOB, timer: Timer::InternalRetry, what: TimerEvent::Fired };

fn failed_503() -> AttemptOutcome {
    AttemptOutcome::Failed { code: Hresult::http(503), class: Class::Transient }
}

fn file(what: FileChange) -> Happened {
    Happened::File(Box::new(FileEvent { job: JOB, file: FileId(0), what }))
}

/// Behind the interfaces of BITS.
pub(crate) fn legacy() -> Run {
    use JobState as J;
    let mut pen = Pen::default();
    let new = NewFile { remote: URL.into(), local: PATH.into(), ranges: Vec::new() };
    let info = |code| ErrorInfo { code, context: ErrorContext::None, file: None, protocol: None };
    let about_file = ErrorInfo { file: Some(FileId(0)), ..info(Hresult::http(503)) };
    pen.call(
        Call::CreateJob { name: Some("payroll".into()), job_type: JobType::Download },
        Reply::Job(JOB),
    )
    .put(Happened::Created(Box::new(Created {
        job: JOB,
        guid: 1,
        name: "payroll".into(),
        job_type: JobType::Download,
        owner: UserId(0),
        by: ClientId(0),
        state: J::Suspended,
    })))
    .call(Call::Job(JOB, JobCall::AddFileWithRanges(new)), Reply::None)
    .put(file(FileChange::Added { remote: URL.into(), local: PATH.into(), requested: None }));
    pen.at(0, Some(1))
        .call(Call::Job(JOB, JobCall::Resume), Reply::None)
        .state(J::Suspended, J::Transferring, Stimulus::Resume)
        .put(began(1))
        .put(asks(0));
    pen.at(3_080, None).put(bytes(3));
    pen.at(30_000, Some(2)).put(Happened::Env(Box::new(http_503())));
    pen.at(30_040, None)
        .put(ended(failed_503()))
        .put(Happened::ErrorInfo { job: JOB, info: about_file })
        .state(J::Transferring, J::TransientError, Stimulus::TransferErrorTransient)
        .put(retry(32_040));
    pen.at(32_040, None)
        .put(FIRED)
        .state(J::TransientError, J::Transferring, Stimulus::RetryDelayExpires)
        .put(Happened::ErrorGone { job: JOB })
        .put(began(2))
        .put(asks(3));
    let code = Hresult::DO_E_BLOCKED_BY_NO_NETWORK;
    pen.at(1_500_000, Some(3))
        .put(Happened::Env(Box::new(Disturbance::NetworkLost)))
        .put(ended(AttemptOutcome::Blocked { code }))
        .put(Happened::ErrorInfo { job: JOB, info: info(code) })
        .state(J::Transferring, J::TransientError, Stimulus::NetworkLost);
    pen.at(1_620_000, Some(3))
        .put(Happened::Env(Box::new(Disturbance::NetworkRegained)))
        .state(J::TransientError, J::Transferring, Stimulus::NetworkRegained)
        .put(Happened::ErrorGone { job: JOB })
        .put(began(3));
    run_on(Target::DO_LEGACY, pen)
}

fn standing(from: Standing, to: Standing, cause: Row) -> Happened {
    Happened::Standing { job: JOB, from, to, cause }
}

fn note(pen: &mut Pen, number: u32, standing: Standing, done: u64) {
    let status = DownloadStatus { bytes_total: 900 << 20, bytes_transferred: done << 20, standing };
    pen.put(Happened::NoteBegan(Box::new(Note {
        note: NoteId(number),
        job: JOB,
        kind: NoteKind::OnStatusChange,
        to: Recipient::Interface(ClientId(0)),
        attempt: 1,
        error: None,
        status: Some(status),
    })))
    .put(Happened::NoteEnded {
        note: NoteId(number),
        job: JOB,
        result: NoteResult::Returned(Hresult::S_OK),
    });
}

/// IDODownload of Windows.
pub(crate) fn download() -> Run {
    let mut pen = Pen::default();
    let set = |id: DownloadProperty, to| {
        Call::Download(JOB, DownloadCall::SetProperty(id.value().into(), to))
    };
    let running = Standing::of(DownloadState::Transferring);
    let troubled = Standing { extended_error: Hresult::http(503), ..running };
    let waits = Standing {
        extended_error: Hresult::DO_E_BLOCKED_BY_NO_NETWORK,
        ..Standing::of(DownloadState::Paused)
    };
    pen.call(Call::CreateDownload, Reply::Job(JOB))
        .put(Happened::DownloadCreated(Box::new(DownloadCreated {
            job: JOB,
            guid: 1,
            owner: UserId(0),
            by: ClientId(0),
        })))
        .call(set(DownloadProperty::Uri, Value::Text(URL.into())), Reply::None)
        .call(set(DownloadProperty::LocalPath, Value::Text(PATH.into())), Reply::None)
        .call(set(DownloadProperty::CallbackInterface, Value::Object), Reply::None);
    pen.at(0, Some(1))
        .call(Call::Download(JOB, DownloadCall::Start(Some(Vec::new()))), Reply::None)
        .put(file(FileChange::OutputMade))
        .put(standing(Standing::NEW, running, Row::StartWhole))
        .put(began(1))
        .put(asks(0));
    pen.at(0, None);
    note(&mut pen, 1, running, 0);
    pen.at(3_080, None).put(bytes(3));
    pen.at(30_000, Some(2)).put(Happened::Env(Box::new(http_503())));
    pen.at(30_040, None)
        .put(ended(failed_503()))
        .put(standing(running, troubled, Row::RetryableFailure))
        .put(retry(32_040));
    note(&mut pen, 2, troubled, 3);
    pen.at(32_040, None)
        .put(FIRED)
        .put(standing(troubled, running, Row::RetryDelayElapsed))
        .put(began(2))
        .put(asks(3));
    let code = Hresult::DO_E_BLOCKED_BY_NO_NETWORK;
    pen.at(1_500_000, Some(3))
        .put(Happened::Env(Box::new(Disturbance::NetworkLost)))
        .put(ended(AttemptOutcome::Blocked { code }))
        .put(standing(running, waits, Row::NetworkLost));
    pen.at(1_560_000, Some(4)).call(
        Call::Download(JOB, DownloadCall::GetStatus),
        Reply::Status(DownloadStatus {
            bytes_total: 900 << 20,
            bytes_transferred: 3 << 20,
            standing: waits,
        }),
    );
    pen.at(1_620_000, Some(3))
        .put(Happened::Env(Box::new(Disturbance::NetworkRegained)))
        .put(standing(waits, running, Row::NetworkRestored))
        .put(began(3))
        .put(asks(3));
    pen.at(1_700_000, None).put(Happened::LeftQueue { job: JOB });
    run_on(Target::DO_DOWNLOAD, pen)
}
