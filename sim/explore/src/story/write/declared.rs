//! Jobs and downloads as they are declared.

use super::act::{call, value};
use super::sizes::Sizes;
use super::{bytes, nullable, quoted, ranges, seconds};
use crate::story::{Answer, Exit, Job, Story};
use bitsim_vocab::call::{JobCall, NewFile, Proxy};
use bitsim_vocab::download::{DownloadProperty, Value};
use bitsim_vocab::{JobId, JobType, Priority};
use std::fmt::Write as _;

/// True if the declared files of uploads, in order, are the local files at the start.
pub(super) fn tell_local_files(story: &Story) -> bool {
    let uploads = story.jobs.iter().filter(|job| job.job_type.uploads());
    let files = uploads.flat_map(|job| &job.files).map(|file| &file.local);
    files.eq(story.setup.local_files.iter().map(|file| &file.path))
}

/// The lines of the declaration of a job after its client.
pub(super) fn job(story: &Story, id: JobId, job: &Job, sizes: &mut Sizes<'_>) -> Vec<String> {
    let job_type = match job.job_type {
        JobType::Download => "download",
        JobType::Upload => "upload",
        JobType::UploadReply => "upload_reply",
    };
    let mut lines = vec![format!("type: {job_type}")];
    if let Some(name) = &job.display_name {
        lines.push(format!("display_name: {}", quoted(name)));
    }
    lines.extend(created(job));
    let setters = job.ordered_setters();
    lines.extend(setters.iter().filter_map(|call| setter(call)));
    lines.extend(notify(job, &setters));
    lines.extend(setters.iter().filter_map(|call| command_line(job, call)));
    let local_sizes = tell_local_files(story);
    let mut told = |file: &NewFile| {
        let local = story.setup.local_files.iter().find(|local| local.path == file.local);
        let size = match job.job_type.uploads() {
            true => local.filter(|_| local_sizes).map(|local| local.size),
            false => sizes.take(&file.remote),
        };
        let size = size.map_or_else(String::new, |size| format!(", size: {}", bytes(size)));
        let folder = if job.job_type.uploads() { "uploads" } else { "downloads" };
        let local = usual_path(folder, id, &file.remote) != file.local;
        let file = self::file(file, local);
        format!("{{{file}{size}}}")
    };
    let files: Vec<String> = job.files.iter().map(&mut told).collect();
    match files.as_slice() {
        [] => {}
        [one] => lines.push(format!("files: [{one}]")),
        many => {
            lines.push("files:".to_owned());
            lines.extend(many.iter().map(|file| format!("  - {file}")));
        }
    }
    lines
}

/// Where a file goes, or comes from, if nothing is said about it; nowhere if that is not plain.
pub(crate) fn usual_path(folder: &str, job: JobId, remote: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name = remote.rsplit_once('/').map(|(_, last)| last);
    let name = name.filter(|name| !name.is_empty() && name.chars().all(plain));
    name.map_or_else(String::new, |name| format!("C:\\{folder}\\{}\\{name}", Story::job_name(job)))
}

fn created(job: &Job) -> Option<String> {
    job.later.then(|| "created: later".to_owned())
}

/// A file that is added, with its path if `local`.
pub(super) fn file(file: &NewFile, local: bool) -> String {
    let mut text = format!("url: {}", quoted(&file.remote));
    if local {
        let _ = write!(text, ", local: {}", quoted(&file.local));
    }
    if !file.ranges.is_empty() {
        let _ = write!(text, ", ranges: {}", ranges(&file.ranges));
    }
    text
}

fn setter(call: &JobCall) -> Option<String> {
    use JobCall as C;
    Some(match call {
        C::SetPriority(raw) => {
            let priority = Priority::ALL.iter().find(|known| u32::from(known.value()) == *raw)?;
            format!("priority: {}", priority.name().to_lowercase())
        }
        C::SetProperty { value, .. } => format!("cost_flags: {value}"),
        C::SetMinimumRetryDelay(secs) => format!("minimum_retry_delay: {}", seconds(*secs)),
        C::SetNoProgressTimeout(secs) => format!("no_progress_timeout: {}", seconds(*secs)),
        C::SetMaximumDownloadTime(secs) => format!("maximum_download_time: {}", seconds(*secs)),
        C::SetDescription(text) => format!("description: {}", nullable(text.as_ref())),
        C::SetProxySettings(proxy) => format!("proxy: {}", self::proxy(proxy)),
        C::SetReplyFileName(path) => format!("reply_file: {}", nullable(path.as_ref())),
        _ => return None,
    })
}

pub(super) fn proxy(proxy: &Proxy) -> String {
    let mut text = format!("{{usage: {}", proxy.usage);
    for (key, list) in [("list", &proxy.list), ("bypass", &proxy.bypass)] {
        if let Some(list) = list {
            let _ = write!(text, ", {key}: {}", quoted(list));
        }
    }
    text + "}"
}

