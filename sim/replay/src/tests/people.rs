//! What people do: callbacks, programs, several clients, error objects.

use super::{
    APP, JOB, MIB, at, call, claims, disturb, http, is_in, position, resumed, right, secs, story,
    tell,
};
use bitsim_scenario::plan::{
    Act, Answer, Check, Claim, GetErrorClaim, Number, PlannedCall, ProgramEnd, Subject,
};
use bitsim_vocab::call::{Call, ErrorCall, JobCall};
use bitsim_vocab::trace::{NoteKind, NoteResult, Protocol};
use bitsim_vocab::world::{Client, Disturbance, User, UserKind};
use bitsim_vocab::{ClientId, ErrorContext, FileId, Happened, Hresult, JobState, Span, UserId};

fn answer(returns: Hresult) -> Answer {
    Answer { returns, after: Span::ZERO, calls: Vec::new(), exits: false }
}

#[test]
fn callbacks_answer_in_order_and_the_last_answer_repeats() {
    let mut plan = story(10 * MIB, vec![resumed()]);
    plan.jobs[0].settings.push(JobCall::SetNotifyInterface(true));
    plan.jobs[0].answers.in_order = vec![
        answer(Hresult::E_FAIL),
        answer(Hresult::E_FAIL),
        Answer {
            after: Span::secs(5),
            calls: vec![PlannedCall::Job(JOB, JobCall::Complete)],
            ..answer(Hresult::S_OK)
        },
    ];
    plan.finally.push(claims(vec![
        Claim::State(vec![JobState::Acknowledged]),
        Claim::Callbacks(NoteKind::JobTransferred, Number::Exactly(3)),
        Claim::Callbacks(NoteKind::JobError, Number::Exactly(0)),
    ]));
    let run = right(&plan);
    let results: Vec<NoteResult> = run
        .trace
        .events
        .iter()
        .filter_map(|event| match event.what {
            Happened::NoteEnded { result, .. } => Some(result),
            _ => None,
        })
        .collect();
    let returned = NoteResult::Returned;
    assert_eq!(
        results,
        [returned(Hresult::E_FAIL), returned(Hresult::E_FAIL), returned(Hresult::S_OK)]
    );
    assert_eq!(run.warnings, Vec::new());
}

#[test]
fn a_client_that_ends_in_its_callback_is_gone() {
    let mut plan = story(10 * MIB, vec![resumed(), (secs(60), vec![call(JobCall::Complete)])]);
    plan.jobs[0].settings.push(JobCall::SetNotifyInterface(true));
    plan.jobs[0].answers.in_order = vec![Answer { exits: true, ..answer(Hresult::S_OK) }];
    let run = tell(&plan);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.what, "the client `app` should be running when it calls");
    let gone = |what: &Happened| {
        matches!(what, Happened::NoteEnded { result: NoteResult::ClientGone, .. })
    };
    position(&run, gone);
}

#[test]
fn answers_that_nobody_asked_for_are_a_warning() {
    let mut plan = story(10 * MIB, vec![resumed()]);
    plan.jobs[0].answers.in_order = vec![answer(Hresult::E_FAIL)];
    let run = right(&plan);
    assert_eq!(run.warnings.len(), 1);
}

#[test]
fn programs_end_as_planned_and_call_in_the_name_of_the_client() {
    let mut plan = story(10 * MIB, vec![resumed()]);
    plan.jobs[0].settings.push(JobCall::SetNotifyCmdLine {
        program: Some("C:\\done.exe".to_owned()),
        parameters: Some("done.exe a".to_owned()),
    });
    plan.jobs[0].program_exits = vec![
        ProgramEnd::NotLaunched,
        ProgramEnd::Exits {
            code: 0,
            after: Span::secs(5),
            calls: vec![PlannedCall::Job(JOB, JobCall::Complete)],
        },
    ];
    plan.finally.push(claims(vec![
        Claim::State(vec![JobState::Acknowledged]),
        Claim::Launches(Number::Exactly(2)),
        Claim::Callbacks(NoteKind::JobTransferred, Number::Exactly(0)),
    ]));
    let run = right(&plan);
    let ended = |wanted| {
        position(
            &run,
            |what| matches!(what, Happened::NoteEnded { result, .. } if *result == wanted),
        )
    };
    assert!(ended(NoteResult::NotLaunched) < ended(NoteResult::Exited(0)));
}

