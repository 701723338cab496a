//! Downloads: their declaration, and the calls that only `do-download` has.

use crate::calls;
use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::dialect::Lack;
use crate::files::{self, Adding};
use crate::grammar;
use crate::jobs;
use crate::node::{Entry, Node, shown};
use crate::plan::{DownloadPlan, JobPlan, JobRef, PlannedCall};
use crate::suggest::any_of;
use bitsim_vocab::Service;
use bitsim_vocab::download::{CostPolicy, DownloadCall, DownloadProperty, Value};

/// The service that has downloads.
const HERE: &[Service] = &[Service::DoDownload];

/// Settings of a declaration, in the order in which they are made.
const SETTINGS: &[&str] = &[
    "priority",
    "foreground",
    "no_progress_timeout",
    "cost_policy",
    "disallow_on_cellular",
    "non_volatile",
    "blocking",
    "display_name",
    "callback_seconds",
    "callback_percent",
    "integrity",
    "stream",
    "property",
];

const POLICIES: &[(&str, CostPolicy)] = &[
    ("always", CostPolicy::Always),
    ("unrestricted", CostPolicy::Unrestricted),
    ("standard", CostPolicy::Standard),
    ("no_roaming", CostPolicy::NoRoaming),
    ("no_surcharge", CostPolicy::NoSurcharge),
    ("no_cellular", CostPolicy::NoCellular),
];

/// True for the words about a download that a job has nothing for, in a declaration or in `set`.
pub(crate) fn own_word(key: &str) -> bool {
    let shared = matches!(
        key,
        "priority" | "no_progress_timeout" | "display_name" | "notify_interface" | "remote_name"
    );
    let declared = matches!(key, "url" | "size" | "local" | "ranges");
    // `do-legacy` has properties of its own.
    let property = key == "property";
    !shared && !property && (declared || grammar::SET.verbs_on(HERE).contains(&key))
}

/// What a download has nothing for in its declaration.
fn lacks(key: &str) -> Option<Lack> {
    match key {
        "minimum_retry_delay" => Some(Lack::of("SetMinimumRetryDelay")),
        "maximum_download_time" => Some(Lack::of("SetMaximumDownloadTime")),
        "description" => Some(Lack::of("SetDescription")),
        "proxy" => Some(Lack::of("SetProxySettings")),
        "reply_file" => Some(Lack::of("SetReplyFileName")),
        "command_line" => Some(Lack::of("SetNotifyCmdLine")),
        "cost_flags" => Some(Lack { what: "cost flags", instead: Some("`cost_policy`") }),
        _ => None,
    }
}

/// What a `set` of a job does that a download has nothing for.
fn setter_lacks(key: &str) -> Option<Lack> {
    match key {
        "notify_flags" => Some(Lack::of("SetNotifyFlags")),
        "file_property" => Some(Lack::of("IDeliveryOptimizationFile2")),
        _ => lacks(key),
    }
}

/// Reads the declaration of a download.
pub(crate) fn declaration(
    cx: &mut Context,
    number: JobRef,
    mut plan: JobPlan,
    node: &Node,
) -> JobPlan {
    let mut download = DownloadPlan::default();
    let foreign = jobs::foreign_fields(cx, node, lacks);
    let mut known = grammar::JOB.keys_on(HERE);
    known.extend(foreign);
    let owner = format!("download `{}`", shown(&plan.name));
    let Some(fields) = cx.fields_or_none(node, owner, plan.place, &known) else { return plan };
    jobs::creation(cx, &fields, &mut plan);
    if let Some(node) = fields.get("type") {
        cx.choice(node, "job type", jobs::JOB_TYPES);
        if plan.job_type.uploads() {
            cx.lacks(node.place, Lack::of("uploads"), false);
        }
    }
    resource(cx, &fields, number, &plan.name, &mut download);
    for key in SETTINGS {
        let Some(entry) = fields.entry(key) else { continue };
        if entry.key.value == "stream" && cx.boolean(&entry.value) == Some(false) {
            continue;
        }
        download.settings.extend(setting(cx, entry));
    }
    if let Some(text) = fields.get("display_name").and_then(Node::scalar) {
        text.clone_into(&mut plan.display_name);
    }
    callback(cx, &fields, &mut plan, &mut download);
    plan.download = Some(download);
    plan
}

