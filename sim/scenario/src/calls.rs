//! What clients call: `do: {resume: payroll, returns: S_OK}`.

use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::dialect::{Lack, Part, call_lacks, legacy_lacks_getter, legacy_lacks_setter};
use crate::downloads;
use crate::files::{self, Adding};
use crate::grammar::{self, Shape, names};
use crate::jobs;
use crate::node::{Entry, Node, shown};
use crate::plan::{At, JobRef, Place, PlannedCall};
use crate::suggest::any_of;
use crate::synonyms::meant_by;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::DownloadCall;
use bitsim_vocab::legacy::COST_FLAGS;
use bitsim_vocab::{FileId, Service};

/// What the scenario says beside a call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beside {
    /// The call may be meant to fail.
    pub(crate) lenient: bool,
    /// It is meant to answer E_NOTIMPL.
    pub(crate) refused: bool,
}

/// A call without `by` and `returns`, as the answers of callbacks make them.
pub(crate) fn bare(cx: &mut Context, node: &Node) -> Vec<PlannedCall> {
    let Some(entries) = node.entries() else {
        cx.wrong_kind(node, "a call (`{complete: JOB}`)");
        return Vec::new();
    };
    let only = entries.iter().find(|entry| entry.key.value == "only");
    let here = |cx: &mut Context| {
        let part = std::mem::replace(&mut cx.part, Part::Act);
        let verb = one_verb(cx, node, entries, &grammar::CALL, "call");
        let lenient = Beside { lenient: true, refused: false };
        let calls = verb.map(|verb| call(cx, verb, lenient)).unwrap_or_default();
        cx.part = part;
        calls
    };
    cx.if_here(only, here).unwrap_or_default()
}

/// The one entry whose key says what happens. The keys of the shape may stand next to it.
pub(crate) fn one_verb<'n>(
    cx: &mut Context,
    node: &Node,
    entries: &'n [Entry],
    shape: &Shape,
    what: &str,
) -> Option<&'n Entry> {
    let (verbs, beside) = (names(shape.verbs), names(shape.keys));
    let mut found: Option<&Entry> = None;
    let mut unknown = false;
    for entry in entries {
        let key = &entry.key;
        if beside.contains(&key.value.as_str()) {
            continue;
        }
        if !verbs.contains(&key.value.as_str()) {
            unknown = true;
            unknown_verb(cx, key, &verbs, &beside, what);
        } else if let Some(first) = found {
            let message = format!("`{}` and `{}` stand in one {what}", first.key.value, key.value);
            cx.report(
                Diagnostic::error(codes::BAD_COMBINATION, key.place, message)
                    .related(first.key.place, "given here already")
                    .help("write a list of two: `[{...}, {...}]`"),
            );
        } else {
            found = Some(entry);
        }
    }
    if found.is_none() && !unknown {
        let message = format!("this {what} does not say what happens");
        let help = if verbs.contains(&"resume") {
            "write for example `{resume: JOB}`; `bitsim schema --as markdown` tells all calls"
        } else {
            "write for example `{disconnect: {for: 2m}}`; `bitsim schema --as markdown` tells all faults"
        };
        cx.report(Diagnostic::error(codes::EMPTY, node.head(), message).help(help));
    }
    found
}

fn unknown_verb(cx: &mut Context, key: &At<String>, verbs: &[&str], beside: &[&str], what: &str) {
    let word = &key.value;
    let message = format!("unknown {what} `{}`", shown(word));
    let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, key.place, message);
    let full = cx.mistakes.is_full();
    let service = cx.service();
    let here = |verb: &&str| call_lacks(service, verb).is_none();
    let known = verbs.iter().filter(|verb| here(verb)).chain(beside).copied();
    // The commands of PowerShell are called Resume-BitsTransfer and the like.
    let plain = word.split_once('-').filter(|(_, rest)| rest.starts_with("Bits"));
    let plain = plain.map_or(word.as_str(), |(plain, _)| plain);
    let meant = if full { None } else { meant_by(plain, known) };
    cx.report(match meant {
        _ if word == "by" || word == "returns" => diagnostic
            .label("nothing is called here")
            .help(format!("`{word}` stands beside a call: `do: {{resume: JOB, {word}: ...}}`")),
        _ if grammar::CALL.has_verb(word) => {
            diagnostic.label("this is a call").help("a call stands under `do`")
        }
        Some(meant) => diagnostic.edit(format!("did you mean `{meant}`?"), key.place, meant),
        None => diagnostic.help(format!("`bitsim schema --as markdown` tells every {what}")),
    });
}