#[test]
fn error_objects_are_read_as_far_as_the_claim_speaks_of_them() {
    let error = |file, protocol| {
        claims(vec![Claim::GetError(GetErrorClaim {
            returns: None,
            code: Some(at(11, vec![Hresult::http(404)])),
            context: Some(at(12, ErrorContext::RemoteFile)),
            file: Some(at(13, file)),
            protocol: Some(at(14, protocol)),
        })])
    };
    let mut plan = story(
        10 * MIB,
        vec![
            resumed(),
            (
                secs(60),
                vec![
                    Act::Expect(error(Some(FileId(0)), Some(Protocol::Http))),
                    Act::Expect(error(None, Some(Protocol::File))),
                ],
            ),
        ],
    );
    plan.setup.servers[0].files.clear();
    let run = tell(&plan);
    let [file, protocol] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!((file.place.line, file.expected.as_str()), (13, "none"));
    assert_eq!(file.actual, "file 1");
    assert_eq!((protocol.place.line, protocol.actual.as_str()), (14, "http"));
}

#[test]
fn clients_read_the_error_object_that_they_got_last() {
    let act = |call| Act::Call { client: APP, call, returns: at(0, Vec::new()) };
    let mut plan = story(
        10 * MIB,
        vec![
            resumed(),
            (
                secs(60),
                vec![
                    act(PlannedCall::ReadErrorFile(JOB)),
                    call(JobCall::GetError),
                    act(PlannedCall::ReadErrorObject(JOB)),
                ],
            ),
        ],
    );
    plan.setup.servers[0].files.clear();
    let run = tell(&plan);
    let [failure] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(failure.what, "the client should hold an error object of `a`");
    position(&run, |what| {
        let Happened::Called(called) = what else { return false };
        matches!(called.call, Call::ErrorObject(_, ErrorCall::GetError))
    });
}

#[test]
fn checks_are_asked_by_somebody_who_runs_and_may_look() {
    let admin = ClientId(1);
    let take = Act::Call {
        client: admin,
        call: PlannedCall::Job(JOB, JobCall::TakeOwnership),
        returns: at(0, Vec::new()),
    };
    let gone = disturb(Disturbance::ClientExits(APP));
    let mut plan = story(
        10 * MIB,
        vec![
            (secs(0), vec![gone, Act::Expect(is_in(JobState::Suspended))]),
            (secs(1), vec![take, Act::Expect(claims(vec![Claim::Owner(UserId(1))]))]),
        ],
    );
    plan.setup.users.push(User {
        name: "admin".to_owned(),
        kind: UserKind::Administrator,
        logged_on: true,
    });
    plan.setup.clients.push(Client {
        name: "tool".to_owned(),
        user: UserId(1),
        running: true,
        elevated: true,
    });
    let run = right(&plan);
    let askers = run.trace.events.iter().filter_map(|event| match &event.what {
        Happened::Called(called) if event.source.is_some() => Some(called.by),
        _ => None,
    });
    assert_eq!(askers.collect::<Vec<_>>(), [admin; 3]);
}

#[test]
fn files_on_disk_can_be_spoken_of_and_watched() {
    let path = |claim| Check {
        place: at(1, ()).place,
        subject: Subject::Path("C:\\downloads\\a.bin".to_owned()),
        claims: vec![at(1, claim)],
    };
    let expect = |claim| Act::Expect(path(claim));
    let mut plan = story(
        10 * MIB,
        vec![
            resumed(),
            (secs(5), vec![expect(Claim::Temporary(true)), expect(Claim::Exists(false))]),
            (
                secs(60),
                vec![
                    expect(Claim::Size(Number::Exactly(10 * MIB))),
                    call(JobCall::Complete),
                    expect(Claim::Size(Number::Exactly(10 * MIB))),
                    expect(Claim::ContentVersion(1)),
                ],
            ),
        ],
    );
    plan.never.push(path(Claim::Exists(true)));
    let run = tell(&plan);
    let [early, never] = run.failures.as_slice() else { panic!("{:#?}", run.failures) };
    assert_eq!(early.actual, "there is no such file");
    assert_eq!(never.what, "`C:\\downloads\\a.bin` should never exist");
    assert_eq!(never.at, bitsim_vocab::SimTime::ZERO + Span::secs(60));
}

#[test]
fn claims_about_the_run_count_over_all_jobs() {
    let run =
        |claim| Check { place: at(1, ()).place, subject: Subject::Run, claims: vec![at(1, claim)] };
    let mut plan =
        story(10 * MIB, vec![resumed(), (secs(5), vec![disturb(http(1, 503, Some(1)))])]);
    plan.finally.push(run(Claim::Attempts(Number::Exactly(2))));
    plan.finally.push(run(Claim::JobsIn(vec![JobState::Transferred], Number::Exactly(1))));
    right(&plan);
}
