//! What must be true: `expect: {job: payroll, state: TRANSFERRED}`.

use crate::calls;
use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::dialect::{Lack, claim_lacks};
use crate::downloads;
use crate::files;
use crate::grammar::{
    CALLBACKS, COMPLETED, COUNT_BOUND, GET_ERROR, JOBS_IN_STATES, Key, OF_JOB, OF_PATH, OF_RUN,
    OF_URL, names,
};
use crate::jobs;
use crate::node::{Entry, Kind, Node, shown};
use crate::plan::{At, Check, Claim, GetErrorClaim, Number, Place, Subject};
use crate::states;
use crate::suggest::any_of;
use bitsim_vocab::call::BG_SIZE_UNKNOWN;
use bitsim_vocab::trace::{NoteKind, Protocol};
use bitsim_vocab::{ErrorContext, Service};

const NOTES: &[(&str, NoteKind)] = &[
    ("job_transferred", NoteKind::JobTransferred),
    ("job_error", NoteKind::JobError),
    ("job_modification", NoteKind::JobModification),
    ("on_status_change", NoteKind::OnStatusChange),
];

/// One check or a list of them.
pub(crate) fn checks(cx: &mut Context, node: &Node) -> Vec<Check> {
    let mut all = Vec::new();
    for item in node.one_or_many() {
        let entries = item.entries().unwrap_or_default();
        let only = entries.iter().find(|entry| entry.key.value == "only");
        all.extend(cx.if_here(only, |cx| check(cx, item)).flatten());
    }
    all
}

pub(crate) fn check(cx: &mut Context, node: &Node) -> Option<Check> {
    let Some(entries) = node.entries() else {
        cx.wrong_kind(node, "a check (`{job: JOB, state: TRANSFERRED}`)");
        return None;
    };
    let has = |key: &str| entries.iter().any(|entry| entry.key.value == key);
    let subjects = ["job", "download", "path", "url"];
    let (subject, of) = match subjects.into_iter().find(|key| has(key)) {
        Some("job") => ("job", names(OF_JOB)),
        Some("download") => ("download", names(OF_JOB)),
        Some("path") => ("path", names(OF_PATH)),
        Some(_) => ("url", names(OF_URL)),
        None => ("", OF_RUN.to_vec()),
    };
    let beside: &[&str] = match subject {
        "job" => &["job", "by", "only"],
        "download" => &["download", "by", "only"],
        "path" => &["path", "only"],
        "url" => &["url", "only"],
        _ => &["only"],
    };
    let claims: Vec<&Entry> =
        entries.iter().filter(|entry| of.contains(&entry.key.value.as_str())).collect();
    let strangers = entries.iter().filter(|entry| {
        let key = entry.key.value.as_str();
        !of.contains(&key) && !beside.contains(&key)
    });
    let mut strange = false;
    let service = cx.service();
    let here: Vec<&str> =
        of.iter().copied().filter(|claim| claim_lacks(service, claim).is_none()).collect();
    // A second subject is one mistake: what is claimed about it needs no message of its own.
    let second = ["job", "download", "path", "url"].into_iter().filter(|key| has(key)).count() > 1;
    for entry in strangers {
        strange = true;
        let subject_key = matches!(entry.key.value.as_str(), "job" | "download" | "path" | "url");
        if second && !subject_key {
            continue;
        }
        stranger(cx, &entry.key, subject, &here);
    }
    let place = node.head();
    let subject = subject_of(cx, entries, subject);
    let mut made: Vec<At<Claim>> = Vec::new();
    let about = entries.iter().find(|entry| matches!(entry.key.value.as_str(), "job" | "download"));
    let about = about.and_then(|entry| entry.value.scalar());
    for entry in &claims {
        match claim_lacks(cx.service(), &entry.key.value) {
            Some(lack) => {
                strange = true;
                cx.lacks(entry.key.place, lack, false);
            }
            None => claim(cx, entry, about, &mut made),
        }
    }
    if claims.is_empty() && !strange {
        let message = "this check claims nothing";
        let help = format!("known: {}", any_of(&here));
        cx.report(Diagnostic::error(codes::EMPTY, place, message).help(help));
    }
    let check = Check { place: node.whole_or_head(), subject: subject?, claims: made };
    (!check.claims.is_empty()).then_some(check)
}

