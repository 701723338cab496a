//! Stories of Delivery Optimization behind the interfaces of BITS, told to the world directly.

#[path = "legacy/run.rs"]
mod run;

use bitsim_vocab::call::{ErrorCall, JobCall, NewFile};
use bitsim_vocab::legacy::{COST_FLAGS, COST_UNRESTRICTED};
use bitsim_vocab::trace::{AttemptOutcome, FileChange, NoteKind};
use bitsim_vocab::world::{Block, Disturbance, FaultKind, NetworkCondition, PathOperation};
use bitsim_vocab::{
    Call, ErrorContext, ErrorObjectId, Event, FileId, Happened, Hresult, JobId, JobState, Reply,
    Stimulus, UserId,
};

use run::{ADMIN, APP, Answers, FOREIGN, LOCAL, OTHER, Run, SECOND, SIZE, URL, setup};

#[test]
fn a_job_is_created_resumed_transferred_and_completed() {
    let mut run = Run::new();
    assert_eq!(run.state(), JobState::Suspended);
    assert_eq!(run.call(JobCall::SetNotifyInterface(true)), Hresult::S_OK);
    assert_eq!(run.call(JobCall::Resume), Hresult::S_OK);
    assert_eq!(run.state(), JobState::Transferring);
    run.until(50);
    assert!(!run.world.settled());
    assert!(run.world.temporary_file(LOCAL));
    run.until(200);
    assert!(run.world.settled());
    assert_eq!(run.state(), JobState::Transferred);
    assert_eq!(run.notes(NoteKind::JobTransferred), [(1, 100)]);
    assert_eq!(run.world.local_file(LOCAL), None);
    assert_eq!(run.call(JobCall::Complete), Hresult::S_OK);
    assert_eq!(run.state(), JobState::Acknowledged);
    assert_eq!(run.world.local_file(LOCAL), Some((SIZE, 1)));
    assert!(!run.world.temporary_file(LOCAL));
    assert_eq!(run.by(APP, &Call::GetJob(JobId(0))).0, Hresult::DO_E_JOB_NOT_FOUND);
    assert_eq!(run.call(JobCall::Resume), Hresult::DO_E_INVALID_STATE);
    let began = |event: &Event| match event.what {
        Happened::AttemptBegan { .. } => Some("attempt"),
        Happened::Requested { held: 0, .. } => Some("request"),
        Happened::State { to: JobState::Transferring, .. } => Some("state"),
        Happened::AttemptEnded { outcome: AttemptOutcome::Finished, .. } => Some("finished"),
        _ => None,
    };
    let order: Vec<&str> = run.events.iter().filter_map(began).collect();
    assert_eq!(order, ["state", "attempt", "request", "finished"]);
}

#[test]
fn retries_follow_the_series_and_new_bytes_begin_it_anew() {
    let mut run = Run::new();
    run.call(JobCall::Resume);
    run.until(10);
    run.fault(FaultKind::Http(503), Some(7));
    run.until(11);
    assert_eq!(run.state(), JobState::TransientError);
    let info = run.error().expect("an error");
    assert_eq!((info.code, info.file), (Hresult::http(503), Some(FileId(0))));
    assert_eq!((info.context, info.protocol), (ErrorContext::None, None));
    run.until(140);
    assert_eq!(run.state(), JobState::Transferring);
    assert_eq!(run.error(), None);
    assert_eq!(run.waits(), [2, 4, 8, 16, 30, 30, 30]);
    let before = run.bytes();
    run.fault(FaultKind::Http(503), Some(1));
    run.until(142);
    assert_eq!(run.waits()[7..], [2]);
    assert!(run.bytes() >= before);
    run.until(400);
    assert_eq!(run.state(), JobState::Transferred);
}

#[test]
fn resume_does_not_wait_for_the_delay_and_begins_the_series_anew() {
    let mut run = Run::new();
    run.fault(FaultKind::Refused, None);
    run.call(JobCall::Resume);
    run.until(5);
    assert_eq!(run.waits(), [2, 4]);
    assert_eq!(run.call(JobCall::Resume), Hresult::S_OK);
    assert_eq!(run.state(), JobState::Transferring);
    run.until(6);
    assert_eq!(run.waits(), [2, 4, 2]);
    assert_eq!(run.call(JobCall::Suspend), Hresult::S_OK);
    assert_eq!(run.code(), Some(Hresult::ERROR_WINHTTP_CANNOT_CONNECT));
    run.until(100);
    assert_eq!(run.waits().len(), 3, "a suspended job is not tried again");
    assert_eq!(run.state(), JobState::Suspended);
}

