//! Downloads, told to the world directly, without scenario or oracle.

#[path = "download/limits.rs"]
mod limits;
#[path = "download/run.rs"]
mod run;

use bitsim_vocab::download::{
    DownloadCall, DownloadProperty, DownloadState, DownloadStatus, Standing, Value,
};
use bitsim_vocab::trace::{FileChange, Timer};
use bitsim_vocab::world::{
    Block, Defect, Delivery, Disturbance, Fault, FaultKind, LocalFile, NetworkCondition, Part,
};
use bitsim_vocab::{
    Call, ClientId, Happened, Hresult, JobId, Reply, ServerId, Span, Target, UserId,
};

use run::{APP, JOB, Listener, MIB, OTHER_URL, PATH, Run, SIZE, URL, setup};

#[test]
fn a_download_from_beginning_to_end_on_windows() {
    let mut run = Run::new(Target::DO_DOWNLOAD);
    let fresh = DownloadStatus { bytes_total: 0, bytes_transferred: 0, standing: Standing::NEW };
    assert_eq!(run.status(), fresh);
    run.start();
    assert_eq!(run.standing(), "Transferring");
    run.until(10);
    assert_eq!((run.status().bytes_total, run.status().bytes_transferred), (SIZE, 10 * MIB));
    assert_eq!(run.world.local_file(PATH), None);
    assert!(run.world.temporary_file(PATH));
    run.until(60);
    assert_eq!(run.standing(), "Transferred");
    assert_eq!(run.call(DownloadCall::Finalize), Hresult::S_OK);
    assert_eq!(run.world.local_file(PATH), Some((SIZE, 1)));
    assert!(!run.world.temporary_file(PATH));
    assert_eq!(run.standing(), "Finalized");
    assert_eq!(run.call(DownloadCall::Start(Some(vec![]))), Hresult::DO_E_INVALID_STATE);
    assert_eq!(run.ask(APP, Call::EnumDownloads(None)).0, Hresult::DO_E_NO_DOWNLOADS);
    assert!(run.world.settled());
    let files = [
        FileChange::OutputMade,
        FileChange::Sized(SIZE),
        FileChange::Finished,
        FileChange::Renamed { owner: UserId(0) },
    ];
    assert_eq!(run.file_events(), files);
}

#[test]
fn the_agent_writes_in_place_and_forgets() {
    let mut run = Run::started(Target::DO_AGENT, 10);
    assert_eq!(run.status().bytes_transferred, 10 * MIB);
    assert_eq!(run.world.local_file(PATH), Some((10 * MIB, 1)));
    run.until(60);
    assert_eq!(run.call(DownloadCall::Finalize), Hresult::S_OK);
    assert_eq!(run.world.local_file(PATH), Some((SIZE, 1)));
    for call in [DownloadCall::GetStatus, DownloadCall::Abort, DownloadCall::Start(None)] {
        assert_eq!(run.call(call), Hresult::E_NOT_SET);
    }
    assert_eq!(run.when(|what| matches!(what, Happened::LeftQueue { .. })), [60]);
}

#[test]
fn abort_deletes_what_the_download_made_and_nothing_else() {
    for target in [Target::DO_DOWNLOAD, Target::DO_AGENT] {
        let mut run = Run::started(target, 10);
        assert_eq!(run.call(DownloadCall::Abort), Hresult::S_OK);
        assert_eq!(run.world.local_file(PATH), None);
        assert!(!run.world.temporary_file(PATH));
        assert!(run.file_events().contains(&FileChange::OutputDeleted));
    }
    let mut setup = setup(Target::DO_DOWNLOAD);
    setup.local_files.push(LocalFile { path: PATH.into(), size: 7 });
    let mut run = Run::of(setup.clone());
    run.start();
    run.until(5);
    run.call(DownloadCall::Abort);
    assert_eq!(run.world.local_file(PATH), Some((7, 1)));
    setup.target = Target::DO_AGENT;
    setup.delivery = Delivery::of(Target::DO_AGENT);
    let mut run = Run::of(setup);
    assert_eq!(run.call(DownloadCall::Start(Some(vec![]))), Hresult(0xC0D0_0011));
    assert_eq!(run.standing(), "Created");
    assert_eq!(run.requests(), []);
}