/// Uri and LocalPath: of the one file under `files`, or given directly.
fn resource(
    cx: &mut Context,
    fields: &Fields<'_>,
    number: JobRef,
    name: &str,
    download: &mut DownloadPlan,
) {
    let into = Adding { job: number, name, number: 1, lenient: false };
    let stream = fields.get("stream").and_then(Node::plain) == Some("true");
    let mut set = |property: DownloadProperty, text: String| {
        download.settings.push((number_of(property), Value::Text(text)));
    };
    let Some(files) = fields.entry("files") else {
        let Some(url) = fields.get("url") else {
            // Without Uri, and perhaps without a sink: how Start refuses is worth seeing.
            if let Some(node) = fields.get("local").filter(|node| !node.is_null())
                && let Some(path) = cx.long_text(node, "a path such as `C:\\downloads\\a.bin`")
            {
                cx.story.know_path(&path);
                set(DownloadProperty::LocalPath, path);
            }
            return;
        };
        let no_path = fields.get("local").map_or(stream, Node::is_null);
        if no_path {
            if let Some(url) = files::offered(cx, url, fields.get("size")) {
                set(DownloadProperty::Uri, url);
            }
            if let Some(node) = fields.get("ranges") {
                download.ranges = files::ranges(cx, node).unwrap_or_default();
            }
        } else if let Some(file) = files::new_file(cx, fields, into) {
            set(DownloadProperty::Uri, file.remote);
            set(DownloadProperty::LocalPath, file.local);
            download.ranges = file.ranges;
        }
        return;
    };
    if let Some(entry) = fields.among(&["url", "size", "local", "ranges"]).first() {
        let message = format!("`files` and `{}` exclude each other", entry.key.value);
        cx.report(
            Diagnostic::error(codes::BAD_COMBINATION, entry.key.place, message)
                .related(files.key.place, "given here already"),
        );
    }
    let list = jobs::file_list(cx, number, name, &files.value);
    if let Some(second) = files.value.one_or_many().get(1) {
        let message = "a download of `do-download` has one file";
        let diagnostic = Diagnostic::error(codes::SERVICE_LACKS, second.head(), message);
        cx.report(if cx.shared() {
            diagnostic.help("give it one file: `only_on: {do-download: {files: [...]}}`")
        } else {
            diagnostic.help("declare a download for each file")
        });
    }
    if let Some(file) = list.into_iter().next() {
        set(DownloadProperty::Uri, file.remote);
        if !stream {
            set(DownloadProperty::LocalPath, file.local);
        }
        download.ranges = file.ranges;
    }
}

/// CallbackInterface, which comes last, and how its client answers.
fn callback(
    cx: &mut Context,
    fields: &Fields<'_>,
    plan: &mut JobPlan,
    download: &mut DownloadPlan,
) {
    let mut wanted = fields.get("callback").map(|node| cx.boolean(node) == Some(true));
    if let Some(entry) = fields.entry("notify")
        && let Some(notify) = jobs::notify_fields(cx, entry)
    {
        if let Some(entry) = notify.entry("events") {
            if cx.shared() {
                // OnStatusChange knows no flags: the events are those of the other services.
                jobs::notify_flags(cx, &entry.value);
            } else {
                cx.lacks(entry.key.place, Lack::of("SetNotifyFlags"), false);
            }
        }
        if let Some(entry) = notify.entry("modification_answers")
            && !cx.shared()
        {
            cx.lacks(entry.key.place, Lack::of("JobModification"), false);
        }
        let interface = notify.get("interface").and_then(|node| cx.boolean(node)).unwrap_or(true);
        plan.answers.in_order = jobs::answers(cx, &notify, "answers", wanted.unwrap_or(interface));
        wanted.get_or_insert(interface);
    }
    if wanted == Some(true) {
        let number = number_of(DownloadProperty::CallbackInterface);
        download.settings.push((number, Value::Object));
    }
}

fn number_of(property: DownloadProperty) -> u32 {
    u32::from(property.value())
}

