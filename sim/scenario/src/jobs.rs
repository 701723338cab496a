//! The `jobs` section: what exists before the first step, or is made by a `create` step.

use crate::calls;
use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::dialect::{Lack, Part, legacy_lacks_setter};
use crate::downloads;
use crate::files::{self, Adding};
use crate::grammar::{ANSWER, COMMAND_LINE, FILE, JOB, NOTIFY, PROGRAM_END, PROXY};
use crate::node::{Entry, Node, shown};
use crate::plan::{Answer, Answers, At, JobPlan, JobRef, PlannedCall, ProgramEnd};
use crate::suggest::any_of;
use crate::synonyms::meant_by;
use bitsim_vocab::call::{
    BG_NOTIFY_DISABLE, BG_NOTIFY_FILE_RANGES_TRANSFERRED, BG_NOTIFY_FILE_TRANSFERRED,
    BG_NOTIFY_JOB_ERROR, BG_NOTIFY_JOB_MODIFICATION, BG_NOTIFY_JOB_TRANSFERRED, JobCall, NewFile,
    Proxy,
};
use bitsim_vocab::legacy::{
    COST_ALWAYS, COST_FLAGS, COST_NO_SURCHARGE, COST_NOT_ROAMING, COST_STANDARD, COST_UNRESTRICTED,
};
use bitsim_vocab::{ClientId, Hresult, JobType, Priority, Service, Span};
use std::borrow::Cow;

pub(crate) const JOB_TYPES: &[(&str, JobType)] = &[
    ("download", JobType::Download),
    ("upload", JobType::Upload),
    ("upload_reply", JobType::UploadReply),
    ("upload-reply", JobType::UploadReply),
];

pub(crate) const PRIORITIES: &[(&str, Priority)] = &[
    ("foreground", Priority::Foreground),
    ("high", Priority::High),
    ("normal", Priority::Normal),
    ("low", Priority::Low),
];

const NOTIFICATIONS: &[(&str, u32)] = &[
    ("job_transferred", BG_NOTIFY_JOB_TRANSFERRED),
    ("job_error", BG_NOTIFY_JOB_ERROR),
    ("disable", BG_NOTIFY_DISABLE),
    ("job_modification", BG_NOTIFY_JOB_MODIFICATION),
    ("file_transferred", BG_NOTIFY_FILE_TRANSFERRED),
    ("file_ranges_transferred", BG_NOTIFY_FILE_RANGES_TRANSFERRED),
];

/// A job or download as it is declared for the target that is being read for.
#[derive(Debug)]
pub(crate) struct Declared<'n> {
    key: &'n At<String>,
    node: Cow<'n, Node>,
}

/// Gives every job its number and its type, so that anything may refer to it.
pub(crate) fn declare<'n>(cx: &mut Context, root: &Fields<'n>) -> Vec<Declared<'n>> {
    let mut entries: Vec<&Entry> = Vec::new();
    entries.extend(cx.section(root.get("jobs"), |names| &mut names.jobs));
    match root.entry("downloads") {
        Some(section) if !cx.downloads() => no_downloads(cx, section, root.get("jobs").is_some()),
        section => {
            let node = section.map(|entry| &entry.value);
            entries.extend(cx.section(node, |names| &mut names.jobs));
        }
    }
    let mut declared = Vec::with_capacity(entries.len());
    for Entry { key, value } in entries {
        let node = cx.as_here(value);
        let fields = node.entries().unwrap_or_default();
        let word = fields.iter().find(|field| field.key.value == "type");
        let word = word.and_then(|field| field.value.scalar());
        let found = JOB_TYPES.iter().find(|(name, _)| Some(*name) == word);
        cx.names.job_types.push(found.map_or(JobType::Download, |(_, job_type)| *job_type));
        declared.push(Declared { key, node });
    }
    declared
}

fn no_downloads(cx: &mut Context, section: &Entry, has_jobs: bool) {
    let place = section.key.place;
    let message = format!("`{}` has jobs and no downloads", cx.service().name());
    let diagnostic = Diagnostic::error(codes::SERVICE_LACKS, place, message);
    cx.names.jobs.give_up();
    let advice = "what BITS and do-legacy transfer is declared under `jobs`";
    cx.report(if has_jobs {
        diagnostic.help(advice)
    } else {
        diagnostic.edit(advice, place, "jobs")
    });
}

