//! The shapes of the grammar as definitions of a JSON Schema.

use super::defaults;
use super::json::Map;
use super::presence;
use super::values::{described, of_kind, written};
use bitsim_scenario::grammar::{Key, Kind, Shape};
use bitsim_vocab::Service;
use std::ptr;

/// Every shape that can be reached from one, itself first, in the order in which a reader of the
/// reference meets them.
pub(super) fn reached_from(root: &'static Shape) -> Vec<&'static Shape> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(shape) = found.get(next).copied() {
        for key in shape.keys.iter().chain(shape.verbs) {
            reach(&key.value, &mut found);
        }
        next += 1;
    }
    found
}

fn reach(kind: &Kind, found: &mut Vec<&'static Shape>) {
    match kind {
        Kind::Map(shape) | Kind::NamedMaps(_, shape)
            if !found.iter().any(|known| ptr::eq(*known, *shape)) =>
        {
            found.push(shape);
        }
        Kind::MapFrom(from, to) => {
            reach(from, found);
            reach(to, found);
        }
        Kind::List(item) | Kind::OneOrMany(item) => reach(item, found),
        Kind::OneOf(kinds) => kinds.iter().for_each(|kind| reach(kind, found)),
        _ => {}
    }
}

/// Lists that must not be empty, by shape and key, as the reader has it.
const AT_LEAST_ONE: &[(&str, &str)] = &[
    ("scenario", "run_on"),
    ("scenario", "timeline"),
    ("step", "do"),
    ("step", "fault"),
    ("step", "expect"),
    ("step", "one_of"),
];

/// The schema of a map. What the shape is stands in a remark: an editor that found a description there
/// would show it instead of what the key means.
pub(super) fn of_shape(shape: &Shape) -> Map {
    let mut properties = Map::new();
    for key in shape.verbs.iter().chain(shape.keys) {
        properties.put(key.name, of_key(shape, key));
    }
    let required: Vec<&str> =
        shape.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let nothing_will_do = shape.may_be_empty && required.is_empty() && shape.verbs.is_empty();
    let map = match nothing_will_do {
        true => Map::new().with("type", vec!["object", "null"]),
        false => Map::new().with("type", "object"),
    };
    let map = Map::new()
        .with("$comment", shape.doc)
        .and(map)
        .with("properties", properties)
        .with("additionalProperties", false);
    let map = if required.is_empty() { map } else { map.with("required", required) };
    presence::told(map, shape)
}

fn of_key(shape: &Shape, key: &Key) -> Map {
    let least = AT_LEAST_ONE.contains(&(shape.name, key.name));
    let map = described(of_kind(&key.value, u64::from(least)), &told(key));
    let map = match defaults::of(key) {
        Some(default) => map.with("default", default),
        None => map,
    };
    match written(key.example) {
        Some(example) => map.with("examples", vec![example]),
        None => map,
    }
}

/// What a key means, and where it is known.
pub(super) fn told(key: &Key) -> String {
    match known_on(key.on) {
        Some(services) => format!("{} Known on {services} alone.", key.doc),
        None => key.doc.to_owned(),
    }
}

/// The services as a text, if they are not all there are.
pub(super) fn known_on(services: &[Service]) -> Option<String> {
    let names: Vec<String> =
        services.iter().map(|service| format!("`{}`", service.name())).collect();
    (!names.is_empty() && names.len() < 3).then(|| names.join(" and "))
}

/// The lists that must not be empty, to be compared with the grammar.
#[cfg(test)]
pub(super) fn lists_with_items() -> impl Iterator<Item = (&'static str, &'static str)> {
    AT_LEAST_ONE.iter().copied()
}
