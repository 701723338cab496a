//! What one service has and another lacks: the diagnostics, word by word, and what the words become.

use bitsim_scenario::plan::{Act, Claim, Ends, Number, PlannedCall};
use bitsim_scenario::{Diagnostic, Help, Plan, load};
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, JobCall};
use bitsim_vocab::download::{DownloadCall, DownloadState, Value};
use bitsim_vocab::world::{Block, Defect, Disturbance, FaultKind, NetworkCondition};
use bitsim_vocab::{Hresult, Span, Target};

/// A scenario with one job or download `a`; `more` stands at the top level.
fn text(run_on: &str, section: &str, more: &str, timeline: &str) -> String {
    format!(
        "scenario: x\nrun_on: [{run_on}]\n{more}servers:\n  c.test: {{files: {{/b: 1 MiB}}}}\n\
         {section}: {{a: {{{}url: 'https://c.test/a', size: 1 MiB}}}}\ntimeline:\n{timeline}",
        if section == "jobs" { "type: download, files: [{" } else { "" },
    )
    .replace("size: 1 MiB}}", if section == "jobs" { "size: 1 MiB}]}}" } else { "size: 1 MiB}}" })
}

fn jobs(run_on: &str, timeline: &str) -> String {
    text(run_on, "jobs", "", timeline)
}

fn downloads(timeline: &str) -> String {
    text("do-download, do-download@agent", "downloads", "", timeline)
}

fn found(text: &str) -> Vec<Diagnostic> {
    match load("x.yaml", text.as_bytes()) {
        Ok(scenario) => scenario.warnings().to_vec(),
        Err(mistakes) => mistakes,
    }
}

fn told(text: &str) -> Vec<String> {
    found(text).iter().map(Diagnostic::to_string).collect()
}

fn plan(text: &str, target: Target) -> Plan {
    let scenario = load("x.yaml", text.as_bytes()).unwrap_or_else(|_| panic!("{:#?}", told(text)));
    assert_eq!(scenario.warnings(), []);
    scenario.plan(target).unwrap_or_else(|| panic!("no plan for {target}"))
}

fn acts(plan: &Plan) -> Vec<Act> {
    plan.steps.iter().flat_map(|step| &step.acts).map(|act| act.value.clone()).collect()
}

fn calls(plan: &Plan) -> Vec<PlannedCall> {
    let calls = acts(plan).into_iter().filter_map(|act| match act {
        Act::Call { call, .. } => Some(call),
        _ => None,
    });
    calls.collect()
}

fn claims(plan: &Plan) -> Vec<Claim> {
    let checks = acts(plan).into_iter().filter_map(|act| match act {
        Act::Expect(check) => Some(check.claims),
        _ => None,
    });
    checks.flatten().map(|claim| claim.value).collect()
}

#[test]
fn a_claim_that_the_only_service_lacks() {
    assert_eq!(
        told(&jobs("do-legacy", "  - {at: 0s, expect: {job: a, error_count: 0}}")),
        ["error[SCN-036] 7:31: `do-legacy` has no GetErrorCount; leave it out"]
    );
    assert_eq!(
        told(&downloads("  - {at: 0s, expect: {download: a, get_error: {returns: S_OK}}}")),
        ["error[SCN-036] 7:36: `do-download` has no GetError; use `error` and `extended_error`"]
    );
    assert_eq!(
        told(&jobs("do-legacy", "  - {at: 0s, expect: {job: a, get_error: {protocol: http}}}")),
        ["error[SCN-036] 7:43: `do-legacy` has no IBackgroundCopyError::GetProtocol; leave it \
             out"]
    );
    assert_eq!(
        told(&jobs("bits", "  - {at: 0s, expect: {job: a, extended_error: S_OK}}")),
        ["error[SCN-036] 7:31: `bits` has no GetStatus and GetProperty of a download; leave it \
             out"]
    );
}