#[test]
fn fatal_errors_and_the_context_of_403() {
    let mut run = Run::new();
    run.call(JobCall::SetNotifyInterface(true));
    run.fault(FaultKind::Http(403), Some(1));
    run.call(JobCall::Resume);
    run.until(5);
    assert_eq!(run.state(), JobState::Error);
    assert_eq!(run.error().map(|info| info.context), Some(ErrorContext::RemoteFile));
    assert_eq!(run.notes(NoteKind::JobError), [(1, 0)]);
    let file = run.by(APP, &Call::ErrorObject(ErrorObjectId(0), ErrorCall::GetFile));
    assert_eq!(file, (Hresult::S_OK, Reply::File(FileId(0))));
    let protocol = run.by(APP, &Call::ErrorObject(ErrorObjectId(0), ErrorCall::GetProtocol));
    assert_eq!(protocol.0, Hresult::E_NOTIMPL);
    assert_eq!(run.call(JobCall::Suspend), Hresult::S_OK);
    assert_eq!(run.state(), JobState::Suspended);
    assert_eq!(run.code(), Some(Hresult::http(403)), "it outlives Suspend");
    run.call(JobCall::Resume);
    assert_eq!(run.code(), None);
}

#[test]
fn no_progress_for_an_hour_ends_a_job_and_rests_while_suspended_or_blocked() {
    let mut run = Run::new();
    run.call(JobCall::SetPriority(0));
    run.call(JobCall::SetNotifyInterface(true));
    run.fault(FaultKind::Http(503), None);
    run.call(JobCall::Resume);
    run.until(1_000);
    run.disturb(&Disturbance::BlockBegins(Block::Vpn));
    assert_eq!(run.code(), Some(Hresult::DO_E_BLOCKED_BY_VPN_POLICY));
    run.until(6_000);
    assert_eq!(run.state(), JobState::TransientError);
    run.disturb(&Disturbance::BlockEnds(Block::Vpn));
    run.until(8_599);
    assert_ne!(run.state(), JobState::Error);
    run.until(8_601);
    assert_eq!(run.state(), JobState::Error);
    assert_eq!(run.code(), Some(Hresult::DO_E_DOWNLOAD_NO_PROGRESS));
    let last = run.moves().last().copied().expect("a move");
    let expected = (JobState::Error, Stimulus::NoProgressTimeoutExpires, 8_600);
    assert_eq!((last.1, last.2, last.3), expected);
    assert_eq!(run.notes(NoteKind::JobError), [(1, 8_600)]);
    // Resume begins a window of its own, and so does one after Suspend.
    run.call(JobCall::Resume);
    run.until(10_000);
    run.call(JobCall::Suspend);
    run.until(20_000);
    assert_eq!(run.state(), JobState::Suspended);
    run.call(JobCall::Resume);
    run.until(23_599);
    assert_ne!(run.state(), JobState::Error);
    run.until(23_601);
    assert_eq!(run.state(), JobState::Error);
}

#[test]
fn a_stalled_connection_passes_through_transient_error() {
    let mut setup = setup();
    setup.servers[0].bandwidth = 0;
    let mut run = Run::of(setup);
    run.create();
    run.add(JobId(0), URL, LOCAL);
    run.call(JobCall::SetNoProgressTimeout(60));
    run.call(JobCall::Resume);
    run.until(100);
    let moves = run.moves();
    let (transferring, transient) = (JobState::Transferring, JobState::TransientError);
    assert_eq!(
        moves[1..],
        [
            (transferring, transient, Stimulus::TransferErrorTransient, 60),
            (transient, JobState::Error, Stimulus::NoProgressTimeoutExpires, 60),
        ]
    );
    assert_eq!(run.error().map(|info| info.file), Some(None));
}