/// The calls that a verb with its value stands for: one, but for `add_files` on a service that adds
/// one file at a time.
pub(crate) fn call(cx: &mut Context, verb: &Entry, beside: Beside) -> Vec<PlannedCall> {
    let name = verb.key.value.as_str();
    if let Some((lack, answers)) = call_lacks(cx.service(), name)
        && !(answers && beside.refused)
    {
        cx.lacks(verb.key.place, lack, answers);
        return Vec::new();
    }
    let call = match name {
        "create" => cx.job(&verb.value).map(|job| {
            cx.story.created.insert(job);
            PlannedCall::Create(job)
        }),
        _ if cx.downloads() => of_download(cx, verb),
        _ => of_job(cx, verb, beside),
    };
    match call {
        // A service with AddFileWithRanges alone; asked for AddFile it answers E_NOTIMPL.
        Some(PlannedCall::Job(job, JobCall::AddFileSet(files)))
            if cx.service() == Service::DoLegacy && !beside.refused =>
        {
            let add = |file| PlannedCall::Job(job, JobCall::AddFileWithRanges(file));
            files.into_iter().map(add).collect()
        }
        Some(PlannedCall::Job(job, JobCall::AddFile(file)))
            if cx.service() == Service::DoLegacy && !beside.refused =>
        {
            vec![PlannedCall::Job(job, JobCall::AddFileWithRanges(file))]
        }
        call => call.into_iter().collect(),
    }
}

fn of_download(cx: &mut Context, verb: &Entry) -> Option<PlannedCall> {
    let node = &verb.value;
    let simple = |call: DownloadCall| move |job: JobRef| PlannedCall::Download(job, call);
    match verb.key.value.as_str() {
        "start" | "resume" => downloads::start(cx, verb),
        "pause" | "suspend" => cx.job(node).map(simple(DownloadCall::Pause)),
        "finalize" | "complete" => cx.job(node).map(simple(DownloadCall::Finalize)),
        "abort" | "cancel" => cx.job(node).map(simple(DownloadCall::Abort)),
        "get_status" => cx.job(node).map(simple(DownloadCall::GetStatus)),
        "set" => downloads::set(cx, verb),
        "get" => downloads::get(cx, verb),
        "enum_downloads" => downloads::enumerate(cx, verb),
        _ => None,
    }
}

fn of_job(cx: &mut Context, verb: &Entry, beside: Beside) -> Option<PlannedCall> {
    let node = &verb.value;
    let simple = |call: JobCall| move |job: JobRef| PlannedCall::Job(job, call);
    match verb.key.value.as_str() {
        "resume" => cx.job(node).map(simple(JobCall::Resume)),
        "suspend" => cx.job(node).map(simple(JobCall::Suspend)),
        "cancel" => cx.job(node).map(simple(JobCall::Cancel)),
        "complete" => cx.job(node).map(simple(JobCall::Complete)),
        "take_ownership" => cx.job(node).map(simple(JobCall::TakeOwnership)),
        "get_error" => cx.job(node).map(simple(JobCall::GetError)),
        "get_job" => cx.job(node).map(PlannedCall::GetJob),
        "read_error" => cx.job(node).map(PlannedCall::ReadErrorObject),
        "get_error_file" => cx.job(node).map(PlannedCall::ReadErrorFile),
        "get_error_protocol" => cx.job(node).map(PlannedCall::ReadErrorProtocol),
        "add_file" => add_file(cx, verb, beside.lenient),
        "add_files" => add_files(cx, verb),
        "set" => set(cx, verb, beside.refused),
        "get" => get(cx, verb, beside.refused),
        "enum_jobs" => {
            let known = grammar::ENUM_JOBS.names();
            let fields = cx.fields_or_none(node, "`enum_jobs`", verb.key.place, &known)?;
            let all_users = fields.get("all_users").map_or(Some(false), |node| cx.boolean(node))?;
            Some(PlannedCall::EnumJobs { all_users })
        }
        _ => None,
    }
}

/// The required field `job`, which may be called `download` where there are downloads, and its
/// name.
pub(crate) fn job_field<'n>(cx: &mut Context, fields: &Fields<'n>) -> Option<(JobRef, &'n str)> {
    let node = if cx.downloads() && fields.get("job").is_none() {
        fields.required(cx, "download")?
    } else {
        fields.required(cx, "job")?
    };
    Some((cx.job(node)?, node.scalar()?))
}

fn add_file(cx: &mut Context, verb: &Entry, lenient: bool) -> Option<PlannedCall> {
    let known = grammar::ADD_FILE.names();
    let fields = cx.fields(&verb.value, "`add_file`", verb.key.place, &known)?;
    let job = job_field(cx, &fields);
    // Without a job the file is read all the same, for the sake of its own mistakes.
    let (number, name) = job.unwrap_or((JobRef(u32::MAX), "?"));
    let into = Adding { job: number, name, number: 1, lenient };
    let file = files::new_file(cx, &fields, into);
    job?;
    Some(PlannedCall::Job(number, JobCall::AddFile(file?)))
}

