//! Which keys of a shape need, exclude or replace each other.
//!
//! Verbs are told apart with counts and pairs. An editor that had to choose among as many schemas as
//! there are verbs would propose none of them.

use super::json::Map;
use bitsim_scenario::grammar::Shape;

/// Keys that stand in a shape only beside another: shape, key, the other.
const NEEDS: &[(&str, &str, &str)] = &[
    ("step", "until", "within"),
    ("step", "within", "until"),
    ("check", "exists", "path"),
    ("check", "temporary", "path"),
    ("check", "size", "path"),
    ("check", "content_version", "path"),
    ("check", "uploaded", "url"),
    ("check", "posted", "url"),
    ("enum_downloads", "property", "value"),
    ("enum_downloads", "value", "property"),
];

/// Keys of which a shape has one at most, beside its verbs.
const EXCLUDE: &[(&str, &[&str])] =
    &[("check", &["job", "download", "path", "url"]), ("change_local", &["path", "job"])];

/// Keys of which a shape has one at least.
const ONE_NEEDED: &[(&str, &[&str])] = &[
    ("set", &["job", "download"]),
    ("get", &["job", "download"]),
    ("start", &["job", "download"]),
    ("change_local", &["path", "job"]),
    ("http", &["server", "url"]),
    ("refuse", &["server", "url"]),
    ("time_out", &["server", "url"]),
    ("no_name", &["server", "url"]),
    ("drop", &["server", "url"]),
    ("fail", &["server", "url"]),
    ("corrupt", &["server", "url"]),
];

/// How long something lasts, in whatever shape that says so.
const LASTS: &[&str] = &["times", "for", "until"];

/// Up to so many verbs are told one by one, beyond that the keys are counted.
const FEW_VERBS: usize = 4;

/// The schema with what the shape says about the presence of its keys.
pub(super) fn told(map: Map, shape: &Shape) -> Map {
    let dependencies = dependencies(shape);
    let map = if dependencies.is_empty() { map } else { map.with("dependencies", dependencies) };
    if shape.keys.is_empty() && !shape.verbs.is_empty() {
        return map.with("minProperties", 1_u64).with("maxProperties", 1_u64);
    }
    let needed = ONE_NEEDED.iter().filter(|(name, _)| *name == shape.name);
    let mut rules: Vec<Map> =
        needed.map(|(_, keys)| one_of(keys, &format!("{} is needed", keys.join(" or ")))).collect();
    rules.extend(one_verb(shape));
    if rules.is_empty() { map } else { map.with("allOf", rules) }
}

/// What each key needs beside it, and what it excludes. No key does both.
pub(super) fn dependencies(shape: &Shape) -> Map {
    let mut all = Map::new();
    for (_, key, other) in NEEDS.iter().filter(|(name, ..)| *name == shape.name) {
        all.put(*key, vec![*other]);
    }
    for keys in exclusions(shape) {
        let said = format!("{} exclude each other", keys.join(", "));
        for (n, key) in keys.iter().enumerate() {
            let others = keys.get(n + 1..).unwrap_or_default();
            let mut properties = Map::new();
            others.iter().for_each(|other| properties.put(*other, false));
            if !properties.is_empty() {
                let without = Map::new().with("properties", properties);
                all.put(*key, without.with("errorMessage", said.as_str()));
            }
        }
    }
    all
}

/// The groups of keys that exclude each other.
fn exclusions(shape: &Shape) -> Vec<Vec<&'static str>> {
    let has = |key: &&&str| shape.keys.iter().any(|known| known.name == **key);
    let others = EXCLUDE.iter().filter(|(name, _)| *name == shape.name);
    let mut groups: Vec<Vec<&str>> = others.map(|(_, keys)| keys.to_vec()).collect();
    groups.push(LASTS.iter().filter(has).copied().collect());
    if shape.verbs.len() <= FEW_VERBS && !shape.keys.is_empty() {
        groups.push(shape.verbs.iter().map(|verb| verb.name).collect());
    }
    groups
}

/// At least one of the keys.
fn one_of(keys: &[&str], needed: &str) -> Map {
    let has = |key: &&str| Map::new().with("required", vec![*key]).with("errorMessage", needed);
    Map::new().with("anyOf", keys.iter().map(has).collect::<Vec<Map>>())
}

/// One verb must stand there and no more.
fn one_verb(shape: &Shape) -> Vec<Map> {
    let verbs: Vec<&str> = shape.verbs.iter().map(|verb| verb.name).collect();
    let [first, second, ..] = verbs.as_slice() else { return Vec::new() };
    let needed = format!("one key is needed that says what is meant, such as {first} or {second}");
    let mut rules = vec![one_of(&verbs, &needed)];
    if verbs.len() > FEW_VERBS {
        rules.push(count(shape));
    }
    rules
}

/// As many keys as stand beside the verb, and one more.
fn count(shape: &Shape) -> Map {
    let (required, beside): (Vec<&str>, Vec<&str>) = {
        let names = |required: bool| {
            let keys = shape.keys.iter().filter(move |key| key.required == required);
            keys.map(|key| key.name).collect()
        };
        (names(true), names(false))
    };
    let mut counts: Vec<Map> = Vec::new();
    for chosen in 0..1_usize << beside.len() {
        let there = beside.iter().enumerate().filter(|(n, _)| chosen >> n & 1 == 1);
        let there: Vec<&str> = there.map(|(_, name)| *name).collect();
        let most = 1 + required.len() as u64 + there.len() as u64;
        let count = if there.is_empty() { Map::new() } else { Map::new().with("required", there) };
        counts.push(count.with("maxProperties", most));
    }
    Map::new().with("anyOf", counts)
}

/// The keys that the tables above name, to be compared with the grammar.
#[cfg(test)]
pub(super) fn named() -> Vec<(&'static str, &'static str)> {
    let needs = NEEDS.iter().flat_map(|(shape, key, other)| [(*shape, *key), (*shape, *other)]);
    let excluded = EXCLUDE.iter().flat_map(|(shape, keys)| keys.iter().map(|key| (*shape, *key)));
    let one = ONE_NEEDED.iter().flat_map(|(shape, keys)| keys.iter().map(|key| (*shape, *key)));
    needs.chain(excluded).chain(one).collect()
}