#[test]
fn a_timeout_of_zero_leaves_no_retries() {
    let mut run = Run::new();
    run.call(JobCall::SetNoProgressTimeout(0));
    run.call(JobCall::Resume);
    run.until(10);
    assert_eq!(run.state(), JobState::Transferring);
    run.fault(FaultKind::Http(503), Some(1));
    run.until(11);
    assert_eq!(run.state(), JobState::Error);
    assert_eq!(run.code(), Some(Hresult::http(503)));
}

#[test]
fn bytes_keep_the_no_progress_window_open() {
    let mut run = Run::new();
    run.call(JobCall::SetNoProgressTimeout(30));
    run.call(JobCall::Resume);
    run.until(80);
    run.fault(FaultKind::Http(503), None);
    run.until(109);
    assert_ne!(run.state(), JobState::Error);
    run.until(111);
    assert_eq!(run.state(), JobState::Error);
}

#[test]
fn network_and_policy_block_and_go_on_by_themselves() {
    let mut run = Run::new();
    run.call(JobCall::Resume);
    run.until(10);
    run.disturb(&Disturbance::NetworkLost);
    assert_eq!(run.state(), JobState::TransientError);
    assert_eq!(run.code(), Some(Hresult::DO_E_BLOCKED_BY_NO_NETWORK));
    run.disturb(&Disturbance::BlockBegins(Block::Cellular));
    assert_eq!(run.code(), Some(Hresult::DO_E_BLOCKED_BY_CELLULAR_POLICY));
    run.until(1_000);
    assert_eq!(run.waits(), [], "a blocked job is not tried");
    run.disturb(&Disturbance::BlockEnds(Block::Cellular));
    assert_eq!(run.code(), Some(Hresult::DO_E_BLOCKED_BY_NO_NETWORK));
    run.disturb(&Disturbance::NetworkRegained);
    assert_eq!(run.state(), JobState::Transferring);
    assert_eq!(run.code(), None);
    run.until(1_200);
    assert_eq!(run.state(), JobState::Transferred);
}

#[test]
fn a_failure_waits_for_its_retry_though_a_block_ends() {
    let mut run = Run::new();
    run.fault(FaultKind::Http(503), None);
    run.call(JobCall::Resume);
    run.until(1);
    run.disturb(&Disturbance::BlockBegins(Block::Cost));
    run.disturb(&Disturbance::BlockEnds(Block::Vpn));
    assert_eq!(run.state(), JobState::TransientError);
    run.disturb(&Disturbance::BlockEnds(Block::Cost));
    assert_eq!(run.state(), JobState::Transferring);
    run.until(2);
    let before = run.moves().len();
    run.disturb(&Disturbance::NetworkRegained);
    assert_eq!(run.moves().len(), before, "the network was there all the time");
}

#[test]
fn resume_without_a_network_begins_an_attempt_that_is_blocked_at_once() {
    let mut run = Run::new();
    run.disturb(&Disturbance::NetworkLost);
    assert_eq!(run.call(JobCall::Resume), Hresult::S_OK);
    let causes: Vec<Stimulus> = run.moves().iter().map(|it| it.2).collect();
    assert_eq!(causes, [Stimulus::Resume, Stimulus::NetworkLost]);
    let requested = |event: &&Event| matches!(event.what, Happened::Requested { .. });
    assert_eq!(run.events.iter().filter(requested).count(), 0);
}

#[test]
fn cost_flags_decide_which_network_a_job_may_use() {
    let mut run = Run::new();
    run.disturb(&Disturbance::NetworkConditions(vec![NetworkCondition::Metered]));
    run.call(JobCall::Resume);
    run.until(10);
    assert_eq!(run.state(), JobState::Transferring);
    let strict = JobCall::SetProperty { id: COST_FLAGS, value: COST_UNRESTRICTED };
    assert_eq!(run.call(strict), Hresult::S_OK);
    assert_eq!(run.state(), JobState::TransientError);
    assert_eq!(run.code(), Some(Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY));
    run.disturb(&Disturbance::NetworkConditions(vec![]));
    assert_eq!(run.state(), JobState::Transferring);
    run.disturb(&Disturbance::NetworkConditions(vec![NetworkCondition::Roaming]));
    assert_eq!(run.state(), JobState::TransientError);
    let always = JobCall::SetProperty { id: COST_FLAGS, value: bitsim_vocab::legacy::COST_ALWAYS };
    run.call(always);
    assert_eq!(run.state(), JobState::Transferring);
    let other = JobCall::SetProperty { id: 5, value: 0 };
    assert_eq!(run.call(other), Hresult::DO_E_UNKNOWN_PROPERTY_ID);
}