fn add_files(cx: &mut Context, verb: &Entry) -> Option<PlannedCall> {
    let known = grammar::ADD_FILES.names();
    let fields = cx.fields(&verb.value, "`add_files`", verb.key.place, &known)?;
    let job = job_field(cx, &fields);
    let (number, name) = job.unwrap_or((JobRef(u32::MAX), "?"));
    let list = fields.required(cx, "files")?;
    let files = jobs::file_list(cx, number, name, list);
    job?;
    Some(PlannedCall::Job(number, JobCall::AddFileSet(files)))
}

/// What `set` cannot set on the service.
fn setter_lacks(service: Service, key: &str) -> Option<Lack> {
    match (service, key) {
        (Service::Bits, "cost_flags" | "property" | "file_property") => {
            Some(Lack::of("SetProperty in this simulator"))
        }
        (Service::Bits | Service::DoLegacy, "download") => {
            Some(Lack { what: "downloads", instead: Some("`job`") })
        }
        _ => downloads::own_word(key).then_some(Lack::of("properties of downloads")),
    }
}

fn set(cx: &mut Context, verb: &Entry, refused: bool) -> Option<PlannedCall> {
    let place = verb.key.place;
    let service = cx.service();
    let foreign = jobs::foreign_fields(cx, &verb.value, |key| setter_lacks(service, key));
    if !foreign.is_empty() {
        return None;
    }
    let properties = grammar::SET.verbs_on(&[service]);
    let mut known = grammar::SET.keys_on(&[service]);
    known.extend(&properties);
    let fields = cx.fields(&verb.value, "`set`", place, &known)?;
    let job = job_field(cx, &fields);
    let Some(property) = fields.at_most_one(cx, &properties) else {
        if fields.strange {
            return None;
        }
        let message = "this `set` does not say what to set";
        cx.report(
            Diagnostic::error(codes::EMPTY, place, message)
                .help(format!("known: {}", any_of(&properties))),
        );
        return None;
    };
    if service == Service::DoLegacy
        && !refused
        && let Some(lack) = legacy_lacks_setter(&property.key.value)
    {
        cx.lacks(property.key.place, lack, true);
    }
    let call = setter(cx, property);
    Some(PlannedCall::Job(job?.0, call?))
}

fn setter(cx: &mut Context, property: &Entry) -> Option<JobCall> {
    let node = &property.value;
    let text = |cx: &mut Context| jobs::optional_text(cx, Some(node), "a text");
    Some(match property.key.value.as_str() {
        "priority" => JobCall::SetPriority(raw_priority(cx, node)?),
        "display_name" => JobCall::SetDisplayName(text(cx)?),
        "description" => JobCall::SetDescription(text(cx)?),
        "reply_file" => {
            let path = text(cx)?;
            if let Some(path) = &path {
                cx.story.know_path(path);
            }
            JobCall::SetReplyFileName(path)
        }
        "notify_flags" => JobCall::SetNotifyFlags(jobs::notify_flags(cx, node)?),
        "notify_interface" => JobCall::SetNotifyInterface(cx.boolean(node)?),
        "minimum_retry_delay" => JobCall::SetMinimumRetryDelay(cx.whole_seconds(node)?),
        "no_progress_timeout" => JobCall::SetNoProgressTimeout(cx.whole_seconds(node)?),
        "maximum_download_time" => JobCall::SetMaximumDownloadTime(cx.whole_seconds(node)?),
        "proxy" => JobCall::SetProxySettings(jobs::proxy(cx, node)?),
        "cost_flags" => JobCall::SetProperty { id: COST_FLAGS, value: jobs::cost_flags(cx, node)? },
        "property" => {
            let known = grammar::PROPERTY.names();
            let fields = cx.fields(node, "`property`", property.key.place, &known)?;
            let id = fields.required(cx, "id").and_then(|node| cx.small_number(node, 0));
            let value = fields.required(cx, "value").and_then(|node| cx.small_number(node, 0));
            JobCall::SetProperty { id: id?, value: value? }
        }
        "file_property" => {
            let known = grammar::FILE_PROPERTY.names();
            let fields = cx.fields(node, "`file_property`", property.key.place, &known)?;
            let file = fields.required(cx, "file").and_then(|node| file_number(cx, node));
            let value = fields.required(cx, "value").and_then(|node| cx.long_text(node, "a text"));
            JobCall::SetFileProperty { file: file?, value: value? }
        }
        "command_line" if node.is_null() => {
            JobCall::SetNotifyCmdLine { program: None, parameters: None }
        }
        "command_line" => {
            let known = grammar::SET_COMMAND_LINE.names();
            let line = cx.fields(node, "`command_line`", property.key.place, &known)?;
            jobs::command_line(cx, &line)?
        }
        "remote_name" => {
            let known = grammar::REMOTE_NAME.names();
            let fields = cx.fields(node, "`remote_name`", property.key.place, &known)?;
            let file = fields.required(cx, "file").and_then(|node| file_number(cx, node));
            let url = fields.required(cx, "url").and_then(|url| files::remote_name(cx, url, true));
            JobCall::SetRemoteName { file: file?, url: url? }
        }
        _ => return None,
    })
}