/// A key that does not belong to the subject of its check.
fn stranger(cx: &mut Context, key: &At<String>, subject: &str, of: &[&str]) {
    let word = key.value.as_str();
    let any = |keys: &[Key]| keys.iter().any(|key| key.name == word);
    let belongs = if any(OF_JOB) || word == "by" {
        Some("a job: name it with `job`")
    } else if any(OF_PATH) {
        Some("a file on the disk: name it with `path`")
    } else if any(OF_URL) {
        Some("an upload: name it with `url`")
    } else if OF_RUN.contains(&word) {
        Some("the whole run: write a check without `job`, `path` and `url`")
    } else {
        None
    };
    let owner = match subject {
        "" => "a check of the whole run",
        "job" => "a check of a job",
        "download" => "a check of a download",
        "path" => "a check of a path",
        _ => "a check of a URL",
    };
    match belongs {
        None if matches!(word, "job" | "download" | "path" | "url") => {
            let message = format!("a check is about one thing, not about `{subject}` and `{word}`");
            cx.report(
                Diagnostic::error(codes::BAD_COMBINATION, key.place, message)
                    .help("write a list of two checks"),
            );
        }
        None => {
            let known: Vec<&str> = ["job", "path", "url"].iter().chain(of).copied().collect();
            let known = if subject.is_empty() { &known } else { of };
            let _ = cx.unknown_field(key, owner, known);
        }
        Some(belongs) => {
            let message = format!("unknown field `{word}` of {owner}");
            cx.report(
                Diagnostic::error(codes::UNKNOWN_FIELD, key.place, message)
                    .label("not known here")
                    .help(format!("`{word}` is a claim about {belongs}")),
            );
        }
    }
}

fn subject_of(cx: &mut Context, entries: &[Entry], key: &str) -> Option<Subject> {
    let value = |key: &str| entries.iter().find(|e| e.key.value == key).map(|e| &e.value);
    match key {
        "" => Some(Subject::Run),
        "job" | "download" => {
            if key == "download"
                && !cx.downloads()
                && let Some(entry) = entries.iter().find(|entry| entry.key.value == key)
            {
                let lack = Lack { what: "downloads", instead: Some("`job`") };
                cx.lacks(entry.key.place, lack, false);
                return None;
            }
            let by = match value("by") {
                None => Some(None),
                Some(node) => cx.client(node).map(Some),
            };
            let job = cx.job(value(key)?);
            Some(Subject::Job(job?, by?))
        }
        "path" => {
            let path = cx.text(value("path")?, "a path such as `C:\\downloads\\a.bin`")?;
            cx.story.checked_paths.push((path.value.clone(), path.place));
            Some(Subject::Path(path.value))
        }
        _ => files::remote_name(cx, value("url")?, false).map(Subject::Url),
    }
}

/// Adds the claims that an entry makes: usually one.
fn claim(cx: &mut Context, entry: &Entry, about: Option<&str>, made: &mut Vec<At<Claim>>) {
    let place = entry.value.place;
    match entry.key.value.as_str() {
        "callbacks" => callbacks(cx, entry, made),
        "completed" => completed(cx, entry, made),
        "property" => properties(cx, entry, made),
        "state" => {
            let claim = states::claim(cx, &entry.value, about);
            made.extend(claim.map(|value| At { value, place }));
        }
        _ => made.extend(single(cx, entry).map(|value| At { value, place })),
    }
}