#[test]
fn a_job_waits_for_its_owner() {
    let mut run = Run::new();
    run.call(JobCall::Resume);
    run.until(10);
    run.disturb(&Disturbance::LogOff(UserId(0)));
    assert_eq!(run.state(), JobState::Queued);
    let bytes = run.bytes();
    run.until(100_000);
    assert_eq!((run.state(), run.bytes()), (JobState::Queued, bytes));
    run.disturb(&Disturbance::LogOn(UserId(0)));
    run.until(100_010);
    assert_eq!(run.state(), JobState::Transferring);
    // A retry that falls due meanwhile is made up for.
    run.fault(FaultKind::Http(503), Some(1));
    run.until(100_011);
    run.disturb(&Disturbance::LogOff(UserId(0)));
    run.until(100_020);
    assert_eq!(run.state(), JobState::TransientError);
    run.disturb(&Disturbance::LogOn(UserId(0)));
    run.until(100_021);
    assert_eq!(run.state(), JobState::Transferring);
    run.disturb(&Disturbance::LogOff(UserId(0)));
    let admin = Call::Job(JobId(0), JobCall::Suspend);
    assert_eq!(run.by(ADMIN, &admin).0, Hresult::S_OK);
    let admin = Call::Job(JobId(0), JobCall::Resume);
    assert_eq!(run.by(ADMIN, &admin).0, Hresult::S_OK);
    assert_eq!(run.state(), JobState::Queued);
}

#[test]
fn a_partial_complete_keeps_finished_files_and_discards_the_others() {
    let mut run = Run::new();
    run.add(JobId(0), SECOND, OTHER);
    run.call(JobCall::Resume);
    run.until(150);
    assert_eq!(run.call(JobCall::Complete), Hresult::S_OK);
    assert_eq!(run.state(), JobState::Acknowledged);
    assert_eq!(run.world.local_file(LOCAL), Some((SIZE, 1)));
    assert_eq!(run.world.local_file(OTHER), None);
    assert!(!run.world.temporary_file(OTHER));
    let files = |event: &Event| match &event.what {
        Happened::File(file) => match file.what {
            FileChange::Renamed { .. } => Some("renamed"),
            FileChange::TempDeleted => Some("deleted"),
            _ => None,
        },
        Happened::State { to: JobState::Acknowledged, .. } => Some("acknowledged"),
        _ => None,
    };
    let order: Vec<&str> = run.events.iter().filter_map(files).collect();
    assert_eq!(order, ["renamed", "deleted", "acknowledged"]);
    run.until(1_000);
    assert!(run.world.settled());
}

#[test]
fn a_failed_rename_leaves_the_state_and_can_be_repeated() {
    let mut run = Run::new();
    run.add(JobId(0), SECOND, OTHER);
    run.call(JobCall::Resume);
    run.until(300);
    run.disturb(&Disturbance::PathDenied(OTHER.into(), PathOperation::Rename));
    assert_eq!(run.call(JobCall::Complete), Hresult::E_ACCESSDENIED);
    assert_eq!(run.state(), JobState::Transferred);
    let completed = |run: &mut Run, file| match run.reply(JobCall::GetFileProgress(FileId(file))) {
        Reply::FileProgress { completed, .. } => completed,
        other => panic!("GetProgress answered {other:?}"),
    };
    assert!(completed(&mut run, 0));
    assert!(!completed(&mut run, 1));
    run.disturb(&Disturbance::PathAllowed(OTHER.into(), PathOperation::Rename));
    assert_eq!(run.call(JobCall::Complete), Hresult::S_OK);
    assert!(completed(&mut run, 1));
}

#[test]
fn cancel_deletes_what_was_fetched() {
    let mut run = Run::new();
    run.call(JobCall::SetNotifyInterface(true));
    run.call(JobCall::Resume);
    run.until(10);
    assert!(run.world.temporary_file(LOCAL));
    assert_eq!(run.call(JobCall::Cancel), Hresult::S_OK);
    assert!(!run.world.temporary_file(LOCAL));
    assert_eq!(run.by(APP, &Call::GetJob(JobId(0))).0, Hresult::DO_E_JOB_NOT_FOUND);
    run.until(20);
    assert_eq!(run.notes(NoteKind::JobError), []);
    assert!(run.world.settled());
}

