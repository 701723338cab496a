//! Whole scenarios that people would write.

use bitsim_scenario::plan::{
    Act, Check, Claim, DownloadPlan, JobRef, Number, PlannedCall, Subject, When,
};
use bitsim_scenario::{Diagnostic, Plan, Scenario, load};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::{DownloadState, Value};
use bitsim_vocab::world::Delivery;
use bitsim_vocab::{Hresult, JobState, RuleId, SimTime, Span, StepId, Target};

const PULLED_CABLE: &str = include_str!("samples/pulled_cable_is_free.yaml");
const DO_ERROR_OBJECT: &str = include_str!("samples/do_error_object.yaml");
const DO_LEGACY: &str = include_str!("samples/do_legacy.yaml");
const DO_DOWNLOAD: &str = include_str!("samples/do_download.yaml");
const DO_SHARED: &str = include_str!("samples/do_shared.yaml");
const FOURTEEN_DAYS: &str = include_str!("samples/fourteen_days.yaml");
const TWO_VERSIONS: &str = include_str!("samples/two_versions.yaml");
const EVERYTHING: &str = include_str!("samples/everything.yaml");

fn read(text: &str) -> Scenario {
    match load("samples\\x.yaml", text.as_bytes()) {
        Ok(scenario) => {
            assert_eq!(scenario.warnings(), &[], "a sample needs no warning");
            scenario
        }
        Err(mistakes) => panic!("{}", all(&mistakes)),
    }
}

fn all(mistakes: &[Diagnostic]) -> String {
    mistakes.iter().map(|mistake| format!("{mistake}\n")).collect()
}

fn plan(scenario: &Scenario, target: Target) -> Plan {
    scenario.plan(target).unwrap_or_else(|| panic!("no plan for {target}"))
}

/// The checks of a step.
fn checks(plan: &Plan, step: usize) -> Vec<&Check> {
    let expected = plan.steps[step].acts.iter().map(|act| match &act.value {
        Act::Expect(check) => Some(check),
        _ => None,
    });
    expected.flatten().collect()
}

#[test]
fn a_pulled_cable_is_free() {
    let scenario = read(PULLED_CABLE);
    assert_eq!(scenario.source().path, "samples/x.yaml");
    assert_eq!(scenario.title(), "a pulled cable is free, a 503 is not");
    assert_eq!(scenario.targets(), [Target::BITS]);
    assert_eq!(scenario.seed(), 0);
    let rules: Vec<RuleId> = scenario.rules().iter().map(|rule| rule.value).collect();
    assert_eq!(rules[1], RuleId::BITS_ERRCOUNT_004);
    assert_eq!(scenario.plan(Target::bits(1, 5)), None);

    let plan = plan(&scenario, Target::BITS);
    assert_eq!(plan.jobs[0].settings, [JobCall::SetMinimumRetryDelay(600)]);
    assert_eq!(plan.jobs[0].files[0].local, "C:\\downloads\\payroll\\payroll.cab");
    assert_eq!(plan.setup.servers[0].files[0].size, 900 << 20);
    assert_eq!(plan.setup.users[0].name, "owner");
    assert_eq!(plan.setup.clients[0].name, "app");
    let labels: Vec<&str> = plan.steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(labels, ["0s", "30s", "1m", "21m", "25m", "26m"]);
    assert_eq!(plan.steps[3].when, When::At(SimTime::ZERO + Span::secs(21 * 60)));

    let check = checks(&plan, 2)[0];
    assert_eq!(check.subject, Subject::Job(JobRef(0), None));
    assert_eq!(check.claims[0].value, Claim::State(vec![JobState::TransientError]));
    assert_eq!(check.claims[1].value, Claim::ErrorCount(Number::Exactly(1)));
    let Claim::GetError(error) = &check.claims[2].value else { panic!("not GetError") };
    assert_eq!(error.returns.as_ref().map(|at| at.value), Some(Hresult::S_OK));
    let code = error.code.as_ref().map(|at| at.value.clone());
    assert_eq!(code, Some(vec![Hresult::BG_E_HTTP_ERROR_503]));
    assert_eq!(error.context, None);
    assert_eq!(plan.finally.len(), 1);
}