#[test]
fn the_agent_waits_longer_and_longer_and_bytes_do_not_shorten_it() {
    let mut run = Run::new(Target::DO_AGENT);
    run.timeout(3600);
    run.fault(FaultKind::Http(503), None);
    run.start();
    run.until(95);
    assert_eq!(run.attempts(), [0, 2, 6, 14, 30, 60, 90]);
    assert_eq!(run.standing(), "Transferring, Error BG_E_HTTP_ERROR_500");
    run.disturb(&Disturbance::FaultEnds(1));
    run.until(130);
    assert!(run.status().bytes_transferred > 0);
    run.fault(FaultKind::Http(503), Some(1));
    run.until(170);
    assert_eq!(run.attempts()[7..], [120, 160], "30 s although bytes came");
}

#[test]
fn windows_begins_the_series_of_waits_anew_with_new_bytes() {
    let mut run = Run::new(Target::DO_DOWNLOAD);
    run.fault(FaultKind::Http(503), Some(3));
    run.start();
    run.until(20);
    assert_eq!(run.attempts(), [0, 2, 6, 14]);
    run.fault(FaultKind::Http(500), Some(1));
    run.until(21);
    assert_eq!(run.standing(), "Transferring, ExtendedError BG_E_HTTP_ERROR_500");
    run.until(40);
    assert_eq!(run.attempts()[4..], [22]);
    assert_eq!(run.standing(), "Transferring");
}

#[test]
fn the_windows_window_is_exact_and_tells_the_failure_behind_it() {
    let mut run = Run::new(Target::DO_DOWNLOAD);
    assert_eq!(run.timeout(59), Hresult::E_INVALIDARG);
    assert_eq!(run.timeout(100), Hresult::S_OK);
    run.start();
    run.until(10);
    run.fault(FaultKind::Http(503), None);
    run.until(200);
    assert_eq!(run.fired(Timer::NoProgressTimeout), [110]);
    let told = "Paused, Error DO_E_DOWNLOAD_NO_PROGRESS, ExtendedError BG_E_HTTP_ERROR_503";
    assert_eq!(run.standing(), told);
    run.start();
    run.until(310);
    assert_eq!(run.fired(Timer::NoProgressTimeout), [110, 300], "Start opens a fresh window");
}

#[test]
fn the_agent_counts_checks_and_the_count_outlives_pause_and_timeout() {
    for (secs, expires) in [(10, 10), (14, 10), (15, 20), (24, 20), (25, 30)] {
        let mut run = Run::new(Target::DO_AGENT);
        run.timeout(secs);
        run.fault(FaultKind::Refused, None);
        run.start();
        run.until(60);
        assert_eq!(run.fired(Timer::ProgressCheck).last(), Some(&expires), "{secs} s");
        let error = run.status().standing.error;
        assert_eq!(error, Hresult::DO_E_DOWNLOAD_NO_PROGRESS);
    }
    let mut run = Run::new(Target::DO_AGENT);
    run.timeout(30);
    run.fault(FaultKind::Refused, None);
    run.start();
    run.until(22);
    run.call(DownloadCall::Pause);
    run.start();
    run.until(31);
    let told = "Paused, Error DO_E_DOWNLOAD_NO_PROGRESS, \
                ExtendedError ERROR_WINHTTP_CANNOT_CONNECT";
    assert_eq!(run.standing(), told);
    run.start();
    run.until(42);
    assert_eq!(run.standing(), told, "one check is enough now");
    run.text(DownloadProperty::Uri, OTHER_URL);
    run.start();
    run.until(65);
    assert_eq!(run.status().standing.state, DownloadState::Transferring);
}

#[test]
fn start_resumes_where_the_bytes_end() {
    let mut run = Run::started(Target::DO_DOWNLOAD, 10);
    assert_eq!(run.call(DownloadCall::Pause), Hresult::S_OK);
    run.until(100);
    assert_eq!(run.status().bytes_transferred, 10 * MIB);
    assert_eq!(run.call(DownloadCall::Start(None)), Hresult::S_OK);
    run.until(150);
    assert_eq!(run.requests(), [0, 10 * MIB]);
    assert_eq!(run.standing(), "Transferred");
}