/// Reads every job.
pub(crate) fn read(cx: &mut Context, declared: &[Declared<'_>]) -> Vec<JobPlan> {
    cx.part = Part::Declaration;
    let numbered = (0..).map(JobRef).zip(declared);
    numbered
        .map(|(number, Declared { key, node })| {
            let name = key.value.clone();
            let job_type = cx.names.job_types.get(number.0 as usize).copied();
            let plan = JobPlan {
                display_name: name.clone(),
                place: key.place,
                client: ClientId(0),
                job_type: job_type.unwrap_or(JobType::Download),
                files: Vec::new(),
                from_start: true,
                settings: Vec::new(),
                answers: Answers::default(),
                program_exits: Vec::new(),
                download: None,
                name,
            };
            match cx.service() {
                Service::DoDownload => downloads::declaration(cx, number, plan, node),
                Service::Bits | Service::DoLegacy => job(cx, number, plan, node),
            }
        })
        .collect()
}

/// The client that creates it, and whether that happens at the start.
pub(crate) fn creation(cx: &mut Context, fields: &Fields<'_>, plan: &mut JobPlan) {
    if let Some(node) = fields.get("client") {
        plan.client = cx.client(node).unwrap_or(ClientId(0));
    }
    if let Some(node) = fields.get("created") {
        let words = [("start", true), ("later", false)];
        plan.from_start = cx.choice(node, "time of creation", &words).unwrap_or(true);
    }
}

/// Reports the fields of a declaration that the service has nothing for, and returns their names.
pub(crate) fn foreign_fields<'n>(
    cx: &mut Context,
    node: &'n Node,
    lacks: impl Fn(&str) -> Option<Lack>,
) -> Vec<&'n str> {
    let mut foreign = Vec::new();
    for entry in node.entries().unwrap_or_default() {
        if let Some(lack) = lacks(&entry.key.value) {
            cx.lacks_field(entry, lack);
            foreign.push(entry.key.value.as_str());
        }
    }
    foreign
}

/// What a BITS-shaped service has nothing for in the declaration of a job.
fn job_lacks(service: Service, key: &str) -> Option<Lack> {
    match service {
        // The name is an argument of CreateJob.
        Service::DoLegacy if key == "display_name" => None,
        Service::DoLegacy if legacy_lacks_setter(key).is_some() => legacy_lacks_setter(key),
        Service::Bits if key == "cost_flags" => {
            Some(Lack { what: "cost flags in this simulator", instead: Some("the event `meter`") })
        }
        _ => downloads::own_word(key).then_some(Lack::of("properties of downloads")),
    }
}

fn job(cx: &mut Context, number: JobRef, mut plan: JobPlan, node: &Node) -> JobPlan {
    let service = cx.service();
    let foreign = foreign_fields(cx, node, |key| job_lacks(service, key));
    let mut known = JOB.keys_on(&[Service::Bits, Service::DoLegacy]);
    known.extend(&foreign);
    let owner = format!("job `{}`", shown(&plan.name));
    let Some(fields) = cx.fields(node, owner, plan.place, &known) else { return plan };
    creation(cx, &fields, &mut plan);
    if let Some(node) = fields.required(cx, "type") {
        cx.choice(node, "job type", JOB_TYPES);
        if service == Service::DoLegacy && plan.job_type.uploads() && plan.from_start {
            let instead = "`type: download`, or run it on `bits`";
            cx.lacks(node.place, Lack { what: "uploads", instead: Some(instead) }, false);
        }
    }
    if let Some(node) = fields.get("display_name")
        && let Some(text) = cx.long_text(node, "a display name")
    {
        plan.display_name = text;
    }
    if foreign.is_empty() {
        settings(cx, &fields, &mut plan);
    }
    if let Some(node) = fields.get("files") {
        plan.files = file_list(cx, number, &plan.name, node);
    }
    plan
}

