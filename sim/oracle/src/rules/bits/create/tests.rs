use super::CHECKED;
use crate::rules::testing::{APP, CONSOLE, OTHER, Story};
use bitsim_vocab::call::{Call, JobCall, Proxy, Reply};
use bitsim_vocab::trace::{Created, Happened};
use bitsim_vocab::world::{Disturbance, Setup};
use bitsim_vocab::{
    ClientId, Hresult, JobId, JobState, JobType, Priority, RuleId, Stimulus, Target, UserId,
};

const OK: Hresult = Hresult::S_OK;
const USER_FULL: Hresult = Hresult::BG_E_TOO_MANY_JOBS_PER_USER;
const MACHINE_FULL: Hresult = Hresult::BG_E_TOO_MANY_JOBS_PER_MACHINE;

impl Story {
    /// CreateJob with a name of this length, of a client.
    fn makes(self, by: ClientId, length: Option<usize>, hr: Hresult) -> Self {
        let name = length.map(|length| "x".repeat(length));
        let job_type = JobType::Download;
        let reply = if hr.succeeded() { Reply::Job(JobId(0)) } else { Reply::None };
        self.called(by, Call::CreateJob { name, job_type }, hr, reply)
    }

    fn born(self, job: u32, guid: u128, owner: u16) -> Self {
        self.push(Happened::Created(Box::new(Created {
            job: JobId(job),
            guid,
            name: "x".to_owned(),
            job_type: JobType::Download,
            owner: UserId(owner),
            by: APP,
            state: JobState::Suspended,
        })))
    }

    fn sought(self, by: ClientId, hr: Hresult) -> Self {
        let call = Call::GetJob(self.job);
        self.called(by, call, hr, Reply::None)
    }

    fn cancelled(self) -> Self {
        self.to(JobState::Cancelled, Stimulus::Cancel)
    }
}

fn made() -> Story {
    Story::new().create(JobType::Download)
}

fn limited(user: u32, machine: u32) -> Story {
    Story::new().setup(|setup: &mut Setup| {
        setup.policies.max_jobs_per_user = user;
        setup.policies.max_jobs_per_machine = machine;
    })
}

#[test]
fn create_job_makes_a_job_of_the_caller() {
    made().holds(RuleId::BITS_CREATE_001);
    made().create(JobType::Upload).is_clean_of(CHECKED);
    Story::new().makes(APP, Some(1), OK).breaks(RuleId::BITS_CREATE_001);
    Story::new().makes(APP, Some(1), OK).born(0, 7, 1).breaks(RuleId::BITS_CREATE_001);
    let refused = Story::new().makes(APP, None, Hresult::E_INVALIDARG);
    refused.clone().is_clean_of(CHECKED);
    refused.born(0, 7, 0).breaks(RuleId::BITS_CREATE_001);
    let again = made().makes(APP, Some(1), OK);
    again.born(1, 0, 0).breaks(RuleId::BITS_CREATE_001);
    made().get(JobCall::GetId, Reply::Guid(0)).is_clean_of(CHECKED);
    made().get(JobCall::GetId, Reply::Guid(1)).breaks(RuleId::BITS_CREATE_001);
    made().get(JobCall::GetOwner, Reply::User(UserId(1))).breaks(RuleId::BITS_CREATE_001);
}

#[test]
fn names_have_at_most_256_characters() {
    let call = |length, hr| Story::new().makes(APP, length, hr);
    call(Some(257), Hresult::E_INVALIDARG).holds(RuleId::BITS_CREATE_002);
    call(None, Hresult::E_INVALIDARG).holds(RuleId::BITS_CREATE_002);
    call(Some(257), Hresult::BG_E_STRING_TOO_LONG).breaks(RuleId::BITS_CREATE_002);
    call(Some(257), OK).born(0, 7, 0).breaks(RuleId::BITS_CREATE_002);
    call(None, OK).born(0, 7, 0).breaks(RuleId::BITS_CREATE_002);
    call(Some(256), Hresult::E_INVALIDARG).breaks(RuleId::BITS_CREATE_002);
}

