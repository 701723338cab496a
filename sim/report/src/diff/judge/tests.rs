//! Each kind of difference from what two sides saw, one observation at a time.

use super::*;
use bitsim_vocab::{ErrorContext, SimTime, Span};

fn now(of: [Service; 2], phases: [Phase; 2]) -> Now {
    Now {
        of,
        phases: phases.map(Some),
        errors: [None; 2],
        lost: [0; 2],
        blamed: [None; 2],
        restarted: [false; 2],
        timeout: None,
        clock: false,
        has_file: [true; 2],
        cache_host: [false; 2],
    }
}

const JOBS: [Service; 2] = [Service::Bits, Service::DoLegacy];
const MIXED: [Service; 2] = [Service::Bits, Service::DoDownload];

fn at(seconds: u64, what: What) -> Seen {
    let at = SimTime::ZERO + Span::secs(seconds);
    Seen { at, who: "job".into(), step: None, since: 0, what, said: String::new() }
}

fn state(phase: Phase, cause: Cause) -> Seen {
    at(0, What::State { phase, name: "state", cause })
}

fn call(verb: &'static str, hr: Hresult) -> Seen {
    at(0, What::Call { verb, method: "method", hr, quiet: false })
}

fn told(held: bool, disabled: bool) -> What {
    What::Told { news: News::Done, kind: "JobTransferred", again: false, disabled, held }
}

fn file(made: bool, partial: bool) -> Seen {
    at(0, What::File { path: "x".into(), made, partial })
}

fn only(seen: &Seen, side: usize, now: &Now) -> Kind {
    let sides = if side == 0 { (Some(seen), None) } else { (None, Some(seen)) };
    match verdict(sides.0, sides.1, now) {
        Verdict::Differ(kind) => kind,
        other => panic!("{other:?}"),
    }
}

