use super::*;
use crate::rules::download::testing::{BUSY, NO_PROGRESS, OK, Tale, paused, waiting};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState};
use bitsim_vocab::trace::{FileChange, Timer, TimerEvent};

const GONE: Hresult = Hresult::http(404);
const TRANSFERRING: Standing = Standing::of(DownloadState::Transferring);
const TIMEOUT: DownloadProperty = DownloadProperty::NoProgressTimeoutSeconds;

/// The window ends while an attempt runs.
fn expires(tale: Tale, extended: Hresult) -> Tale {
    let tale = tale.ends(AttemptOutcome::Halted { by: Row::NoProgressElapsed });
    tale.to(paused(NO_PROGRESS, extended), Row::NoProgressElapsed)
}

/// The agent looks at its progress at these seconds and arms the timer again.
fn looks(mut tale: Tale, at: &[u64]) -> Tale {
    for secs in at {
        let look = tale.at(*secs).fired(Timer::ProgressCheck);
        tale = look.armed(Timer::ProgressCheck, secs + 10);
    }
    tale
}

/// A download of the agent with this limit, started at second 0.
fn limited(secs: u64) -> Tale {
    Tale::agent().number(TIMEOUT, secs).start().armed(Timer::ProgressCheck, 10)
}

#[test]
fn the_default_window() {
    let rule = RuleId::DOD_RETRY_002;
    let tale = Tale::windows().start();
    expires(tale.clone().at(10_800), OK).follows(rule);
    expires(tale.clone().at(1800), OK).breaks(rule);
    expires(tale.clone().at(20_000), OK).breaks(rule);
    tale.retries(BUSY).at(20_000).breaks(rule);
    let all: Vec<u64> = (1..=30).map(|n| n * 10).collect();
    let agent = Tale::agent().start().armed(Timer::ProgressCheck, 10);
    expires(looks(agent.clone(), &all), OK).follows(rule);
    expires(looks(agent, &all[..18]), OK).breaks(rule);
}

#[test]
fn the_end_of_the_window_names_the_last_failure() {
    let rule = RuleId::DOD_RETRY_003;
    let tale = Tale::windows().number(TIMEOUT, 60).start().at(1).retries(BUSY);
    let ends = tale.clone().at(3).again().at(60);
    expires(ends.clone(), BUSY).follows(rule);
    expires(ends.clone(), OK).breaks(rule);
    expires(ends.clone(), GONE).breaks(rule);
    expires(tale.clone().at(3).again().at(30), BUSY).breaks(rule);
    let halted = ends.ends(AttemptOutcome::Halted { by: Row::NoProgressElapsed });
    halted.to(paused(BUSY, OK), Row::NoProgressElapsed).breaks(rule);
    tale.at(3).again().at(200).ends(AttemptOutcome::Halted { by: Row::Pause }).breaks(rule);
    let agent = looks(limited(10), &[10]);
    expires(agent.clone(), OK).follows(rule);
    expires(agent, BUSY).breaks(rule);
    let waits = looks(limited(10).at(9).retries(BUSY), &[10]);
    waits.clone().to(paused(NO_PROGRESS, BUSY), Row::NoProgressElapsed).follows(rule);
    waits.to(paused(NO_PROGRESS, OK), Row::NoProgressElapsed).breaks(rule);
}

#[test]
fn the_agent_counts_looks() {
    let rule = RuleId::DOD_RETRY_004;
    for (secs, last) in [(10, 1), (14, 1), (15, 2), (24, 2), (25, 3)] {
        let all: Vec<u64> = (1..=last).map(|n| n * 10).collect();
        expires(looks(limited(secs), &all), OK).follows(rule);
        let late: Vec<u64> = (1..=last + 4).map(|n| n * 10).collect();
        expires(looks(limited(secs), &late), OK).breaks(rule);
    }
    expires(looks(limited(24), &[10]), OK).breaks(rule);
    expires(looks(limited(24), &[10]).at(17), OK).breaks(rule);
    limited(24).at(100).breaks(rule);
    limited(24).at(20).fired(Timer::ProgressCheck).breaks(rule);
    let slow = TimerEvent::Armed { due: SimTime::ZERO + Span::secs(20) };
    Tale::agent().start().timer(Timer::ProgressCheck, slow).breaks(rule);
}

