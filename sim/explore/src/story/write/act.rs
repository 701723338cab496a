//! What happens in a step.

use super::declared::{events, file, proxy, usual_path};
use super::surroundings::counted_policies;
use super::{Returns, bytes, nullable, quoted, ranges, rate, seconds};
use crate::story::{Act, Misbehaviour, Story};
use bitsim_vocab::call::{Call, ErrorCall, JobCall, NewFile};
use bitsim_vocab::download::{DownloadCall, Value};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::world::{
    Block, Disturbance, FaultKind, NetworkCondition, Part, PathOperation, Policies,
};
use bitsim_vocab::{ClientId, FileId, Hresult, JobId, Priority, ServerId, Span, UserId};
use std::fmt::Write as _;

/// What happens in a step, `None` for a call that nobody made.
pub(super) fn act(story: &Story, step: usize, returns: Returns) -> Option<String> {
    let made = |what: String, who: ClientId, job: Option<JobId>| {
        let mut text = what;
        let usual = job.map_or(ClientId(0), |job| story.jobs[job.index()].client);
        if who != usual {
            let _ = write!(text, ", by: {}", story.setup.clients[who.index()].name);
        }
        match returns {
            Returns::NotMade => return None,
            Returns::Code(Hresult::S_OK) | Returns::Unsaid => {}
            Returns::Code(hr) => {
                let _ = write!(text, ", returns: {hr}");
            }
            Returns::Either(one, other) => {
                let _ = write!(text, ", returns: [{one}, {other}]");
            }
        }
        Some(text)
    };
    match &story.steps[step].act {
        Act::Call(who, Call::Download(job, DownloadCall::Start(Some(ranges))))
            if ranges.is_empty() && is_first_start(story, step, *job) =>
        {
            made(format!("start: {}", Story::job_name(*job)), *who, Some(*job))
        }
        Act::Call(who, what) => made(call(what), *who, what.job()),
        Act::Create(job) => {
            let client = story.jobs[job.index()].client;
            made(format!("create: {}", Story::job_name(*job)), client, Some(*job))
        }
        Act::ReadError(who, job, what) => {
            let verb = match what {
                ErrorCall::GetError => "read_error",
                ErrorCall::GetFile => "get_error_file",
                ErrorCall::GetProtocol => "get_error_protocol",
            };
            made(format!("{verb}: {}", Story::job_name(*job)), *who, Some(*job))
        }
        Act::Disturb(Disturbance::PoliciesChange(policies)) => {
            Some(changed_policies(story, step, policies))
        }
        Act::Disturb(what) => Some(disturbance(story, what)),
        Act::Misbehave(what) => Some(misbehaviour(story, what)),
        Act::Heal(server) => Some(format!("heal: {{server: {}}}", host(story, *server))),
    }
}

/// True if nobody starts a download before this step, so that its name alone asks for all of it.
fn is_first_start(story: &Story, step: usize, job: JobId) -> bool {
    let starts =
        |call: &Call| matches!(call, Call::Download(of, DownloadCall::Start(_)) if *of == job);
    let mut earlier = story.steps[..step].iter();
    let mut answers = story.jobs.iter().flat_map(|job| &job.answers);
    !earlier.any(|step| matches!(&step.act, Act::Call(_, call) if starts(call)))
        && !answers.any(|answer| answer.calls.iter().any(starts))
}

/// What is not as the policies were before; if nothing is, one of them as it is.
fn changed_policies(story: &Story, step: usize, now: &Policies) -> String {
    let before = story.steps[..step].iter().rev().find_map(|step| match &step.act {
        Act::Disturb(Disturbance::PoliciesChange(policies)) => Some(&**policies),
        _ => None,
    });
    let mut told = counted_policies(now, before.unwrap_or(&story.setup.policies));
    if told.is_empty() {
        told.push(format!("max_jobs_per_user: {}", now.max_jobs_per_user));
    }
    format!("policies: {{{}}}", told.join(", "))
}

pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Empty => "null".to_owned(),
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Object => "object".to_owned(),
        Value::Guid(guid) => format!("'{guid:032x}'"),
    }
}