#[test]
fn a_full_answer_to_a_resume_is_fatal_or_appended() {
    for (defects, standing, done) in [
        (vec![], "Paused, Error DO_E_INSUFFICIENT_RANGE_SUPPORT", 10 * MIB),
        (vec![Defect::AppendsFullAnswer], "Transferred", 10 * MIB + SIZE),
    ] {
        let mut setup = setup(Target::DO_AGENT);
        setup.servers[0].ranges = false;
        setup.delivery.defects = defects;
        let mut run = Run::of(setup);
        run.start();
        run.until(10);
        run.call(DownloadCall::Pause);
        run.start();
        run.until(100);
        assert_eq!(run.standing(), standing);
        assert_eq!(run.status().bytes_transferred, done);
    }
}

#[test]
fn windows_notices_the_network_at_once() {
    let mut run = Run::started(Target::DO_DOWNLOAD, 10);
    run.disturb(&Disturbance::NetworkLost);
    assert_eq!(run.standing(), "Paused, ExtendedError DO_E_BLOCKED_BY_NO_NETWORK");
    run.until(5000);
    run.disturb(&Disturbance::NetworkRegained);
    assert_eq!(run.standing(), "Transferring");
    run.until(5055);
    assert_eq!(run.standing(), "Transferred", "the window rested meanwhile");
    assert_eq!(run.requests(), [0, 10 * MIB]);
}

#[test]
fn the_agent_looks_at_the_network_every_thirty_seconds() {
    let mut run = Run::started(Target::DO_AGENT, 10);
    run.disturb(&Disturbance::NetworkLost);
    assert_eq!(run.standing(), "Transferring");
    run.until(26);
    assert_eq!(run.standing(), "Paused, ExtendedError DO_E_BLOCKED_BY_NO_NETWORK");
    run.until(60);
    run.disturb(&Disturbance::NetworkRegained);
    run.until(84);
    assert_eq!(run.status().standing.state, DownloadState::Paused);
    run.until(86);
    assert_eq!(run.standing(), "Transferring");
    assert_eq!(run.fired(Timer::NetworkCheck), [55, 85]);
    run.until(200);
    assert_eq!(run.standing(), "Transferred");
}

#[test]
fn an_explicit_pause_is_sticky_unless_the_defect_is_asked_for() {
    for (target, defects, resumes) in [
        (Target::DO_DOWNLOAD, vec![], false),
        (Target::DO_AGENT, vec![], false),
        (Target::DO_AGENT, vec![Defect::PauseIsNotSticky], true),
    ] {
        let mut setup = setup(target);
        setup.delivery.defects = defects;
        let mut run = Run::of(setup);
        run.start();
        run.until(10);
        run.disturb(&Disturbance::NetworkLost);
        run.until(30);
        assert_eq!(run.call(DownloadCall::Pause), Hresult::S_OK);
        run.disturb(&Disturbance::NetworkRegained);
        run.until(300);
        let state = run.status().standing.state;
        assert_eq!(state == DownloadState::Transferred, resumes);
    }
}

#[test]
fn cost_policy_follows_priority_and_property() {
    let near = Disturbance::NetworkConditions(vec![NetworkCondition::NearDataLimit]);
    let mut run = Run::started(Target::DO_DOWNLOAD, 10);
    run.disturb(&near);
    assert_eq!(run.standing(), "Paused, ExtendedError DO_E_BLOCKED_BY_COST_TRANSFER_POLICY");
    run.disturb(&Disturbance::NetworkLost);
    run.disturb(&Disturbance::NetworkRegained);
    assert_eq!(run.standing(), "Paused, ExtendedError DO_E_BLOCKED_BY_COST_TRANSFER_POLICY");
    let policy = DownloadProperty::ForegroundPriority;
    assert_eq!(run.set(policy, Value::Flag(true)), Hresult::S_OK);
    assert_eq!(run.standing(), "Transferring", "a foreground download runs always");
    run.disturb(&Disturbance::BlockBegins(Block::PowerState));
    assert_eq!(run.standing(), "Paused, ExtendedError DO_E_BLOCKED_BY_POWER_STATE");
    run.disturb(&Disturbance::BlockEnds(Block::PowerState));
    assert_eq!(run.standing(), "Transferring");
}