#[test]
fn only_a_connection_attempt_puts_off_the_end_of_a_window() {
    let silence = Hresult(0x8007_2EE2);
    let full = limited(10).at(10).fired(Timer::ProgressCheck);
    let fails = full.clone().at(22).fails(silence, Class::Transient);
    let over = fails.to(paused(silence, OK), Row::NoProgressElapsed);
    over.clone().follows(RuleId::DOD_RETRY_003);
    over.follows(RuleId::DOD_RETRY_004);
    expires(full.at(22), OK).breaks(RuleId::DOD_RETRY_008);
}

#[test]
fn bytes_before_a_pause_count_at_the_look_after_it() {
    let tale = looks(limited(20).sized(100), &[10]).at(12).bytes(10).pause().at(13).resume();
    expires(looks(tale.clone(), &[20, 30, 40]), OK).follows(RuleId::DOD_RETRY_004);
    expires(looks(tale, &[20, 30]), OK).breaks(RuleId::DOD_RETRY_005);
}

#[test]
fn a_new_byte_begins_a_new_window() {
    let rule = RuleId::DOD_RETRY_005;
    let tale = Tale::windows().number(TIMEOUT, 60).start().sized(100);
    let tale = tale.at(40).bytes(10).at(50).bytes(20);
    expires(tale.clone().at(60), OK).breaks(rule);
    expires(tale.clone().at(110), OK).follows(rule);
    tale.at(100).bytes(30).arrives().follows(rule);
    let agent = looks(limited(20).sized(100), &[10]).at(15).bytes(10);
    expires(looks(agent.clone(), &[20]), OK).breaks(rule);
    expires(looks(agent, &[20, 30, 40]), OK).follows(rule);
}

#[test]
fn the_agent_waits_longer_each_time() {
    let rule = RuleId::DOD_RETRY_006;
    let tale = Tale::agent().start().retries(BUSY);
    let second = tale.clone().at(2).again().retries(BUSY);
    second.clone().at(6).again().follows(rule);
    second.clone().at(4).again().breaks(rule);
    second.at(10).again().breaks(rule);
    tale.clone().at(1).again().breaks(rule);
    tale.at(65).breaks(rule);
}

#[test]
fn bytes_do_not_shorten_the_waits() {
    let rule = RuleId::DOD_RETRY_007;
    let tale = Tale::agent().start().retries(BUSY).at(2).again();
    let tale = tale.sized(100).bytes(10).retries(BUSY);
    tale.clone().at(6).again().follows(rule);
    tale.clone().at(4).again().breaks(rule);
    // Whether a failure counts that is the end for lack of progress is not known.
    let ends = tale.at(4).fails(BUSY, Class::Transient);
    let ends = ends.to(paused(BUSY, OK), Row::NoProgressElapsed).at(5).resume().retries(BUSY);
    ends.clone().at(7).again().leaves(rule);
    ends.at(20).again().leaves(rule);
    let moved = Tale::agent().start().retries(BUSY).at(1);
    let moved = moved.call(DownloadCall::Pause, OK).to(paused(OK, OK), Row::Pause);
    let moved = moved.text(DownloadProperty::Uri, "http://files.example/2").at(3).resume();
    let moved = moved.retries(BUSY);
    moved.clone().at(5).again().follows(rule);
    moved.at(7).again().breaks(rule);
}

#[test]
fn the_count_of_the_agent_survives() {
    let rule = RuleId::DOD_RETRY_008;
    let expired = expires(looks(limited(60), &[10, 20, 30, 40, 50, 60]), OK).at(61);
    let again = expired.clone().resume();
    expires(looks(again.clone(), &[70]), OK).follows(rule);
    let whole = looks(again.clone(), &[70, 80, 90, 100, 110, 120]);
    expires(whole, OK).breaks(rule);
    let other = expired.text(DownloadProperty::Uri, "http://files.example/2").resume();
    expires(looks(other.clone(), &[70]), OK).breaks(rule);
    expires(looks(other, &[70, 80, 90, 100, 110, 120]), OK).follows(rule);
}