#[test]
fn files_added_to_a_finished_job_wait_for_resume() {
    let mut run = Run::new();
    run.call(JobCall::Resume);
    run.until(200);
    assert_eq!(run.call(JobCall::Resume), Hresult::S_OK);
    assert_eq!(run.state(), JobState::Transferred);
    run.add(JobId(0), SECOND, OTHER);
    run.until(210);
    assert_eq!(run.state(), JobState::Transferred);
    assert_eq!(run.call(JobCall::Resume), Hresult::S_OK);
    assert_eq!(run.state(), JobState::Transferring);
    run.until(400);
    assert_eq!(run.state(), JobState::Transferred);
    assert_eq!(run.bytes(), 2 * SIZE);
}

#[test]
fn a_new_remote_name_is_for_the_next_request() {
    let mut run = Run::new();
    run.call(JobCall::Resume);
    run.call(JobCall::SetRemoteName { file: FileId(0), url: "https://gone.test/one.cab".into() });
    run.until(10);
    assert_eq!(run.state(), JobState::Transferring, "the request under way is answered");
    assert!(run.bytes() > 0);
    run.call(JobCall::Suspend);
    run.call(JobCall::Resume);
    run.until(11);
    assert_eq!(run.state(), JobState::TransientError, "nobody knows the new host");
}

#[test]
fn a_restart_keeps_jobs_and_forgets_callbacks_and_names_that_were_not_resumed() {
    let mut run = Run::new();
    run.call(JobCall::SetNotifyInterface(true));
    run.call(JobCall::Resume);
    run.until(50);
    let held = run.bytes();
    run.call(JobCall::SetRemoteName { file: FileId(0), url: SECOND.into() });
    run.disturb(&Disturbance::ServiceRestarts { list_readable: true });
    assert_eq!(run.state(), JobState::Queued);
    assert_eq!(run.reply(JobCall::GetRemoteName(FileId(0))), Reply::Text(URL.into()));
    run.until(51);
    assert_eq!(run.state(), JobState::Transferring);
    assert!(run.bytes() >= held);
    run.until(200);
    assert_eq!(run.state(), JobState::Transferred);
    assert_eq!(run.notes(NoteKind::JobTransferred), []);
    run.disturb(&Disturbance::ServiceRestarts { list_readable: false });
    assert_eq!(run.by(APP, &Call::GetJob(JobId(0))).0, Hresult::DO_E_JOB_NOT_FOUND);
    assert!(matches!(run.events.last().map(|it| &it.what), Some(Happened::Called(_))));
    let left = |event: &&Event| matches!(event.what, Happened::LeftQueue { .. });
    assert_eq!(run.events.iter().filter(left).count(), 1);
    assert!(run.world.temporary_file(LOCAL));
}

#[test]
fn after_a_reboot_a_job_waits_for_network_and_owner_and_no_time_counts() {
    let mut run = Run::new();
    run.call(JobCall::SetNoProgressTimeout(600));
    run.fault(FaultKind::Http(503), None);
    run.call(JobCall::Resume);
    run.until(100);
    run.disturb(&Disturbance::ComputerRestarts);
    assert_eq!(run.code(), Some(Hresult::DO_E_BLOCKED_BY_NO_NETWORK));
    run.until(10_000);
    assert_eq!(run.state(), JobState::TransientError);
    run.disturb(&Disturbance::NetworkRegained);
    assert_eq!(run.state(), JobState::Queued);
    run.disturb(&Disturbance::FaultEnds(0));
    run.disturb(&Disturbance::LogOn(UserId(0)));
    run.until(10_200);
    assert_eq!(run.state(), JobState::Transferred);
}

#[test]
fn the_flag_that_disables_is_ignored_and_others_count_at_delivery() {
    let mut run = Run::new();
    run.call(JobCall::SetNotifyInterface(true));
    run.call(JobCall::SetNotifyFlags(0xF));
    run.call(JobCall::SetNotifyFlags(0x5));
    run.call(JobCall::Resume);
    run.until(200);
    assert_eq!(run.notes(NoteKind::JobModification), []);
    assert_eq!(run.notes(NoteKind::JobTransferred).len(), 1);
    assert_eq!(run.reply(JobCall::GetNotifyFlags), Reply::Number(0x5));
}