#[test]
fn standard_users_meet_the_limits_and_others_do_not() {
    let full = || limited(1, 9).create(JobType::Download);
    full().makes(APP, Some(1), USER_FULL).holds(RuleId::BITS_CREATE_003);
    full().makes(APP, Some(1), USER_FULL).is_clean_of(CHECKED);
    full().makes(APP, Some(1), OK).born(1, 7, 0).breaks(RuleId::BITS_CREATE_003);
    full().makes(OTHER, Some(1), USER_FULL).breaks(RuleId::BITS_CREATE_003);
    let full = || limited(9, 1).create(JobType::Download);
    full().makes(OTHER, Some(1), MACHINE_FULL).holds(RuleId::BITS_CREATE_004);
    full().makes(OTHER, Some(1), OK).born(1, 7, 2).breaks(RuleId::BITS_CREATE_004);
    full().makes(CONSOLE, Some(1), OK).born(1, 7, 1).holds(RuleId::BITS_CREATE_005);
    full().makes(CONSOLE, Some(1), MACHINE_FULL).breaks(RuleId::BITS_CREATE_005);
    limited(9, 9).makes(APP, Some(1), MACHINE_FULL).breaks(RuleId::BITS_CREATE_004);
    let over = || limited(1, 9).create(JobType::Download).cancelled();
    over().makes(APP, Some(1), OK).born(1, 7, 0).holds(RuleId::BITS_CREATE_006);
    over().makes(APP, Some(1), USER_FULL).breaks(RuleId::BITS_CREATE_006);
    // The cancellation of an upload may go on for a while.
    let lingering = || limited(1, 9).create(JobType::Upload).cancelled();
    lingering().makes(APP, Some(1), USER_FULL).is_clean_of(CHECKED);
    let job = JobId(0);
    let left = lingering().push(Happened::LeftQueue { job });
    left.makes(APP, Some(1), USER_FULL).breaks(RuleId::BITS_CREATE_006);
}

#[test]
fn the_type_is_fixed() {
    made().get(JobCall::GetType, Reply::Type(JobType::Download)).holds(RuleId::BITS_CREATE_007);
    made().get(JobCall::GetType, Reply::Type(JobType::Upload)).breaks(RuleId::BITS_CREATE_007);
    let old = || Story::on(Target::bits(1, 2));
    old().create(JobType::Upload).breaks(RuleId::BITS_CREATE_007);
    let name = Some("x".to_owned());
    let call = Call::CreateJob { name, job_type: JobType::Upload };
    let refused = old().called(APP, call, Hresult::E_NOTIMPL, Reply::None);
    refused.holds(RuleId::BITS_CREATE_007);
}

#[test]
fn new_jobs_have_default_properties() {
    let priority = |story: Story, told| story.get(JobCall::GetPriority, Reply::Priority(told));
    priority(made(), Priority::Normal).holds(RuleId::BITS_CREATE_008);
    priority(made(), Priority::Low).breaks(RuleId::BITS_CREATE_008);
    let set = made().call(JobCall::SetPriority(3), OK);
    priority(set, Priority::Low).leaves(RuleId::BITS_CREATE_008);
    let proxy = |usage| Reply::Proxy(Proxy { usage, ..Proxy::default() });
    made().get(JobCall::GetProxySettings, proxy(0)).holds(RuleId::BITS_CREATE_008);
    made().get(JobCall::GetProxySettings, proxy(1)).breaks(RuleId::BITS_CREATE_008);
    let delay = |n| made().get(JobCall::GetMinimumRetryDelay, Reply::Number(n));
    delay(600).holds(RuleId::BITS_CREATE_008);
    delay(60).breaks(RuleId::BITS_CREATE_008);
}

#[test]
fn get_job_finds_what_is_in_the_queue() {
    let (gone, denied) = (Hresult::BG_E_NOT_FOUND, Hresult::E_ACCESSDENIED);
    made().sought(APP, OK).holds(RuleId::BITS_CREATE_009);
    made().sought(APP, gone).breaks(RuleId::BITS_CREATE_009);
    made().sought(OTHER, denied).holds(RuleId::BITS_CREATE_009);
    made().sought(OTHER, OK).breaks(RuleId::BITS_CREATE_009);
    made().sought(CONSOLE, denied).breaks(RuleId::BITS_CREATE_009);
    made().cancelled().sought(APP, gone).holds(RuleId::BITS_CREATE_010);
    made().cancelled().sought(APP, OK).breaks(RuleId::BITS_CREATE_010);
    let upload = Story::new().create(JobType::Upload).cancelled();
    upload.sought(APP, OK).is_clean_of(CHECKED);
    let restart = Disturbance::ServiceRestarts { list_readable: true };
    made().env(restart).sought(APP, gone).is_clean_of(CHECKED);
}