#[test]
fn a_claim_points_at_its_value() {
    let scenario = read(PULLED_CABLE);
    let plan = plan(&scenario, Target::BITS);
    let count = checks(&plan, 5)[0].claims.last().map(|claim| claim.place);
    let place = count.unwrap_or_default();
    let line = PULLED_CABLE.lines().nth(place.line as usize - 1).unwrap_or_default();
    assert_eq!(line, "    expect: {job: payroll, state: TRANSIENT_ERROR, error_count: 2}");
    assert_eq!(line.chars().nth(place.column as usize - 1), Some('2'));
    let written = &PULLED_CABLE[place.offset as usize..][..place.len as usize];
    assert_eq!(written, "2");
}

#[test]
fn an_act_points_at_all_of_it_if_that_is_one_line() {
    let scenario = read(PULLED_CABLE);
    let plan = plan(&scenario, Target::BITS);
    let place = plan.steps[4].acts[0].place;
    let written = &PULLED_CABLE[place.offset as usize..][..place.len as usize];
    assert_eq!(written, "{disconnect: {for: 2m}}");
    let place = checks(&plan, 2)[0].place;
    let written = &PULLED_CABLE[place.offset as usize..][..place.len as usize];
    assert_eq!(written, "job");
}

#[test]
fn the_error_object_of_delivery_optimization() {
    let scenario = read(DO_ERROR_OBJECT);
    let plan = plan(&scenario, Target::DO_LEGACY);
    assert_eq!(plan.setup.delivery, Delivery::of(Target::DO_LEGACY));
    let Claim::GetError(error) = &checks(&plan, 4)[0].claims[1].value else { panic!("GetError") };
    let returns = error.returns.as_ref().map(|at| at.value);
    assert_eq!(returns, Some(Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE));
}

#[test]
fn fourteen_days_take_two_clocks() {
    let scenario = read(FOURTEEN_DAYS);
    let plan = plan(&scenario, Target::BITS);
    assert_eq!(
        plan.jobs[0].settings,
        [JobCall::SetNotifyInterface(true), JobCall::SetNotifyFlags(2)]
    );
    let answers: Vec<Hresult> =
        plan.jobs[0].answers.in_order.iter().map(|answer| answer.returns).collect();
    assert_eq!(answers, [Hresult::E_FAIL, Hresult::E_FAIL, Hresult::S_OK]);
    assert_eq!(plan.steps[3].label, "3d 1h");
}

#[test]
fn an_exception_replaces_the_expectation_on_its_target_only() {
    let scenario = read(TWO_VERSIONS);
    let count = |target: Target| {
        let plan = plan(&scenario, target);
        assert_eq!(plan.setup.target, target);
        let found = checks(&plan, 2);
        assert_eq!(found.len(), 1);
        found[0].claims[0].value.clone()
    };
    assert_eq!(count(Target::BITS), Claim::ErrorCount(Number::Exactly(3)));
    assert_eq!(count(Target::bits(1, 5)), Claim::ErrorCount(Number::Exactly(1)));
}

#[test]
fn everything_can_be_said() {
    let scenario = read(EVERYTHING);
    assert_eq!(scenario.targets().len(), 3);
    for target in scenario.targets() {
        let plan = plan(&scenario, *target);
        assert_eq!(plan.steps.len(), 4);
        let ids: Vec<StepId> = plan.steps.iter().map(|step| step.id).collect();
        assert_eq!(ids, [u32::MAX, 0, 1, 2].map(StepId));
        assert_eq!(plan.jobs.len(), 2);
    }
    let on = |target| checks(&plan(&scenario, target), 1).len();
    assert_eq!(on(Target::BITS), 4);
    assert_eq!(on(Target::bits(1, 5)), 1);
    assert_eq!(on(Target::bits(2, 0)), 0);
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let plain = read(PULLED_CABLE);
    let windows = PULLED_CABLE.replace('\n', "\r\n");
    let marked = format!("\u{FEFF}{windows}");
    for text in [windows, marked] {
        let other = read(&text);
        assert!(!other.source().text.starts_with('\u{FEFF}'));
        let (one, two) = (plan(&plain, Target::BITS), plan(&other, Target::BITS));
        assert_eq!(one.setup, two.setup);
        assert_eq!(one.steps.len(), two.steps.len());
        for (a, b) in one.steps.iter().zip(&two.steps) {
            let place = |at: bitsim_scenario::plan::Place| (at.line, at.column, at.len);
            assert_eq!(a.label, b.label);
            assert_eq!(place(a.place), place(b.place));
        }
    }
}