#[test]
fn a_restart_begins_the_retry_series_anew() {
    let mut run = Run::new();
    run.fault(FaultKind::Http(503), None);
    run.call(JobCall::Resume);
    run.until(20);
    assert_eq!(run.waits(), [2, 4, 8, 16]);
    run.disturb(&Disturbance::ServiceRestarts { list_readable: true });
    assert_eq!(run.state(), JobState::TransientError);
    assert_eq!(run.code(), Some(Hresult::http(503)));
    run.until(23);
    assert_eq!(run.waits(), [2, 4, 8, 16, 2, 4]);
}

#[test]
fn after_thirty_days_a_job_is_cancelled() {
    const DAY: u64 = 86_400;
    let mut run = Run::new();
    run.call(JobCall::Resume);
    run.until(10);
    run.call(JobCall::Suspend);
    assert!(run.world.temporary_file(LOCAL));
    run.until(30 * DAY - 1);
    assert_eq!(run.state(), JobState::Suspended);
    run.until(30 * DAY + 1);
    assert_eq!(run.state(), JobState::Cancelled);
    assert!(!run.world.temporary_file(LOCAL));
    let last = run.moves().last().copied().expect("a move");
    assert_eq!((last.2, last.3), (Stimulus::JobTooOld, 30 * DAY));
}

#[test]
fn a_failing_job_error_is_repeated_until_it_is_taken_or_the_state_is_left() {
    let mut run = Run::new();
    run.client = Answers(2);
    run.call(JobCall::SetNotifyFlags(0x7));
    run.call(JobCall::SetNotifyInterface(true));
    run.fault(FaultKind::Http(404), None);
    run.call(JobCall::Resume);
    run.until(1_000);
    assert_eq!(run.notes(NoteKind::JobError), [(1, 0), (2, 60), (3, 120)]);
    run.client = Answers(u32::MAX);
    run.call(JobCall::Resume);
    run.until(1_100);
    assert_eq!(run.notes(NoteKind::JobError)[3..], [(1, 1_000), (2, 1_060)]);
    run.call(JobCall::Suspend);
    run.until(2_000);
    assert_eq!(run.notes(NoteKind::JobError).len(), 5);
}

#[test]
fn transient_errors_are_modifications_only_and_dead_clients_hear_nothing() {
    let mut run = Run::new();
    run.call(JobCall::SetNotifyFlags(0xB));
    run.call(JobCall::SetNotifyInterface(true));
    run.until(1);
    let before = run.notes(NoteKind::JobModification).len();
    run.fault(FaultKind::Http(503), Some(1));
    run.call(JobCall::Resume);
    run.until(2);
    assert_eq!(run.notes(NoteKind::JobError), []);
    assert!(run.notes(NoteKind::JobModification).len() > before);
    run.disturb(&Disturbance::ClientExits(APP));
    let told = run.notes(NoteKind::JobModification).len();
    run.until(500);
    assert_eq!(run.notes(NoteKind::JobModification).len(), told);
    assert_eq!(run.notes(NoteKind::JobTransferred), []);
}

#[test]
fn jobs_beyond_the_slots_wait_in_line_foreground_first() {
    let mut setup = setup();
    setup.delivery.slots = 1;
    let mut run = Run::of(setup);
    for index in 0..3 {
        let job = run.create();
        run.add(job, URL, &format!("C:\\downloads\\{index}.cab"));
    }
    run.of_job(2, JobCall::SetPriority(0));
    for index in 0..3 {
        assert_eq!(run.of_job(index, JobCall::Resume), Hresult::S_OK);
    }
    let states = |run: &mut Run| [0, 1, 2].map(|index| run.state_of(index));
    let (queued, transferring) = (JobState::Queued, JobState::Transferring);
    assert_eq!(states(&mut run), [transferring, queued, queued]);
    run.until(110);
    assert_eq!(states(&mut run), [JobState::Transferred, queued, transferring]);
    run.until(210);
    assert_eq!(states(&mut run)[1], transferring);
    run.disturb(&Disturbance::NetworkLost);
    run.disturb(&Disturbance::NetworkRegained);
    run.until(400);
    assert_eq!(states(&mut run), [JobState::Transferred; 3]);
}

