//! Limits of connections, volumes and answers.

use crate::run::{MIB, OTHER_URL, PATH, Run, SIZE, URL, setup};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Value};
use bitsim_vocab::trace::Timer;
use bitsim_vocab::world::{Disturbance, Fault, FaultKind, Part, Setup};
use bitsim_vocab::{Call, Happened, Hresult, JobId, ServerId, SimTime, Span, Target};

#[test]
fn the_end_of_a_window_waits_for_a_connection_attempt_of_the_agent() {
    let mut run = Run::new(Target::DO_AGENT);
    run.timeout(60);
    run.fault(FaultKind::Timeout(Span::secs(3600)), None);
    run.start();
    run.until(73);
    assert_eq!(run.attempts(), [0, 17, 36, 59]);
    assert_eq!(run.fired(Timer::ProgressCheck), [10, 20, 30, 40, 50, 60]);
    assert_eq!(run.standing(), "Transferring");
    run.until(75);
    assert_eq!(run.standing(), "Paused, Error ERROR_WINHTTP_TIMEOUT");
    assert_eq!(run.call(DownloadCall::Start(None)), Hresult::S_OK);
    run.until(90);
    assert_eq!(run.standing(), "Paused, Error ERROR_WINHTTP_TIMEOUT", "the count was kept");
    // Between two attempts it shows at once.
    let mut run = Run::new(Target::DO_AGENT);
    run.timeout(60);
    run.fault(FaultKind::Refused, None);
    run.start();
    run.until(61);
    let told =
        "Paused, Error DO_E_DOWNLOAD_NO_PROGRESS, ExtendedError ERROR_WINHTTP_CANNOT_CONNECT";
    assert_eq!(run.standing(), told);
}

#[test]
fn the_agent_gives_up_a_slow_or_silent_connection() {
    let mut setup = setup(Target::DO_AGENT);
    setup.servers[0].bandwidth = 3999;
    let mut run = Run::of(setup.clone());
    run.start();
    run.until(19);
    run.timeout(600);
    run.until(21);
    assert_eq!(run.standing(), "Transferring, Error ERROR_WINHTTP_TIMEOUT");
    assert_eq!(run.status().bytes_transferred, 20 * 3999);
    setup.servers[0].bandwidth = 4000;
    let mut run = Run::of(setup);
    run.start();
    run.until(100);
    assert_eq!(run.attempts(), [0]);
    for (target, silence) in [(Target::DO_AGENT, 27), (Target::DO_DOWNLOAD, 15)] {
        let mut run = Run::started(target, 10);
        run.fault(FaultKind::Timeout(Span::secs(3600)), None);
        run.until(10 + silence - 1);
        assert_eq!(run.standing(), "Transferring");
        run.until(10 + silence);
        assert_ne!(run.standing(), "Transferring");
    }
}

#[test]
fn a_volume_that_takes_nothing_stops_what_is_written_to_it() {
    for (target, code) in
        [(Target::DO_DOWNLOAD, Hresult::E_ACCESSDENIED), (Target::DO_AGENT, Hresult(0xC0D0_000D))]
    {
        let mut run = Run::started(target, 10);
        run.disturb(&Disturbance::VolumeLocked("C:".into()));
        assert_eq!(run.status().standing.error, code);
        run.start();
        run.until(11);
        assert_eq!(run.status().standing.error, code);
        run.disturb(&Disturbance::VolumeUnlocked("C:".into()));
        run.start();
        run.until(100);
        assert_eq!(run.standing(), "Transferred");
        assert_eq!(run.requests(), [0, 10 * MIB, 10 * MIB]);
        run.disturb(&Disturbance::VolumeLocked("C:".into()));
        let finalized = run.call(DownloadCall::Finalize) == Hresult::S_OK;
        assert_eq!(finalized, target == Target::DO_AGENT);
    }
}

#[test]
fn with_its_volume_a_download_loses_its_file() {
    for (target, code) in [
        (Target::DO_DOWNLOAD, Hresult::ERROR_FILE_NOT_FOUND),
        (Target::DO_AGENT, Hresult(0xC0D0_0005)),
    ] {
        let mut run = Run::started(target, 10);
        run.disturb(&Disturbance::VolumeChanged("C:".into()));
        assert_eq!(run.status().standing.error, code);
        run.call(DownloadCall::Start(None));
        run.until(20);
        assert_eq!(run.status().standing.state, DownloadState::Paused);
        assert_eq!(run.world.local_file(PATH), None);
        assert!(!run.world.temporary_file(PATH));
    }
}

#[test]
fn an_answer_without_a_use_has_a_code_of_its_own() {
    let mut setup = setup(Target::DO_DOWNLOAD);
    setup.servers[0].content_length = false;
    let mut run = Run::of(setup.clone());
    run.start();
    run.until(1);
    assert_eq!(run.standing(), "Paused, Error DO_E_FILE_SIZE_UNKNOWN_HTTP_200");
    let mut run = Run::of(setup.clone());
    assert_eq!(run.call(DownloadCall::Start(Some(vec![(0, 100)]))), Hresult::S_OK);
    run.until(1);
    assert_eq!(run.standing(), "Paused, Error DO_E_FILE_SIZE_UNKNOWN_HTTP_206");
    setup.servers[0].ranges = false;
    let mut run = Run::of(setup);
    assert_eq!(run.call(DownloadCall::Start(Some(vec![(0, 100)]))), Hresult::S_OK);
    run.until(1);
    assert_eq!(run.standing(), "Paused, Error DO_E_INSUFFICIENT_RANGE_SUPPORT");
    // The code of the transient zone pauses until the next attempt, whatever is set meanwhile.
    let mut run = Run::new(Target::DO_DOWNLOAD);
    run.fault(FaultKind::Http(204), Some(3));
    run.start();
    run.until(10);
    run.set(DownloadProperty::CallbackFreqSeconds, Value::Number(5));
    assert_eq!(run.standing(), "Paused, ExtendedError DO_E_UNEXPECTED_HTTP_STATUS_2XX");
    run.until(100);
    assert_eq!(run.attempts(), [0, 2, 6, 14]);
    assert_eq!(run.standing(), "Transferred");
}