fn notify(job: &Job, setters: &[&JobCall]) -> Option<String> {
    let flags = setters.iter().find_map(|call| match call {
        JobCall::SetNotifyFlags(flags) => Some(*flags),
        _ => None,
    });
    let interface = job.registered();
    if flags.is_none() && !interface {
        return None;
    }
    let mut parts = Vec::new();
    parts.extend(flags.map(|flags| format!("events: {}", events(flags))));
    if !interface {
        parts.push("interface: false".to_owned());
    }
    parts.extend(answers(job));
    Some(format!("notify: {{{}}}", parts.join(", ")))
}

/// Flags as a list of events; those without a name make it a number.
pub(super) fn events(flags: u32) -> String {
    const NAMES: [&str; 6] = [
        "job_transferred",
        "job_error",
        "disable",
        "job_modification",
        "file_transferred",
        "file_ranges_transferred",
    ];
    if flags >= 1 << NAMES.len() {
        return flags.to_string();
    }
    let set = NAMES.iter().enumerate().filter(|(bit, _)| flags & (1 << bit) != 0);
    let set: Vec<&str> = set.map(|(_, name)| *name).collect();
    format!("[{}]", set.join(", "))
}

/// How a client that is registered answers.
fn answers(job: &Job) -> Vec<String> {
    if !job.registered() {
        return Vec::new();
    }
    let lists = [("answers", &job.answers), ("modification_answers", &job.to_modification)];
    let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
    let told = |(key, list): (&str, &Vec<Answer>)| {
        let list: Vec<String> = list.iter().map(answer).collect();
        format!("{key}: [{}]", list.join(", "))
    };
    lists.map(told).collect()
}

fn answer(answer: &Answer) -> String {
    let mut parts = Vec::new();
    if answer.after.0 > 0 {
        parts.push(format!("after: {}", answer.after));
    }
    if !answer.calls.is_empty() {
        let calls: Vec<String> =
            answer.calls.iter().map(|call| format!("{{{}}}", self::call(call))).collect();
        parts.push(format!("calls: [{}]", calls.join(", ")));
    }
    match answer.returns {
        Some(hr) if parts.is_empty() => return hr.to_string(),
        Some(hr) => parts.push(format!("returns: {hr}")),
        None => parts.push("exits: true".to_owned()),
    }
    format!("{{{}}}", parts.join(", "))
}

fn command_line(job: &Job, call: &JobCall) -> Option<String> {
    let JobCall::SetNotifyCmdLine { program, parameters } = call else { return None };
    let (program, parameters) = (nullable(program.as_ref()), nullable(parameters.as_ref()));
    let mut text = format!("command_line: {{program: {program}, parameters: {parameters}");
    if !job.exits.is_empty() {
        let exit = |exit: &Exit| match exit {
            Exit::NotLaunched => "not_launched".to_owned(),
            Exit::With { code, after } if after.0 == 0 => code.to_string(),
            Exit::With { code, after } => format!("{{code: {code}, after: {after}}}"),
        };
        let exits: Vec<String> = job.exits.iter().map(exit).collect();
        let _ = write!(text, ", exits: [{}]", exits.join(", "));
    }
    Some(text + "}")
}

/// The lines of the declaration of a download after its client.
pub(super) fn download(id: JobId, job: &Job, sizes: &mut Sizes<'_>) -> Vec<String> {
    use DownloadProperty as P;
    let settings = job.ordered_settings();
    let has = |wanted: P| settings.iter().any(|(property, _)| *property == wanted);
    let mut lines: Vec<String> = created(job).into_iter().collect();
    if has(P::Uri) && !has(P::LocalPath) {
        // Or else it would get a path of its own.
        lines.push("local: null".to_owned());
    }
    let uri = settings.iter().find_map(|(property, value)| match value {
        Value::Text(text) if *property == P::Uri => Some(text.as_str()),
        _ => None,
    });
    let usual = uri.map(|uri| usual_path("downloads", id, uri));
    for (property, set_to) in settings {
        let value = value(set_to);
        let line = match property {
            P::Uri => {
                let size = uri.and_then(|uri| sizes.take(uri));
                lines.extend(size.map(|size| format!("size: {}", bytes(size))));
                format!("url: {value}")
            }
            P::LocalPath
                if usual.as_ref().is_some_and(|usual| *set_to == Value::Text(usual.clone())) =>
            {
                continue;
            }
            P::LocalPath => format!("local: {value}"),
            P::StreamInterface => "stream: true".to_owned(),
            P::ForegroundPriority => format!("foreground: {value}"),
            P::NoProgressTimeoutSeconds => format!("no_progress_timeout: {value}"),
            P::CostPolicy => format!("cost_policy: {value}"),
            P::DisallowOnCellular => format!("disallow_on_cellular: {value}"),
            P::NonVolatile => format!("non_volatile: {value}"),
            P::BlockingMode => format!("blocking: {value}"),
            P::DisplayName => format!("display_name: {value}"),
            P::CallbackFreqSeconds => format!("callback_seconds: {value}"),
            P::CallbackFreqPercent => format!("callback_percent: {value}"),
            P::IntegrityCheckMandatory => {
                let kind = if value == "true" { "mandatory" } else { "optional" };
                format!("integrity: {kind}")
            }
            P::CallbackInterface => format!("notify: {{{}}}", answers(job).join(", ")),
            other => format!("property: {{id: {other}, value: {value}}}"),
        };
        lines.push(line);
    }
    lines
}
