//! What differs between the services: words that one has and another lacks, and the keys that say
//! on which targets something holds (`only`, `except`, `only_on`).

use crate::codes;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::lacking::{Lacking, Nothing};
use crate::node::{Entry, Kind, Node, shown};
use crate::plan::{At, Place};
use crate::suggest::{any_of, closest};
use bitsim_vocab::{Service, Target};
use std::borrow::Cow;

/// The part of the file that is being read, which decides how something is left out for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The declaration of a job or download.
    Declaration,
    /// `do` and `fault`.
    Act,
    /// `expect`.
    Expect,
    /// `until`, `poll`.
    Step,
    /// `one_of`, `never` and `finally`.
    Check,
}

/// A service's lack: what it is called, and what to write instead, if there is such a thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lack {
    pub(crate) what: &'static str,
    pub(crate) instead: Option<&'static str>,
}

impl Lack {
    pub(crate) const fn of(what: &'static str) -> Self {
        Self { what, instead: None }
    }
}

const fn of(what: &'static str) -> Option<Lack> {
    Some(Lack::of(what))
}

const fn but(what: &'static str, instead: &'static str) -> Option<Lack> {
    Some(Lack { what, instead: Some(instead) })
}

/// What a claim asks for that the service does not have.
pub(crate) fn claim_lacks(service: Service, claim: &str) -> Option<Lack> {
    let downloads_only = matches!(claim, "error" | "extended_error" | "property");
    match (service, claim) {
        (Service::Bits | Service::DoLegacy, _) if downloads_only => {
            of("GetStatus and GetProperty of a download")
        }
        (Service::Bits, _) => None,
        (_, "error_count") => of("GetErrorCount"),
        (_, "owner") => of("GetOwner"),
        (_, "description") => of("GetDescription"),
        (_, "minimum_retry_delay") => of("GetMinimumRetryDelay"),
        (_, "maximum_download_time") => of("GetMaximumDownloadTime"),
        (_, "reply_bytes_total" | "reply_bytes_transferred") => of("GetReplyProgress"),
        (_, "launches") => of("SetNotifyCmdLine"),
        (Service::DoLegacy, "listed") => of("EnumJobs"),
        (Service::DoLegacy, "uploaded" | "posted") => of("uploads"),
        (Service::DoLegacy, _) => None,
        (Service::DoDownload, "get_error" | "last_error_notified") => {
            but("GetError", "`error` and `extended_error`")
        }
        (Service::DoDownload, "files_transferred" | "files_total") => {
            but("GetProgress", "`bytes_transferred` and `bytes_total`")
        }
        (Service::DoDownload, "completed") => but("IBackgroundCopyFile", "`state`"),
        (Service::DoDownload, "priority") => {
            but("GetPriority", "`property: {ForegroundPriority: ...}`")
        }
        (Service::DoDownload, "no_progress_timeout") => {
            but("GetNoProgressTimeout", "`property: {NoProgressTimeoutSeconds: ...}`")
        }
        (Service::DoDownload, "display_name") => {
            but("GetDisplayName", "`property: {DisplayName: ...}`")
        }
        (Service::DoDownload, "notify_flags") => of("GetNotifyFlags"),
        (Service::DoDownload, "has_completion_time") => of("GetTimes"),
        (Service::DoDownload, "uploaded" | "posted") => of("uploads"),
        (Service::DoDownload, _) => None,
    }
}

/// What a call needs that the service does not have. True in the second place: the method exists
/// and answers E_NOTIMPL.
pub(crate) fn call_lacks(service: Service, verb: &str) -> Option<(Lack, bool)> {
    let none = |lack: Option<Lack>| lack.map(|lack| (lack, false));
    let refused = |lack: Option<Lack>| lack.map(|lack| (lack, true));
    match (service, verb) {
        (Service::DoDownload, "take_ownership") => none(of("TakeOwnership")),
        (Service::DoDownload, "get_job") => none(of("GetJob")),
        (
            Service::DoDownload,
            "get_error" | "read_error" | "get_error_file" | "get_error_protocol",
        ) => none(but("error objects", "the claims `error` and `extended_error`")),
        (Service::DoDownload, "add_file" | "add_files") => {
            none(but("AddFile", "`set` with `uri` and `local_path`"))
        }
        (Service::DoDownload, "enum_jobs") => none(but("EnumJobs", "`enum_downloads`")),
        (Service::DoDownload, _) => None,
        (_, "start") => none(but("Start", "`resume`")),
        (_, "pause") => none(but("Pause", "`suspend`")),
        (_, "finalize") => none(but("Finalize", "`complete`")),
        (_, "abort") => none(but("Abort", "`cancel`")),
        (_, "get_status") => none(but("GetStatus", "`get` with `what: state`")),
        (_, "enum_downloads") => none(but("EnumDownloads", "`enum_jobs`")),
        (Service::DoLegacy, "take_ownership") => refused(of("TakeOwnership")),
        (Service::DoLegacy, "get_error_protocol") => {
            refused(of("IBackgroundCopyError::GetProtocol"))
        }
        (Service::DoLegacy, "enum_jobs") => refused(of("EnumJobs")),
        _ => None,
    }
}

