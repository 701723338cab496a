//! Writes a story as a scenario.

use super::{Act, Answer, Job, Misbehaviour, Story};
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, Call, JobCall, NewFile};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::world::{
    Block, Delivery, Disturbance, FaultKind, NetworkCondition, Part, PathOperation, Server, Setup,
    UserKind,
};
use bitsim_vocab::{ClientId, Hresult, JobId, JobType, Priority, ServerId, Service, Span, UserId};
use std::fmt::Write as _;

/// The scenario that tells `story`. `returned` is what its calls returned when it was played: a
/// call that was not made is left out.
pub fn scenario(title: &str, story: &Story, returned: &[Option<Hresult>]) -> String {
    let setup = &story.setup;
    let mut text = format!("scenario: {}\nrun_on: [{}]\n", quoted(title), setup.target);
    let mut line = |part: String| {
        text.push_str(&part);
        text.push('\n');
    };
    line(format!("seed: {}", setup.seed));
    line("world:".to_owned());
    line(format!("  wall_clock: {}\n  time_slice: {}", setup.wall_start, setup.time_slice));
    let downloads = setup.target.service == Service::DoDownload;
    if downloads && !setup.local_files.is_empty() {
        line("  local_files:".to_owned());
        for file in &setup.local_files {
            line(format!("    {}: {}", quoted(&file.path), file.size));
        }
    }
    let figures = delivery(setup);
    if !figures.is_empty() {
        line(format!("delivery: {{{figures}}}"));
    }
    line("users:".to_owned());
    for user in &setup.users {
        let kind = match user.kind {
            UserKind::Standard => "standard",
            UserKind::Administrator => "administrator",
            UserKind::LocalSystem => "local_system",
            UserKind::LocalService => "local_service",
            UserKind::NetworkService => "network_service",
        };
        line(format!("  {}: {{kind: {kind}}}", user.name));
    }
    line("clients:".to_owned());
    for client in &setup.clients {
        let user = &setup.users[client.user.index()].name;
        line(format!("  {}: {{user: {user}, elevated: {}}}", client.name, client.elevated));
    }
    line("servers:".to_owned());
    for server in &setup.servers {
        line(self::server(server));
    }
    line(if downloads { "downloads:" } else { "jobs:" }.to_owned());
    for (id, job) in (0..).map(JobId).zip(&story.jobs) {
        let client = &setup.clients[job.client.index()].name;
        line(format!("  {}:\n    client: {client}", Story::job_name(id)));
        line(if downloads { download(job) } else { self::job(story, job) });
        if !job.answers.is_empty() {
            let answers: Vec<String> = job.answers.iter().map(answer).collect();
            let answers = answers.join(", ");
            let events = if downloads { "" } else { "events: [job_error, job_transferred], " };
            line(format!("    notify: {{{events}interface: true, answers: [{answers}]}}"));
        }
    }
    line("timeline:".to_owned());
    let mut wait = Span::ZERO;
    let mut quiet = true;
    for (n, step) in story.steps.iter().enumerate() {
        wait = wait + step.after;
        // What the world did not survive has no outcome, but it is a part of the story.
        let returned = returned.get(n).copied();
        if let Some(act) = act(story, &step.act, returned) {
            line(format!("  - after: {wait}\n    do: {{{act}}}"));
            (wait, quiet) = (Span::ZERO, false);
        }
    }
    // Things go on during the last steps even if nobody was there to make their calls.
    if quiet || wait > Span::ZERO {
        line(format!("  - after: {wait}\n    expect: {{attempts: {{at_least: 0}}}}"));
    }
    text
}