fn single(cx: &mut Context, entry: &Entry) -> Option<Claim> {
    let node = &entry.value;
    Some(match entry.key.value.as_str() {
        "error" => Claim::Error(cx.hresults(node)?),
        "extended_error" => Claim::ExtendedError(cx.hresults(node)?),
        "error_count" => Claim::ErrorCount(count(cx, node)?),
        "get_error" => Claim::GetError(get_error(cx, entry)?),
        "bytes_transferred" => Claim::BytesTransferred(amount(cx, node)?),
        "bytes_total" => Claim::BytesTotal(total(cx, node)?),
        "files_transferred" => Claim::FilesTransferred(count(cx, node)?),
        "files_total" => Claim::FilesTotal(count(cx, node)?),
        "reply_bytes_total" => Claim::ReplyBytesTotal(total(cx, node)?),
        "reply_bytes_transferred" => Claim::ReplyBytesTransferred(amount(cx, node)?),
        "priority" => Claim::Priority(cx.choice(node, "priority", jobs::PRIORITIES)?),
        "owner" => Claim::Owner(cx.user(node)?),
        "minimum_retry_delay" => Claim::MinimumRetryDelay(seconds(cx, node)?),
        "no_progress_timeout" => Claim::NoProgressTimeout(seconds(cx, node)?),
        "maximum_download_time" => Claim::MaximumDownloadTime(seconds(cx, node)?),
        "notify_flags" => Claim::NotifyFlags(jobs::notify_flags(cx, node)?),
        "display_name" => Claim::DisplayName(cx.long_text(node, "a display name")?),
        "description" => Claim::Description(cx.long_text(node, "a description")?),
        "has_completion_time" => Claim::HasCompletionTime(cx.boolean(node)?),
        "last_error_notified" => Claim::LastErrorNotified(cx.hresult(node)?),
        "launches" => Claim::Launches(count(cx, node)?),
        "attempts" => Claim::Attempts(count(cx, node)?),
        "listed" => Claim::Listed(cx.boolean(node)?),
        "exists" => Claim::Exists(cx.boolean(node)?),
        "temporary" => Claim::Temporary(cx.boolean(node)?),
        "size" => Claim::Size(amount(cx, node)?),
        "content_version" => Claim::ContentVersion(cx.small_number(node, 1)?),
        "jobs_in" => jobs_in(cx, entry)?,
        "uploaded" => Claim::Uploaded(cx.boolean(node)?),
        "posted" => Claim::Posted(count(cx, node)?),
        _ => return None,
    })
}

/// A number, `{at_least: n}` or `{at_most: n}`.
fn number(
    cx: &mut Context,
    node: &Node,
    read: &dyn Fn(&mut Context, &Node) -> Option<u64>,
) -> Option<Number> {
    let known = COUNT_BOUND.names();
    if node.entries().is_none() {
        return read(cx, node).map(Number::Exactly);
    }
    let fields = cx.fields(node, "the number", node.head(), &known)?;
    cx.require_one_of(&fields, &known);
    let entry = fields.at_most_one(cx, &known)?;
    let n = read(cx, &entry.value)?;
    Some(if entry.key.value == "at_least" { Number::AtLeast(n) } else { Number::AtMost(n) })
}

fn count(cx: &mut Context, node: &Node) -> Option<Number> {
    number(cx, node, &|cx, node| cx.number(node, 0, u64::from(u32::MAX)))
}

fn amount(cx: &mut Context, node: &Node) -> Option<Number> {
    number(cx, node, &|cx, node| cx.size(node))
}

fn total(cx: &mut Context, node: &Node) -> Option<Number> {
    if node.scalar() == Some("unknown") {
        // A download's status says 0 until the size is known.
        let unknown = if cx.downloads() { 0 } else { BG_SIZE_UNKNOWN };
        return Some(Number::Exactly(unknown));
    }
    amount(cx, node)
}

fn seconds(cx: &mut Context, node: &Node) -> Option<Number> {
    number(cx, node, &|cx, node| cx.whole_seconds(node).map(u64::from))
}

fn callbacks(cx: &mut Context, entry: &Entry, made: &mut Vec<At<Claim>>) {
    let here = CALLBACKS.keys_on(&[cx.service()]);
    let known = known_and_given(&here, &CALLBACKS.names(), &entry.value);
    let fields = cx.fields(&entry.value, "`callbacks`", entry.key.place, &known);
    let Some(fields) = fields else { return };
    cx.require_one_of(&fields, &here);
    for entry in fields.among(&known) {
        let kind = NOTES.iter().find(|(name, _)| *name == entry.key.value);
        if let Some((_, kind)) = kind
            && (*kind == NoteKind::OnStatusChange) != cx.downloads()
        {
            cx.lacks(entry.key.place, Lack::of(kind.name()), false);
            continue;
        }
        if let (Some((_, kind)), Some(n)) = (kind, count(cx, &entry.value)) {
            made.push(At { value: Claim::Callbacks(*kind, n), place: entry.value.place });
        }
    }
}