/// What `do-legacy` lacks for a key of `set` or of a declaration.
pub(crate) fn legacy_lacks_setter(key: &str) -> Option<Lack> {
    match key {
        "display_name" => of("SetDisplayName"),
        "description" => of("SetDescription"),
        "minimum_retry_delay" => of("SetMinimumRetryDelay"),
        "maximum_download_time" => of("SetMaximumDownloadTime"),
        "proxy" => of("SetProxySettings"),
        "command_line" => of("SetNotifyCmdLine"),
        "reply_file" => of("SetReplyFileName"),
        _ => None,
    }
}

/// What `do-legacy` lacks for a word after `what:`.
pub(crate) fn legacy_lacks_getter(word: &str) -> Option<Lack> {
    match word {
        "owner" => of("GetOwner"),
        "error_count" => of("GetErrorCount"),
        "description" => of("GetDescription"),
        "minimum_retry_delay" => of("GetMinimumRetryDelay"),
        "maximum_download_time" => of("GetMaximumDownloadTime"),
        "proxy" => of("GetProxySettings"),
        "command_line" => of("GetNotifyCmdLine"),
        "reply_progress" => of("GetReplyProgress"),
        "reply_file" => of("GetReplyFileName"),
        _ => None,
    }
}

impl Context {
    pub(crate) fn service(&self) -> Service {
        self.target.service
    }

    pub(crate) fn downloads(&self) -> bool {
        self.service() == Service::DoDownload
    }

    /// True if the scenario runs on another service as well.
    pub(crate) fn shared(&self) -> bool {
        self.targets.iter().any(|target| target.value.service != self.service())
    }

    /// The service that is being read for lacks something. `refused`: it answers E_NOTIMPL.
    pub(crate) fn lacks(&mut self, place: Place, lack: Lack, refused: bool) {
        self.nothing_for(place, Nothing::Thing { lack, refused, written: None });
    }

    /// As [`Self::lacks`], of a field.
    pub(crate) fn lacks_field(&mut self, field: &Entry, lack: Lack) {
        let value = &field.value;
        let value =
            value.scalar().map_or_else(|| "...".to_owned(), |text| value.quoted_alike(text));
        let written = Some(format!("{}: {}", field.key.value, shown(&value)));
        self.nothing_for(field.key.place, Nothing::Thing { lack, refused: false, written });
    }

    /// The service that is being read for has nothing for what stands here.
    pub(crate) fn nothing_for(&mut self, place: Place, nothing: Nothing) {
        let service = self.service();
        let all = self.targets.iter().map(|target| target.value);
        let readers: Vec<Target> = match &self.read_for {
            _ if self.only_here.contains(&place.offset) => vec![self.target],
            Some(targets) => targets.clone(),
            None => all.collect(),
        };
        let mut services: Vec<Service> = Vec::new();
        for target in readers {
            if !services.contains(&target.service) {
                services.push(target.service);
            }
        }
        let target = self.targets.iter().find(|target| target.value.service == service);
        self.mistakes.push_lacking(Lacking {
            place,
            service,
            run_on: target.map(|target| target.place),
            readers: services,
            shared: self.shared(),
            part: self.part,
            nothing,
        });
    }

    /// The targets that a key of `except`, `only` or `only_on` stands for: one target, or every target
    /// of a service. Reports a key that stands for none.
    pub(crate) fn named_targets(&mut self, key: &At<String>) -> Option<Vec<Target>> {
        let all: Vec<Target> = self.targets.iter().map(|target| target.value).collect();
        let word = key.value.as_str();
        let found: Vec<Target> = match word {
            "do-download@windows" => {
                all.iter().copied().filter(|target| *target == Target::DO_DOWNLOAD).collect()
            }
            _ if word.contains('@') => {
                let target = word.parse::<Target>().ok();
                all.iter().copied().filter(|known| Some(*known) == target).collect()
            }
            _ => all.iter().copied().filter(|target| target.service.name() == word).collect(),
        };
        if found.is_empty() {
            self.not_among(key, &all);
            return None;
        }
        Some(found)
    }

