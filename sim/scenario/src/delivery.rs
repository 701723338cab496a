//! The `delivery` section: figures of Delivery Optimization that are no documented facts.

use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::dialect::Lack;
use crate::grammar::DELIVERY_FIGURES;
use crate::node::{Entry, Node};
use bitsim_vocab::world::{Defect, Delivery};
use bitsim_vocab::{Profile, Service, Span};

/// Reads the figures for the target that the file is read for.
pub(crate) fn read(cx: &mut Context, root: &Fields<'_>) {
    cx.setup.delivery = Delivery::of(cx.target);
    let Some(entry) = root.entry("delivery") else { return };
    if cx.service() == Service::Bits {
        if !cx.shared() {
            cx.lacks(entry.key.place, Lack::of("figures of Delivery Optimization"), false);
        }
        return;
    }
    let node = cx.as_here(&entry.value);
    let known = DELIVERY_FIGURES.names();
    let Some(fields) = cx.fields(&node, "`delivery`", entry.key.place, &known) else { return };
    if entry.value.entries().is_some_and(<[Entry]>::is_empty) {
        cx.require_one_of(&fields, &known);
    }
    let mut delivery = cx.setup.delivery.clone();
    let positive: [(&str, &mut Span); 6] = [
        ("no_progress_foreground", &mut delivery.no_progress_foreground),
        ("no_progress_background", &mut delivery.no_progress_background),
        ("least_no_progress", &mut delivery.least_no_progress),
        ("connect_timeout", &mut delivery.connect_timeout),
        ("notify_again", &mut delivery.notify_again),
        ("age_limit", &mut delivery.age_limit),
    ];
    for (key, span) in positive {
        if let Some(node) = fields.get(key) {
            *span = cx.positive_duration(node).unwrap_or(*span);
        }
    }
    if let Some(node) = fields.get("visible_after") {
        delivery.visible_after = cx.duration(node).unwrap_or(delivery.visible_after);
    }
    if let Some(node) = fields.get("network_check") {
        delivery.network_check = match node.scalar() {
            Some("none") => None,
            _ => cx.positive_duration(node).or(delivery.network_check),
        };
    }
    if let Some(node) = fields.get("retry_delays") {
        retry_delays(cx, node, &mut delivery);
    }
    if let Some(node) = fields.get("slots") {
        delivery.slots = cx.small_number(node, 1).unwrap_or(delivery.slots);
    }
    if let Some(node) = fields.get("cache_host") {
        delivery.cache_host = cx.server(node);
    }
    if let Some(node) = fields.get("defects") {
        defects(cx, node, &mut delivery);
    }
    cx.setup.delivery = delivery;
}

fn retry_delays(cx: &mut Context, node: &Node, delivery: &mut Delivery) {
    let items = node.one_or_many();
    if items.is_empty() {
        let message = "at least one retry delay is needed";
        cx.report(Diagnostic::error(codes::EMPTY, node.place, message));
    }
    let delays: Vec<Span> = items.iter().filter_map(|item| cx.positive_duration(item)).collect();
    if !delays.is_empty() {
        delivery.retry_delays = delays;
    }
}

fn defects(cx: &mut Context, node: &Node, delivery: &mut Delivery) {
    if !cx.targets.iter().any(|target| target.value.profile == Profile::Agent) {
        let message = "only `do-download@agent` has defects";
        let mut diagnostic = Diagnostic::error(codes::SERVICE_LACKS, node.head(), message);
        if let Some(first) = cx.targets.first() {
            diagnostic = diagnostic.related(first.place, "the scenario does not run on it");
        }
        return cx.report(diagnostic.help("add `do-download@agent` to `run_on`"));
    }
    let words: Vec<(&str, Defect)> =
        Defect::ALL.iter().map(|(defect, name, _)| (*name, *defect)).collect();
    let named = node.one_or_many().iter().filter_map(|item| cx.choice(item, "defect", &words));
    let named: Vec<Defect> = named.collect();
    if cx.target.profile == Profile::Agent {
        delivery.defects = named;
    }
}