fn host(story: &Story, server: ServerId) -> &str {
    &story.setup.servers[server.index()].name
}

pub(super) fn call(call: &Call) -> String {
    match call {
        Call::Job(job, call) => job_call(*job, call),
        Call::Download(job, call) => download_call(*job, call),
        Call::GetJob(job) => format!("get_job: {}", Story::job_name(*job)),
        Call::EnumJobs { all_users: false } => "enum_jobs: {}".to_owned(),
        Call::EnumJobs { all_users: true } => "enum_jobs: {all_users: true}".to_owned(),
        Call::EnumDownloads(None) => "enum_downloads: {}".to_owned(),
        Call::EnumDownloads(Some((id, value))) => {
            format!("enum_downloads: {{property: {id}, value: {}}}", quoted(value))
        }
        other => unreachable!("no story calls {}", other.method()),
    }
}

fn download_call(job: JobId, call: &DownloadCall) -> String {
    use DownloadCall as C;
    let job = Story::job_name(job);
    match call {
        C::Start(None) => format!("start: {{download: {job}, ranges: null}}"),
        C::Start(Some(list)) if list.is_empty() => {
            format!("start: {{download: {job}, ranges: whole}}")
        }
        C::Start(Some(list)) => format!("start: {{download: {job}, ranges: {}}}", ranges(list)),
        C::Pause => format!("pause: {job}"),
        C::Finalize => format!("finalize: {job}"),
        C::Abort => format!("abort: {job}"),
        C::GetStatus => format!("get_status: {job}"),
        C::SetProperty(id, to) => {
            let property = format!("{{id: {id}, value: {}}}", value(to));
            format!("set: {{download: {job}, property: {property}}}")
        }
        C::GetProperty(id) => format!("get: {{download: {job}, property: {id}}}"),
    }
}

fn job_call(id: JobId, call: &JobCall) -> String {
    use JobCall as C;
    let job = Story::job_name(id);
    let set = |what: String| format!("set: {{job: {job}, {what}}}");
    let text = |text: &Option<String>| nullable(text.as_ref());
    match call {
        C::Resume => format!("resume: {job}"),
        C::Suspend => format!("suspend: {job}"),
        C::Cancel => format!("cancel: {job}"),
        C::Complete => format!("complete: {job}"),
        C::TakeOwnership => format!("take_ownership: {job}"),
        C::GetError => format!("get_error: {job}"),
        C::AddFile(new) | C::AddFileWithRanges(new) => {
            let local = usual_path("downloads", id, &new.remote) != new.local;
            format!("add_file: {{job: {job}, {}}}", file(new, local))
        }
        C::AddFileSet(list) => {
            let files: Vec<String> =
                list.iter().map(|new: &NewFile| format!("{{{}}}", file(new, true))).collect();
            format!("add_files: {{job: {job}, files: [{}]}}", files.join(", "))
        }
        C::SetPriority(raw) => match Priority::ALL.iter().find(|p| u32::from(p.value()) == *raw) {
            Some(priority) => set(format!("priority: {}", priority.name().to_lowercase())),
            None => set(format!("priority: {raw}")),
        },
        C::SetProperty { id, value } => set(format!("property: {{id: {id}, value: {value}}}")),
        C::SetFileProperty { file, value } => {
            let value = quoted(value);
            set(format!("file_property: {{file: {}, value: {value}}}", file.0 + 1))
        }
        C::SetDisplayName(name) => set(format!("display_name: {}", text(name))),
        C::SetDescription(name) => set(format!("description: {}", text(name))),
        C::SetNotifyFlags(flags) => set(format!("notify_flags: {}", events(*flags))),
        C::SetNotifyInterface(on) => set(format!("notify_interface: {on}")),
        C::SetMinimumRetryDelay(s) => set(format!("minimum_retry_delay: {}", seconds(*s))),
        C::SetNoProgressTimeout(s) => set(format!("no_progress_timeout: {}", seconds(*s))),
        C::SetMaximumDownloadTime(s) => set(format!("maximum_download_time: {}", seconds(*s))),
        C::SetProxySettings(to) => set(format!("proxy: {}", proxy(to))),
        C::SetReplyFileName(path) => set(format!("reply_file: {}", text(path))),
        C::SetNotifyCmdLine { program: None, parameters: None } => {
            set("command_line: null".to_owned())
        }
        C::SetNotifyCmdLine { program, parameters } => set(format!(
            "command_line: {{program: {}, parameters: {}}}",
            text(program),
            text(parameters)
        )),
        C::SetRemoteName { file, url } => {
            set(format!("remote_name: {{file: {}, url: {}}}", file.0 + 1, quoted(url)))
        }
        call => getter(&job, call),
    }
}