    fn not_among(&mut self, key: &At<String>, all: &[Target]) {
        // Without a readable `run_on` there is nothing to compare with.
        let Some(first) = self.targets.first().map(|target| target.place) else { return };
        let names: Vec<String> = all.iter().map(Target::to_string).collect();
        let message = format!("`{}` is not among the targets of this scenario", shown(&key.value));
        let diagnostic = Diagnostic::error(codes::EXCEPT_ELSEWHERE, key.place, message)
            .related(first, "`run_on` names them here");
        let known = key.value.parse::<Target>().is_ok();
        let meant = closest(&key.value, names.iter().map(String::as_str));
        self.report(match meant {
            Some(meant) if !known => {
                diagnostic.edit(format!("did you mean `{meant}`?"), key.place, meant)
            }
            _ if known => {
                diagnostic.help(format!("add it to `run_on`, or write {}", any_of(&names)))
            }
            _ => diagnostic.help(format!("known: {}", any_of(&names))),
        });
    }

    /// Reads what has this `only`, if it holds for the target that is being read for.
    pub(crate) fn if_here<T>(
        &mut self,
        only: Option<&Entry>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        let Some(only) = only else { return Some(read(self)) };
        let (here, named) = self.named_by(only);
        here.then(|| self.for_some(&named, read))
    }

    /// Reads what is there for some of the targets alone.
    pub(crate) fn for_some<T>(
        &mut self,
        targets: &[Target],
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.read_for.clone();
        let among = before.as_deref().unwrap_or(targets);
        self.read_for =
            Some(targets.iter().copied().filter(|target| among.contains(target)).collect());
        let value = read(self);
        self.read_for = before;
        value
    }

    /// Whether the target that is being read for is among those that `only` names, and all of them.
    fn named_by(&mut self, only: &Entry) -> (bool, Vec<Target>) {
        let items = only.value.one_or_many();
        if items.is_empty() {
            let message = "`only` names no target";
            self.report(Diagnostic::error(codes::EMPTY, only.value.place, message));
        }
        let mut here = false;
        let mut named: Vec<Target> = Vec::new();
        for item in items {
            let Some(text) = item.scalar() else {
                self.wrong_kind(item, "a target such as `bits`");
                here = true;
                continue;
            };
            let key = At { value: text.to_owned(), place: item.place };
            match self.named_targets(&key) {
                Some(targets) => named.extend(targets),
                // A name that stands for nothing has been reported; the rest is read all the same.
                None => here = true,
            }
        }
        here |= named.contains(&self.target);
        (here, named)
    }

    /// A map as it is on the target that is being read for: what its `only_on` says for that target
    /// stands in it, in place of what the map itself says.
    pub(crate) fn as_here<'n>(&mut self, node: &'n Node) -> Cow<'n, Node> {
        let Some(entries) = node.entries() else { return Cow::Borrowed(node) };
        let Some(on) = entries.iter().find(|entry| entry.key.value == "only_on") else {
            return Cow::Borrowed(node);
        };
        let mut merged: Vec<Entry> =
            entries.iter().filter(|entry| entry.key.value != "only_on").cloned().collect();
        let Some(parts) = on.value.entries() else {
            self.wrong_kind(&on.value, "a map of fields by target (`{bits: {...}}`)");
            return Cow::Owned(Node { place: node.place, kind: Kind::Map(merged) });
        };
        // What is said for a service comes first: what is said for one target is more precise.
        for precise in [false, true] {
            for part in parts.iter().filter(|part| part.key.value.contains('@') == precise) {
                let targets = self.named_targets(&part.key);
                if targets.is_none_or(|targets| !targets.contains(&self.target)) {
                    continue;
                }
                let Some(fields) = part.value.entries() else {
                    self.wrong_kind(&part.value, "a map of fields (`name: value`)");
                    continue;
                };
                for field in fields {
                    self.only_here.insert(field.key.place.offset);
                    merged.retain(|entry| entry.key.value != field.key.value);
                    merged.push(field.clone());
                }
            }
        }
        Cow::Owned(Node { place: node.place, kind: Kind::Map(merged) })
    }
}
