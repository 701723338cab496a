//! What the fields of a scenario become in a plan.

use bitsim_scenario::plan::{Act, Ends, Place, PlannedCall};
use bitsim_scenario::{Plan, load};
use bitsim_vocab::call::JobCall;
use bitsim_vocab::stands::{FirstConnectFailure, SuspendAtRest};
use bitsim_vocab::world::{Block, Disturbance, FaultKind};
use bitsim_vocab::{ClientId, JobType, Priority, SimTime, Span, Target, UserId, WallTime};

/// A scenario with one download job `a`, and `more` at the top level.
fn with(more: &str, timeline: &str) -> Plan {
    plan(&format!(
        "scenario: x\nrun_on: [bits, bits@1.5]\n{more}\n\
         servers: {{c.test: {{}}}}\n\
         jobs:\n  a: {{type: download, files: [{{url: 'https://c.test/a', size: 4 KiB}}]}}\n\
         timeline:\n{timeline}"
    ))
}

fn plan(text: &str) -> Plan {
    plan_on(text, Target::BITS)
}

fn plan_on(text: &str, target: Target) -> Plan {
    let mistakes = |all: &[bitsim_scenario::Diagnostic]| {
        all.iter().map(|mistake| format!("{mistake}\n")).collect::<String>()
    };
    let scenario =
        load("x.yaml", text.as_bytes()).unwrap_or_else(|all| panic!("{}", mistakes(&all)));
    scenario.plan(target).unwrap_or_else(|| panic!("no plan for {target}"))
}

fn acts(plan: &Plan) -> Vec<Act> {
    plan.steps.iter().flat_map(|step| &step.acts).map(|act| act.value.clone()).collect()
}

fn disturbances(plan: &Plan) -> Vec<(Disturbance, Option<(Ends, Disturbance)>)> {
    let only = acts(plan).into_iter().filter_map(|act| match act {
        Act::Disturb { what, ends } => Some((what, ends)),
        _ => None,
    });
    only.collect()
}

#[test]
fn what_is_not_said_has_its_documented_default() {
    let plan = with("", "  - at: 0s\n    do: {resume: a}");
    let setup = &plan.setup;
    assert_eq!(setup.wall_start, WallTime::DEFAULT_START);
    assert!(setup.network);
    assert_eq!(setup.time_slice, Span::secs(300));
    assert_eq!(setup.policies, bitsim_vocab::world::Policies::default());
    assert_eq!((setup.users.len(), setup.clients.len()), (1, 1));
    assert!(setup.users[0].logged_on && setup.clients[0].running && !setup.clients[0].elevated);
    let server = &setup.servers[0];
    assert_eq!((server.bandwidth, server.latency_min), (1 << 20, Span::millis(20)));
    assert!(server.ranges && server.content_length && server.replies);
    assert_eq!(plan.limits.events, 1_000_000);
    assert_eq!(plan.limits.settle_within, Span::days(400));
    let job = &plan.jobs[0];
    assert!(job.from_start && job.settings.is_empty() && job.program_exits.is_empty());
    assert_eq!((job.name.as_str(), job.display_name.as_str()), ("a", "a"));
    assert_eq!(job.job_type, JobType::Download);
}

#[test]
fn users_without_clients_get_one_each() {
    let plan = with("users: {owner: {}, admin: {kind: administrator}}", "  - at: 0s");
    let clients: Vec<_> =
        plan.setup.clients.iter().map(|client| (client.name.as_str(), client.user)).collect();
    assert_eq!(clients, [("owner", UserId(0)), ("admin", UserId(1))]);
}

#[test]
fn setters_are_called_in_one_order_whatever_the_file_says() {
    let text = "scenario: x\nrun_on: [bits]\ntimeline: [{at: 0s}]\njobs:\n  a:\n    \
                command_line: {program: C:\\a.exe}\n    \
                notify: {events: [disable], interface: true}\n    \
                reply_file: C:\\r\n    proxy: {usage: no_proxy}\n    description: d\n    \
                maximum_download_time: 3s\n    no_progress_timeout: 2s\n    \
                minimum_retry_delay: 1s\n    priority: low\n    type: upload_reply\n";
    let settings = plan(text).jobs[0].settings.clone();
    let methods: Vec<&str> = settings.iter().map(JobCall::method).collect();
    assert_eq!(
        methods,
        [
            "SetPriority",
            "SetMinimumRetryDelay",
            "SetNoProgressTimeout",
            "SetMaximumDownloadTime",
            "SetDescription",
            "SetProxySettings",
            "SetReplyFileName",
            "SetNotifyInterface",
            "SetNotifyFlags",
            "SetNotifyCmdLine",
        ]
    );
    assert_eq!(settings[0], JobCall::SetPriority(u32::from(Priority::Low.value())));
    assert_eq!(settings[8], JobCall::SetNotifyFlags(4));
}