fn getter(job: &str, call: &JobCall) -> String {
    use JobCall as C;
    let of_file = |what: &str, file: FileId| format!("{what}, file: {}", file.0 + 1);
    let what = match call {
        C::GetErrorCount => "error_count".to_owned(),
        C::GetState => "state".to_owned(),
        C::GetProgress => "progress".to_owned(),
        C::GetTimes => "times".to_owned(),
        C::GetId => "id".to_owned(),
        C::GetType => "type".to_owned(),
        C::GetOwner => "owner".to_owned(),
        C::GetPriority => "priority".to_owned(),
        C::GetDisplayName => "display_name".to_owned(),
        C::GetDescription => "description".to_owned(),
        C::GetNotifyFlags => "notify_flags".to_owned(),
        C::GetMinimumRetryDelay => "minimum_retry_delay".to_owned(),
        C::GetNoProgressTimeout => "no_progress_timeout".to_owned(),
        C::GetMaximumDownloadTime => "maximum_download_time".to_owned(),
        C::GetProxySettings => "proxy".to_owned(),
        C::GetNotifyCmdLine => "command_line".to_owned(),
        C::GetReplyProgress => "reply_progress".to_owned(),
        C::GetReplyFileName => "reply_file".to_owned(),
        C::EnumFiles => "files".to_owned(),
        C::GetProperty(id) => format!("property, id: {id}"),
        C::GetFileProgress(file) => of_file("file_progress", *file),
        C::GetRemoteName(file) => of_file("remote_name", *file),
        C::GetLocalName(file) => of_file("local_name", *file),
        C::GetFileRanges(file) => of_file("ranges", *file),
        other => unreachable!("{} is no getter", other.method()),
    };
    format!("get: {{job: {job}, what: {what}}}")
}

fn disturbance(story: &Story, what: &Disturbance) -> String {
    use Disturbance as D;
    let user = |id: &UserId| story.setup.users[id.index()].name.as_str();
    let client = |id: &ClientId| story.setup.clients[id.index()].name.as_str();
    let path = |path: &str, operation: PathOperation| {
        let operation = match operation {
            PathOperation::Rename => "rename",
            PathOperation::Delete => "delete",
            PathOperation::Write => "write",
            PathOperation::Exist => "exist",
        };
        format!("{{path: {}, operation: {operation}}}", quoted(path))
    };
    match what {
        D::NetworkLost => "disconnect: {}".to_owned(),
        D::NetworkRegained => "connect: {}".to_owned(),
        D::BlockBegins(block) => format!("block: {{cause: {}}}", cause(*block)),
        D::BlockEnds(block) => format!("unblock: {{cause: {}}}", cause(*block)),
        D::Bandwidth(None) => "bandwidth: unlimited".to_owned(),
        D::Bandwidth(Some(limit)) => format!("bandwidth: {}", rate(*limit)),
        D::LogOn(id) => format!("log_on: {}", user(id)),
        D::LogOff(id) => format!("log_off: {}", user(id)),
        D::RunAs(id) => format!("run_as: {}", user(id)),
        D::ClientStarts(id) => format!("start_client: {}", client(id)),
        D::ClientExits(id) => format!("exit_client: {}", client(id)),
        D::VolumeLocked(volume) => format!("lock_volume: '{volume}'"),
        D::VolumeUnlocked(volume) => format!("unlock_volume: '{volume}'"),
        D::VolumeChanged(volume) => format!("change_volume: '{volume}'"),
        D::VolumeSpace(volume, free) => {
            format!("volume_space: {{volume: '{volume}', free: {}}}", bytes(*free))
        }
        D::PathDenied(name, operation) => format!("deny: {}", path(name, *operation)),
        D::PathAllowed(name, operation) => format!("allow: {}", path(name, *operation)),
        D::RemoteFileChanges { url, size, stamped } => {
            let stamped = if *stamped { "" } else { ", stamped: false" };
            format!("change_remote: {{url: {}, size: {}{stamped}}}", quoted(url), bytes(*size))
        }
        D::LocalFileChanges { path, size } => {
            format!("change_local: {{path: {}, size: {}}}", quoted(path), bytes(*size))
        }
        D::WallClockMoves(ticks) => {
            let sign = if *ticks < 0 { '-' } else { '+' };
            format!("move_wall_clock: {sign}{}", Span(ticks.unsigned_abs()))
        }
        D::ServiceRestarts { list_readable: true } => "restart_service: {}".to_owned(),
        D::ServiceRestarts { list_readable: false } => {
            "restart_service: {list_readable: false}".to_owned()
        }
        D::ComputerRestarts => "restart_computer: {}".to_owned(),
        D::NetworkConditions(of) => {
            let of: Vec<&str> = of.iter().map(|condition| network_condition(*condition)).collect();
            format!("network: {{conditions: [{}]}}", of.join(", "))
        }
        D::ServiceStops => "stop_service: {}".to_owned(),
        D::ServiceStarts => "start_service: {}".to_owned(),
        D::LocalFileDeleted(path) => format!("delete_local: {}", quoted(path)),
        D::PoliciesChange(_) | D::FaultBegins(_) | D::FaultEnds(_) => {
            unreachable!("no story holds {what:?} as such")
        }
    }
}