#[test]
fn only_what_is_saved_outlives_the_service() {
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    let mut run = Run::started(Target::DO_DOWNLOAD, 10);
    run.disturb(&restart);
    assert_eq!(run.call(DownloadCall::GetStatus), Hresult::E_NOT_SET);
    let mut run = Run::new(Target::DO_DOWNLOAD);
    run.set(DownloadProperty::NonVolatile, Value::Flag(true));
    run.start();
    run.until(10);
    run.disturb(&restart);
    assert_eq!(run.ask(APP, Call::EnumDownloads(None)).1, Reply::Jobs(vec![JOB]));
    let standing = run.standing();
    assert_eq!((standing.as_str(), run.status().bytes_transferred), ("Paused", 10 * MIB));
    assert_eq!(run.call(DownloadCall::Start(None)), Hresult::S_OK);
    run.until(80);
    assert_eq!(run.standing(), "Transferred");
    assert_eq!(run.requests(), [0, 10 * MIB]);
}

#[test]
fn changes_are_told_in_order_to_whoever_registered_last() {
    let mut run = Run::new(Target::DO_DOWNLOAD);
    run.listen(APP);
    run.start();
    run.until(4);
    run.listen(ClientId(1));
    run.until(60);
    let notes = run.notes();
    let standing = |at: usize| notes[at].2.standing.to_string();
    assert_eq!(standing(0), "Transferring");
    assert_eq!(standing(notes.len() - 1), "Transferred");
    assert!(notes.iter().all(|(at, to, _)| (*to == APP) == (*at <= 4)), "{notes:?}");
    let progress: Vec<u64> = notes[1..notes.len() - 1].iter().map(|(at, ..)| *at).collect();
    assert_eq!(progress, (1..60).collect::<Vec<_>>(), "once a second");
    run.disturb(&Disturbance::ClientExits(ClientId(1)));
    run.call(DownloadCall::Abort);
    run.until(61);
    assert_eq!(run.notes().len(), notes.len());
}

#[test]
fn the_exit_of_the_creator_is_nothing_to_the_callback_of_another() {
    let mut run = Run::new(Target::DO_DOWNLOAD);
    run.set(DownloadProperty::CallbackFreqSeconds, Value::Number(10));
    run.start();
    run.until(1);
    run.listen(ClientId(1));
    run.until(5);
    run.disturb(&Disturbance::ClientExits(APP));
    run.until(25);
    let told: Vec<_> = run.notes().iter().map(|(at, to, _)| (*at, *to)).collect();
    assert_eq!(told, [(11, ClientId(1)), (21, ClientId(1))]);
}

#[test]
fn a_slow_listener_hears_every_change_and_the_latest_progress() {
    let mut run = Run::new(Target::DO_DOWNLOAD);
    run.client = Listener(Span::secs(20));
    run.listen(APP);
    run.start();
    run.until(5);
    run.call(DownloadCall::Pause);
    run.start();
    run.until(200);
    let told: Vec<(u64, String)> =
        run.notes().iter().map(|(at, _, status)| (*at, status.standing.to_string())).collect();
    let changes: Vec<&str> = told.iter().map(|(_, standing)| standing.as_str()).collect();
    assert_eq!(changes[0], "Transferring");
    assert!(changes.contains(&"Paused"));
    assert_eq!(changes.last(), Some(&"Transferred"));
    assert!(told.windows(2).all(|pair| pair[1].0 >= pair[0].0 + 20), "{told:?}");
}

#[test]
fn a_second_download_takes_the_path_on_windows() {
    let mut run = Run::started(Target::DO_DOWNLOAD, 10);
    run.call(DownloadCall::Pause);
    run.ask(APP, Call::CreateDownload);
    let second = |call| Call::Download(JobId(1), call);
    for (property, text) in
        [(DownloadProperty::Uri, URL), (DownloadProperty::LocalPath, "c:\\DOWNLOADS\\model.bin")]
    {
        let call = DownloadCall::SetProperty(property.value().into(), Value::Text(text.into()));
        assert_eq!(run.ask(APP, second(call)).0, Hresult::S_OK);
    }
    let start = DownloadCall::Start(Some(vec![]));
    assert_eq!(run.ask(APP, second(start)).0, Hresult::S_OK);
    assert_eq!(run.standing(), "Aborted");
    assert!(run.world.temporary_file(PATH));
}