#[test]
fn a_metered_network_is_metered_before_the_first_step() {
    let plan = with("world: {metered: true}", "  - at: 0s\n    do: {resume: a}");
    let first = &plan.steps[0];
    assert_eq!(first.when, bitsim_scenario::plan::When::At(SimTime::ZERO));
    assert_ne!(first.place, Place::default());
    assert_eq!(disturbances(&plan), [(Disturbance::BlockBegins(Block::Cost), None)]);
    assert_eq!(with("world: {metered: false}", "  - at: 0s").steps.len(), 1);
}

#[test]
fn readings_follow_the_target_unless_the_scenario_takes_one() {
    let text = "scenario: x\nrun_on: [bits, bits@1.5]\nstands: {suspend_at_rest: no-op}\n\
                timeline: [{at: 0s}]";
    let of = |target| plan_on(text, target).setup.stands;
    assert_eq!(of(Target::BITS).first_connect_failure, FirstConnectFailure::Counts);
    assert_eq!(of(Target::bits(1, 5)).first_connect_failure, FirstConnectFailure::IsFree);
    assert_eq!(of(Target::bits(1, 5)).suspend_at_rest, SuspendAtRest::NoOp);
}

#[test]
fn inside_a_step_the_kinds_of_acts_have_an_order() {
    let plan = with(
        "",
        "  - poll: {every: 1m, for: 1h, expect: {job: a, state: ERROR}}\n    \
         one_of: [{job: a, state: ERROR}]\n    expect: {job: a, state: ERROR}\n    \
         fault: {disconnect: {}}\n    do: {resume: a}\n    at: 0s",
    );
    let kinds: Vec<&str> = acts(&plan)
        .iter()
        .map(|act| match act {
            Act::Call { .. } => "do",
            Act::Disturb { .. } => "fault",
            Act::Expect(_) => "expect",
            Act::OneOf(_) => "one_of",
            Act::Poll { .. } => "poll",
        })
        .collect();
    assert_eq!(kinds, ["do", "fault", "expect", "one_of", "poll"]);
}