/// The property that a field of a declaration or of `set` names, and its value.
fn setting(cx: &mut Context, entry: &Entry) -> Option<(u32, Value)> {
    use DownloadProperty as P;
    let node = &entry.value;
    let flag = |cx: &mut Context| cx.boolean(node).map(Value::Flag);
    let object = |cx: &mut Context| {
        cx.boolean(node).map(|yes| if yes { Value::Object } else { Value::Empty })
    };
    let number = |cx: &mut Context| cx.number(node, 0, u64::MAX).map(Value::Number);
    let (property, value) = match entry.key.value.as_str() {
        "uri" => (P::Uri, uri(cx, node)),
        "remote_name" => return remote_name(cx, entry),
        "local_path" => {
            if let Some(path) = node.scalar() {
                cx.story.know_path(path);
            }
            (P::LocalPath, text(cx, node))
        }
        "priority" => {
            let priority = cx.choice(node, "priority", jobs::PRIORITIES);
            let foreground = priority.map(|priority| !priority.is_background());
            (P::ForegroundPriority, foreground.map(Value::Flag))
        }
        "foreground" => (P::ForegroundPriority, flag(cx)),
        "no_progress_timeout" => (P::NoProgressTimeoutSeconds, seconds(cx, node)),
        "cost_policy" => (P::CostPolicy, cost_policy(cx, node)),
        "disallow_on_cellular" => (P::DisallowOnCellular, flag(cx)),
        "non_volatile" => (P::NonVolatile, flag(cx)),
        "blocking" => (P::BlockingMode, flag(cx)),
        "display_name" => (P::DisplayName, text(cx, node)),
        "notify_interface" | "callback" => (P::CallbackInterface, object(cx)),
        "callback_seconds" => (P::CallbackFreqSeconds, seconds(cx, node)),
        "callback_percent" => (P::CallbackFreqPercent, number(cx)),
        "integrity" => {
            let words = [("mandatory", true), ("optional", false)];
            let mandatory = cx.choice(node, "kind of integrity check", &words);
            (P::IntegrityCheckMandatory, mandatory.map(Value::Flag))
        }
        "stream" => (P::StreamInterface, object(cx)),
        "id" => (P::Id, text(cx, node)),
        "property" => return raw(cx, entry),
        _ => return None,
    };
    Some((number_of(property), value?))
}

/// `{file: 1, url: ...}`, as a job has it, or the URL alone.
fn remote_name(cx: &mut Context, entry: &Entry) -> Option<(u32, Value)> {
    let url = if entry.value.entries().is_some_and(|fields| {
        fields.iter().any(|field| matches!(field.key.value.as_str(), "file" | "url"))
    }) {
        let known = grammar::REMOTE_NAME.names();
        let fields = cx.fields(&entry.value, "`remote_name`", entry.key.place, &known)?;
        if let Some(node) = fields.get("file") {
            calls::file_number(cx, node);
        }
        fields.required(cx, "url").and_then(|node| uri(cx, node))
    } else {
        uri(cx, &entry.value)
    };
    Some((number_of(DownloadProperty::Uri), url?))
}

/// A URL, or whatever the scenario wants to see refused.
fn uri(cx: &mut Context, node: &Node) -> Option<Value> {
    if node.scalar().is_some_and(|text| files::host_of(text).is_some()) {
        return files::remote_name(cx, node, true).map(Value::Text);
    }
    text(cx, node)
}

/// A text; `null` is VT_EMPTY.
fn text(cx: &mut Context, node: &Node) -> Option<Value> {
    Some(match jobs::optional_text(cx, Some(node), "a text")? {
        Some(text) => Value::Text(text),
        None => Value::Empty,
    })
}

/// A duration, or the number of seconds as the property holds it.
fn seconds(cx: &mut Context, node: &Node) -> Option<Value> {
    let plain = node.plain().is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let secs =
        if plain { cx.number(node, 0, u64::MAX)? } else { u64::from(cx.whole_seconds(node)?) };
    Some(Value::Number(secs))
}

fn cost_policy(cx: &mut Context, node: &Node) -> Option<Value> {
    if node.plain().is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit())) {
        return cx.number(node, 0, u64::MAX).map(Value::Number);
    }
    let documented = node.scalar().and_then(CostPolicy::from_name);
    let policy = documented.or_else(|| cx.choice(node, "cost policy", POLICIES))?;
    Some(Value::Number(u64::from(policy.value())))
}

/// `{id: N or NAME, value: ...}`
fn raw(cx: &mut Context, entry: &Entry) -> Option<(u32, Value)> {
    let known = grammar::PROPERTY.names();
    let fields = cx.fields(&entry.value, "`property`", entry.key.place, &known)?;
    let id = fields.required(cx, "id").and_then(|node| property(cx, node));
    let value = fields.required(cx, "value");
    let id = id?;
    Some((id, value_of(cx, id, value?)?))
}

/// A property by name, or any number, so that a wrong one can be passed.
pub(crate) fn property(cx: &mut Context, node: &Node) -> Option<u32> {
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if node.plain().is_some_and(digit) {
        return cx.small_number(node, 0);
    }
    let Some(text) = node.scalar() else {
        cx.wrong_kind(node, "a property such as `LocalPath`, or its number");
        return None;
    };
    let property = DownloadProperty::from_name(text);
    if property.is_none() {
        let names: Vec<&str> = DownloadProperty::ALL.iter().map(|known| known.name()).collect();
        cx.unknown(codes::UNKNOWN_WORD, node, "property", &names);
    }
    property.map(number_of)
}

