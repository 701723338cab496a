//! A client's call and its answer as one clause: `GetErrorCount = S_OK 2`.

use crate::names::Names;
use crate::words;
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, ErrorCall, JobCall, NewFile, Progress, Proxy, Reply};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::trace::Called;
use bitsim_vocab::{Call, Priority};

/// The call, `=`, the HRESULT and what was delivered.
#[must_use]
pub(crate) fn clause(called: &Called, names: &Names) -> String {
    let mut text = call(called);
    text += " = ";
    text += &called.hr.to_string();
    let delivered = match &called.reply {
        // CreateJob and GetJob deliver the job that the line names already.
        Reply::Job(_) => String::new(),
        // IBackgroundCopyError::GetError tells code and context.
        Reply::Error(_, info) if matches!(called.call, Call::ErrorObject(..)) => {
            format!("{} {}", info.code, info.context)
        }
        other => reply(other, names),
    };
    if !delivered.is_empty() {
        text.push(' ');
        text += &delivered;
    }
    text
}

fn call(called: &Called) -> String {
    match &called.call {
        Call::CreateJob { name, job_type } => {
            format!("CreateJob {} {job_type}", name.as_deref().unwrap_or("NULL"))
        }
        Call::GetJob(_) => "GetJob".to_owned(),
        Call::EnumJobs { all_users: false } => "EnumJobs".to_owned(),
        Call::EnumJobs { all_users: true } => "EnumJobs all users".to_owned(),
        Call::Job(_, call) => job_call(call, called.hr.failed()),
        Call::ErrorObject(object, call) => {
            let method = match call {
                ErrorCall::GetError => "GetError",
                ErrorCall::GetFile => "GetFile",
                ErrorCall::GetProtocol => "GetProtocol",
            };
            format!("object {}: {method}", u64::from(object.0) + 1)
        }
        Call::CreateDownload => "CreateDownload".to_owned(),
        Call::EnumDownloads(None) => "EnumDownloads".to_owned(),
        Call::EnumDownloads(Some((id, wanted))) => {
            format!("EnumDownloads {} {wanted}", property(*id))
        }
        Call::Download(_, call) => download_call(call),
    }
}

fn download_call(call: &DownloadCall) -> String {
    let method = call.method();
    match call {
        DownloadCall::Start(None) => format!("{method} nullptr"),
        DownloadCall::Start(Some(ranges)) if !ranges.is_empty() => {
            format!("{method} ranges {}", range_list(ranges))
        }
        DownloadCall::SetProperty(id, to) => format!("{method} {} {}", property(*id), value(to)),
        DownloadCall::GetProperty(id) => format!("{method} {}", property(*id)),
        _ => method.to_owned(),
    }
}

/// The documented name of a property, or its number.
fn property(id: u32) -> String {
    DownloadProperty::from_value(id).map_or_else(|| id.to_string(), |known| known.to_string())
}

fn value(of: &Value) -> String {
    match of {
        Value::Empty => "NULL".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Flag(true) => "TRUE".to_owned(),
        Value::Flag(false) => "FALSE".to_owned(),
        Value::Object => "object".to_owned(),
        Value::Guid(guid) => format!("{guid:032x}"),
    }
}

/// The method and its arguments. Where a success leaves its own trace, as the local name of a new
/// file does, the arguments are shown in full only if the call failed.
fn job_call(call: &JobCall, failed: bool) -> String {
    let method = call.method();
    match call {
        JobCall::AddFile(file) | JobCall::AddFileWithRanges(file) => {
            format!("{method} {}", new_file(file, failed))
        }
        JobCall::AddFileSet(files) if failed => {
            let files: Vec<String> = files.iter().map(|file| new_file(file, true)).collect();
            format!("{method} {}", files.join(", "))
        }
        JobCall::AddFileSet(files) => format!("{method} {}", words::count(files.len(), "file")),
        JobCall::SetPriority(value) => {
            let known = Priority::ALL.iter().find(|known| u32::from(known.value()) == *value);
            match known {
                Some(priority) => format!("{method} {priority}"),
                None => format!("{method} {value}"),
            }
        }
        JobCall::SetDisplayName(text)
        | JobCall::SetDescription(text)
        | JobCall::SetReplyFileName(text) => {
            format!("{method} {}", words::quoted(text.as_deref()))
        }
        JobCall::SetNotifyFlags(flags) => format!("{method} {}", words::notify_flags(*flags)),
        JobCall::SetNotifyInterface(true) => format!("{method} callback"),
        JobCall::SetNotifyInterface(false) => format!("{method} NULL"),
        JobCall::SetMinimumRetryDelay(secs)
        | JobCall::SetNoProgressTimeout(secs)
        | JobCall::SetMaximumDownloadTime(secs) => format!("{method} {secs} s"),
        JobCall::SetProxySettings(settings) => format!("{method} {}", proxy(settings)),
        JobCall::SetNotifyCmdLine { program, parameters } => format!(
            "{method} {} {}",
            words::quoted(program.as_deref()),
            words::quoted(parameters.as_deref())
        ),
        JobCall::SetRemoteName { file, url } => format!("{method} {} {url}", words::file(*file)),
        JobCall::GetFileProgress(file)
        | JobCall::GetRemoteName(file)
        | JobCall::GetLocalName(file) => {
            let method = method.rsplit("::").next().unwrap_or(method);
            format!("{}: {method}", words::file(*file))
        }
        _ => method.to_owned(),
    }
}