/// A priority by name, or any number, so that a wrong one can be passed.
fn raw_priority(cx: &mut Context, node: &Node) -> Option<u32> {
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if node.plain().is_some_and(digit) {
        return cx.small_number(node, 0);
    }
    let priority = cx.choice(node, "priority", jobs::PRIORITIES)?;
    Some(u32::from(priority.value()))
}

/// Files are counted from 1 in scenarios.
pub(crate) fn file_number(cx: &mut Context, node: &Node) -> Option<FileId> {
    cx.small_number(node, 1).map(|n| FileId(n - 1))
}

/// A getter that takes a file.
type FileGetter = fn(FileId) -> JobCall;

const FILE_GETTERS: &[(&str, FileGetter)] = &[
    ("file_progress", JobCall::GetFileProgress),
    ("remote_name", JobCall::GetRemoteName),
    ("local_name", JobCall::GetLocalName),
    ("ranges", JobCall::GetFileRanges),
];

fn get(cx: &mut Context, verb: &Entry, refused: bool) -> Option<PlannedCall> {
    let known = grammar::GET.keys_on(&[Service::Bits, Service::DoLegacy]);
    let fields = cx.fields(&verb.value, "`get`", verb.key.place, &known)?;
    let job = job_field(cx, &fields);
    let what = fields.required(cx, "what")?;
    let word = what.scalar().unwrap_or_default();
    let legacy = cx.service() == Service::DoLegacy;
    if legacy
        && !refused
        && let Some(lack) = legacy_lacks_getter(word)
    {
        cx.lacks(what.place, lack, true);
    }
    if !legacy && matches!(word, "property" | "ranges") {
        cx.lacks(what.place, Lack::of("GetProperty and GetFileRanges in this simulator"), false);
        return None;
    }
    let call = match FILE_GETTERS.iter().find(|(name, _)| *name == word) {
        Some((_, call)) => {
            let file = fields.required(cx, "file").and_then(|node| file_number(cx, node))?;
            call(file)
        }
        None if word == "property" => {
            let id = fields.required(cx, "id").and_then(|node| cx.small_number(node, 0));
            JobCall::GetProperty(id?)
        }
        None => {
            let call = getter(cx, what)?;
            if let Some(entry) = fields.entry("file") {
                unneeded_file(cx, entry.key.place, word);
            }
            call
        }
    };
    Some(PlannedCall::Job(job?.0, call))
}

fn unneeded_file(cx: &mut Context, place: Place, word: &str) {
    let message = format!("`{word}` is about the whole job, not about a file");
    cx.report(Diagnostic::error(codes::BAD_COMBINATION, place, message).help("leave `file` out"));
}

fn getter(cx: &mut Context, node: &Node) -> Option<JobCall> {
    let known: &[(&str, JobCall)] = &[
        ("progress", JobCall::GetProgress),
        ("times", JobCall::GetTimes),
        ("id", JobCall::GetId),
        ("type", JobCall::GetType),
        ("owner", JobCall::GetOwner),
        ("files", JobCall::EnumFiles),
        ("state", JobCall::GetState),
        ("error", JobCall::GetError),
        ("error_count", JobCall::GetErrorCount),
        ("priority", JobCall::GetPriority),
        ("display_name", JobCall::GetDisplayName),
        ("description", JobCall::GetDescription),
        ("notify_flags", JobCall::GetNotifyFlags),
        ("minimum_retry_delay", JobCall::GetMinimumRetryDelay),
        ("no_progress_timeout", JobCall::GetNoProgressTimeout),
        ("maximum_download_time", JobCall::GetMaximumDownloadTime),
        ("proxy", JobCall::GetProxySettings),
        ("command_line", JobCall::GetNotifyCmdLine),
        ("reply_progress", JobCall::GetReplyProgress),
        ("reply_file", JobCall::GetReplyFileName),
    ];
    let files = FILE_GETTERS.iter().enumerate();
    let words: Vec<(&str, usize)> = known
        .iter()
        .enumerate()
        .map(|(n, (word, _))| (*word, n))
        .chain(files.map(|(n, (word, _))| (*word, known.len() + n)))
        .collect();
    let n = cx.choice(node, "property of a job", &words)?;
    known.get(n).map(|(_, call)| call.clone())
}
