use super::*;
use crate::rules::testing::{APP, CONSOLE, OTHER, Story, delivery};
use bitsim_vocab::{JobState, Stimulus, Target};

const OK: Hresult = Hresult::S_OK;

fn created() -> Story {
    Story::on(Target::DO_LEGACY).create(JobType::Download)
}

fn cancelled() -> Story {
    delivery().call(JobCall::Cancel, OK).to(JobState::Cancelled, Stimulus::Cancel).at(1)
}

fn get(story: Story, by: ClientId, hr: Hresult) -> Story {
    story.called(by, Call::GetJob(JobId(0)), hr, Reply::None)
}

#[test]
fn all_jobs_download() {
    let rule = RuleId::DO_CREATE_002;
    let create = |job_type, hr| {
        let call = Call::CreateJob { name: Some("job".to_owned()), job_type };
        Story::on(Target::DO_LEGACY).called(APP, call, hr, Reply::None)
    };
    create(JobType::Upload, Hresult::E_INVALIDARG).holds(rule);
    create(JobType::Upload, OK).breaks(rule);
    create(JobType::UploadReply, Hresult::E_NOTIMPL).breaks(rule);
    create(JobType::Download, OK).leaves(rule);
}

#[test]
fn jobs_off_the_queue_are_not_found() {
    let rule = RuleId::DO_CREATE_004;
    get(cancelled(), APP, Hresult::DO_E_JOB_NOT_FOUND).holds(rule);
    get(cancelled(), APP, Hresult::BG_E_NOT_FOUND).breaks(rule);
    get(cancelled(), APP, OK).breaks(rule);
    get(created(), APP, OK).leaves(rule);
}

#[test]
fn who_may_not_look_need_not_hear_that_a_job_is_gone() {
    let rule = RuleId::DO_CREATE_004;
    for hr in [Hresult::E_ACCESSDENIED, Hresult::DO_E_JOB_NOT_FOUND] {
        get(cancelled(), OTHER, hr).leaves(rule);
        // An administrator who does not use his rights.
        let plain = cancelled().setup(|setup| setup.clients[CONSOLE.index()].elevated = false);
        get(plain, CONSOLE, hr).leaves(rule);
    }
    get(cancelled(), CONSOLE, Hresult::DO_E_JOB_NOT_FOUND).holds(rule);
    get(cancelled(), CONSOLE, Hresult::E_ACCESSDENIED).breaks(rule);
}

#[test]
fn strangers_have_no_rights() {
    let (found, set) = (RuleId::DO_CREATE_005, RuleId::DO_CREATE_006);
    let denied = Hresult::E_ACCESSDENIED;
    get(created(), OTHER, denied).holds(found);
    get(created(), OTHER, OK).breaks(found);
    get(created(), CONSOLE, OK).leaves(found);
    for call in [JobCall::SetPriority(1), JobCall::SetNotifyFlags(1)] {
        let call = Call::Job(JobId(0), call);
        let by = |by, hr| created().called(by, call.clone(), hr, Reply::None);
        by(OTHER, denied).holds(set);
        by(OTHER, OK).breaks(set);
        by(APP, OK).leaves(set);
        by(CONSOLE, OK).leaves(set);
    }
    let getter = Call::Job(JobId(0), JobCall::GetPriority);
    created().called(OTHER, getter, OK, Reply::Priority(Priority::Normal)).leaves(set);
}

#[test]
fn priorities() {
    let (default, set) = (RuleId::DO_PRIORITY_001, RuleId::DO_PRIORITY_004);
    let told = |story: Story, value| story.get(JobCall::GetPriority, Reply::Priority(value));
    told(created(), Priority::Normal).holds(default);
    told(created(), Priority::Foreground).breaks(default);
    let changed = created().call(JobCall::SetPriority(1), OK);
    told(changed.clone(), Priority::High).leaves(default);
    changed.holds(set);
    created().call(JobCall::SetPriority(1), Hresult::E_NOTIMPL).breaks(set);
    cancelled().call(JobCall::SetPriority(1), Hresult::DO_E_INVALID_STATE).holds(set);
    cancelled().call(JobCall::SetPriority(1), OK).breaks(set);
    created().call(JobCall::SetPriority(9), Hresult::E_INVALIDARG).leaves(set);
}

#[test]
fn what_is_absent_fails() {
    let rule = RuleId::DO_INTERFACE_001;
    for call in [JobCall::TakeOwnership, JobCall::GetOwner, JobCall::SetMinimumRetryDelay(5)] {
        created().call(call.clone(), Hresult::E_NOTIMPL).holds(rule);
        created().call(call, OK).breaks(rule);
    }
    created().call(JobCall::SetPriority(1), OK).leaves(rule);
    let list = |hr| {
        created().called(APP, Call::EnumJobs { all_users: false }, hr, Reply::Jobs(Vec::new()))
    };
    list(Hresult::E_NOTIMPL).holds(RuleId::DO_ENUM_004);
    list(OK).breaks(RuleId::DO_ENUM_004);
}