#[test]
fn nobody_keeps_a_download_for_more_than_thirty_days() {
    let mut run = Run::started(Target::DO_DOWNLOAD, 60);
    assert!(run.world.settled());
    run.until(30 * 86_400 - 1);
    assert_eq!(run.standing(), "Transferred");
    run.until(30 * 86_400);
    assert_eq!(run.standing(), "Aborted");
    assert_eq!(run.fired(Timer::AgeLimit), [30 * 86_400]);
    assert!(!run.world.temporary_file(PATH));
}

#[test]
fn a_change_may_need_a_while_to_be_seen() {
    let mut setup = setup(Target::DO_DOWNLOAD);
    setup.delivery.visible_after = Span::secs(2);
    let mut run = Run::of(setup);
    run.listen(APP);
    run.start();
    assert_eq!(run.standing(), "Created");
    run.until(1);
    assert_eq!(run.standing(), "Created");
    run.until(2);
    assert_eq!(run.standing(), "Transferring");
    assert_eq!(run.notes()[0].0, 2);
    run.until(61);
    assert_eq!(run.standing(), "Transferring");
    run.until(62);
    assert_eq!(run.standing(), "Transferred");
}

#[test]
fn properties_keep_to_their_types_states_and_defaults() {
    let mut run = Run::started(Target::DO_DOWNLOAD, 1);
    let text = |text: &str| Value::Text(text.into());
    assert_eq!(run.get(DownloadProperty::SecurityContext).0, Hresult::DO_E_WRITE_ONLY_PROPERTY);
    assert_eq!(run.get(DownloadProperty::DisplayName).0, Hresult::E_NOT_SET);
    let frequency = run.get(DownloadProperty::CallbackFreqSeconds).1;
    assert_eq!(frequency, Reply::Value(Value::Number(1)));
    for (property, value, hr) in [
        (DownloadProperty::Id, text("x"), Hresult::DO_E_READ_ONLY_PROPERTY),
        (DownloadProperty::Uri, text("ftp://x/y"), Hresult::INET_E_INVALID_URL),
        (DownloadProperty::Uri, text(""), Hresult::E_INVALIDARG),
        (DownloadProperty::Uri, text(OTHER_URL), Hresult::DO_E_INVALID_STATE),
        (DownloadProperty::LocalPath, text("C:\\b"), Hresult::DO_E_INVALID_STATE),
        (DownloadProperty::CostPolicy, Value::Number(9), Hresult::E_INVALIDARG),
        (DownloadProperty::NonVolatile, Value::Number(1), Hresult::E_INVALIDARG),
        (DownloadProperty::DisplayName, text("model"), Hresult::S_OK),
    ] {
        assert_eq!(run.set(property, value), hr, "{property}");
    }
    assert_eq!(run.get(DownloadProperty::DisplayName).1, Reply::Value(text("model")));
    assert_eq!(run.get(DownloadProperty::Uri).1, Reply::Value(text(URL)));
    assert_eq!(run.call(DownloadCall::GetProperty(99)), Hresult::DO_E_UNKNOWN_PROPERTY_ID);
}

#[test]
fn no_start_without_uri_sink_or_earlier_ranges() {
    let mut run = Run::empty(setup(Target::DO_DOWNLOAD));
    let start = || DownloadCall::Start(Some(vec![]));
    assert_eq!(run.call(start()), Hresult::DO_E_DOWNLOAD_NO_URI);
    run.text(DownloadProperty::Uri, URL);
    assert_eq!(run.call(start()), Hresult::DO_E_FILE_DOWNLOADSINK_UNSPECIFIED);
    run.set(DownloadProperty::StreamInterface, Value::Object);
    let path = Value::Text(PATH.into());
    let twice = Hresult::DO_E_FILE_DOWNLOADSINK_ALREADY_SET;
    assert_eq!(run.set(DownloadProperty::LocalPath, path), twice);
    let expected = Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED;
    assert_eq!(run.call(start()), expected, "a stream needs ranges");
    assert_eq!(run.call(DownloadCall::Start(None)), expected);
    let ranges = vec![(0, 100), (MIB, 1000)];
    assert_eq!(run.call(DownloadCall::Start(Some(ranges))), Hresult::S_OK);
    run.until(1);
    assert_eq!(run.standing(), "Transferred");
    assert_eq!(run.status().bytes_total, 1100);
}