#[test]
fn a_claim_that_one_of_several_services_lacks() {
    let file = |more: &str| {
        jobs(
            "bits, do-legacy",
            &format!("  - {{at: 0s, expect: {{job: a, error_count: 0}}{more}}}"),
        )
    };
    let mistakes = found(&file(""));
    assert_eq!(
        mistakes.iter().map(Diagnostic::to_string).collect::<Vec<_>>(),
        ["error[SCN-036] 7:31: `do-legacy` has no GetErrorCount; write `except: {do-legacy: \
             ...}` (or `skip`) beside `expect`, or `only: [bits]` into the check"]
    );
    // It says which target that is.
    assert_eq!((mistakes[0].related[0].0.line, mistakes[0].related[0].0.column), (2, 16));
    for repaired in [
        ", except: {do-legacy: skip}",
        ", except: {do-legacy: {job: a, state: SUSPENDED}}",
        ", except: {do-legacy: }",
    ] {
        assert_eq!(told(&file(repaired)), [""; 0]);
    }
    let only =
        jobs("bits, do-legacy", "  - {at: 0s, expect: {job: a, error_count: 0, only: bits}}");
    assert_eq!(claims(&plan(&only, Target::BITS)).len(), 1);
    assert_eq!(claims(&plan(&only, Target::DO_LEGACY)), []);
    assert_eq!(
        told(&jobs(
            "bits, do-legacy",
            "  - {until: {job: a, error_count: 1}, within: 1h}\nnever: {job: a, error_count: 2}"
        )),
        [
            "error[SCN-036] 7:22: `do-legacy` has no GetErrorCount; give the step `only: [bits]`",
            "error[SCN-036] 8:17: `do-legacy` has no GetErrorCount; write `only: [bits]` into the \
             check"
        ]
    );
}

#[test]
fn a_call_that_a_service_lacks() {
    let does = |run_on: &str, what: &str| jobs(run_on, &format!("  - {{at: 0s, do: {what}}}"));
    assert_eq!(
        told(&does("do-legacy", "{take_ownership: a}")),
        ["error[SCN-036] 7:19: `do-legacy` has no TakeOwnership; to see it refused, write \
             `returns: E_NOTIMPL`"]
    );
    assert_eq!(
        told(&does("bits, do-legacy", "{set: {job: a, description: x}}")),
        ["error[SCN-036] 7:33: `do-legacy` has no SetDescription; to see it refused, write \
             `returns: E_NOTIMPL`; write `only: [bits]` beside it"]
    );
    for refused in ["take_ownership: a", "set: {job: a, description: x}", "enum_jobs: {}"] {
        let text = does("do-legacy", &format!("{{{refused}, returns: E_NOTIMPL}}"));
        assert_eq!(told(&text), [""; 0], "{refused}");
    }
    let text = does("bits, do-legacy", "{take_ownership: a, only: [bits]}");
    assert_eq!(calls(&plan(&text, Target::BITS)).len(), 1);
    assert_eq!(calls(&plan(&text, Target::DO_LEGACY)), []);
    assert_eq!(
        told(&does("bits", "[{start: a}, {get_status: a}]")),
        [
            "error[SCN-036] 7:20: `bits` has no Start; use `resume`",
            "error[SCN-036] 7:32: `bits` has no GetStatus; use `get` with `what: state`"
        ]
    );
    assert_eq!(
        told(&downloads("  - {at: 0s, do: [{enum_jobs: {}}, {take_ownership: a}]}")),
        [
            "error[SCN-036] 7:20: `do-download` has no EnumJobs; use `enum_downloads`",
            "error[SCN-036] 7:37: `do-download` has no TakeOwnership; leave it out"
        ]
    );
    assert_eq!(
        told(&downloads("  - {at: 0s, do: {set: {download: a, notify_flags: 3}}}")),
        ["error[SCN-036] 7:38: `do-download` has no SetNotifyFlags; leave it out"]
    );
    assert_eq!(
        told(&jobs("bits", "  - {at: 0s, do: {set: {job: a, cost_policy: always}}}")),
        ["error[SCN-036] 7:33: `bits` has no properties of downloads; leave it out"]
    );
}