/// The words that the service knows, and those of other services that are written there: they have
/// a message of their own.
fn known_and_given<'k>(here: &[&'k str], all: &[&'k str], node: &Node) -> Vec<&'k str> {
    let entries = node.entries().unwrap_or_default();
    let given = |word: &&&str| entries.iter().any(|entry| entry.key.value == **word);
    let foreign = all.iter().filter(|word| !here.contains(word)).filter(given);
    here.iter().chain(foreign).copied().collect()
}

/// `{1: true, 2: false}` or `{file: 1, is: true}`.
fn completed(cx: &mut Context, entry: &Entry, made: &mut Vec<At<Claim>>) {
    let Some(entries) = entry.value.entries() else {
        return cx.wrong_kind(&entry.value, "a map of files by number (`{1: true}`)");
    };
    if entries.iter().any(|entry| matches!(entry.key.value.as_str(), "file" | "is")) {
        let known = COMPLETED.names();
        let fields = cx.fields(&entry.value, "`completed`", entry.key.place, &known);
        let Some(fields) = fields else { return };
        let file = fields.required(cx, "file").and_then(|node| calls::file_number(cx, node));
        let is = fields.required(cx, "is");
        let place = is.map_or(entry.value.place, |node| node.place);
        let is = is.and_then(|node| cx.boolean(node));
        if let (Some(file), Some(is)) = (file, is) {
            made.push(At { value: Claim::Completed(file, is), place });
        }
        return;
    }
    if entries.is_empty() {
        let message = "`completed` names no file";
        cx.report(Diagnostic::error(codes::EMPTY, entry.value.place, message));
    }
    for Entry { key, value } in entries {
        let text = key.value.clone();
        let number = Node { place: key.place, kind: Kind::Scalar { text, plain: true } };
        let (file, is) = (calls::file_number(cx, &number), cx.boolean(value));
        if let (Some(file), Some(is)) = (file, is) {
            made.push(At { value: Claim::Completed(file, is), place: value.place });
        }
    }
}

fn jobs_in(cx: &mut Context, entry: &Entry) -> Option<Claim> {
    let known = JOBS_IN_STATES.names();
    let fields = cx.fields(&entry.value, "`jobs_in`", entry.key.place, &known)?;
    let states = fields.required(cx, "states").and_then(|node| states::claim(cx, node, None));
    let count = fields.required(cx, "count").and_then(|node| count(cx, node));
    match (states?, count?) {
        (Claim::State(states), count) => Some(Claim::JobsIn(states, count)),
        (Claim::DownloadState(states), count) => Some(Claim::DownloadsIn(states, count)),
        _ => None,
    }
}

/// `{DisplayName: text, NonVolatile: true}`
fn properties(cx: &mut Context, entry: &Entry, made: &mut Vec<At<Claim>>) {
    let Some(entries) = entry.value.entries() else {
        return cx.wrong_kind(&entry.value, "a map of values by property (`{NonVolatile: true}`)");
    };
    if entries.is_empty() {
        let message = "`property` names no property";
        cx.report(Diagnostic::error(codes::EMPTY, entry.value.place, message));
    }
    for Entry { key, value } in entries {
        let text = key.value.clone();
        let name = Node { place: key.place, kind: Kind::Scalar { text, plain: true } };
        let Some(id) = downloads::property(cx, &name) else { continue };
        let wanted = downloads::value_of(cx, id, value);
        made.extend(
            wanted.map(|wanted| At { value: Claim::Property(id, wanted), place: value.place }),
        );
    }
}

fn get_error(cx: &mut Context, entry: &Entry) -> Option<GetErrorClaim> {
    let known = GET_ERROR.names();
    let fields = cx.fields(&entry.value, "`get_error`", entry.key.place, &known)?;
    if cx.service() == Service::DoLegacy
        && let Some(entry) = fields.entry("protocol")
    {
        cx.lacks(entry.key.place, Lack::of("IBackgroundCopyError::GetProtocol"), false);
        return None;
    }
    cx.require_one_of(&fields, &known);
    Some(GetErrorClaim {
        returns: part(cx, &fields, "returns", |cx, node| cx.hresult(node)),
        code: part(cx, &fields, "code", |cx, node| cx.hresults(node)),
        context: part(cx, &fields, "context", context),
        file: part(cx, &fields, "file", |cx, node| match node.scalar() {
            Some("none") => Some(None),
            _ => calls::file_number(cx, node).map(Some),
        }),
        protocol: part(cx, &fields, "protocol", |cx, node| {
            let words =
                [("http", Some(Protocol::Http)), ("file", Some(Protocol::File)), ("none", None)];
            cx.choice(node, "protocol", &words)
        }),
    })
}

fn part<T>(
    cx: &mut Context,
    fields: &Fields<'_>,
    key: &str,
    read: impl Fn(&mut Context, &Node) -> Option<T>,
) -> Option<At<T>> {
    let node = fields.get(key)?;
    read(cx, node).map(|value| At { value, place: node.place })
}

fn context(cx: &mut Context, node: &Node) -> Option<ErrorContext> {
    let Some(text) = node.scalar() else {
        cx.wrong_kind(node, "an error context such as `REMOTE_FILE`");
        return None;
    };
    let context = ErrorContext::from_name(text);
    if context.is_none() {
        let names: Vec<&str> = ErrorContext::ALL.iter().map(|context| context.name()).collect();
        if let Some(short) = text.strip_prefix("BG_ERROR_CONTEXT_") {
            let kind = Kind::Scalar { text: short.to_owned(), plain: true };
            cx.unknown(
                codes::UNKNOWN_WORD,
                &Node { place: node.place, kind },
                "error context",
                &names,
            );
            return None;
        }
        cx.unknown(codes::UNKNOWN_WORD, node, "error context", &names);
    }
    context
}

/// The checks under `never`, which are evaluated after every event and so must not call anything.
pub(crate) fn never(cx: &mut Context, node: &Node) -> Vec<Check> {
    let checks = checks(cx, node);
    for claim in checks.iter().flat_map(|check| &check.claims) {
        let watched = matches!(
            claim.value,
            Claim::State(_)
                | Claim::ErrorCount(_)
                | Claim::Callbacks(..)
                | Claim::LastErrorNotified(_)
                | Claim::Launches(_)
                | Claim::Attempts(_)
                | Claim::JobsIn(..)
                | Claim::DownloadState(_)
                | Claim::Error(_)
                | Claim::ExtendedError(_)
                | Claim::DownloadsIn(..)
                | Claim::Exists(_)
                | Claim::Temporary(_)
        );
        if !watched {
            let message = "`never` cannot watch this claim";
            cx.report(
                Diagnostic::error(codes::NOT_IN_NEVER, claim.place, message)
                    .label("answering it takes a call")
                    .help("use `poll` in a step, or watch states, counts, callbacks and files"),
            );
        }
    }
    checks
}

/// How a step that waits for a check is called: `until payroll is TRANSFERRED`.
pub(crate) fn label(node: &Node) -> String {
    let entries = node.entries().unwrap_or_default();
    let text = |entry: &Entry| match entry.value.scalar() {
        Some(text) => shown(text),
        None => {
            let items = entry.value.one_or_many().iter().filter_map(Node::scalar);
            items.map(shown).collect::<Vec<_>>().join(" or ")
        }
    };
    let mut subject = "the run".to_owned();
    let mut claims: Vec<String> = Vec::new();
    for entry in entries {
        match entry.key.value.as_str() {
            "job" | "download" | "path" | "url" => subject = text(entry),
            "by" | "only" => {}
            "state" => claims.push(format!("is {}", text(entry))),
            claim => match entry.value.scalar() {
                Some(_) => claims.push(format!("has {claim} {}", text(entry))),
                None => claims.push(format!("has {claim}")),
            },
        }
    }
    format!("until {subject} {}", claims.join(" and "))
}

/// True if two lists of checks say the same, wherever they are written.
pub(crate) fn same(these: &[Check], those: &[Check]) -> bool {
    let said = |check: &Check| {
        let claims = check.claims.iter().map(|claim| unplaced(&claim.value)).collect::<Vec<_>>();
        (check.subject.clone(), claims)
    };
    these.iter().map(said).eq(those.iter().map(said))
}

fn unplaced(claim: &Claim) -> Claim {
    fn nowhere<T: Clone>(at: &Option<At<T>>) -> Option<At<T>> {
        at.as_ref().map(|at| At { value: at.value.clone(), place: Place::default() })
    }
    match claim {
        Claim::GetError(claim) => Claim::GetError(GetErrorClaim {
            returns: nowhere(&claim.returns),
            code: nowhere(&claim.code),
            context: nowhere(&claim.context),
            file: nowhere(&claim.file),
            protocol: nowhere(&claim.protocol),
        }),
        other => other.clone(),
    }
}