fn new_file(file: &NewFile, with_local: bool) -> String {
    let mut text = file.remote.clone();
    if with_local {
        text += &format!(" to {}", file.local);
    }
    if !file.ranges.is_empty() {
        text += &format!(" ranges {}", range_list(&file.ranges));
    }
    text
}

fn range_list(ranges: &[(u64, u64)]) -> String {
    let ranges: Vec<String> = ranges.iter().map(|range| range_text(*range)).collect();
    ranges.join(" ")
}

fn range_text((offset, length): (u64, u64)) -> String {
    if length == BG_SIZE_UNKNOWN { format!("{offset}+eof") } else { format!("{offset}+{length}") }
}

fn proxy(settings: &Proxy) -> String {
    let usage = match settings.usage {
        0 => "PRECONFIG".to_owned(),
        1 => "NO_PROXY".to_owned(),
        2 => "OVERRIDE".to_owned(),
        3 => "AUTODETECT".to_owned(),
        other => other.to_string(),
    };
    let list = |name: &str, text: &Option<String>| match text {
        Some(text) => format!(" {name} {}", words::quoted(Some(text))),
        None => String::new(),
    };
    format!("{usage}{}{}", list("list", &settings.list), list("bypass", &settings.bypass))
}

fn progress(of: &Progress) -> String {
    format!(
        "{} of {}, {} of {} files",
        words::size(of.bytes_transferred),
        words::size(of.bytes_total),
        of.files_transferred,
        of.files_total
    )
}

fn reply(reply: &Reply, names: &Names) -> String {
    match reply {
        Reply::None => String::new(),
        Reply::Job(job) => names.job(*job),
        Reply::Jobs(jobs) if jobs.is_empty() => "no jobs".to_owned(),
        Reply::Jobs(jobs) => {
            let jobs: Vec<String> = jobs.iter().map(|job| names.job(*job)).collect();
            jobs.join(" ")
        }
        Reply::Files(files) => words::count(files.len(), "file"),
        Reply::State(state) => state.to_string(),
        Reply::Type(job_type) => job_type.to_string(),
        Reply::Priority(priority) => priority.to_string(),
        Reply::User(user) => names.user(*user),
        Reply::Guid(guid) => format!("{guid:032x}"),
        Reply::Number(number) => number.to_string(),
        Reply::Text(text) => words::quoted(Some(text)),
        Reply::CommandLine(program, parameters) => {
            format!("{} {}", words::quoted(Some(program)), words::quoted(Some(parameters)))
        }
        Reply::Proxy(settings) => proxy(settings),
        Reply::Error(_, info) => info.code.to_string(),
        Reply::File(file) => words::file(*file),
        Reply::Progress(of) => progress(of),
        Reply::FileProgress { bytes_total, bytes_transferred, completed } => {
            let completed = if *completed { ", completed" } else { "" };
            format!(
                "{} of {}{completed}",
                words::size(*bytes_transferred),
                words::size(*bytes_total)
            )
        }
        Reply::Status(status) => format!(
            "{}, {} of {}",
            status.standing,
            words::size(status.bytes_transferred),
            words::size(status.bytes_total)
        ),
        Reply::Value(of) => value(of),
        Reply::Ranges(ranges) => range_list(ranges),
        Reply::Times { creation, modification, completion } => {
            let completion = match completion.0 {
                0 => "not completed".to_owned(),
                _ => format!("completed {completion}"),
            };
            format!("created {creation}, modified {modification}, {completion}")
        }
    }
}