#[test]
fn a_setting_that_a_service_lacks() {
    let file = |declared: &str| {
        format!(
            "scenario: x\nrun_on: [bits, do-legacy, do-download]\nservers: {{c.test: {{}}}}\n\
             jobs:\n  a:\n    type: download\n    files: [{{url: 'https://c.test/a', size: 1}}]\n    \
             {declared}\ntimeline: [{{at: 0s, do: {{resume: a}}}}]"
        )
    };
    assert_eq!(
        told(&file("minimum_retry_delay: 1m")),
        ["error[SCN-036] 8:5: neither `do-legacy` nor `do-download` has SetMinimumRetryDelay; in \
             the job: `only_on: {bits: {minimum_retry_delay: 1m}}`"]
    );
    let repaired = file("only_on: {bits: {minimum_retry_delay: 1m, priority: low}}");
    assert_eq!(plan(&repaired, Target::BITS).jobs[0].settings.len(), 2);
    assert_eq!(plan(&repaired, Target::DO_LEGACY).jobs[0].settings.len(), 0);
    assert_eq!(
        told(&file("cost_policy: always")),
        ["error[SCN-036] 8:5: neither `bits` nor `do-legacy` has properties of downloads; in the \
             job: `only_on: {do-download: {cost_policy: always}}`"]
    );
    assert_eq!(
        told(&file("only_on: {bits@3.0: {priority: low}}")),
        ["error[SCN-024] 8:15: `bits@3.0` is not among the targets of this scenario; add \
             it to `run_on`, or write `bits`, `do-legacy` or `do-download`"]
    );
}

#[test]
fn a_download_is_no_job_and_has_one_file() {
    assert_eq!(
        told(&text("bits", "downloads", "", "  - {at: 0s}")),
        ["error[SCN-036] 5:1: `bits` has jobs and no downloads; what BITS and do-legacy transfer \
             is declared under `jobs`"]
    );
    assert_eq!(
        told(&jobs("bits", "  - {at: 0s, expect: {download: a, state: SUSPENDED}}")),
        ["error[SCN-036] 7:23: `bits` has no downloads; use `job`"]
    );
    let two = |run_on: &str| {
        format!(
            "scenario: x\nrun_on: [{run_on}]\nservers: {{c.test: {{}}}}\njobs:\n  a: {{type: \
             download, files: [{{url: 'https://c.test/a', size: 1}}, {{url: 'https://c.test/b', \
             size: 1}}]}}\ntimeline: [{{at: 0s, do: {{resume: a}}}}]"
        )
    };
    assert_eq!(
        told(&two("do-download")),
        ["error[SCN-036] 5:68: a download of `do-download` has one file; declare a download for \
             each file"]
    );
    assert_eq!(
        told(&two("bits, do-download")),
        [
            "error[SCN-036] 5:68: a download of `do-download` has one file; give it one file: `only_on: \
             {do-download: {files: [...]}}`"
        ]
    );
    let upload = "scenario: x\nrun_on: [do-legacy]\nservers: {c.test: {}}\n\
                  jobs: {a: {type: upload, files: [{url: 'https://c.test/a', size: 1}]}}\n\
                  timeline: [{at: 0s}]";
    assert_eq!(
        told(upload),
        [
            "error[SCN-036] 4:18: `do-legacy` has no uploads; use `type: download`, or run it on `bits`"
        ]
    );
}

#[test]
fn states_of_the_other_kind() {
    let mistakes = found(&downloads("  - {at: 0s, expect: {download: a, state: TRANSFERRED}}"));
    assert_eq!(
        mistakes.iter().map(Diagnostic::to_string).collect::<Vec<_>>(),
        ["error[SCN-036] 7:43: `TRANSFERRED` is no state of a download of `do-download`; did you \
             mean `Transferred`?"]
    );
    let Some(Help { edit: Some((place, better)), .. }) = &mistakes[0].help else { panic!("edit") };
    assert_eq!((place.len, better.as_str()), (11, "Transferred"));
    assert_eq!(
        told(&jobs("bits, do-download", "  - {at: 0s, expect: {job: a, state: ERROR}}")),
        ["error[SCN-036] 7:38: `ERROR` is no state of a download of `do-download`; write \
             `except: {do-download: {job: a, state: Paused}}` beside `expect`; a download has no \
             ERROR: once it gives up it is `Paused` with `error` set"]
    );
    assert_eq!(
        told(&jobs("bits, do-download", "  - {until: {job: a, state: Paused}, within: 1h}")),
        ["error[SCN-036] 7:29: `Paused` is no state of a job of `bits`; give the step `only: \
             [do-download]`, and write another with `only: [bits]` and `SUSPENDED`; a job has no \
             Paused: after Suspend it is `SUSPENDED`; once it gives up it is `ERROR`"]
    );
    assert_eq!(
        told(&jobs("bits, do-download", "  - at: 0s\nfinally: {job: a, state: ACKNOWLEDGED}")),
        ["error[SCN-036] 8:26: `ACKNOWLEDGED` is no state of a download of `do-download`; write \
             `only: [bits]` into the check, and another with `only: [do-download]` and `Finalized`"]
    );
    assert_eq!(
        told(&downloads("  - {at: 0s, expect: {jobs_in: {states: [Pause], count: 1}}}")),
        ["error[SCN-013] 7:42: unknown state of a download `Pause`; did you mean `Paused`?"]
    );
}