/// What a plan calls, in short: `Start(None)`.
fn calls(plan: &Plan) -> Vec<String> {
    let acts = plan.steps.iter().flat_map(|step| &step.acts);
    let calls = acts.filter_map(|act| match &act.value {
        Act::Call { call: PlannedCall::Job(_, call), .. } => Some(call.method().to_owned()),
        Act::Call { call: PlannedCall::Download(_, call), .. } => Some(call.method().to_owned()),
        Act::Call { call: PlannedCall::Start(_), .. } => Some("start".to_owned()),
        Act::Call { call, .. } => Some(format!("{call:?}")),
        _ => None,
    });
    calls.collect()
}

#[test]
fn a_job_of_delivery_optimization() {
    let scenario = read(DO_LEGACY);
    let plan = plan(&scenario, Target::DO_LEGACY);
    let delivery = &plan.setup.delivery;
    assert_eq!(delivery.retry_delays, [Span::secs(2), Span::secs(4)]);
    assert_eq!((delivery.slots, delivery.notify_again), (4, Span::secs(30)));
    assert_eq!(plan.jobs[0].settings[1], JobCall::SetProperty { id: 1, value: 0x8000_0021 });
    assert_eq!(plan.jobs[0].files[0].ranges, [(0, 64 << 20)]);
    assert_eq!(
        calls(&plan),
        [
            "AddFileWithRanges",
            "AddFileWithRanges",
            "AddFileWithRanges",
            "IBackgroundCopyJob5::SetProperty",
            "IDeliveryOptimizationFile2::SetProperty",
            "SetDescription",
            "AddFile",
            "Resume",
            "IBackgroundCopyJob5::GetProperty",
            "GetFileRanges",
        ]
    );
}

#[test]
fn a_download_with_two_profiles() {
    let scenario = read(DO_DOWNLOAD);
    let windows = plan(&scenario, Target::DO_DOWNLOAD);
    let agent = plan(&scenario, Target::DO_AGENT);
    assert_eq!(windows.setup.delivery.network_check, None);
    assert_eq!(agent.setup.delivery.network_check, Some(Span::secs(30)));
    let film = windows.jobs[0].download.clone().expect("a download");
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(
        film.settings,
        [
            (1, text("https://cdn.test/film.bin")),
            (4, text("C:\\downloads\\film\\film.bin")),
            (10, Value::Number(600)),
            (6, Value::Number(2)),
            (9, Value::Number(5)),
            (13, Value::Object),
        ]
    );
    let bare = windows.jobs[1].download.clone().expect("a download");
    assert_eq!(bare, DownloadPlan::default());
    // `only` takes one call from the agent and another from Windows.
    assert_eq!(calls(&windows).len(), calls(&agent).len());
    assert_ne!(calls(&windows), calls(&agent));
    let check = checks(&windows, 2)[0];
    assert_eq!(
        check.claims.iter().map(|claim| claim.value.clone()).collect::<Vec<_>>(),
        [
            Claim::DownloadState(vec![DownloadState::Paused]),
            Claim::Error(vec![Hresult::S_OK]),
            Claim::ExtendedError(vec![Hresult::DO_E_BLOCKED_BY_NO_NETWORK]),
        ]
    );
    assert_eq!(checks(&agent, 2)[0].claims.len(), 1);
}

#[test]
fn one_story_for_every_service() {
    let scenario = read(DO_SHARED);
    let on = |target| plan(&scenario, target);
    assert_eq!(
        on(Target::BITS).jobs[0].settings.iter().map(JobCall::method).collect::<Vec<_>>(),
        [
            "SetPriority",
            "SetMinimumRetryDelay",
            "SetNoProgressTimeout",
            "SetNotifyInterface",
            "SetNotifyFlags"
        ]
    );
    assert_eq!(calls(&on(Target::BITS)), ["Resume", "SetRemoteName", "Resume", "Complete"]);
    let agent = on(Target::DO_AGENT);
    assert_eq!(calls(&agent), ["start", "SetProperty", "start", "Finalize"]);
    let download = agent.jobs[0].download.clone().expect("a download");
    let numbers: Vec<u32> = download.settings.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 4, 11, 10, 6, 13]);
    // The steps of the other services are not there, and `except` stands for both profiles.
    assert_eq!(agent.steps.len(), on(Target::BITS).steps.len());
    assert_eq!(checks(&agent, 1), checks(&on(Target::DO_DOWNLOAD), 1));
    let count = |target| on(target).finally.len();
    assert_eq!([Target::BITS, Target::DO_DOWNLOAD, Target::DO_AGENT].map(count), [2, 2, 1]);
}