const COSTS: &[(&str, u32)] = &[
    ("always", COST_ALWAYS),
    ("not_roaming", COST_NOT_ROAMING),
    ("no_surcharge", COST_NO_SURCHARGE),
    ("standard", COST_STANDARD),
    ("unrestricted", COST_UNRESTRICTED),
];

/// A transfer policy by name, or its flags as a number.
pub(crate) fn cost_flags(cx: &mut Context, node: &Node) -> Option<u32> {
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if node.plain().is_some_and(digit) {
        return cx.small_number(node, 0);
    }
    cx.choice(node, "transfer policy", COSTS)
}

/// A setter that takes seconds.
type SetSeconds = fn(u32) -> JobCall;

const DELAYS: [(&str, SetSeconds); 3] = [
    ("minimum_retry_delay", JobCall::SetMinimumRetryDelay),
    ("no_progress_timeout", JobCall::SetNoProgressTimeout),
    ("maximum_download_time", JobCall::SetMaximumDownloadTime),
];

/// The setters that the declaration stands for, in the order in which they are called.
fn settings(cx: &mut Context, fields: &Fields<'_>, plan: &mut JobPlan) {
    if let Some(node) = fields.get("priority")
        && let Some(priority) = cx.choice(node, "priority", PRIORITIES)
    {
        plan.settings.push(JobCall::SetPriority(u32::from(priority.value())));
    }
    if let Some(node) = fields.get("cost_flags")
        && let Some(value) = cost_flags(cx, node)
    {
        plan.settings.push(JobCall::SetProperty { id: COST_FLAGS, value });
    }
    for (key, call) in DELAYS {
        if let Some(secs) = fields.get(key).and_then(|node| cx.whole_seconds(node)) {
            plan.settings.push(call(secs));
        }
    }
    if let Some(node) = fields.get("description")
        && let Some(text) = cx.long_text(node, "a description")
    {
        plan.settings.push(JobCall::SetDescription(Some(text)));
    }
    if let Some(node) = fields.get("proxy")
        && let Some(proxy) = proxy(cx, node)
    {
        plan.settings.push(JobCall::SetProxySettings(proxy));
    }
    if let Some(entry) = fields.entry("reply_file") {
        reply_file(cx, entry, plan);
    }
    if let Some(entry) = fields.entry("notify") {
        notify(cx, entry, plan);
    }
    if let Some(entry) = fields.entry("command_line") {
        let (owner, known) = ("`command_line`", COMMAND_LINE.names());
        let Some(line) = cx.fields(&entry.value, owner, entry.key.place, &known) else { return };
        if let Some(call) = command_line(cx, &line) {
            plan.settings.push(call);
        }
        if let Some(node) = line.get("exits") {
            let items = cx.list(node, "a list of exit codes (`[1, 0]`)");
            plan.program_exits = items.iter().filter_map(|item| program_end(cx, item)).collect();
        }
    }
}

fn reply_file(cx: &mut Context, entry: &Entry, plan: &mut JobPlan) {
    if plan.job_type != JobType::UploadReply {
        let message = format!("only an upload_reply job has a reply file, `{}` is none", plan.name);
        cx.report(
            Diagnostic::error(codes::CONTRADICTION, entry.key.place, message)
                .help("to see the call fail, use a `set` step with `returns`"),
        );
        return;
    }
    if let Some(text) = cx.long_text(&entry.value, "a path such as `C:\\uploads\\reply.bin`") {
        cx.story.know_path(&text);
        plan.settings.push(JobCall::SetReplyFileName(Some(text)));
    }
}

fn notify(cx: &mut Context, entry: &Entry, plan: &mut JobPlan) {
    let Some(fields) = notify_fields(cx, entry) else { return };
    let interface = fields.get("interface").and_then(|node| cx.boolean(node)).unwrap_or(true);
    if interface {
        plan.settings.push(JobCall::SetNotifyInterface(true));
    }
    if let Some(node) = fields.get("events")
        && let Some(flags) = notify_flags(cx, node)
    {
        plan.settings.push(JobCall::SetNotifyFlags(flags));
    }
    plan.answers.in_order = answers(cx, &fields, "answers", interface);
    plan.answers.to_modification = answers(cx, &fields, "modification_answers", interface);
}