#[test]
fn events_that_a_service_lacks() {
    let befalls = |run_on: &str, what: &str| {
        jobs(run_on, &format!("  - {{at: 0s, do: {{resume: a}}, fault: {what}}}"))
    };
    assert_eq!(
        told(&befalls("bits", "[{network: {}}, {block: {cause: vpn}}, {stop_service: {}}]")),
        [
            "error[SCN-036] 7:40: `bits` has no network conditions; use `meter`",
            "error[SCN-036] 7:70: `bits` has no block of this cause; leave it out",
            "error[SCN-036] 7:78: `bits` has no IDOManager; use `restart_service`"
        ]
    );
    assert_eq!(
        told(&befalls("bits, do-legacy", "{block: {cause: game_mode}}")),
        ["error[SCN-036] 7:54: `do-legacy` has no block of this cause; write `only: [bits]` \
             beside it"]
    );
    let text = befalls("bits, do-legacy", "{block: {cause: game_mode}, only: bits}");
    assert_eq!(acts(&plan(&text, Target::DO_LEGACY)).len(), 1);
    assert_eq!(
        told(&jobs("bits", "  - {at: 0s, expect: {job: a, callbacks: {on_status_change: 1}}}")),
        ["error[SCN-036] 7:43: `bits` has no OnStatusChange; leave it out"]
    );
}

#[test]
fn figures_and_defects_belong_to_delivery_optimization() {
    let with =
        |run_on: &str, more: &str| text(run_on, "jobs", more, "  - {at: 0s, do: {resume: a}}");
    assert_eq!(
        told(&with("bits", "delivery: {slots: 1}\n")),
        ["error[SCN-036] 3:1: `bits` has no figures of Delivery Optimization; leave it out"]
    );
    assert_eq!(
        told(&with("do-download", "delivery: {defects: [ends_process]}\n")),
        ["error[SCN-036] 3:22: only `do-download@agent` has defects; add `do-download@agent` to \
             `run_on`"]
    );
    let text = with(
        "do-download, do-download@agent",
        "delivery: {defects: [ends_process], visible_after: 2s, cache_host: c.test, only_on: \
         {do-download@agent: {network_check: none}}}\n",
    );
    let windows = plan(&text, Target::DO_DOWNLOAD).setup.delivery;
    let agent = plan(&text, Target::DO_AGENT).setup.delivery;
    assert_eq!((windows.defects, agent.defects), (vec![], vec![Defect::EndsProcess]));
    assert_eq!((windows.visible_after, agent.visible_after), (Span::secs(2), Span::secs(2)));
    assert!(windows.cache_host.is_some());
    assert_eq!(agent.network_check, None);
    assert_eq!(windows.no_progress_background, Span::secs(10_800));
    assert_eq!(agent.no_progress_background, Span::secs(300));
}

#[test]
fn only_a_defect_breaks_rules_by_design() {
    let with =
        |run_on: &str, more: &str| text(run_on, "jobs", more, "  - {at: 0s, do: {resume: a}}");
    let mistake = |line: u32| {
        format!(
            "error[SCN-023] {line}:1: `breaks` names rules that a defect breaks, and there is no \
             defect; run it on `do-download@agent` with `delivery: {{defects: [...]}}`, or take \
             the line out: a run without a defect must hold"
        )
    };
    assert_eq!(told(&with("do-download", "breaks: [DOD-PAUSE-004]\n")), [mistake(3)]);
    assert_eq!(told(&with("do-download@agent", "breaks: [DOD-PAUSE-004]\n")), [mistake(3)]);
    let text = with(
        "do-download, do-download@agent",
        "breaks: [DOD-PAUSE-004]\ndelivery: {defects: [pause_is_not_sticky]}\n",
    );
    assert_eq!(plan(&text, Target::DO_DOWNLOAD).breaks, []);
    assert_eq!(plan(&text, Target::DO_AGENT).breaks.len(), 1);
}

