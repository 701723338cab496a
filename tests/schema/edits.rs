//! Edits of scenarios: slips as people make them, and anything at all.

use serde_yaml::{Mapping, Value};

/// A source of choices that makes the same ones every time.
pub(crate) struct Luck(u64);

impl Luck {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most.max(1)
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// An edited text and what was done; nothing if the scenario has no place for the edit.
pub(crate) type Edit = Option<(String, String)>;

/// Stands where a value will be written that YAML would put in quotes.
const HERE: &str = "put-the-value-here";

/// Values of every kind, right here and wrong there.
const VALUES: &[&str] = &[
    "0",
    "1",
    "2",
    "7",
    "300",
    "0x40",
    "0x80190193",
    "-1",
    "1.5",
    "4294967295",
    "18446744073709551615",
    "''",
    "' '",
    "x",
    "~",
    "null",
    "true",
    "false",
    "'true'",
    "{}",
    "[]",
    "[x]",
    "{x: 1}",
    "0s",
    "90s",
    "'90s'",
    "' 90s '",
    "3d 1h",
    "1h  30m",
    "1000ms",
    "1500ms",
    "500ms 5000000ticks",
    "400000d",
    "infinite",
    "+20d",
    "- 1h",
    "512",
    "'512'",
    "10 B",
    "4KiB",
    "900 MiB",
    "1 MB",
    "0 B",
    "64 KiB/s",
    "5/s",
    "0/s",
    "unlimited",
    "none",
    "eof",
    "unknown",
    "whole",
    "skip",
    "object",
    "2026-01-01",
    "2026-02-29",
    "2026-01-01T12:30Z",
    "2026-01-01 12:30:00.250z",
    "1601-01-01",
    "bits",
    "bits@1.5",
    "bits@10.3",
    "do-legacy",
    "do-download",
    "do-download@agent",
    "do-download@windows",
    "[bits]",
    "[bits, do-download]",
    "ERROR",
    "BG_JOB_STATE_ERROR",
    "Paused",
    "DODownloadState_Paused",
    "[ERROR, QUEUED]",
    "S_OK",
    "BG_E_EMPTY",
    "E_NOTIMPL",
    "ERROR_DISK_FULL",
    "unavailable",
    "[S_OK, '0X80004005']",
    "BITS-ERRCOUNT-004",
    "[BITS-ERRCOUNT-004]",
    "[DO-STATE-001]",
    "[]",
    "payroll",
    "owner",
    "app",
    "cdn.test",
    "\"https://cdn.test/a.bin\"",
    "'C:\\a\\b.bin'",
    "\"C:\"",
    "'c:'",
    "{repeat: x, times: 257}",
    "{repeat: x, times: 2, prefix: y}",
    "{at_least: 1}",
    "{at_most: 1 MiB}",
    "{for: 5s}",
    "{server: cdn.test}",
    "{1: true}",
    "{file: 1, is: true}",
    "high",
    "foreground",
    "download",
    "later",
    "standard",
    "Standard",
    "REMOTE_FILE",
    "BG_ERROR_CONTEXT_REMOTE_FILE",
    "LocalPath",
];

/// The places of a value, each as the way to it.
fn ways(value: &Value) -> Vec<Vec<usize>> {
    fn walk(value: &Value, way: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
        found.push(way.clone());
        let children: Vec<&Value> = match value {
            Value::Mapping(map) => map.values().collect(),
            Value::Sequence(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        for (n, child) in children.into_iter().enumerate() {
            way.push(n);
            walk(child, way, found);
            way.pop();
        }
    }
    let mut found = Vec::new();
    walk(value, &mut Vec::new(), &mut found);
    found
}

fn at<'v>(value: &'v mut Value, way: &[usize]) -> Option<&'v mut Value> {
    let Some((first, rest)) = way.split_first() else { return Some(value) };
    let child = match value {
        Value::Mapping(map) => map.values_mut().nth(*first),
        Value::Sequence(items) => items.get_mut(*first),
        _ => None,
    };
    at(child?, rest)
}

fn written(value: &Value, raw: &str) -> Option<String> {
    Some(serde_yaml::to_string(value).ok()?.replace(HERE, raw))
}

/// Any edit: a value replaced, a key taken out or added, a value put into a list or out of one.
pub(crate) fn anything(text: &str, luck: &mut Luck) -> Edit {
    let mut root: Value = serde_yaml::from_str(text).ok()?;
    let ways = ways(&root);
    let way = luck.pick(&ways).clone();
    let raw = *luck.pick(VALUES);
    let place = at(&mut root, &way)?;
    let here = Value::String(HERE.to_owned());
    let what = match (luck.below(6), &mut *place) {
        (0, Value::Mapping(map)) if !map.is_empty() => {
            let n = luck.below(map.len());
            let key = map.keys().nth(n)?.clone();
            map.remove(&key);
            format!("without {key:?}")
        }
        (1, Value::Mapping(map)) => {
            let key = *luck.pick(KEYS);
            map.insert(Value::String(key.to_owned()), here);
            format!("with {key}: {raw}")
        }
        (2, Value::Sequence(items)) => {
            items.truncate(1);
            *place = items.pop()?;
            "out of its list".to_owned()
        }
        (3, Value::Mapping(_) | Value::String(_)) => {
            *place = Value::Sequence(vec![place.clone()]);
            "in a list".to_owned()
        }
        (4, Value::Mapping(map)) if !map.is_empty() => {
            let n = luck.below(map.len());
            *map.values_mut().nth(n)? = here;
            format!("a value is {raw}")
        }
        _ => {
            *place = here;
            format!("{raw} instead")
        }
    };
    written(&root, raw).map(|text| (text, what))
}

/// Keys from all over the language.
const KEYS: &[&str] = &[
    "only",
    "only_on",
    "by",
    "returns",
    "for",
    "until",
    "times",
    "server",
    "url",
    "size",
    "local",
    "ranges",
    "priority",
    "state",
    "attempts",
    "callbacks",
    "listed",
    "exists",
    "temporary",
    "path",
    "within",
    "after",
    "at",
    "do",
    "fault",
    "expect",
    "except",
    "one_of",
    "seed",
    "rules",
    "world",
    "limits",
    "policies",
    "never",
    "finally",
    "notify",
    "display_name",
    "description",
    "proxy",
    "minimum_retry_delay",
    "no_progress_timeout",
    "severity",
    "part",
    "files",
    "client",
    "created",
    "code",
    "context",
    "file",
    "error_count",
    "bytes_total",
    "bytes_transferred",
    "running",
    "elevated",
    "latency",
    "bandwidth",
    "free",
    "stamped",
    "property",
    "cost_policy",
    "foreground",
    "stream",
];

/// Slips that reader and schema must both see.
pub(crate) const SLIPS: [fn(&str, &mut Luck) -> Edit; 4] =
    [needed_key_is_gone, key_is_misspelt, word_is_wrong, quantity_is_wrong];

/// The maps that have one of the keys, with the way to them.
fn maps_with(root: &mut Value, keys: &[&str]) -> Vec<(Vec<usize>, String)> {
    let mut found = Vec::new();
    for way in ways(root) {
        if let Some(Value::Mapping(map)) = at(root, &way) {
            let names = map.keys().filter_map(Value::as_str);
            let named = names.filter(|name| keys.contains(name));
            found.extend(named.map(|name| (way.clone(), name.to_owned())));
        }
    }
    found
}

fn edit_one(
    text: &str,
    luck: &mut Luck,
    keys: &[&str],
    edit: impl Fn(&mut Mapping, &str, &mut Luck) -> Option<String>,
) -> Edit {
    let mut root: Value = serde_yaml::from_str(text).ok()?;
    let places = maps_with(&mut root, keys);
    if places.is_empty() {
        return None;
    }
    let (way, key) = luck.pick(&places).clone();
    let Value::Mapping(map) = at(&mut root, &way)? else { return None };
    let what = edit(map, &key, luck)?;
    serde_yaml::to_string(&root).ok().map(|text| (text, what))
}

fn needed_key_is_gone(text: &str, luck: &mut Luck) -> Edit {
    let needed =
        ["scenario", "run_on", "timeline", "within", "status", "after_bytes", "usage", "free"];
    edit_one(text, luck, &needed, |map, key, _| {
        map.remove(key);
        Some(format!("without `{key}`"))
    })
}

fn key_is_misspelt(text: &str, luck: &mut Luck) -> Edit {
    let keys = [
        "scenario",
        "run_on",
        "servers",
        "jobs",
        "timeline",
        "finally",
        "do",
        "fault",
        "expect",
        "job",
        "state",
        "type",
        "files",
        "url",
        "size",
        "resume",
        "complete",
        "http",
        "disconnect",
        "status",
        "error_count",
        "exists",
        "minimum_retry_delay",
        "until",
        "notify",
        "events",
    ];
    edit_one(text, luck, &keys, |map, key, luck| {
        let mut wrong: Vec<char> = key.chars().collect();
        let last = wrong.len() - 1;
        match luck.below(3) {
            0 => wrong.insert(last, 'x'),
            1 => wrong.push('_'),
            _ => wrong[last] = 'q',
        }
        let wrong: String = wrong.into_iter().collect();
        let value = map.remove(key)?;
        map.insert(Value::String(wrong.clone()), value);
        Some(format!("`{wrong}` for `{key}`"))
    })
}

fn word_is_wrong(text: &str, luck: &mut Luck) -> Edit {
    let keys =
        ["type", "state", "rules", "run_on", "priority", "context", "code", "events", "cause"];
    edit_one(text, luck, &keys, |map, key, luck| {
        fn scalar<'v>(value: &'v mut Value, luck: &mut Luck) -> Option<&'v mut Value> {
            match value {
                Value::Sequence(items) => {
                    let n = luck.below(items.len());
                    items.get_mut(n)
                }
                Value::String(_) => Some(value),
                _ => None,
            }
        }
        // A map of names may have a name like this one.
        let Value::String(word) = scalar(map.get_mut(key)?, luck)? else { return None };
        word.push_str("_x");
        Some(format!("`{key}` is `{word}`"))
    })
}

fn quantity_is_wrong(text: &str, luck: &mut Luck) -> Edit {
    let keys = ["at", "after", "within", "size", "for", "minimum_retry_delay", "after_bytes"];
    edit_one(text, luck, &keys, |map, key, luck| {
        let wrong =
            *luck.pick(&["10 minutes", "5min", "1.5h", "2 Mib", "much", "-3s", "10m 5", "1h 2d"]);
        *map.get_mut(key)? = Value::String(wrong.to_owned());
        Some(format!("`{key}` is `{wrong}`"))
    })
}
