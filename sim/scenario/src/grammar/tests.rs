//! The grammar held against the reader: whatever it describes is accepted, on the services that it
//! names and nowhere else, and whatever scenarios use is described.

use super::{Key, Kind, Named, ROOT, Shape, Word};
use crate::diagnostic::Mistakes;
use crate::node::{self, Node};
use crate::{Diagnostic, load, yaml};
use bitsim_vocab::Service;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const SERVICES: &[Service] = &[Service::Bits, Service::DoLegacy, Service::DoDownload];

/// Every shape that can be reached, each once, in the order in which one meets it.
fn shapes() -> Vec<&'static Shape> {
    let mut shapes: Vec<&'static Shape> = vec![&ROOT];
    let mut next = 0;
    while let Some(shape) = shapes.get(next).copied() {
        next += 1;
        for key in shape.all() {
            for (child, _) in children(key.value) {
                if !shapes.iter().any(|known| std::ptr::eq(*known, child)) {
                    shapes.push(child);
                }
            }
        }
    }
    shapes
}

/// The maps that a value may be or hold, each with how it is written around the map, for which `@`
/// stands.
fn children(kind: Kind) -> Vec<(&'static Shape, String)> {
    let within = |kind: &'static Kind, around: &str| {
        let inner = children(*kind).into_iter();
        inner.map(|(shape, text)| (shape, around.replace('@', &text))).collect()
    };
    match kind {
        Kind::Map(shape) => vec![(shape, "@".to_owned())],
        Kind::NamedMaps(named, shape) => {
            let name = match named {
                Named::User => "owner",
                Named::Client => "app",
                Named::Server => "cdn.test",
                Named::Volume => "\"C:\"",
                Named::Job => "payroll",
                Named::File => "/a.bin",
            };
            vec![(shape, format!("{{{name}: @}}"))]
        }
        Kind::List(item) => within(item, "[@]"),
        Kind::OneOrMany(item) => within(item, "@"),
        Kind::MapFrom(_, value) => within(value, "{bits: @}"),
        Kind::OneOf(kinds) => kinds.iter().flat_map(|kind| children(*kind)).collect(),
        _ => Vec::new(),
    }
}

/// The words that a value may be, with how they are written around one.
fn words(kind: Kind) -> Option<(String, &'static [Word])> {
    match kind {
        Kind::Words(words) | Kind::Documented(_, words) => Some(("@".to_owned(), words)),
        Kind::List(item) => words(*item).map(|(_, words)| ("[@]".to_owned(), words)),
        Kind::OneOrMany(item) => words(*item),
        Kind::OneOf(kinds) => kinds.iter().find_map(|kind| words(*kind)),
        _ => None,
    }
}

fn run_on(service: Service) -> &'static str {
    match service {
        Service::Bits => "[bits, bits@1.5]",
        Service::DoLegacy => "[do-legacy]",
        Service::DoDownload => "[do-download, do-download@agent]",
    }
}