fn network_condition(condition: NetworkCondition) -> &'static str {
    match condition {
        NetworkCondition::Metered => "metered",
        NetworkCondition::NearDataLimit => "near_data_limit",
        NetworkCondition::OverDataLimit => "over_data_limit",
        NetworkCondition::Roaming => "roaming",
        NetworkCondition::Cellular => "cellular",
    }
}

fn cause(block: Block) -> &'static str {
    match block {
        Block::Cost => "cost",
        Block::Standby => "standby",
        Block::BatteryPolicy => "battery_policy",
        Block::BatterySaver => "battery_saver",
        Block::BackgroundAccess => "background_access",
        Block::GameMode => "game_mode",
        Block::SystemPolicy => "system_policy",
        Block::Cellular => "cellular",
        Block::PowerState => "power_state",
        Block::Vpn => "vpn",
        Block::CriticalMemory => "critical_memory",
    }
}

fn misbehaviour(story: &Story, what: &Misbehaviour) -> String {
    let (verb, own) = match what.kind {
        FaultKind::Http(status) => ("http", format!(", status: {status}")),
        FaultKind::Refused => ("refuse", String::new()),
        FaultKind::Timeout(after) => ("time_out", format!(", after: {after}")),
        FaultKind::NameNotResolved => ("no_name", String::new()),
        FaultKind::DropsAfter(count) => ("drop", format!(", after_bytes: {}", bytes(count))),
        FaultKind::Corrupts => ("corrupt", String::new()),
        FaultKind::Code(hr) => ("fail", format!(", code: {hr}")),
    };
    let part = match what.part {
        Part::Any => "",
        Part::Payload => ", part: payload",
        Part::Application => ", part: application",
        Part::Reply => ", part: reply",
        Part::Cancel => ", part: cancel",
    };
    let mut text = format!("{verb}: {{server: {}{own}{part}", host(story, what.server));
    if let Some(url) = &what.url {
        let _ = write!(text, ", url: {}", quoted(url));
    }
    if let Some(times) = what.times {
        let _ = write!(text, ", times: {times}");
    } else if let Some(lasts) = what.lasts {
        let _ = write!(text, ", for: {lasts}");
    }
    match what.class {
        Some(Class::Transient) => text.push_str(", severity: transient"),
        Some(Class::Fatal) => text.push_str(", severity: fatal"),
        _ => {}
    }
    text.push('}');
    text
}