#[test]
fn healing_ends_the_faults_of_one_server_that_have_begun() {
    let plan = plan(
        "scenario: x\nrun_on: [bits]\nservers: {c.test: {}, d.test: {}}\ntimeline:\n\
         - {at: 0s, fault: [{refuse: {server: c.test}}, {refuse: {server: d.test}}]}\n\
         - {at: 1s, fault: [{http: {server: c.test, status: 503, for: 1h}}, {heal: {server: c.test}}]}\n\
         - {at: 2s, fault: [{no_name: {server: c.test}}, {heal: {server: c.test}}]}\n",
    );
    let ended: Vec<u32> = disturbances(&plan)
        .into_iter()
        .filter_map(|(what, _)| match what {
            Disturbance::FaultEnds(number) => Some(number),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [0, 2, 3]);
    let http = disturbances(&plan).into_iter().find_map(|(what, ends)| match what {
        Disturbance::FaultBegins(fault) if fault.kind == FaultKind::Http(503) => ends,
        _ => None,
    });
    assert_eq!(http, Some((Ends::After(Span::secs(3_600)), Disturbance::FaultEnds(2))));
}

#[test]
fn a_limit_for_a_while_gives_way_to_the_one_before() {
    let plan = with(
        "policies: {bandwidth: 8 KiB/s}",
        "  - {at: 0s, fault: {bandwidth: {limit: 0, for: 1h}}}\n  \
         - {at: 2h, fault: {bandwidth: unlimited}}\n  \
         - {at: 3h, fault: {bandwidth: {limit: 1 KiB/s, until: 5h}}}",
    );
    let found = disturbances(&plan);
    let back = |at: usize| found[at].1.clone().map(|(_, what)| what);
    assert_eq!(back(0), Some(Disturbance::Bandwidth(Some(8_192))));
    assert_eq!(back(1), None);
    assert_eq!(back(2), Some(Disturbance::Bandwidth(None)));
}

#[test]
fn policies_keep_what_an_event_does_not_name() {
    let plan = with(
        "policies: {max_jobs_per_user: 7}",
        "  - {at: 0s, fault: {policies: {max_files_per_job: 2}}}\n  \
         - {at: 1s, fault: {policies: {max_download_time: 1d}}}",
    );
    let found = disturbances(&plan);
    let Disturbance::PoliciesChange(last) = &found[1].0 else { panic!("no policies") };
    assert_eq!(last.max_jobs_per_user, 7);
    assert_eq!(last.max_files_per_job, 2);
    assert_eq!(last.max_download_time, Span::days(1));
}

#[test]
fn a_call_is_made_by_the_jobs_client_unless_another_is_named() {
    let plan = plan(
        "scenario: x\nrun_on: [bits]\nusers: {owner: {}, admin: {}}\n\
         jobs: {a: {type: download, client: admin}}\n\
         timeline: [{at: 0s, do: [{resume: a}, {resume: a, by: owner}, {enum_jobs: {}}]}]",
    );
    assert_eq!(plan.jobs[0].client, ClientId(1));
    let clients: Vec<ClientId> = acts(&plan)
        .iter()
        .filter_map(|act| match act {
            Act::Call { client, .. } => Some(*client),
            _ => None,
        })
        .collect();
    assert_eq!(clients, [ClientId(1), ClientId(0), ClientId(0)]);
}

#[test]
fn sizes_make_files_where_they_come_from() {
    let plan = plan(
        "scenario: x\nrun_on: [bits]\nservers: {c.test: {files: {/d.bin: 7}}}\n\
         jobs:\n  a: {type: download, files: [{url: 'https://c.test/a', size: 5}, \
         {url: 'https://c.test/missing'}, {url: '\\\\nas\\s\\b', size: 6}]}\n  \
         u: {type: upload, files: [{url: 'https://c.test/u', size: 9}]}\n\
         timeline:\n  - at: 0s\n    do: {add_file: {job: a, url: 'https://c.test/late', size: 8}}",
    );
    let offered = |server: usize| {
        let files = &plan.setup.servers[server].files;
        files.iter().map(|file| (file.url.as_str(), file.size)).collect::<Vec<_>>()
    };
    let expected =
        [("https://c.test/d.bin", 7), ("https://c.test/a", 5), ("https://c.test/late", 8)];
    assert_eq!(offered(0), expected);
    // A share is served by a plain server of its own.
    assert_eq!(plan.setup.servers[1].name, "nas");
    assert_eq!(offered(1), [("\\\\nas\\s\\b", 6)]);
    let local = &plan.setup.local_files;
    assert_eq!((local[0].path.as_str(), local[0].size), ("C:\\uploads\\u\\u", 9));
}

#[test]
fn a_call_that_is_meant_to_fail_may_be_nonsense() {
    let plan = with(
        "",
        "  - at: 0s\n    do:\n      \
         - {add_file: {job: a, url: nonsense, local: ''}, returns: E_INVALIDARG}\n      \
         - {set: {job: a, display_name: {prefix: ab, repeat: xy, times: 2}}}\n      \
         - {set: {job: a, priority: 9}, returns: [E_INVALIDARG, E_NOTIMPL]}",
    );
    let calls: Vec<JobCall> = acts(&plan)
        .into_iter()
        .filter_map(|act| match act {
            Act::Call { call: PlannedCall::Job(_, call), .. } => Some(call),
            _ => None,
        })
        .collect();
    assert!(matches!(&calls[0], JobCall::AddFile(file) if file.remote == "nonsense"));
    assert_eq!(calls[1], JobCall::SetDisplayName(Some("abxyxy".to_owned())));
    assert_eq!(calls[2], JobCall::SetPriority(9));
}

#[test]
fn steps_that_wait_say_for_what() {
    let plan = with(
        "",
        "  - {until: {job: a, state: [ERROR, TRANSFERRED]}, within: 1h}\n  \
         - {until: {job: a, error_count: {at_least: 2}}, within: 1h}\n  \
         - {until: {attempts: 3}, within: 1h}\n  - {after: 90s}",
    );
    let labels: Vec<&str> = plan.steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "until a is ERROR or TRANSFERRED",
            "until a has error_count",
            "until the run has attempts 3",
            "after 90s",
        ]
    );
}
