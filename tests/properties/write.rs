//! Writes a story as a scenario.

use crate::story::{Act, Misbehaviour, Story};
use bitsim::vocab::call::{JobCall, NewFile};
use bitsim::vocab::world::{
    Block, Disturbance, FaultKind, NetworkCondition, Part, PathOperation, Server, UserKind,
};
use bitsim::vocab::{ClientId, Hresult, JobId, JobType, Priority, ServerId, Span, UserId};
use std::fmt::Write as _;

/// The scenario that tells `story`. `returned` is what its calls returned when it was played: a
/// call that was not made is left out.
pub(crate) fn scenario(title: &str, story: &Story, returned: &[Option<Hresult>]) -> String {
    let setup = &story.setup;
    let mut text = format!("scenario: {}\nrun_on: [{}]\n", quoted(title), setup.target);
    let mut line = |part: String| {
        text.push_str(&part);
        text.push('\n');
    };
    line(format!("seed: {}", setup.seed));
    line(format!("world: {{wall_clock: {}, time_slice: {}}}", setup.wall_start, setup.time_slice));
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
    line("jobs:".to_owned());
    for (id, job) in (0..).map(JobId).zip(&story.jobs) {
        let job_type = match job.job_type {
            JobType::Download => "download",
            JobType::Upload => "upload",
            JobType::UploadReply => "upload_reply",
        };
        let client = &setup.clients[job.client.index()].name;
        line(format!("  {}:\n    type: {job_type}\n    client: {client}", Story::job_name(id)));
        line("    files:".to_owned());
        for file in &job.files {
            let local = setup.local_files.iter().find(|local| local.path == file.local);
            let size = local.map_or_else(String::new, |local| format!(", size: {}", local.size));
            line(format!("      - {{{}{size}}}", self::file(file)));
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
    if quiet {
        line(format!("  - after: {wait}\n    expect: {{attempts: {{at_least: 0}}}}"));
    }
    text
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
        let range =
            |(offset, length): &(u64, u64)| format!("{{offset: {offset}, length: {length}}}");
        let ranges: Vec<String> = file.ranges.iter().map(range).collect();
        let _ = write!(text, ", ranges: [{}]", ranges.join(", "));
    }
    text
}

/// What happens in a step, `None` for a call that nobody made.
fn act(story: &Story, act: &Act, returned: Option<Option<Hresult>>) -> Option<String> {
    let call = |who: ClientId, call: String| {
        let client = &story.setup.clients[who.index()].name;
        let returns = match returned {
            Some(hr) => format!(", returns: {}", hr?),
            None => String::new(),
        };
        Some(format!("{call}, by: {client}{returns}"))
    };
    match act {
        Act::Call(who, job, what) => call(*who, self::call(*job, what)),
        Act::EnumJobs(who, all) => call(*who, format!("enum_jobs: {{all_users: {all}}}")),
        Act::Disturb(what) => Some(disturbance(story, what)),
        Act::Misbehave(what) => Some(misbehaviour(story, what)),
        Act::Heal(server) => Some(format!("heal: {{server: {}}}", host(story, *server))),
    }
}

fn host(story: &Story, server: ServerId) -> &str {
    &story.setup.servers[server.index()].name
}

fn call(job: JobId, call: &JobCall) -> String {
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
        C::AddFile(new) => format!("add_file: {{job: {job}, {}}}", file(new)),
        C::SetPriority(raw) => match Priority::ALL.iter().find(|p| u32::from(p.value()) == *raw) {
            Some(priority) => set(format!("priority: {}", priority.name().to_lowercase())),
            None => set(format!("priority: {raw}")),
        },
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