#[test]
fn rules_of_a_service_that_is_not_run() {
    let with = |run_on: &str, rules: &str| {
        text(run_on, "jobs", &format!("rules: [{rules}]\n"), "  - {at: 0s, do: {resume: a}}")
    };
    assert_eq!(
        told(&with("bits, do-legacy", "BITS-STATE-001, DO-STATE-001, DOD-STATE-001")),
        ["error[SCN-029] 3:39: DOD-STATE-001 is no rule of `bits` or `do-legacy` (it cannot be \
             exercised here); it is a rule of `do-download`"]
    );
    assert_eq!(told(&with("do-legacy", "BITS-ERROR-020")), [""; 0]);
}

#[test]
fn only_and_except_name_targets_and_services() {
    let file = |step: &str| jobs("bits, do-download, do-download@agent", step);
    let steps = |text: &str, target| plan(text, target).steps.len();
    for (only, there) in [
        ("do-download", [false, true, true]),
        ("do-download@windows", [false, true, false]),
        ("do-download@agent", [false, false, true]),
        ("bits@10.3", [true, false, false]),
        ("[bits, do-download@agent]", [true, false, true]),
    ] {
        let text = file(&format!("  - {{at: 0s, do: {{resume: a}}, only: {only}}}"));
        let found = [Target::BITS, Target::DO_DOWNLOAD, Target::DO_AGENT];
        assert_eq!(found.map(|target| steps(&text, target) == 1), there, "{only}");
    }
    assert_eq!(
        told(&file("  - {at: 0s, only: [do-downlod]}")),
        ["error[SCN-024] 7:21: `do-downlod` is not among the targets of this scenario; did you \
             mean `do-download`?"]
    );
    assert_eq!(
        told(&file("  - {at: 0s, only: []}")),
        ["error[SCN-025] 7:20: `only` names no target"]
    );
    let text = file(
        "  - at: 0s\n    expect: {job: a, state: SUSPENDED}\n    except:\n      do-download: {job: \
         a, state: Created}\n      do-download@agent: {job: a, attempts: 0}",
    );
    assert_eq!(
        claims(&plan(&text, Target::DO_DOWNLOAD)),
        [Claim::DownloadState(vec![DownloadState::Created])]
    );
    assert_eq!(claims(&plan(&text, Target::DO_AGENT)), [Claim::Attempts(Number::Exactly(0))]);
    assert_eq!(
        told(&file(
            "  - at: 0s\n    expect: {job: a, attempts: 0}\n    except: {bits: skip, do-download: \
             skip}"
        )),
        ["error[SCN-023] 9:5: `except` leaves no target for `expect`; leave out `expect`, or the \
             entry that says the same"]
    );
    assert_eq!(
        told(&file("  - {until: {job: a, attempts: 1, only: bits}, within: 1h}")),
        [
            "error[SCN-023] 7:35: `only` belongs to the step, not into `until`; write it on a line of \
             its own, beside `at`, `after` or `until`"
        ]
    );
}

#[test]
fn the_calls_of_a_download() {
    let text = downloads(
        "  - at: 0s\n    do:\n      - {start: a}\n      - {start: {download: a, ranges: whole}}\n      \
         - {start: {download: a, ranges: null}}\n      \
         - {start: {download: a, ranges: [{offset: 1 KiB, length: eof}]}}\n      \
         - {pause: a}\n      - {suspend: a}\n      - {resume: a}\n      - {complete: a}\n      \
         - {cancel: a}\n      - {get_status: a}\n      - {get: {download: a, property: 25}}\n      \
         - {enum_downloads: {}}\n      - {enum_downloads: {property: Id, value: x}}",
    );
    let of = |call| move |job| PlannedCall::Download(job, call);
    let job = bitsim_scenario::plan::JobRef(0);
    let expected = [
        PlannedCall::Start(job),
        of(DownloadCall::Start(Some(Vec::new())))(job),
        of(DownloadCall::Start(None))(job),
        of(DownloadCall::Start(Some(vec![(1024, BG_SIZE_UNKNOWN)])))(job),
        of(DownloadCall::Pause)(job),
        of(DownloadCall::Pause)(job),
        PlannedCall::Start(job),
        of(DownloadCall::Finalize)(job),
        of(DownloadCall::Abort)(job),
        of(DownloadCall::GetStatus)(job),
        of(DownloadCall::GetProperty(25))(job),
        PlannedCall::EnumDownloads(None),
        PlannedCall::EnumDownloads(Some((0, "x".to_owned()))),
    ];
    assert_eq!(calls(&plan(&text, Target::DO_DOWNLOAD)), expected);
}

