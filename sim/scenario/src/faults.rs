//! Servers that misbehave: `http`, `refuse`, `time_out`, `no_name`, `drop`, `fail`, `corrupt`, and
//! `heal`.

use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::events::{Disturbed, ends};
use crate::files;
use crate::grammar::{CORRUPT, DROP, FAIL, HEAL, HTTP, NO_NAME, REFUSE, Shape, TIME_OUT};
use crate::node::Entry;
use crate::plan::{Act, At, Place};
use bitsim_vocab::hresult::Class;
use bitsim_vocab::world::{Disturbance, Fault, FaultKind, Part};
use bitsim_vocab::{ServerId, Span};

const PARTS: &[(&str, Part)] = &[
    ("any", Part::Any),
    ("payload", Part::Payload),
    ("application", Part::Application),
    ("reply", Part::Reply),
    ("cancel", Part::Cancel),
];

/// How long a silent server keeps its client waiting if nothing is said about it.
const SILENCE: Span = Span::secs(30);

/// What the map of a fault is.
fn shape(verb: &str) -> &'static Shape {
    match verb {
        "http" => &HTTP,
        "refuse" => &REFUSE,
        "time_out" => &TIME_OUT,
        "no_name" => &NO_NAME,
        "drop" => &DROP,
        "fail" => &FAIL,
        _ => &CORRUPT,
    }
}

pub(crate) fn fault(cx: &mut Context, verb: &Entry) -> Option<Disturbed> {
    let name = verb.key.value.as_str();
    let owner = format!("the fault `{name}`");
    let fields = cx.fields(&verb.value, owner, verb.key.place, &shape(name).names())?;

    let kind = kind(cx, name, &fields);
    let on = server_and_url(cx, &fields);
    let part = fields
        .get("part")
        .map_or(Some(Part::Any), |node| cx.choice(node, "part of a transfer", PARTS));
    let class = match fields.get("severity") {
        None => Some(None),
        Some(node) => {
            let words = [("transient", Class::Transient), ("fatal", Class::Fatal)];
            cx.choice(node, "severity", &words).map(Some)
        }
    };
    fields.at_most_one(cx, &["times", "for", "until"]);
    let times = match fields.get("times") {
        None => Some(None),
        Some(node) => cx.small_number(node, 1).map(Some),
    };
    let ends = match times {
        Some(Some(_)) => None,
        _ => ends(cx, &fields)?,
    };
    let ((server, url), kind, part, class, times) = (on?, kind?, part?, class?, times?);
    let number = cx.story.number_fault(server);
    let fault = Fault { number, server, url, part, kind, times, class };
    let over = ends.map(|ends| (ends, Disturbance::FaultEnds(number)));
    Some((Disturbance::FaultBegins(Box::new(fault)), over))
}

fn kind(cx: &mut Context, name: &str, fields: &Fields<'_>) -> Option<FaultKind> {
    Some(match name {
        "http" => {
            let node = fields.required(cx, "status")?;
            FaultKind::Http(u16::try_from(cx.number(node, 100, 599)?).ok()?)
        }
        "refuse" => FaultKind::Refused,
        "time_out" => match fields.get("after") {
            Some(node) => FaultKind::Timeout(cx.positive_duration(node)?),
            None => FaultKind::Timeout(SILENCE),
        },
        "corrupt" => FaultKind::Corrupts,
        "no_name" => FaultKind::NameNotResolved,
        "drop" => {
            let node = fields.required(cx, "after_bytes")?;
            FaultKind::DropsAfter(cx.size(node)?)
        }
        "fail" => {
            let node = fields.required(cx, "code")?;
            let code = cx.hresult(node)?;
            if code.succeeded() {
                let message = format!("`{code}` is a success code, no failure");
                cx.report(
                    Diagnostic::error(codes::UNKNOWN_HRESULT, node.place, message)
                        .help("a failure is an HRESULT such as `BG_E_HTTP_ERROR_503` or `E_FAIL`"),
                );
                return None;
            }
            FaultKind::Code(code)
        }
        _ => return None,
    })
}

/// The server, which may be left out if a URL names it.
fn server_and_url(cx: &mut Context, fields: &Fields<'_>) -> Option<(ServerId, Option<String>)> {
    let url = match fields.get("url") {
        None => None,
        Some(node) => Some((files::remote_name(cx, node, false)?, node.place)),
    };
    let of_url = url.as_ref().and_then(|(url, _)| files::host_of(url));
    let of_url = of_url.and_then(|host| cx.names.servers.find(host)).map(ServerId);
    let server = match (fields.get("server"), of_url) {
        (None, Some(server)) => server,
        _ => {
            let node = fields.required(cx, "server")?;
            cx.server(node)?
        }
    };
    if let (Some(of_url), Some((_, place))) = (of_url, &url)
        && of_url != server
    {
        let message = "the URL is not on this server";
        let mut diagnostic = Diagnostic::error(codes::CONTRADICTION, *place, message);
        if let Some(node) = fields.get("server") {
            diagnostic = diagnostic.related(node.place, "the fault is declared for this one");
        }
        cx.report(diagnostic);
        return None;
    }
    Some((server, url.map(|(url, _)| url)))
}

/// Ends every fault of a server that the steps before have begun.
pub(crate) fn heal(cx: &mut Context, verb: &Entry, place: Place) -> Vec<At<Act>> {
    let key = verb.key.place;
    let Some(fields) = cx.fields(&verb.value, "`heal`", key, &HEAL.names()) else {
        return Vec::new();
    };
    let server = fields.required(cx, "server").and_then(|node| cx.server(node));
    let Some(server) = server else { return Vec::new() };
    let healed = cx.story.heal(server);
    if healed.is_empty() {
        let message = "no fault of this server has begun before";
        cx.report(
            Diagnostic::warning(codes::NOTHING_TO_HEAL, key, message)
                .label("nothing to end here")
                .help("`heal` ends the faults of steps above it"),
        );
    }
    let end = |number| Act::Disturb { what: Disturbance::FaultEnds(number), ends: None };
    healed.into_iter().map(|number| At { value: end(number), place }).collect()
}