fn pair(one: &Seen, other: &Seen, now: &Now) -> Kind {
    match verdict(Some(one), Some(other), now) {
        Verdict::Differ(kind) => kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_that_one_side_forgot_is_about_its_lifetime() {
    let known = call("GetError", Hresult::S_OK);
    let gone = call("GetError", Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE);
    let mut now = now(JOBS, [Phase::Connects, Phase::Transfers]);
    assert_eq!(pair(&known, &gone, &now), Kind::Elsewhen, "it never had one");
    now.errors = [Some(true), Some(false)];
    assert_eq!(pair(&known, &gone, &now), Kind::Lifetime);
    let gone = at(0, What::Gone);
    assert_eq!(only(&gone, 1, &now), Kind::Lifetime);
    assert_eq!(time_kind(&gone, &at(5, What::Gone), &now), Kind::Lifetime);
    now.phases[0] = Some(Phase::Waits);
    assert_eq!(only(&gone, 1, &now), Kind::Elsewhen, "it waits longer, and remembers so long");
    now.errors[0] = Some(false);
    assert_eq!(verdict(None, Some(&gone), &now), Verdict::Agree, "both know of none");
}

#[test]
fn a_job_that_makes_way_for_a_higher_one_is_about_priorities() {
    let now = now(JOBS, [Phase::Transfers; 2]);
    assert_eq!(only(&state(Phase::Queued, Cause::Outranked), 0, &now), Kind::Priorities);
    assert_eq!(only(&state(Phase::Queued, Cause::Turn), 0, &now), Kind::Scheduling);
    let attempt = at(0, What::Attempt { number: 2, cause: Cause::Outranked });
    assert_eq!(only(&attempt, 0, &now), Kind::Priorities);
}

#[test]
fn a_no_progress_timeout_that_both_were_told_ran_from_another_moment() {
    let mut now = now(JOBS, [Phase::Waits; 2]);
    let failed = state(Phase::Failed, Cause::NoProgress);
    assert_eq!(only(&failed, 1, &now), Kind::NoProgress);
    now.timeout = Some(3_600);
    assert_eq!(only(&failed, 1, &now), Kind::NoProgressClock);
    assert_eq!(time_kind(&failed, &failed, &now), Kind::NoProgressClock);
    now.timeout = Some(0);
    assert_eq!(only(&failed, 1, &now), Kind::TimeoutValue);
}

#[test]
fn a_wait_during_which_the_clock_was_set_is_about_the_clock() {
    let mut now = now(JOBS, [Phase::Waits; 2]);
    let retried = state(Phase::Transfers, Cause::Retry);
    assert_eq!(time_kind(&retried, &retried, &now), Kind::RetryDelay);
    now.clock = true;
    assert_eq!(time_kind(&retried, &retried, &now), Kind::WallClock);
}

#[test]
fn what_follows_a_block_is_not_about_what_the_block_was() {
    let (queued, moves) =
        (state(Phase::Queued, Cause::Policy), state(Phase::Transfers, Cause::Policy));
    let waits = state(Phase::Waits, Cause::Policy);
    let mut now = now(JOBS, [Phase::Waits; 2]);
    assert_eq!(pair(&queued, &moves, &now), Kind::Condition);
    now.phases = [Some(Phase::Transfers); 2];
    assert_eq!(only(&waits, 0, &now), Kind::Cost);
}

#[test]
fn another_start_is_about_ranges_or_about_finished_work() {
    let (queued, other) =
        (state(Phase::Queued, Cause::Started), state(Phase::Transfers, Cause::OtherRanges));
    let same = state(Phase::Transfers, Cause::Started);
    let of = |phase| now(MIXED, [phase; 2]);
    assert_eq!(pair(&queued, &other, &of(Phase::Done)), Kind::Again);
    assert_eq!(pair(&queued, &other, &of(Phase::Rests)), Kind::NewRanges);
    assert_eq!(pair(&queued, &same, &of(Phase::Rests)), Kind::Activation);
}

#[test]
fn callbacks_say_why_only_one_side_has_them_or_has_them_late() {
    let now = now(JOBS, [Phase::Done; 2]);
    assert_eq!(only(&at(0, told(false, true)), 1, &now), Kind::Disable);
    assert_eq!(only(&at(0, told(false, false)), 1, &now), Kind::Other);
    let (soon, held) = (at(0, told(false, false)), at(600, told(true, false)));
    assert_eq!(time_kind(&held, &soon, &now), Kind::AtOnce);
    assert_eq!(time_kind(&soon, &at(600, told(false, false)), &now), Kind::Elsewhen);
    assert!(!others_follow(&held, &soon), "what comes next is not late for that");
    let refused = call("SetNotifyFlags", Hresult::E_NOTIMPL);
    assert_eq!(pair(&refused, &call("SetNotifyFlags", Hresult::S_OK), &now), Kind::FlagValue);
    let refused = call("switch callbacks off", Hresult::E_NOTIMPL);
    assert_eq!(only(&refused, 1, &now), Kind::Disable);
}

#[test]
fn a_setter_that_comes_too_late_is_no_matter_of_what_it_sets() {
    let now = now(MIXED, [Phase::Transfers; 2]);
    let refused = call("name the file", Hresult::DO_E_INVALID_STATE);
    assert_eq!(only(&refused, 1, &now), Kind::Setter);
    let there = call("name the file", Hresult::BG_E_INVALID_STATE);
    let Verdict::Renamed(names) = verdict(Some(&there), Some(&refused), &now) else {
        panic!("it is the same by another name");
    };
    assert_eq!(names[0].0, Kind::Setter);
}

#[test]
fn completing_too_early_is_completing_a_part() {
    let refused = call("complete", Hresult::DO_E_INVALID_STATE);
    let early = now(MIXED, [Phase::Transfers; 2]);
    assert_eq!(only(&refused, 1, &early), Kind::Partial);
    let denied = call("complete", Hresult::E_ACCESSDENIED);
    assert_eq!(only(&denied, 1, &now(MIXED, [Phase::Done; 2])), Kind::Rename);
}

#[test]
fn damage_is_told_from_other_failures() {
    let now = now(MIXED, [Phase::Done, Phase::Transfers]);
    let failed = state(Phase::Failed, Cause::Integrity);
    assert_eq!(only(&failed, 1, &now), Kind::Integrity, "although the other side is through");
    assert_eq!(pair(&state(Phase::Done, Cause::Done), &failed, &now), Kind::Integrity);
    for code in [Hresult::DO_E_INTEGRITYCHECKINFO_UNSPECIFIED, Hresult::DO_E_BAD_PIECE_HASH] {
        assert_eq!(only(&call("start", code), 1, &now), Kind::Integrity);
        assert_eq!(only(&at(0, What::Error { code, context: None }), 1, &now), Kind::Integrity);
    }
}

#[test]
fn a_failure_is_about_sources_where_a_cache_host_helps() {
    let code = Hresult::ERROR_WINHTTP_CANNOT_CONNECT;
    let error = at(0, What::Error { code, context: Some(ErrorContext::RemoteFile) });
    let mut now = now(MIXED, [Phase::Connects, Phase::Transfers]);
    assert_eq!(only(&error, 0, &now), Kind::RetryDelay);
    now.cache_host = [false, true];
    assert_eq!(only(&error, 0, &now), Kind::Sources);
    assert_eq!(only(&state(Phase::Waits, Cause::Failure), 0, &now), Kind::Sources);
}

#[test]
fn a_replaced_file_and_a_size_are_compared() {
    let mut now = now(MIXED, [Phase::Transfers; 2]);
    assert_eq!(only(&at(0, What::Changed("x".into())), 0, &now), Kind::SourceChange);
    let (all_ones, zero) = (at(0, What::Size { total: u64::MAX }), at(0, What::Size { total: 0 }));
    assert_eq!(pair(&all_ones, &zero, &now), Kind::Size);
    assert_eq!(verdict(Some(&all_ones), None, &now), Verdict::Agree, "nobody else asked");
    assert_eq!(only(&file(true, false), 1, &now), Kind::Sink);
    assert_eq!(only(&file(false, true), 0, &now), Kind::Rename);
    assert_eq!(only(&file(false, false), 0, &now), Kind::Elsewhen);
    now.has_file = [true, false];
    assert_eq!(only(&file(false, false), 0, &now), Kind::AddFile);
}

#[test]
fn a_failed_download_has_no_other_state_to_rest_in() {
    let suspended = state(Phase::Rests, Cause::Called);
    assert_eq!(only(&suspended, 0, &now(MIXED, [Phase::Failed; 2])), Kind::States);
    let jobs = now(JOBS, [Phase::Failed; 2]);
    assert_eq!(only(&suspended, 0, &jobs), Kind::Elsewhen);
}

#[test]
fn what_a_restart_took_away_explains_what_is_refused_and_what_goes_on_alone() {
    let mut now = now([Service::DoDownload; 2], [Phase::Rests, Phase::Forgotten]);
    let refused = call("start", Hresult::E_NOT_SET);
    assert_eq!(only(&refused, 1, &now), Kind::Elsewhen, "it was forgotten in the end");
    now.lost = [0, 1];
    assert_eq!(only(&refused, 1, &now), Kind::Restart);
    now.phases = [Some(Phase::Queued), Some(Phase::Transfers)];
    now.restarted = [true, false];
    assert_eq!(only(&state(Phase::Transfers, Cause::Turn), 0, &now), Kind::Restart);
}

#[test]
fn what_happens_while_the_other_side_rests_follows_from_that() {
    let now = now(JOBS, [Phase::Queued, Phase::Rests]);
    assert_eq!(only(&state(Phase::Queued, Cause::Retry), 0, &now), Kind::Elsewhen);
    assert_eq!(only(&state(Phase::Cancelled, Cause::Removal), 0, &now), Kind::Removal);
}