#[test]
fn what_the_interface_lacks_answers_e_notimpl() {
    let mut run = Run::new();
    let file = NewFile { remote: URL.into(), local: LOCAL.into(), ranges: vec![] };
    let calls = [
        JobCall::AddFile(file.clone()),
        JobCall::AddFileSet(vec![file]),
        JobCall::GetErrorCount,
        JobCall::SetDisplayName(Some("other".into())),
        JobCall::GetOwner,
        JobCall::TakeOwnership,
        JobCall::SetMinimumRetryDelay(60),
    ];
    for call in calls {
        assert_eq!(run.call(call.clone()), Hresult::E_NOTIMPL, "{call:?}");
    }
    assert_eq!(run.by(APP, &Call::EnumJobs { all_users: false }).0, Hresult::E_NOTIMPL);
    assert_eq!(run.reply(JobCall::EnumFiles), Reply::Files(vec![FileId(0)]));
}

#[test]
fn only_the_owner_and_administrators_may_touch_a_job() {
    let mut run = Run::new();
    assert_eq!(run.by(FOREIGN, &Call::GetJob(JobId(0))).0, Hresult::E_ACCESSDENIED);
    let resume = Call::Job(JobId(0), JobCall::Resume);
    assert_eq!(run.by(FOREIGN, &resume).0, Hresult::E_ACCESSDENIED);
    assert_eq!(run.state(), JobState::Suspended);
    assert_eq!(run.by(ADMIN, &Call::GetJob(JobId(0))).0, Hresult::S_OK);
    assert_eq!(run.by(ADMIN, &resume).0, Hresult::S_OK);
}

#[test]
fn bad_files_are_refused_and_add_nothing() {
    let mut run = Run::new();
    let mut add = |remote: &str, local: &str, ranges: &[(u64, u64)]| {
        let file = NewFile { remote: remote.into(), local: local.into(), ranges: ranges.to_vec() };
        run.call(JobCall::AddFileWithRanges(file))
    };
    assert_eq!(add(URL, "", &[]), Hresult::E_INVALIDARG);
    assert_eq!(add(URL, OTHER, &[(0, 0)]), Hresult::DO_E_INVALID_RANGE);
    assert_eq!(add(URL, OTHER, &[(u64::MAX, 5)]), Hresult::DO_E_INVALID_RANGE);
    assert_eq!(add(URL, OTHER, &[(0, 100), (50, 10)]), Hresult::DO_E_OVERLAPPING_RANGES);
    assert_eq!(add(URL, OTHER, &[(100, u64::MAX), (500, 1)]), Hresult::DO_E_OVERLAPPING_RANGES);
    assert_eq!(run.reply(JobCall::EnumFiles), Reply::Files(vec![FileId(0)]));
    run.disturb(&Disturbance::PathDenied("C:\\downloads".into(), PathOperation::Write));
    let file = NewFile { remote: URL.into(), local: OTHER.into(), ranges: vec![] };
    assert_eq!(run.call(JobCall::AddFileWithRanges(file)), Hresult::E_ACCESSDENIED);
}

#[test]
fn ranges_count_only_their_own_bytes_and_need_a_server_that_sends_them() {
    let ranged = |ranges: bool, list: Vec<(u64, u64)>| {
        let mut setup = setup();
        setup.servers[0].ranges = ranges;
        let mut run = Run::of(setup);
        run.create();
        let file = NewFile { remote: URL.into(), local: LOCAL.into(), ranges: list };
        assert_eq!(run.call(JobCall::AddFileWithRanges(file)), Hresult::S_OK);
        run.call(JobCall::Resume);
        run.until(300);
        (run.state(), run.code(), run.bytes())
    };
    let (transferred, error) = (JobState::Transferred, JobState::Error);
    assert_eq!(ranged(true, vec![(0, 10), (SIZE - 5, u64::MAX)]), (transferred, None, 15));
    let beyond = Some(Hresult::DO_E_INVALID_RANGE);
    assert_eq!(ranged(true, vec![(SIZE, 1)]), (error, beyond, 0));
    let no_ranges = Some(Hresult::DO_E_INSUFFICIENT_RANGE_SUPPORT);
    assert_eq!(ranged(false, vec![(0, 10)]), (error, no_ranges, 0));
}