/// A whole scenario in which one top-level key has the given value; nothing leaves it out.
fn document(key: &str, value: &str, service: Service) -> String {
    let mut lines: Vec<(&str, &str)> = vec![
        ("scenario", "a story"),
        ("run_on", run_on(service)),
        ("users", "{owner: {}, admin: {kind: administrator}}"),
        ("clients", "{app: {user: owner}, tool: {user: owner, elevated: true}}"),
        ("servers", "{cdn.test: {bandwidth: 1 MiB/s}, cache.test: {}}"),
        ("jobs", "{payroll: {type: download, files: [{url: \"https://cdn.test/payroll.cab\"}]}}"),
        ("timeline", "[{at: 0s}]"),
    ];
    if service == Service::DoDownload {
        lines.push(("downloads", "{film: {url: \"https://cdn.test/film.bin\", size: 300 MiB}}"));
    }
    if key == "breaks" {
        lines.push(("delivery", "{defects: [appends_full_answer]}"));
    }
    lines.retain(|(name, _)| *name != key);
    lines.push((key, value));
    lines.retain(|(_, value)| !value.is_empty());
    lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// A map of this shape in which one key has the given value, and beside it what it needs. Nothing
/// leaves the key out.
fn map(shape: &'static Shape, key: &'static Key, value: &str, service: Service) -> String {
    if std::ptr::eq(shape, &raw const ROOT) {
        return document(key.name, value, service);
    }
    let mut fields = vec![(key.name, value)];
    let needed = shape.all().filter(|needed| needed.required);
    fields.extend(beside(shape.name, key.name, service));
    fields.extend(needed.map(|needed| (needed.name, needed.example)));
    let has = |name: &str| shape.has_verb(name);
    if let Some(verb) = shape.verbs.first()
        && !fields.iter().any(|(name, _)| has(name))
    {
        fields.push((verb.name, verb.example));
    }
    let mut seen: Vec<&str> = Vec::new();
    fields.retain(|(name, _)| {
        let new = !seen.contains(name);
        seen.push(*name);
        new
    });
    fields.retain(|(_, value)| !value.is_empty());
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{{{}}}", fields.join(", "))
}

/// What a key needs beside it although no single other key is always needed.
fn beside(shape: &str, key: &str, service: Service) -> Vec<(&'static str, &'static str)> {
    let downloads = service == Service::DoDownload;
    match (shape, key) {
        ("job", "reply_file") if !downloads => vec![("type", "upload_reply")],
        ("job", _) if !downloads => vec![("type", "download")],
        ("job", "size" | "local" | "ranges") => vec![("url", "\"https://cdn.test/film.bin\"")],
        ("http" | "refuse" | "time_out" | "no_name" | "drop" | "fail" | "corrupt", _) => {
            vec![("server", "cdn.test")]
        }
        ("check", "job" | "download" | "path" | "url") => match key {
            "path" => vec![("exists", "true")],
            "url" => vec![("uploaded", "true")],
            _ => vec![("attempts", "1")],
        },
        ("check", "exists" | "temporary" | "size" | "content_version") => {
            vec![("path", "'C:\\downloads\\a.bin'")]
        }
        ("check", "uploaded" | "posted") => vec![("url", "\"https://cdn.test/report.bin\"")],
        ("check", "jobs_in") => Vec::new(),
        ("check", _) => vec![("job", "payroll"), ("attempts", "1")],
        ("set", "job" | "download") => vec![("priority", "high")],
        ("set", _) => vec![("job", "payroll")],
        ("get", "download") => vec![("property", "Uri")],
        ("get", "id") => vec![("job", "payroll"), ("what", "property")],
        ("get", "file") => vec![("job", "payroll"), ("what", "local_name")],
        ("get", "property") => vec![("job", "payroll")],
        ("get", _) if downloads => vec![("job", "payroll"), ("property", "Uri")],
        ("get", _) => vec![("job", "payroll"), ("what", "progress")],
        ("start", "ranges") => vec![("job", "payroll")],
        ("enum_downloads", "property") => vec![("value", "x")],
        ("enum_downloads", _) => vec![("property", "Uri")],
        ("change_remote" | "change_local", "url" | "path" | "job") => vec![("size", "1 MiB")],
        ("change_remote", "stamped") => vec![("size", "1 MiB")],
        ("change_local", _) => vec![("path", "'C:\\downloads\\a.bin'")],
        ("remote name", _) => vec![("file", "1")],
        ("step", "within") => vec![("until", "{attempts: 0}")],
        ("step", "until") => vec![("within", "1h")],
        ("action" | "call", "by" | "returns" | "only") => vec![("resume", "payroll")],
        _ => Vec::new(),
    }
}

/// True if the example is one for other services than this.
fn is_foreign(shape: &str, key: &Key, service: Service) -> bool {
    match (shape, key.name) {
        ("scenario", "rules" | "run_on") => service != Service::Bits,
        ("check", "callbacks") | ("action" | "call", "get") => service == Service::DoDownload,
        // In an answer nobody can say that a call is meant to be refused.
        ("call", "take_ownership" | "get_error_protocol" | "enum_jobs") => {
            service == Service::DoLegacy
        }
        ("property", _) => service != Service::DoDownload,
        (_, "only" | "except") => service != Service::Bits,
        (_, "only_on") => !key.example.contains(service.name()),
        _ => false,
    }
}

/// A scenario as it is written for this service, whose states may have other names.
fn in_its_words(mut text: String, service: Service) -> String {
    if service == Service::DoDownload {
        for (job, download) in [
            ("TRANSIENT_ERROR", "Transferring"),
            ("TRANSFERRED", "Transferred"),
            ("TRANSFERRING", "Transferring"),
            ("QUEUED", "Created"),
            ("SUSPENDED", "Paused"),
            ("CANCELLED", "Aborted"),
        ] {
            text = text.replace(job, download);
        }
    }
    text
}

/// What is wrong with a scenario.
fn errors(text: &str) -> Vec<Diagnostic> {
    let mut found = load("example.yaml", text.as_bytes()).err().unwrap_or_default();
    // The examples speak of one job, which exists from the start.
    found.retain(|found| !found.message.contains("is created twice"));
    found
}

/// How a map of a shape is made a scenario.
type Around<'a> = &'a dyn Fn(&str, Service) -> String;

/// What is done with a shape, one of its keys, the services on which the key can be reached, and the
/// way to it.
type Meet<'a> = &'a mut dyn FnMut(&'static Shape, &'static Key, &[Service], Around<'_>);

/// Visits every key once, with a way to write its value into a scenario.
struct Visit<'v> {
    seen: Vec<&'static Shape>,
    meet: Meet<'v>,
}

impl Visit<'_> {
    fn shape(&mut self, shape: &'static Shape, services: &[Service], around: Around<'_>) {
        if self.seen.iter().any(|seen| std::ptr::eq(*seen, shape)) {
            return;
        }
        self.seen.push(shape);
        // Verbs come last: a check means all that it can mean under `expect`, not under `until`. The
        // timeline comes first: calls can say more there than in the answers of callbacks.
        let (early, late): (Vec<&Key>, Vec<&Key>) =
            shape.keys.iter().partition(|key| key.name == "timeline");
        for key in early.into_iter().chain(late).chain(shape.verbs) {
            let here =
                |value: &str, service: Service| around(&map(shape, key, value, service), service);
            (self.meet)(shape, key, services, &here);
            let known: Vec<Service> =
                services.iter().copied().filter(|service| key.is_on(&[*service])).collect();
            for (child, text) in children(key.value) {
                self.shape(child, &known, &|value, service| {
                    here(&text.replace("bits:", "@service:").replace('@', value), service)
                        .replace(&format!("{value}service"), service.name())
                });
            }
        }
    }
}