/// Figures that are not those of the target.
fn delivery(setup: &Setup) -> String {
    let (here, usual) = (&setup.delivery, Delivery::of(setup.target));
    let mut figures = Vec::new();
    if here.slots != usual.slots {
        figures.push(format!("slots: {}", here.slots));
    }
    if here.age_limit != usual.age_limit {
        figures.push(format!("age_limit: {}", here.age_limit));
    }
    if here.visible_after != usual.visible_after {
        figures.push(format!("visible_after: {}", here.visible_after));
    }
    if let Some(host) = here.cache_host {
        figures.push(format!("cache_host: {}", setup.servers[host.index()].name));
    }
    figures.join(", ")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn server(server: &Server) -> String {
    let Server { name, bandwidth, latency_min, latency_max, max_upload, reply_size, .. } = server;
    let Server { ranges, content_length, replies, .. } = server;
    let mut text = format!("  {name}:\n    bandwidth: {bandwidth} B/s\n");
    let _ = writeln!(text, "    latency: {{min: {latency_min}, max: {latency_max}}}");
    let _ = writeln!(text, "    ranges: {ranges}\n    content_length: {content_length}");
    if *max_upload < u64::MAX {
        let _ = writeln!(text, "    max_upload: {max_upload}");
    }
    let _ = write!(text, "    reply_size: {reply_size}\n    replies: {replies}\n    files:");
    for file in &server.files {
        let _ = write!(text, "\n      {}: {}", file.url, file.size);
    }
    text
}

fn file(file: &NewFile) -> String {
    let mut text = format!("url: {}, local: {}", quoted(&file.remote), quoted(&file.local));
    if !file.ranges.is_empty() {
        let _ = write!(text, ", ranges: {}", ranges(&file.ranges));
    }
    text
}

fn ranges(ranges: &[(u64, u64)]) -> String {
    let range = |(offset, length): &(u64, u64)| match *length {
        BG_SIZE_UNKNOWN => format!("{{offset: {offset}, length: eof}}"),
        length => format!("{{offset: {offset}, length: {length}}}"),
    };
    let ranges: Vec<String> = ranges.iter().map(range).collect();
    format!("[{}]", ranges.join(", "))
}

/// The rest of the declaration of a job.
fn job(story: &Story, job: &Job) -> String {
    let job_type = match job.job_type {
        JobType::Download => "download",
        JobType::Upload => "upload",
        JobType::UploadReply => "upload_reply",
    };
    let mut text = format!("    type: {job_type}");
    if !job.files.is_empty() {
        text.push_str("\n    files:");
    }
    for file in &job.files {
        let local = story.setup.local_files.iter().find(|local| local.path == file.local);
        let size = local.map_or_else(String::new, |local| format!(", size: {}", local.size));
        let _ = write!(text, "\n      - {{{}{size}}}", self::file(file));
    }
    text
}

/// The rest of the declaration of a download.
fn download(job: &Job) -> String {
    use DownloadProperty as P;
    let has = |wanted: P| job.settings.iter().any(|(property, _)| *property == wanted);
    let mut lines = Vec::new();
    if has(P::Uri) && !has(P::LocalPath) {
        // Or else it would get a path of its own.
        lines.push("local: null".to_owned());
    }
    for (property, value) in &job.settings {
        let value = self::value(value);
        lines.push(match property {
            P::Uri => format!("url: {value}"),
            P::LocalPath => format!("local: {value}"),
            P::StreamInterface => "stream: true".to_owned(),
            P::ForegroundPriority => format!("foreground: {value}"),
            P::NoProgressTimeoutSeconds => format!("no_progress_timeout: {value}"),
            P::CostPolicy => format!("cost_policy: {value}"),
            P::DisallowOnCellular => format!("disallow_on_cellular: {value}"),
            P::NonVolatile => format!("non_volatile: {value}"),
            P::CallbackFreqSeconds => format!("callback_seconds: {value}"),
            P::CallbackFreqPercent => format!("callback_percent: {value}"),
            P::IntegrityCheckMandatory => {
                let kind = if value == "true" { "mandatory" } else { "optional" };
                format!("integrity: {kind}")
            }
            other => format!("property: {{id: {other}, value: {value}}}"),
        });
    }
    let indented: Vec<String> = lines.iter().map(|line| format!("    {line}")).collect();
    indented.join("\n")
}

fn value(value: &Value) -> String {
    match value {
        Value::Empty => "null".to_owned(),
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Object => "object".to_owned(),
        Value::Guid(guid) => format!("'{guid:032x}'"),
    }
}

fn answer(answer: &Answer) -> String {
    let calls: Vec<String> =
        answer.calls.iter().map(|call| format!("{{{}}}", self::call(call))).collect();
    let end = match answer.returns {
        Some(hr) => format!("returns: {hr}"),
        None => "exits: true".to_owned(),
    };
    format!("{{after: {}, calls: [{}], {end}}}", answer.after, calls.join(", "))
}

/// What happens in a step, `None` for a call that nobody made.
fn act(story: &Story, act: &Act, returned: Option<Option<Hresult>>) -> Option<String> {
    let by = |who: ClientId, call: String| {
        let client = &story.setup.clients[who.index()].name;
        let returns = match returned {
            Some(hr) => format!(", returns: {}", hr?),
            None => String::new(),
        };
        Some(format!("{call}, by: {client}{returns}"))
    };
    match act {
        Act::Call(who, what) => by(*who, call(what)),
        Act::Disturb(what) => Some(disturbance(story, what)),
        Act::Misbehave(what) => Some(misbehaviour(story, what)),
        Act::Heal(server) => Some(format!("heal: {{server: {}}}", host(story, *server))),
    }
}

fn host(story: &Story, server: ServerId) -> &str {
    &story.setup.servers[server.index()].name
}

fn call(call: &Call) -> String {
    match call {
        Call::Job(job, call) => job_call(*job, call),
        Call::Download(job, call) => download_call(*job, call),
        Call::GetJob(job) => format!("get_job: {}", Story::job_name(*job)),
        Call::EnumJobs { all_users } => format!("enum_jobs: {{all_users: {all_users}}}"),
        Call::EnumDownloads(None) => "enum_downloads: {}".to_owned(),
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

fn job_call(job: JobId, call: &JobCall) -> String {
    use JobCall as C;
    let job = Story::job_name(job);
    let set = |what: String| format!("set: {{job: {job}, {what}}}");
    let get = |what: &str| format!("get: {{job: {job}, what: {what}}}");
    let text = |text: &Option<String>| text.as_deref().map_or("null".to_owned(), quoted);
    match call {
        C::Resume => format!("resume: {job}"),
        C::Suspend => format!("suspend: {job}"),
        C::Cancel => format!("cancel: {job}"),
        C::Complete => format!("complete: {job}"),
        C::TakeOwnership => format!("take_ownership: {job}"),
        C::GetError => format!("get_error: {job}"),
        C::AddFile(new) | C::AddFileWithRanges(new) => {
            format!("add_file: {{job: {job}, {}}}", file(new))
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
        C::SetNotifyFlags(flags) => set(format!("notify_flags: {flags}")),
        C::SetNotifyInterface(on) => set(format!("notify_interface: {on}")),
        C::SetMinimumRetryDelay(s) => set(format!("minimum_retry_delay: {s}s")),
        C::SetNoProgressTimeout(s) => set(format!("no_progress_timeout: {s}s")),
        C::SetMaximumDownloadTime(s) => set(format!("maximum_download_time: {s}s")),
        C::SetProxySettings(proxy) => set(format!("proxy: {{usage: {}}}", proxy.usage)),
        C::SetNotifyCmdLine { program: None, .. } => set("command_line: null".to_owned()),
        C::SetNotifyCmdLine { program, parameters } => set(format!(
            "command_line: {{program: {}, parameters: {}}}",
            text(program),
            text(parameters)
        )),
        C::SetRemoteName { file, url } => {
            set(format!("remote_name: {{file: {}, url: {}}}", file.0 + 1, quoted(url)))
        }
        C::GetErrorCount => get("error_count"),
        C::GetState => get("state"),
        C::GetProgress => get("progress"),
        C::GetTimes => get("times"),
        C::GetOwner => get("owner"),
        C::EnumFiles => get("files"),
        C::GetReplyProgress => get("reply_progress"),
        C::GetMinimumRetryDelay => get("minimum_retry_delay"),
        C::GetProperty(id) => get(&format!("property, id: {id}")),
        C::GetFileRanges(file) => get(&format!("ranges, file: {}", file.0 + 1)),
        C::GetFileProgress(file) => get(&format!("file_progress, file: {}", file.0 + 1)),
        other => unreachable!("no story calls {}", other.method()),
    }
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
        D::Bandwidth(Some(rate)) => format!("bandwidth: {rate} B/s"),
        D::LogOn(id) => format!("log_on: {}", user(id)),
        D::LogOff(id) => format!("log_off: {}", user(id)),
        D::RunAs(id) => format!("run_as: {}", user(id)),
        D::ClientStarts(id) => format!("start_client: {}", client(id)),
        D::ClientExits(id) => format!("exit_client: {}", client(id)),
        D::VolumeLocked(volume) => format!("lock_volume: '{volume}'"),
        D::VolumeUnlocked(volume) => format!("unlock_volume: '{volume}'"),
        D::VolumeChanged(volume) => format!("change_volume: '{volume}'"),
        D::VolumeSpace(volume, free) => {
            format!("volume_space: {{volume: '{volume}', free: {free}}}")
        }
        D::PathDenied(name, operation) => format!("deny: {}", path(name, *operation)),
        D::PathAllowed(name, operation) => format!("allow: {}", path(name, *operation)),
        D::RemoteFileChanges { url, size, stamped } => {
            format!("change_remote: {{url: '{url}', size: {size}, stamped: {stamped}}}")
        }
        D::LocalFileChanges { path, size } => {
            format!("change_local: {{path: {}, size: {size}}}", quoted(path))
        }
        D::WallClockMoves(ticks) => {
            let sign = if *ticks < 0 { '-' } else { '+' };
            format!("move_wall_clock: {sign}{}", Span(ticks.unsigned_abs()))
        }
        D::ServiceRestarts { list_readable } => {
            format!("restart_service: {{list_readable: {list_readable}}}")
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
        FaultKind::DropsAfter(bytes) => ("drop", format!(", after_bytes: {bytes}")),
        FaultKind::Corrupts => ("corrupt", String::new()),
        FaultKind::Code(hr) => ("fail", format!(", code: {hr}")),
    };
    let part = match what.part {
        Part::Any => "any",
        Part::Payload => "payload",
        Part::Application => "application",
        Part::Reply => "reply",
        Part::Cancel => "cancel",
    };
    let mut text = format!("{verb}: {{server: {}{own}, part: {part}", host(story, what.server));
    if let Some(url) = &what.url {
        let _ = write!(text, ", url: '{url}'");
    }
    if let Some(times) = what.times {
        let _ = write!(text, ", times: {times}");
    }
    text.push('}');
    text
}
