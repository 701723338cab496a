//! What an observer makes of events.

use super::*;
use crate::names::Names;
use crate::sample::{JOB, Pen, run_on};
use bitsim_vocab::download::{self, DownloadState};
use bitsim_vocab::trace::{NoteResult, Recipient};
use bitsim_vocab::{ClientId, Stimulus, Target};

fn observed(target: Target, pen: Pen) -> (Vec<What>, Facts) {
    let run = run_on(target, pen);
    let names = Names::of(&run);
    let side = Side { trace: &run.trace, names: &names, steps: &run.steps };
    let (seen, facts) = observations(&side);
    (seen.into_iter().map(|seen| seen.what).collect(), facts)
}

fn standing(pen: &mut Pen, from: Standing, to: Standing, cause: download::Row) {
    pen.put(Happened::Standing { job: JOB, from, to, cause });
}

fn note(pen: &mut Pen, number: u32, job: JobId) {
    pen.put(Happened::NoteBegan(Box::new(Note {
        note: NoteId(number),
        job,
        kind: NoteKind::JobTransferred,
        to: Recipient::Interface(ClientId(0)),
        attempt: 1,
        error: None,
        status: None,
    })));
}

#[test]
fn a_start_with_other_ranges_than_before_is_told_from_one_with_the_same() {
    let paused = Standing::of(DownloadState::Paused);
    let moves = Standing::of(DownloadState::Transferring);
    let start = |ranges: Option<Vec<(u64, u64)>>| Call::Download(JOB, DownloadCall::Start(ranges));
    let mut pen = Pen::default();
    for ranges in [Some(vec![(0, 10)]), Some(vec![(0, 10)]), Some(vec![(5, 10)]), None] {
        pen.call(start(ranges), Reply::None);
        standing(&mut pen, paused, moves, download::Row::StartRanges);
    }
    let (seen, _) = observed(Target::DO_DOWNLOAD, pen);
    let causes: Vec<Cause> = seen
        .iter()
        .filter_map(|what| match what {
            What::State { cause, .. } => Some(*cause),
            _ => None,
        })
        .collect();
    let [first, same, other, kept] = causes[..] else { panic!("{causes:?}") };
    assert_eq!([first, same, kept], [Cause::Started; 3]);
    assert_eq!(other, Cause::OtherRanges);
}

#[test]
fn an_error_of_a_download_is_forgotten_when_both_codes_are_s_ok() {
    let moves = Standing::of(DownloadState::Transferring);
    let waits = Standing { extended_error: Hresult::http(503), ..moves };
    let mut pen = Pen::default();
    standing(&mut pen, moves, waits, download::Row::RetryableFailure);
    standing(&mut pen, waits, moves, download::Row::RetryDelayElapsed);
    let (seen, _) = observed(Target::DO_DOWNLOAD, pen);
    assert!(matches!(seen[0], What::Error { .. }));
    assert_eq!(seen.last(), Some(&What::Gone));
    assert_eq!(seen.iter().filter(|what| **what == What::Gone).count(), 1);
}

#[test]
fn a_fifth_callback_is_held_until_one_of_four_is_delivered() {
    let mut pen = Pen::default();
    for job in 0..5 {
        let (from, to) = (JobState::Transferring, JobState::Transferred);
        pen.put(Happened::State { job: JobId(job), from, to, cause: Stimulus::AllFilesDone });
    }
    for job in 0..4 {
        note(&mut pen, job, JobId(job));
    }
    let result = NoteResult::Returned(Hresult::S_OK);
    pen.at(60_000, None).put(Happened::NoteEnded { note: NoteId(0), job: JOB, result });
    note(&mut pen, 4, JobId(4));
    let (seen, _) = observed(Target::BITS, pen);
    let held: Vec<bool> = seen
        .iter()
        .filter_map(|what| match what {
            What::Told { held, .. } => Some(*held),
            _ => None,
        })
        .collect();
    assert_eq!(held, [false, false, false, false, true]);
}

#[test]
fn settings_that_matter_later_are_kept() {
    let mut pen = Pen::default();
    pen.call(Call::Job(JOB, JobCall::SetNotifyFlags(BG_NOTIFY_DISABLE | 1)), Reply::None)
        .call(Call::Job(JOB, JobCall::SetNoProgressTimeout(600)), Reply::None);
    note(&mut pen, 0, JOB);
    let (seen, facts) = observed(Target::DO_LEGACY, pen);
    assert!(matches!(seen.last(), Some(What::Told { disabled: true, .. })));
    assert_eq!(facts.timeouts.into_values().collect::<Vec<_>>(), [600]);
}

#[test]
fn a_size_that_is_not_known_and_a_file_that_was_replaced_are_seen() {
    let mut pen = Pen::default();
    let progress = Progress {
        bytes_total: BG_SIZE_UNKNOWN,
        bytes_transferred: 0,
        files_total: 1,
        files_transferred: 0,
    };
    pen.call(Call::Job(JOB, JobCall::GetProgress), Reply::Progress(progress));
    let what = FileChange::SourceChanged;
    pen.put(Happened::File(Box::new(FileEvent { job: JOB, file: FileId(0), what })));
    pen.put(Happened::Env(Box::new(Disturbance::WallClockMoves(1))));
    pen.put(Happened::Env(Box::new(Disturbance::FaultEnds(0))));
    let (seen, _) = observed(Target::BITS, pen);
    assert_eq!(seen[0], What::Size { total: BG_SIZE_UNKNOWN });
    assert!(matches!(seen[2], What::Changed(_)), "{seen:?}");
    assert_eq!(seen[3..], [What::World { clock: true }, What::World { clock: false }]);
}