#[test]
fn error_shows_the_failure_during_the_wait() {
    let rule = RuleId::DOD_RETRY_009;
    let tale = Tale::agent().start();
    tale.clone().retries(BUSY).at(2).again().follows(rule);
    let fails = tale.clone().fails(BUSY, Class::Transient);
    fails.clone().to(paused(BUSY, OK), Row::RetryableFailure).breaks(rule);
    fails.clone().to(waiting(OK, BUSY), Row::RetryableFailure).breaks(rule);
    fails.at(61).breaks(rule);
    let cleared = tale.retries(BUSY).at(1).to(TRANSFERRING, Row::RetryDelayElapsed);
    cleared.at(2).attempt().breaks(rule);
}

#[test]
fn the_agent_gives_up_after_a_4xx() {
    let rule = RuleId::DOD_RETRY_012;
    let tale = Tale::agent().start();
    tale.clone().stops(GONE).follows(rule);
    tale.clone().retries(GONE).breaks(rule);
    tale.clone().stops(Hresult::http(416)).breaks(rule);
    let stops = tale.clone().fails(GONE, Class::Fatal);
    stops.to(paused(BUSY, OK), Row::FatalFailure).breaks(rule);
    Tale::windows().start().retries(Hresult::http(401)).leaves(rule);
}

#[test]
fn server_errors_are_tried_again() {
    let rule = RuleId::DOD_RETRY_013;
    for tale in Tale::both() {
        for code in [BUSY, Hresult(0x8007_2EE2), Hresult(0x8007_2EFE)] {
            let tale = tale.clone().start().at(1);
            tale.clone().retries(code).at(3).again().follows(rule);
            tale.clone().stops(code).breaks(rule);
            tale.clone().retries(code).at(200).breaks(rule);
            tale.retries(code).at(3).again().gone().breaks(rule);
        }
    }
}

#[test]
fn local_failures_are_final() {
    let rule = RuleId::DOD_RETRY_014;
    let full = Hresult(0x8007_0070);
    for tale in Tale::both() {
        for code in [full, Hresult::INET_E_INVALID_URL, Hresult(0x8007_000E)] {
            let tale = tale.clone().start().at(1);
            tale.clone().stops(code).follows(rule);
            tale.clone().retries(code).breaks(rule);
            let stops = tale.fails(code, Class::Fatal);
            stops.to(waiting(code, OK), Row::RetryableFailure).breaks(rule);
        }
    }
}

#[test]
fn the_rest_is_not_the_whole() {
    let rule = RuleId::DOD_RETRY_017;
    for tale in Tale::both() {
        let tale = tale.setup(|setup| setup.servers[0].ranges = false);
        let tale = tale.start().at(1).sized(100).bytes(40).pause().at(2).resume();
        let code = Hresult::DO_E_INSUFFICIENT_RANGE_SUPPORT;
        let stops = tale.clone().fails(code, Class::Fatal);
        stops.to(paused(code, OK), Row::RangeIgnored).follows(rule);
        tale.clone().bytes(140).breaks(rule);
        tale.clone().file(FileChange::Finished).ends(AttemptOutcome::Finished).breaks(rule);
        tale.retries(code).breaks(rule);
    }
}

#[test]
fn a_size_must_be_known() {
    let rule = RuleId::DOD_RETRY_018;
    let tale = Tale::windows().start().at(1);
    tale.clone().stops(Hresult::DO_E_FILE_SIZE_UNKNOWN_HTTP_200).follows(rule);
    let end = |tale: Tale| {
        let tale = tale.bytes(100).file(FileChange::Finished).ends(AttemptOutcome::Finished);
        tale.to(Standing::of(DownloadState::Transferred), Row::AllReceived)
    };
    end(tale).breaks(rule);
    end(Tale::agent().start().at(1)).leaves(rule);
}