#[test]
fn what_set_sets_on_a_download() {
    let cases = [
        ("uri: 'https://c.test/b'", 1, Value::Text("https://c.test/b".to_owned())),
        ("uri: nonsense", 1, Value::Text("nonsense".to_owned())),
        (
            "remote_name: {file: 1, url: 'https://c.test/b'}",
            1,
            Value::Text("https://c.test/b".to_owned()),
        ),
        ("local_path: null", 4, Value::Empty),
        ("display_name: x", 3, Value::Text("x".to_owned())),
        ("cost_policy: no_roaming", 6, Value::Number(3)),
        ("callback_percent: 10", 8, Value::Number(10)),
        ("callback_seconds: 1m", 9, Value::Number(60)),
        ("no_progress_timeout: 59", 10, Value::Number(59)),
        ("no_progress_timeout: 60", 10, Value::Number(60)),
        ("no_progress_timeout: 2m", 10, Value::Number(120)),
        ("foreground: true", 11, Value::Flag(true)),
        ("priority: foreground", 11, Value::Flag(true)),
        ("priority: low", 11, Value::Flag(false)),
        ("blocking: true", 12, Value::Flag(true)),
        ("callback: false", 13, Value::Empty),
        ("notify_interface: true", 13, Value::Object),
        ("stream: true", 14, Value::Object),
        ("integrity: mandatory", 20, Value::Flag(true)),
        ("disallow_on_cellular: true", 22, Value::Flag(true)),
        ("non_volatile: true", 25, Value::Flag(true)),
        ("id: x", 0, Value::Text("x".to_owned())),
        ("property: {id: HttpCustomHeaders, value: '5'}", 5, Value::Text("5".to_owned())),
        ("property: {id: 99, value: 5}", 99, Value::Number(5)),
        ("property: {id: 14, value: object}", 14, Value::Object),
    ];
    for (set, number, value) in cases {
        // The shortest that is taken is a minute.
        let refused = set.ends_with(": 59");
        let returns = if refused { ", returns: E_INVALIDARG" } else { "" };
        let text =
            downloads(&format!("  - {{at: 0s, do: {{set: {{download: a, {set}}}{returns}}}}}"));
        let wanted = DownloadCall::SetProperty(number, value);
        let job = bitsim_scenario::plan::JobRef(0);
        assert_eq!(
            calls(&plan(&text, Target::DO_AGENT)),
            [PlannedCall::Download(job, wanted)],
            "{set}"
        );
    }
}

#[test]
fn what_is_claimed_of_a_download() {
    let text = downloads(
        "  - at: 0s\n    expect: {download: a, state: [Created, DODownloadState_Paused], error: S_OK, \
         extended_error: [S_OK, BG_E_HTTP_ERROR_503], bytes_transferred: 0, bytes_total: unknown, \
         callbacks: {on_status_change: 2}, attempts: 1, listed: true, property: \
         {NoProgressTimeoutSeconds: 10m, CostPolicy: Standard, NonVolatile: false}}",
    )
    .replace("{a: {", "{a: {callback: true, ");
    assert_eq!(
        claims(&plan(&text, Target::DO_DOWNLOAD)),
        [
            Claim::DownloadState(vec![DownloadState::Created, DownloadState::Paused]),
            Claim::Error(vec![Hresult::S_OK]),
            Claim::ExtendedError(vec![Hresult::S_OK, Hresult::http(503)]),
            Claim::BytesTransferred(Number::Exactly(0)),
            Claim::BytesTotal(Number::Exactly(0)),
            Claim::Callbacks(bitsim_vocab::trace::NoteKind::OnStatusChange, Number::Exactly(2)),
            Claim::Attempts(Number::Exactly(1)),
            Claim::Listed(true),
            Claim::Property(10, Value::Number(600)),
            Claim::Property(6, Value::Number(2)),
            Claim::Property(25, Value::Flag(false)),
        ]
    );
}

