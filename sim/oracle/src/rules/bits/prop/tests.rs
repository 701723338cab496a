use super::CHECKED;
use crate::rules::testing::{APP, Story};
use bitsim_vocab::call::{Call, JobCall, Proxy, Reply};
use bitsim_vocab::{ErrorContext, Hresult, JobState, JobType, Priority, RuleId, Stimulus};

const OK: Hresult = Hresult::S_OK;
const INVALID: Hresult = Hresult::E_INVALIDARG;
const LONG: Hresult = Hresult::BG_E_STRING_TOO_LONG;

fn made() -> Story {
    Story::new().create(JobType::Download).add()
}

fn over() -> Story {
    made().to(JobState::Cancelled, Stimulus::Cancel)
}

fn text(length: usize) -> Option<String> {
    Some("x".repeat(length))
}

fn list(usage: u32, list: Option<usize>, bypass: Option<usize>) -> JobCall {
    let text = |length: Option<usize>| length.and_then(text);
    JobCall::SetProxySettings(Proxy { usage, list: text(list), bypass: text(bypass) })
}

#[test]
fn setters_work_until_the_end() {
    let state = Hresult::BG_E_INVALID_STATE;
    made().call(JobCall::SetPriority(1), OK).holds(RuleId::BITS_PROP_001);
    made().call(JobCall::SetPriority(1), state).breaks(RuleId::BITS_PROP_001);
    over().call(JobCall::SetPriority(1), state).holds(RuleId::BITS_PROP_001);
    over().call(JobCall::SetPriority(1), OK).breaks(RuleId::BITS_PROP_001);
}

#[test]
fn texts_have_a_limit() {
    let name = |text, hr| made().call(JobCall::SetDisplayName(text), hr);
    name(text(257), LONG).holds(RuleId::BITS_PROP_002);
    name(text(257), INVALID).holds(RuleId::BITS_PROP_002);
    name(text(257), OK).breaks(RuleId::BITS_PROP_002);
    name(None, INVALID).holds(RuleId::BITS_PROP_002);
    name(None, LONG).breaks(RuleId::BITS_PROP_002);
    name(text(256), LONG).breaks(RuleId::BITS_PROP_002);
    let description = |text, hr| made().call(JobCall::SetDescription(text), hr);
    description(text(1_025), LONG).holds(RuleId::BITS_PROP_003);
    description(text(1_025), INVALID).breaks(RuleId::BITS_PROP_003);
    description(text(1_024), OK).holds(RuleId::BITS_PROP_003);
    description(None, OK).breaks(RuleId::BITS_PROP_003);
}

#[test]
fn priorities_are_checked() {
    let call = |value, hr| made().call(JobCall::SetPriority(value), hr);
    call(9, Hresult::E_NOTIMPL).holds(RuleId::BITS_PROP_004);
    call(9, OK).breaks(RuleId::BITS_PROP_004);
    call(2, Hresult::E_NOTIMPL).breaks(RuleId::BITS_PROP_004);
}

#[test]
fn proxy_settings_are_checked_for_form_only() {
    let call = |call, hr| made().call(call, hr);
    call(list(9, None, None), Hresult::E_NOTIMPL).holds(RuleId::BITS_PROP_005);
    call(list(9, None, None), OK).breaks(RuleId::BITS_PROP_005);
    call(list(2, None, None), INVALID).holds(RuleId::BITS_PROP_005);
    call(list(2, None, None), OK).breaks(RuleId::BITS_PROP_005);
    call(list(2, Some(9), None), INVALID).breaks(RuleId::BITS_PROP_005);
    call(list(0, Some(9), None), OK).breaks(RuleId::BITS_PROP_005);
    let large = Hresult::BG_E_PROXY_LIST_TOO_LARGE;
    call(list(2, Some(40_000), None), large).holds(RuleId::BITS_PROP_005);
    call(list(2, Some(40_000), None), OK).breaks(RuleId::BITS_PROP_005);
    call(list(2, Some(5_000), None), large).leaves(RuleId::BITS_PROP_005);
    let failed = made()
        .resume()
        .connecting()
        .fails(Hresult::BG_E_INVALID_PROXY_INFO, ErrorContext::GeneralTransport);
    let fatal = failed.clone().to(JobState::Error, Stimulus::ConnectFailsFatal);
    fatal.holds(RuleId::BITS_PROP_006);
    let transient = failed.to(JobState::TransientError, Stimulus::ConnectFailsTransient);
    transient.breaks(RuleId::BITS_PROP_006);
}

#[test]
fn getters_tell_what_was_set() {
    let set = || made().call(JobCall::SetPriority(1), OK);
    let told = |story: Story, told| story.get(JobCall::GetPriority, Reply::Priority(told));
    told(set(), Priority::High).holds(RuleId::BITS_PROP_007);
    told(set(), Priority::Normal).breaks(RuleId::BITS_PROP_007);
    let name = |told: &str| made().get(JobCall::GetDisplayName, Reply::Text(told.to_owned()));
    name("job0").holds(RuleId::BITS_PROP_007);
    name("other").breaks(RuleId::BITS_PROP_007);
    let flags = made().call(JobCall::SetNotifyFlags(9), OK);
    flags.get(JobCall::GetNotifyFlags, Reply::Number(3)).breaks(RuleId::BITS_PROP_007);
}

#[test]
fn getters_work_in_every_state() {
    over().get(JobCall::GetErrorCount, Reply::Number(0)).holds(RuleId::BITS_PROP_008);
    let refused = Hresult::BG_E_INVALID_STATE;
    over().call(JobCall::GetErrorCount, refused).breaks(RuleId::BITS_PROP_008);
    let lost = Hresult::BG_E_NOT_FOUND;
    over().call(JobCall::GetErrorCount, lost).breaks(RuleId::BITS_PROP_008);
    made().get(JobCall::GetErrorCount, Reply::Number(0)).is_clean_of(CHECKED);
}

#[test]
fn resume_names_the_reply() {
    let made = || {
        let story = Story::new().create(JobType::UploadReply).add();
        let call = Call::Job(story.job, JobCall::Resume);
        story.called(APP, call, OK, Reply::None)
    };
    let told = |story: Story, name: &str| {
        story.get(JobCall::GetReplyFileName, Reply::Text(name.to_owned()))
    };
    told(made(), "C:\\downloads\\reply").holds(RuleId::BITS_RESUME_008);
    told(made(), "C:\\elsewhere\\reply").breaks(RuleId::BITS_RESUME_008);
    told(made(), "").breaks(RuleId::BITS_RESUME_008);
    let named = made().call(JobCall::SetReplyFileName(Some("D:\\r".to_owned())), OK);
    told(named, "D:\\r").leaves(RuleId::BITS_RESUME_008);
}
