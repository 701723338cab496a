//! Policies, figures and names of targets that make no difference on any target of the scenario.

use super::field;
use crate::codes;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::node::{Entry, Kind, Node};
use crate::plan::{At, Plan};
use bitsim_vocab::{Service, Target, Version};

/// What a policy needs: the first version of BITS that looks at it, and whether downloads do.
const POLICIES: &[(&str, Version, bool)] = &[
    ("job_inactivity_timeout", Version::new(1, 0), false),
    ("max_download_time", Version::new(3, 0), false),
    ("max_jobs_per_user", Version::new(3, 0), false),
    ("max_jobs_per_machine", Version::new(3, 0), false),
    ("max_files_per_job", Version::new(3, 0), false),
    ("bandwidth", Version::new(2, 0), true),
];

/// Figures that only one flavour of Delivery Optimization looks at.
const FIGURES: &[(&str, Service)] = &[
    ("slots", Service::DoLegacy),
    ("notify_again", Service::DoLegacy),
    ("visible_after", Service::DoDownload),
    ("connect_timeout", Service::DoDownload),
    ("network_check", Service::DoDownload),
    ("cache_host", Service::DoDownload),
    ("least_no_progress", Service::DoDownload),
];

pub(super) fn read(cx: &mut Context, root: &Node, plan: &Plan) {
    // It is about all targets at once, so one reading is enough.
    if cx.targets.first().is_none_or(|first| first.value != plan.target) {
        return;
    }
    let targets: Vec<Target> = cx.targets.iter().map(|target| target.value).collect();
    if let Some(section) = field(root, "policies") {
        policies(cx, section, &targets);
    }
    if let Some(section) = field(root, "delivery") {
        figures(cx, section, &targets);
    }
    everywhere(cx, root, &targets);
}

fn policies(cx: &mut Context, section: &Entry, targets: &[Target]) {
    for (key, since, downloads) in POLICIES {
        let Some(entry) = field(&section.value, key) else { continue };
        let heeds = |target: &Target| match target.service {
            Service::Bits => target.version >= *since,
            Service::DoDownload => *downloads,
            Service::DoLegacy => false,
        };
        if targets.iter().any(heeds) {
            continue;
        }
        let help = match targets.iter().any(|target| target.service == Service::Bits) {
            true => format!("BITS {since} and later look at it"),
            false => "it is a policy of BITS".to_owned(),
        };
        cx.report(without_effect(entry, "policy").help(help));
    }
}

fn figures(cx: &mut Context, section: &Entry, targets: &[Target]) {
    for (key, service) in FIGURES {
        if let Some(entry) = field(&section.value, key)
            && !targets.iter().any(|target| target.service == *service)
        {
            let help = format!("only `{}` looks at it", service.name());
            cx.report(without_effect(entry, "figure").help(help));
        }
    }
}

fn without_effect(entry: &Entry, what: &str) -> Diagnostic {
    let key = &entry.key;
    let message = format!("the {what} `{}` has no effect here", key.value);
    Diagnostic::warning(codes::NO_EFFECT, key.place, message)
        .label("no target of the scenario looks at it")
}

/// `only` that leaves nothing out.
fn everywhere(cx: &mut Context, node: &Node, targets: &[Target]) {
    match &node.kind {
        Kind::Map(entries) => {
            for entry in entries {
                if entry.key.value == "only" && names_all(cx, entry, targets) {
                    let message = "`only` names every target of the scenario";
                    cx.report(
                        Diagnostic::warning(codes::NO_EFFECT, entry.key.place, message)
                            .label("nothing is left out")
                            .help("leave `only` out"),
                    );
                }
                everywhere(cx, &entry.value, targets);
            }
        }
        Kind::List(items) => items.iter().for_each(|item| everywhere(cx, item, targets)),
        Kind::Scalar { .. } | Kind::Broken => {}
    }
}

fn names_all(cx: &mut Context, only: &Entry, targets: &[Target]) -> bool {
    let mut named: Vec<Target> = Vec::new();
    for item in only.value.one_or_many() {
        let Some(text) = item.scalar() else { return false };
        let key = At { value: text.to_owned(), place: item.place };
        named.extend(cx.named_targets(&key).unwrap_or_default());
    }
    targets.iter().all(|target| named.contains(target))
}