#[test]
fn what_writing_meets_is_final_for_the_agent() {
    for (code, is_final) in [(0xC0D0_001B, true), (0x8007_0490, true), (0xC0D0_0038, false)] {
        let mut run = Run::new(Target::DO_AGENT);
        run.fault(FaultKind::Code(Hresult(code)), Some(1));
        run.start();
        run.until(1);
        assert_eq!(run.status().standing.state == DownloadState::Paused, is_final);
        assert_eq!(run.status().standing.error, Hresult(code));
    }
}

#[test]
fn a_stream_needs_ranges_at_every_start() {
    let mut run = Run::empty(setup(Target::DO_DOWNLOAD));
    run.text(DownloadProperty::Uri, URL);
    assert_eq!(run.set(DownloadProperty::StreamInterface, Value::Object), Hresult::S_OK);
    let whole = DownloadCall::Start(Some(vec![]));
    assert_eq!(run.call(whole.clone()), Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED);
    let all = DownloadCall::Start(Some(vec![(0, u64::MAX)]));
    assert_eq!(run.call(all), Hresult::S_OK);
    run.until(10);
    run.call(DownloadCall::Pause);
    assert_eq!(run.call(whole), Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED);
    assert_eq!(run.standing(), "Paused");
    assert_eq!(run.call(DownloadCall::Start(None)), Hresult::S_OK);
}

/// The agent with a cache host that misbehaves.
fn behind_a_cache(kind: FaultKind) -> Run {
    let mut setup: Setup = setup(Target::DO_AGENT);
    let mut cache = setup.servers[0].clone();
    cache.name = "cache.test".into();
    setup.servers.push(cache.clone());
    cache.name = "origin.test".into();
    cache.files[0].url = ELSEWHERE.into();
    setup.servers.push(cache);
    setup.delivery.cache_host = Some(ServerId(1));
    let mut run = Run::of(setup);
    run.disturb(&Disturbance::FaultBegins(Box::new(Fault {
        number: 7,
        server: ServerId(1),
        url: None,
        part: Part::Any,
        kind,
        times: None,
        class: None,
    })));
    run
}

const ELSEWHERE: &str = "https://origin.test/model.bin";

/// Starts another download and tells how long its first answer took, in seconds.
fn first_answer(run: &mut Run, number: u32, uri: &str) -> u64 {
    let job = JobId(number);
    let app = crate::run::APP;
    assert_eq!(run.ask(app, Call::CreateDownload).0, Hresult::S_OK);
    for (property, text) in [
        (DownloadProperty::Uri, uri.to_owned()),
        (DownloadProperty::LocalPath, format!("C:\\downloads\\{number}.bin")),
    ] {
        let set = DownloadCall::SetProperty(u32::from(property.value()), Value::Text(text));
        assert_eq!(run.ask(app, Call::Download(job, set)).0, Hresult::S_OK);
    }
    let before = run.world.now().since(SimTime::ZERO).as_secs();
    let start = DownloadCall::Start(Some(vec![]));
    assert_eq!(run.ask(app, Call::Download(job, start)).0, Hresult::S_OK);
    run.until(before + 30);
    let sized = run.when(|what| {
        matches!(what, Happened::File(file) if file.job == job
        && matches!(file.what, bitsim_vocab::trace::FileChange::Sized(_)))
    });
    sized[0] - before
}

#[test]
fn a_cache_host_that_failed_is_left_alone_for_all_or_for_one_origin() {
    let silent = FaultKind::Timeout(Span::secs(3600));
    let mut run = behind_a_cache(silent);
    run.start();
    run.until(4);
    let sized = run.when(|what| {
        matches!(what, Happened::File(file)
        if file.what == bitsim_vocab::trace::FileChange::Sized(SIZE))
    });
    assert_eq!(sized, [3], "a cache host gets three seconds to connect");
    assert_eq!(first_answer(&mut run, 1, OTHER_URL), 0);
    assert_eq!(first_answer(&mut run, 2, ELSEWHERE), 0);
    run.until(1000);
    assert_eq!(first_answer(&mut run, 3, URL), 3, "a quarter of an hour is over");
    // An answer of 4xx is about the one origin only.
    let mut run = behind_a_cache(FaultKind::Http(404));
    run.start();
    run.until(4);
    run.disturb(&Disturbance::FaultEnds(7));
    run.disturb(&Disturbance::FaultBegins(Box::new(Fault {
        number: 8,
        server: ServerId(1),
        url: None,
        part: Part::Any,
        kind: silent,
        times: None,
        class: None,
    })));
    assert_eq!(first_answer(&mut run, 1, OTHER_URL), 0);
    assert_eq!(first_answer(&mut run, 2, ELSEWHERE), 3);
}