#[test]
fn the_cache_host_is_asked_first_and_the_origin_at_once_after_it() {
    let mut setup = setup(Target::DO_AGENT);
    let mut cache = setup.servers[0].clone();
    cache.name = "cache.test".into();
    setup.servers.push(cache);
    setup.delivery.cache_host = Some(ServerId(1));
    let mut run = Run::of(setup);
    run.disturb(&Disturbance::FaultBegins(Box::new(Fault {
        number: 7,
        server: ServerId(1),
        url: None,
        part: Part::Any,
        kind: FaultKind::Http(503),
        times: None,
        class: None,
    })));
    run.start();
    run.until(60);
    assert_eq!((run.attempts(), run.requests()), (vec![0], vec![0, 0]));
    assert_eq!(run.standing(), "Transferred");
}

#[test]
fn no_service_no_new_download() {
    let mut run = Run::new(Target::DO_DOWNLOAD);
    run.disturb(&Disturbance::ServiceStops);
    assert_eq!(run.ask(APP, Call::CreateDownload).0, Hresult::DO_E_NO_SERVICE);
    assert_eq!(run.ask(APP, Call::EnumDownloads(None)).0, Hresult::DO_E_NO_SERVICE);
    run.disturb(&Disturbance::ServiceStarts);
    assert_eq!(run.ask(APP, Call::CreateDownload).0, Hresult::S_OK);
}

#[test]
fn a_cut_body_of_unknown_length_ends_the_process_of_the_agent_if_asked_for() {
    for (defects, ends) in [(vec![], false), (vec![Defect::EndsProcess], true)] {
        let mut setup = setup(Target::DO_AGENT);
        setup.servers[0].content_length = false;
        setup.delivery.defects = defects;
        let mut run = Run::of(setup);
        run.start();
        run.fault(FaultKind::DropsAfter(5 * MIB), Some(1));
        run.until(90);
        let gone = run.call(DownloadCall::GetStatus) == Hresult::E_NOT_SET;
        assert_eq!(gone, ends);
        if !gone {
            assert_eq!(run.standing(), "Transferred");
            assert_eq!((run.status().bytes_total, run.status().bytes_transferred), (0, SIZE));
        }
    }
}

#[test]
fn a_stale_look_at_the_network_pauses_even_what_has_arrived_if_asked_for() {
    for (defects, state) in [
        (vec![], DownloadState::Transferred),
        (vec![Defect::StaleNetworkCheck], DownloadState::Paused),
    ] {
        let mut setup = setup(Target::DO_AGENT);
        setup.delivery.defects = defects;
        let mut run = Run::of(setup);
        run.start();
        run.until(50);
        run.disturb(&Disturbance::NetworkLost);
        run.until(66);
        run.disturb(&Disturbance::NetworkRegained);
        run.start();
        run.until(80);
        assert_eq!(run.standing(), "Transferred");
        run.disturb(&Disturbance::NetworkLost);
        run.until(96);
        assert_eq!(run.status().standing.state, state);
    }
}

#[test]
fn damaged_bytes_show_only_where_they_must_be_checked() {
    let mut run = Run::new(Target::DO_DOWNLOAD);
    run.set(DownloadProperty::IntegrityCheckMandatory, Value::Flag(true));
    let start = DownloadCall::Start(Some(vec![]));
    assert_eq!(run.call(start), Hresult::DO_E_INTEGRITYCHECKINFO_UNSPECIFIED);
    run.text(DownloadProperty::IntegrityCheckInfo, "https://cdn.test/model.json");
    run.fault(FaultKind::Corrupts, Some(1));
    run.start();
    run.until(61);
    assert_eq!(run.standing(), "Paused, Error DO_E_BAD_PIECE_HASH");
    run.start();
    run.until(130);
    assert_eq!(run.standing(), "Transferred");
    assert_eq!(run.requests(), [0, 0]);
}

#[test]
fn a_deleted_output_stops_a_resume() {
    for (target, hr, standing) in [
        (Target::DO_AGENT, Hresult(0xC0D0_0002), "Paused"),
        (
            Target::DO_DOWNLOAD,
            Hresult::S_OK,
            "Paused, Error HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)",
        ),
    ] {
        let mut run = Run::started(target, 10);
        run.call(DownloadCall::Pause);
        run.disturb(&Disturbance::LocalFileDeleted(PATH.into()));
        assert_eq!(run.call(DownloadCall::Start(None)), hr);
        run.until(20);
        assert_eq!(run.standing(), standing);
    }
}