fn visit(meet: Meet<'_>) -> Vec<&'static Shape> {
    let mut visit = Visit { seen: Vec::new(), meet };
    visit.shape(&ROOT, SERVICES, &|text, _| text.to_owned());
    visit.seen
}

/// `do-legacy` answers E_NOTIMPL to some calls, and a scenario has to say that it knows.
fn as_refused(text: String, service: Service) -> String {
    if service != Service::DoLegacy {
        return text;
    }
    let mut text = text;
    for verb in ["set", "take_ownership", "get_error_protocol", "enum_jobs"] {
        let refused = format!("do: {{returns: [S_OK, E_NOTIMPL], {verb}: ");
        text = text.replace(&format!("do: {{{verb}: "), &refused);
    }
    text
}

#[test]
fn every_example_is_read_on_the_services_that_know_the_key_and_nowhere_else() {
    let mut wrong: Vec<String> = Vec::new();
    let mut read = 0;
    let seen = visit(&mut |shape, key, services, around| {
        for service in services.iter().copied() {
            if is_foreign(shape.name, key, service) {
                continue;
            }
            let mut text = in_its_words(as_refused(around(key.example, service), service), service);
            if matches!(key.name, "only" | "except") {
                text = text.replace("[bits, bits@1.5]", "[bits, bits@1.5, do-legacy]");
            }
            let errors = errors(&text);
            let is_on = key.is_on(&[service]);
            read += usize::from(is_on);
            if is_on != errors.is_empty() {
                let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
                let what = format!("{} {} on {}", shape.name, key.name, service.name());
                wrong.push(format!("{what}: {said:?}\n{text}"));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen.len(), shapes().len(), "the walk misses a shape");
    assert!(read > 500, "{read} examples were read");
}

#[test]
fn what_must_be_there_is_missed() {
    let mut wrong: Vec<String> = Vec::new();
    let mut missed = 0;
    visit(&mut |shape, key, services, around| {
        for service in services.iter().copied().filter(|_| key.required) {
            missed += 1;
            let text = around("", service);
            if errors(&text).is_empty() {
                wrong.push(format!("{} {} on {}\n{text}", shape.name, key.name, service.name()));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(missed > 60, "{missed} keys were left out");
}

#[test]
fn the_words_of_every_choice_are_those_that_the_reader_knows() {
    let mut wrong: Vec<String> = Vec::new();
    let mut compared = 0;
    visit(&mut |shape, key, services, around| {
        let Some((text, words)) = words(key.value) else { return };
        let Some(service) = services.iter().copied().find(|service| key.is_on(&[*service])) else {
            return;
        };
        let written = |word: &str| as_refused(around(&text.replace('@', word), service), service);
        let described: BTreeSet<&str> = words.iter().map(|word| word.word).collect();
        let errors_of_nonsense = errors(&written("zzzzzzzz"));
        let mut helps = errors_of_nonsense.iter().filter_map(|error| error.help.as_ref());
        let what = format!("{} {}", shape.name, key.name);
        let Some(help) = helps.find_map(|help| help.message.strip_prefix("known: ")) else {
            for word in described {
                let said = errors(&written(word));
                if !said.is_empty() {
                    wrong.push(format!("{what}: `{word}`: {said:?}"));
                }
            }
            return;
        };
        let mut known: BTreeSet<&str> = help.split('`').skip(1).step_by(2).collect();
        if (shape.name, key.name) == ("get", "what") {
            // A property is asked for with a number of its own.
            known.insert("property");
        }
        compared += 1;
        if known != described {
            wrong.push(format!("{what}: the reader knows {known:?}, described are {described:?}"));
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 20, "{compared} choices were compared");
}

#[test]
fn everything_is_described_in_a_sentence_or_a_few() {
    let mut wrong: Vec<String> = Vec::new();
    let mut told = |what: String, doc: &str| {
        let end = doc.ends_with('.');
        let foreign = ["Rust", "serde", "enum ", "struct ", "Option", "::<"];
        if !end || doc.chars().count() > 400 || foreign.iter().any(|word| doc.contains(word)) {
            wrong.push(format!("{what}: {doc}"));
        }
    };
    let mut examples: Vec<String> = Vec::new();
    for shape in shapes() {
        told(shape.name.to_owned(), shape.doc);
        for key in shape.all() {
            let what = format!("{} {}", shape.name, key.name);
            told(what.clone(), key.doc);
            if key.example.is_empty() || key.example.contains('\n') {
                examples.push(what.clone());
            }
            for word in words(key.value).map(|(_, words)| words).unwrap_or_default() {
                told(format!("{what} {}", word.word), word.doc);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples.is_empty(), "without an example: {examples:?}");
}

#[test]
fn shapes_and_their_keys_have_names_of_their_own() {
    let shapes = shapes();
    let names: BTreeSet<&str> = shapes.iter().map(|shape| shape.name).collect();
    assert_eq!(names.len(), shapes.len());
    for shape in shapes {
        let names: BTreeSet<&str> = shape.names().into_iter().collect();
        assert_eq!(names.len(), shape.names().len(), "{}", shape.name);
    }
    for claim in super::OF_RUN {
        assert!(super::checks::CHECK.key(claim).is_some(), "{claim}");
    }
}

/// The keys of a value that its description does not know.
fn strangers(kind: Kind, node: &Node) -> Vec<String> {
    let all = |kind: &Kind, nodes: &[Node]| {
        nodes.iter().flat_map(|node| strangers(*kind, node)).collect()
    };
    match (kind, node.entries()) {
        (Kind::Map(shape), Some(entries)) => entries
            .iter()
            .flat_map(|entry| match shape.key(&entry.key.value) {
                Some(key) => strangers(key.value, &entry.value),
                None => vec![format!("`{}` of {}", entry.key.value, shape.name)],
            })
            .collect(),
        (Kind::NamedMaps(_, shape), Some(entries)) => {
            entries.iter().flat_map(|entry| strangers(Kind::Map(shape), &entry.value)).collect()
        }
        (Kind::MapFrom(_, value), Some(entries)) => {
            entries.iter().flat_map(|entry| strangers(*value, &entry.value)).collect()
        }
        (Kind::Readings, Some(_)) => Vec::new(),
        (Kind::OneOrMany(item), _) => all(item, node.one_or_many()),
        (Kind::List(item), None) => match &node.kind {
            node::Kind::List(items) => all(item, items),
            _ => vec![format!("line {} holds no list", node.place.line)],
        },
        (Kind::OneOf(kinds), _) => {
            let of_each = kinds.iter().map(|kind| strangers(*kind, node));
            of_each.min_by_key(Vec::len).unwrap_or_default()
        }
        (_, None) if matches!(node.kind, node::Kind::Scalar { .. }) => Vec::new(),
        _ => vec![format!("line {} holds a map or a list", node.place.line)],
    }
}

fn scenarios_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of scenarios").flatten() {
        let path = entry.path();
        if path.is_dir() {
            scenarios_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn everything_that_shipped_scenarios_use_is_described() {
    let mut files = Vec::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    scenarios_below(&here.join("../../scenarios"), &mut files);
    files.sort();
    let mut wrong: Vec<String> = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("a readable scenario");
        let mut mistakes = Mistakes::default();
        let root = yaml::read(&text, &mut mistakes).expect("a tree");
        for stranger in strangers(Kind::Map(&ROOT), &root) {
            wrong.push(format!("{}: {stranger}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(files.len() > 500, "{} scenarios", files.len());
}