/// A value as it is written: `true` is a flag, `5` a number, `null` VT_EMPTY, `object` an object of
/// the caller, `'5'` and everything else a text.
pub(crate) fn value_of(cx: &mut Context, id: u32, node: &Node) -> Option<Value> {
    use DownloadProperty as P;
    match DownloadProperty::from_value(id) {
        Some(P::CostPolicy) if node.scalar().is_some_and(|text| text != "object") => {
            return cost_policy(cx, node);
        }
        Some(P::NoProgressTimeoutSeconds | P::CallbackFreqSeconds)
            if node.plain().is_some_and(|text| {
                text.starts_with(|c: char| c.is_ascii_digit())
                    && text.ends_with(|c: char| c.is_ascii_alphanumeric())
            }) =>
        {
            return seconds(cx, node);
        }
        _ => {}
    }
    if node.is_null() {
        return Some(Value::Empty);
    }
    match node.plain() {
        Some("true") => return Some(Value::Flag(true)),
        Some("false") => return Some(Value::Flag(false)),
        Some("object") => return Some(Value::Object),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            return cx.number(node, 0, u64::MAX).map(Value::Number);
        }
        _ => {}
    }
    text(cx, node)
}

/// `start: NAME`, or with what it asks for. Also what `resume` means.
pub(crate) fn start(cx: &mut Context, verb: &Entry) -> Option<PlannedCall> {
    if verb.value.entries().is_none() {
        return cx.job(&verb.value).map(PlannedCall::Start);
    }
    let fields = cx.fields(&verb.value, "`start`", verb.key.place, &grammar::START.names())?;
    let job = calls::job_field(cx, &fields).map(|(job, _)| job);
    let Some(node) = fields.get("ranges") else { return job.map(PlannedCall::Start) };
    let ranges = match node.scalar() {
        _ if node.is_null() => None,
        Some("whole") => Some(Vec::new()),
        _ => Some(files::ranges(cx, node)?),
    };
    Some(PlannedCall::Download(job?, DownloadCall::Start(ranges)))
}

/// `set: {download: NAME, ...}`
pub(crate) fn set(cx: &mut Context, verb: &Entry) -> Option<PlannedCall> {
    let place = verb.key.place;
    let foreign = jobs::foreign_fields(cx, &verb.value, setter_lacks);
    if !foreign.is_empty() {
        return None;
    }
    let settable = grammar::SET.verbs_on(HERE);
    let mut known = grammar::SET.keys_on(HERE);
    known.extend(&settable);
    let fields = cx.fields(&verb.value, "`set`", place, &known)?;
    let job = calls::job_field(cx, &fields).map(|(job, _)| job);
    let Some(entry) = fields.at_most_one(cx, &settable) else {
        if fields.strange {
            return None;
        }
        let message = "this `set` does not say what to set";
        cx.report(
            Diagnostic::error(codes::EMPTY, place, message)
                .help(format!("known: {}", any_of(&settable))),
        );
        return None;
    };
    let (id, value) = setting(cx, entry)?;
    Some(PlannedCall::Download(job?, DownloadCall::SetProperty(id, value)))
}

/// `get: {download: NAME, property: ...}`
pub(crate) fn get(cx: &mut Context, verb: &Entry) -> Option<PlannedCall> {
    let mut known = grammar::GET.keys_on(HERE);
    let of_job = |entry: &Entry| entry.key.value == "what";
    if verb.value.entries().is_some_and(|entries| entries.iter().any(of_job)) {
        known.extend(["what", "file"]);
    }
    let fields = cx.fields(&verb.value, "`get`", verb.key.place, &known)?;
    let job = calls::job_field(cx, &fields).map(|(job, _)| job);
    if let Some(entry) = fields.entry("what") {
        let lack = Lack {
            what: "getters of a job",
            instead: Some("`get_status` or `get` with `property`"),
        };
        cx.lacks(entry.key.place, lack, false);
        return None;
    }
    let id = fields.required(cx, "property").and_then(|node| property(cx, node));
    Some(PlannedCall::Download(job?, DownloadCall::GetProperty(id?)))
}

/// `enum_downloads: {}`, or with a category.
pub(crate) fn enumerate(cx: &mut Context, verb: &Entry) -> Option<PlannedCall> {
    let known = grammar::ENUM_DOWNLOADS.names();
    let fields = cx.fields_or_none(&verb.value, "`enum_downloads`", verb.key.place, &known)?;
    if fields.among(&known).is_empty() {
        return Some(PlannedCall::EnumDownloads(None));
    }
    let id = fields.required(cx, "property").and_then(|node| property(cx, node));
    let value = fields.required(cx, "value").and_then(|node| cx.long_text(node, "a text"));
    Some(PlannedCall::EnumDownloads(Some((id?, value?))))
}