#[test]
fn events_of_delivery_optimization() {
    let text = downloads(
        "  - at: 0s\n    do: {start: a}\n    fault:\n      \
         - {network: {conditions: [roaming, metered]}}\n      \
         - {network: {conditions: cellular, for: 1m}}\n      - {network: {}}\n      \
         - {stop_service: {for: 5m}}\n      - {start_service: {}}\n      \
         - {delete_local: 'C:\\downloads\\a\\a'}\n      \
         - {block: {cause: critical_memory, for: 1m}}\n      - {corrupt: {server: c.test, times: 1}}",
    );
    let found: Vec<_> = acts(&plan(&text, Target::DO_DOWNLOAD))
        .into_iter()
        .filter_map(|act| match act {
            Act::Disturb { what, ends } => Some((what, ends)),
            _ => None,
        })
        .collect();
    let roaming = vec![NetworkCondition::Metered, NetworkCondition::Roaming];
    let minute = Ends::After(Span::secs(60));
    let conditions = Disturbance::NetworkConditions;
    assert_eq!(found[0], (conditions(roaming.clone()), None));
    let cellular = vec![NetworkCondition::Cellular];
    assert_eq!(found[1], (conditions(cellular), Some((minute, conditions(roaming)))));
    assert_eq!(found[2], (conditions(Vec::new()), None));
    let back = Some((Ends::After(Span::secs(300)), Disturbance::ServiceStarts));
    assert_eq!(found[3], (Disturbance::ServiceStops, back));
    assert_eq!(found[4], (Disturbance::ServiceStarts, None));
    assert_eq!(found[5], (Disturbance::LocalFileDeleted("C:\\downloads\\a\\a".to_owned()), None));
    let over = Some((minute, Disturbance::BlockEnds(Block::CriticalMemory)));
    assert_eq!(found[6], (Disturbance::BlockBegins(Block::CriticalMemory), over));
    let Disturbance::FaultBegins(fault) = &found[7].0 else { panic!("no fault") };
    assert_eq!((fault.kind, fault.times), (FaultKind::Corrupts, Some(1)));
}

#[test]
fn what_only_the_legacy_interface_has() {
    let text = jobs(
        "do-legacy",
        "  - at: 0s\n    do:\n      - {set: {job: a, cost_flags: not_roaming}}\n      \
         - {set: {job: a, cost_flags: 0x21}}\n      - {set: {job: a, property: {id: 7, value: 8}}}\n      \
         - {set: {job: a, file_property: {file: 2, value: x}}}\n      \
         - {get: {job: a, what: property, id: 1}}\n      - {get: {job: a, what: ranges, file: 1}}",
    );
    let called = calls(&plan(&text, Target::DO_LEGACY));
    let methods: Vec<JobCall> = called
        .into_iter()
        .map(|call| match call {
            PlannedCall::Job(_, call) => call,
            other => panic!("{other:?}"),
        })
        .collect();
    let file = bitsim_vocab::FileId;
    assert_eq!(
        methods,
        [
            JobCall::SetProperty { id: 1, value: 0x8000_007F },
            JobCall::SetProperty { id: 1, value: 0x21 },
            JobCall::SetProperty { id: 7, value: 8 },
            JobCall::SetFileProperty { file: file(1), value: "x".to_owned() },
            JobCall::GetProperty(1),
            JobCall::GetFileRanges(file(0)),
        ]
    );
}

#[test]
fn files_that_lie_on_the_disk() {
    let text = text(
        "do-download@agent",
        "downloads",
        "world: {local_files: {'C:\\downloads\\a\\a': 5 KiB}}\n",
        "  - {at: 0s, do: {start: a}}\nfinally: {path: 'C:\\downloads\\a\\a', size: 5 KiB}",
    );
    let files = plan(&text, Target::DO_AGENT).setup.local_files;
    assert_eq!((files[0].path.as_str(), files[0].size), ("C:\\downloads\\a\\a", 5 << 10));
}