/// The map after `notify`. Nothing at all registers the client, as `{}` does.
pub(crate) fn notify_fields<'n>(cx: &mut Context, entry: &'n Entry) -> Option<Fields<'n>> {
    let node = &entry.value;
    let word = node.scalar().map(str::to_ascii_lowercase).unwrap_or_default();
    let known = NOTIFY.names();
    if !matches!(word.as_str(), "true" | "yes" | "on" | "y" | "false" | "no" | "off" | "n") {
        return cx.fields_or_none(node, "`notify`", entry.key.place, &known);
    }
    let message = format!("`notify` is a map of what the client wants, not {}", node.describe());
    let diagnostic = Diagnostic::error(codes::WRONG_KIND, node.place, message);
    let told = match cx.service() {
        _ if cx.shared() => "",
        Service::DoDownload => ": OnStatusChange is told",
        Service::Bits | Service::DoLegacy => ": JobTransferred and JobError are told",
    };
    cx.report(if matches!(word.as_str(), "true" | "yes" | "on" | "y") {
        diagnostic.edit(format!("write `notify: {{}}`{told}"), node.place, "{}")
    } else {
        diagnostic.help("leave `notify` out: without it no client is told anything")
    });
    None
}

/// The answers of a client's callback.
pub(crate) fn answers(
    cx: &mut Context,
    fields: &Fields<'_>,
    key: &str,
    interface: bool,
) -> Vec<Answer> {
    let Some(node) = fields.get(key) else { return Vec::new() };
    let items = cx.list(node, "a list of answers (`[E_FAIL, S_OK]`)");
    let answers = items.iter().filter_map(|item| answer(cx, item)).collect();
    if !interface {
        let message = "a client without an interface answers nothing";
        cx.report(
            Diagnostic::error(codes::CONTRADICTION, node.head(), message)
                .label("nobody is called")
                .help("take `interface: false` or the answers out"),
        );
    }
    answers
}

/// A list of events, or the flags as a number.
pub(crate) fn notify_flags(cx: &mut Context, node: &Node) -> Option<u32> {
    if let Some(text) = node.scalar() {
        if node.plain().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit())) {
            return cx.small_number(node, 0);
        }
        let known: Vec<&str> = NOTIFICATIONS.iter().map(|(word, _)| *word).collect();
        let words: Vec<&str> = text.split([',', ' ']).filter(|word| !word.is_empty()).collect();
        let meant = words.iter().map(|word| meant_by(word, known.iter().copied()));
        let message = format!("the events are a list, not {}", node.describe());
        let diagnostic = Diagnostic::error(codes::WRONG_KIND, node.place, message);
        cx.report(match meant.collect::<Option<Vec<&str>>>() {
            Some(meant) => {
                let list = format!("[{}]", meant.join(", "));
                diagnostic.edit(format!("write `{list}`"), node.place, list)
            }
            None => {
                diagnostic.help(format!("a list of {}, or the flags as a number", any_of(&known)))
            }
        });
        return None;
    }
    let wanted = "a list of events (`[job_transferred, job_error]`)";
    let items = cx.list(node, wanted);
    let mut flags = Some(0).filter(|_| matches!(node.kind, crate::node::Kind::List(_)));
    for item in items {
        let flag = cx.choice(item, "notification", NOTIFICATIONS);
        flags = flags.zip(flag).map(|(flags, flag)| flags | flag);
    }
    flags
}