#[test]
fn what_no_target_has_is_one_mistake() {
    let both = |step: &str| told(&jobs("bits, do-legacy", &format!("  - {{at: 0s, {step}}}")));
    assert_eq!(
        both("do: {start: a}"),
        ["error[SCN-036] 7:19: neither `bits` nor `do-legacy` has Start; use `resume`"]
    );
    let found = found(&jobs("bits, do-legacy", "  - {at: 0s, do: {start: a}}"));
    let edit = found[0].help.as_ref().and_then(|help| help.edit.as_ref());
    assert_eq!(edit.map(|(_, word)| word.as_str()), Some("resume"));
    assert_eq!(
        both("expect: {job: a, state: Transferred}"),
        ["error[SCN-036] 7:38: `Transferred` is no state of a job of `bits` or `do-legacy`; did \
             you mean `TRANSFERRED`?"]
    );
    assert_eq!(
        both("do: {set: {job: a, cost_policy: always}}"),
        ["error[SCN-036] 7:33: neither `bits` nor `do-legacy` has properties of downloads; leave \
             it out"]
    );
    assert_eq!(
        told(&jobs("do-legacy, do-download", "  - {at: 0s, do: {enum_jobs: {}}}")),
        ["error[SCN-036] 7:19: neither `do-legacy` nor `do-download` has EnumJobs; use \
             `enum_downloads` on `do-download`"]
    );
}

#[test]
fn what_two_of_three_services_lack_is_left_to_the_third() {
    let all = "bits, do-legacy, do-download";
    assert_eq!(
        told(&jobs(all, "  - {at: 0s, expect: {job: a, error_count: 0}}")),
        ["error[SCN-036] 7:31: neither `do-legacy` nor `do-download` has GetErrorCount; write \
             `except: {do-legacy: ..., do-download: ...}` (or `skip`) beside `expect`, or `only: \
             [bits]` into the check"]
    );
    // Where an `only` or `except` stands already, it decides whom an advice can speak of.
    assert_eq!(
        told(&jobs(all, "  - {at: 0s, only: [bits, do-legacy], do: {start: a}}")),
        ["error[SCN-036] 7:44: neither `bits` nor `do-legacy` has Start; use `resume`"]
    );
    assert_eq!(
        told(&jobs(all, "  - {at: 0s, do: {take_ownership: a, only: [bits, do-download]}}")),
        ["error[SCN-036] 7:19: `do-download` has no TakeOwnership; write `only: [bits]` beside it"]
    );
}

#[test]
fn an_exception_for_a_service_says_nothing_that_it_lacks() {
    let step = |except: &str| {
        let expect = "expect: {job: a, state: SUSPENDED}";
        told(&jobs("bits, do-legacy", &format!("  - {{at: 0s, {expect}, except: {{{except}}}}}")))
    };
    assert_eq!(
        step("do-legacy: {job: a, error_count: 1}"),
        ["error[SCN-036] 7:79: `do-legacy` has no GetErrorCount; leave it out here"]
    );
    assert_eq!(
        step("do-legacy: {job: a, state: Aborted}"),
        ["error[SCN-036] 7:86: `Aborted` is no state of a job of `do-legacy`; did you mean \
             `CANCELLED`?"]
    );
}

#[test]
fn run_on_without_brackets_is_read_for_all_that_it_names() {
    let text =
        jobs("bits, do-legacy, do-download", "  - {at: 0s, only: do-download, do: {start: a}}");
    assert_eq!(told(&text), [""; 0]);
    let bare = text.replace("[bits, do-legacy, do-download]", "bits, do-legacy, do-download");
    assert_eq!(
        told(&bare),
        [
            "error[SCN-006] 2:9: `run_on` is a list of targets; write `[bits, do-legacy, do-download]`"
        ]
    );
    // Of a target that nobody can read nobody knows what it lacks.
    let unknown =
        text.replace("do-download]\n", "do-downlaod]\n").replace("only: do-download, ", "");
    assert_eq!(
        told(&unknown),
        ["error[SCN-016] 2:27: unknown target `do-downlaod`; did you mean `do-download`?"]
    );
}

#[test]
fn words_of_the_other_services_are_not_proposed() {
    let check =
        |claim: &str| told(&jobs("bits", &format!("  - {{at: 0s, expect: {{job: a, {claim}}}}}")));
    assert_eq!(
        check("callbacks: {finished: 1}"),
        ["error[SCN-004] 7:43: unknown field `finished` of `callbacks` (not known here); known: \
             `job_transferred`, `job_error` or `job_modification`"]
    );
    assert_eq!(
        check("callbacks: {job_modified: 1}"),
        ["error[SCN-004] 7:43: unknown field `job_modified` of `callbacks` (not known here); did \
             you mean `job_modification`?"]
    );
    assert_eq!(
        check("state: PAUSED"),
        ["error[SCN-013] 7:38: unknown job state `PAUSED`; did you mean `SUSPENDED`?"]
    );
}