fn answer(cx: &mut Context, node: &Node) -> Option<Answer> {
    let known = ANSWER.names();
    if node.entries().is_none() {
        let returns = cx.hresult(node)?;
        return Some(Answer { returns, after: Span::ZERO, calls: Vec::new(), exits: false });
    }
    let fields = cx.fields(node, "the answer", node.head(), &known)?;
    cx.require_one_of(&fields, &known);
    let returns = fields.get("returns").map_or(Some(Hresult::S_OK), |node| cx.hresult(node));
    let after = fields.get("after").map_or(Some(Span::ZERO), |node| cx.duration(node));
    let calls = fields.get("calls").map_or_else(Vec::new, |node| calls(cx, node));
    let exits = fields.get("exits").map_or(Some(false), |node| cx.boolean(node));
    if let (Some(true), Some(entry)) = (exits, fields.entry("returns")) {
        let message = "a client that exits returns nothing";
        cx.report(
            Diagnostic::error(codes::BAD_COMBINATION, entry.key.place, message)
                .help("take `returns` or `exits` out"),
        );
    }
    Some(Answer { returns: returns?, after: after?, calls, exits: exits? })
}

fn calls(cx: &mut Context, node: &Node) -> Vec<PlannedCall> {
    let items = cx.list(node, "a list of calls (`[{complete: JOB}]`)");
    items.iter().flat_map(|item| calls::bare(cx, item)).collect()
}

fn program_end(cx: &mut Context, node: &Node) -> Option<ProgramEnd> {
    let known = PROGRAM_END.names();
    if node.scalar() == Some("not_launched") {
        return Some(ProgramEnd::NotLaunched);
    }
    if node.entries().is_none() {
        let code = cx.small_number(node, 0)?;
        return Some(ProgramEnd::Exits { code, after: Span::ZERO, calls: Vec::new() });
    }
    let fields = cx.fields(node, "the exit", node.head(), &known)?;
    cx.require_one_of(&fields, &known);
    let code = fields.get("code").map_or(Some(0), |node| cx.small_number(node, 0));
    let after = fields.get("after").map_or(Some(Span::ZERO), |node| cx.duration(node));
    let calls = fields.get("calls").map_or_else(Vec::new, |node| calls(cx, node));
    Some(ProgramEnd::Exits { code: code?, after: after?, calls })
}

/// SetNotifyCmdLine with the program and parameters of an open map.
pub(crate) fn command_line(cx: &mut Context, line: &Fields<'_>) -> Option<JobCall> {
    let program = line.required(cx, "program");
    let program = optional_text(cx, program, "a path of a program")?;
    let parameters = optional_text(cx, line.get("parameters"), "a text")?;
    Some(JobCall::SetNotifyCmdLine { program, parameters })
}

/// A text; `null` and a field that is not there are NULL.
pub(crate) fn optional_text(
    cx: &mut Context,
    node: Option<&Node>,
    wanted: &str,
) -> Option<Option<String>> {
    match node {
        None => Some(None),
        Some(node) if node.is_null() => Some(None),
        Some(node) => cx.long_text(node, wanted).map(Some),
    }
}

pub(crate) fn proxy(cx: &mut Context, node: &Node) -> Option<Proxy> {
    const USAGES: &[(&str, u32)] =
        &[("preconfig", 0), ("no_proxy", 1), ("override", 2), ("autodetect", 3)];
    let fields = cx.fields(node, "the proxy", node.head(), &PROXY.names())?;
    let usage = fields.required(cx, "usage").and_then(|node| {
        let number =
            node.plain().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
        if number { cx.small_number(node, 0) } else { cx.choice(node, "proxy usage", USAGES) }
    });
    let list = optional_text(cx, fields.get("list"), "a list of proxies");
    let bypass = optional_text(cx, fields.get("bypass"), "a list of hosts");
    Some(Proxy { usage: usage?, list: list?, bypass: bypass? })
}

/// The files of a job, in a declaration or an `add_files` call.
pub(crate) fn file_list(cx: &mut Context, job: JobRef, name: &str, node: &Node) -> Vec<NewFile> {
    let items = cx.list(node, "a list of files (`[{url: ..., size: ...}]`)");
    let known = FILE.names();
    let mut list = Vec::with_capacity(items.len());
    for (number, item) in (1..).zip(items) {
        let owner = format!("file {number} of job `{}`", shown(name));
        let Some(fields) = cx.fields(item, owner, item.head(), &known) else { continue };
        let into = Adding { job, name, number, lenient: false };
        list.extend(files::new_file(cx, &fields, into));
    }
    list
}
