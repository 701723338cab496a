//! What the kinds of values look like in JSON Schema.
//!
//! The reader takes most values as text and does not mind how YAML would read them: `display_name:
//! 7` is the text "7", and so the schema has to let numbers pass where a text may stand.

use super::json::{Json, Map};
use super::vocabulary::{self, Group, Name};
use super::{plain, slug};
use bitsim_scenario::grammar::{Kind, Named, Shape, Word};

/// Kinds that many keys share; each is a definition of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shared {
    Text,
    Flags,
    Duration,
    SignedDuration,
    WholeSeconds,
    Size,
    Rate,
    Date,
    Hresult,
    Rule,
    Target,
    TargetOrService,
    State,
    Volume,
    Defect,
    Property,
    Readings,
}

impl Shared {
    pub(super) const ALL: [Self; 17] = [
        Self::Text,
        Self::Flags,
        Self::Duration,
        Self::SignedDuration,
        Self::WholeSeconds,
        Self::Size,
        Self::Rate,
        Self::Date,
        Self::Hresult,
        Self::Rule,
        Self::Target,
        Self::TargetOrService,
        Self::State,
        Self::Volume,
        Self::Defect,
        Self::Property,
        Self::Readings,
    ];

    /// Its name among the definitions. Distinct from the names of all shapes.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text => "value-text",
            Self::Flags => "value-flags",
            Self::Duration => "value-duration",
            Self::SignedDuration => "value-signed-duration",
            Self::WholeSeconds => "value-whole-seconds",
            Self::Size => "value-size",
            Self::Rate => "value-rate",
            Self::Date => "value-date",
            Self::Hresult => "value-hresult",
            Self::Rule => "value-rule",
            Self::Target => "value-target",
            Self::TargetOrService => "value-target-or-service",
            Self::State => "value-state",
            Self::Volume => "value-volume",
            Self::Defect => "value-defect",
            Self::Property => "value-property",
            Self::Readings => "value-readings",
        }
    }

    /// The definition.
    pub(super) fn schema(self) -> Map {
        match self {
            Self::Text => text(),
            Self::Flags => flags(),
            Self::Duration => pattern(DURATION, "a duration such as 90s, 20m or 3d 1h is needed"),
            Self::SignedDuration => {
                pattern(SIGNED_DURATION, "a duration with its sign is needed, such as +20d or -1h")
            }
            Self::WholeSeconds => any_of(vec![
                words(&[Name::new("infinite", "The greatest value: 4294967295 seconds.")]),
                pattern(WHOLE_SECONDS, "a duration in whole seconds is needed, such as 10m"),
            ]),
            Self::Size => {
                integer_or(SIZE, (1 << 63) - 1, "a size such as 512 or 900 MiB is needed")
            }
            Self::Rate => integer_or(RATE, 0, "a rate such as 64 KiB/s is needed, or 0"),
            Self::Date => pattern(DATE, "a date such as 2026-01-01T00:00:00Z is needed"),
            Self::Hresult => hresult(),
            Self::Rule => groups(
                vocabulary::rules(),
                "the id of a rule is needed, such as BITS-ERRCOUNT-004; bitsim rules lists them",
            ),
            Self::Target => words(&vocabulary::targets()),
            Self::TargetOrService => words(&vocabulary::targets_and_services()),
            Self::State => groups(
                vocabulary::states(),
                "the state of a job (TRANSFERRED) or of a download (Transferred) is needed",
            ),
            Self::Volume => pattern(VOLUME, "a drive letter and a colon in quotes: \"C:\""),
            Self::Defect => words(&vocabulary::defects()),
            Self::Property => groups(
                vocabulary::properties(),
                "a property of a download is needed, such as LocalPath",
            ),
            Self::Readings => readings(),
        }
    }
}

/// Whole numbers with units, the larger unit first.
const DURATION: &str = r"^(?=.*[0-9])\s*([0-9]+d(\s+|$))?([0-9]+h(\s+|$))?([0-9]+m(\s+|$))?([0-9]+s(\s+|$))?([0-9]+ms(\s+|$))?([0-9]+ticks\s*)?$";
const SIGNED_DURATION: &str = r"^(?=.*[0-9])\s*[+-]\s*([0-9]+d(\s+|$))?([0-9]+h(\s+|$))?([0-9]+m(\s+|$))?([0-9]+s(\s+|$))?([0-9]+ms(\s+|$))?([0-9]+ticks\s*)?$";
const SIZE: &str = r"^\s*[0-9]+\s*(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)?\s*$";
const RATE: &str = r"^\s*(0|[0-9]+\s*(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)?\s*/s)\s*$";
/// Whole seconds: thousands of milliseconds, unless ticks make up for the rest.
const WHOLE_SECONDS: &str = r"^(?=.*[0-9])\s*([0-9]+d(\s+|$))?([0-9]+h(\s+|$))?([0-9]+m(\s+|$))?([0-9]+s(\s+|$))?(([0-9]*000|0+)ms\s*|([0-9]+ms\s+)?[0-9]+ticks\s*)?$";
/// From 1601 on, the first year that Windows can tell. That February has a 29th not every year is
/// beyond a pattern.
const DATE: &str = r"^\s*(160[1-9]|16[1-9][0-9]|1[7-9][0-9][0-9]|[2-9][0-9][0-9][0-9])-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|02-29|(0[13578]|1[02])-31)([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(\.[0-9][0-9][0-9])?[Zz])?\s*$";
const VOLUME: &str = r"^[A-Za-z]:$";
const HRESULT: &str = r"^0[xX]0*[0-9A-Fa-f]{1,8}$";
/// YAML reads `0x40` as a number and `0X40` as a text; the reader takes both for a number.
const FLAGS: &str = r"^0X[0-9A-Fa-f]+$";
const HOST: &str = r"^[^:/\\ ?]*[^:/\\ ?\s][^:/\\ ?]*$";
const NUMBER: &str = "^([0-9]+|0[xX][0-9A-Fa-f]+)$";
const NUMBER_BUT_ZERO: &str = "^(0*[1-9][0-9]*|0[xX]0*[1-9A-Fa-f][0-9A-Fa-f]*)$";
const NEVER: &str = "(?!)";
const NOT_BLANK: &str = r"\S";

/// Anything that is neither a map nor a list nor nothing. That it says `string` first is for the
/// sake of editors, which would else propose `true` and `false`.
fn text() -> Map {
    let others = Map::new().with("type", vec!["string", "array", "object", "null"]);
    any_of(vec![Map::new().with("type", "string"), Map::new().with("not", others)])
}

fn flags() -> Map {
    any_of(vec![
        Map::new().with("type", "integer").with("minimum", 0_u64),
        Map::new().with("type", "string").with("pattern", FLAGS),
    ])
}

fn hresult() -> Map {
    const NEEDED: &str = "an HRESULT is needed: a documented name, or a number such as 0x80190193";
    let number = Map::new().with("type", "string").with("pattern", HRESULT);
    let mut kinds = vec![number.with("errorMessage", NEEDED)];
    kinds.extend(vocabulary::hresults().iter().map(|group| words(group)));
    kinds.push(
        Map::new()
            .with("type", "integer")
            .with("minimum", 0_u64)
            .with("maximum", u64::from(u32::MAX)),
    );
    any_of(kinds)
}

fn pattern(pattern: &str, needed: &str) -> Map {
    Map::new().with("type", "string").with("pattern", pattern).with("errorMessage", needed)
}

fn integer_or(pattern: &str, most: u64, needed: &str) -> Map {
    Map::new()
        .with("type", vec!["string", "integer"])
        .with("pattern", pattern)
        .with("minimum", 0_u64)
        .with("maximum", most)
        .with("errorMessage", needed)
}

/// One of a few names.
pub(super) fn words(group: &[Name]) -> Map {
    let names: Vec<&str> = group.iter().map(|name| name.name.as_str()).collect();
    let means: Vec<&str> = group.iter().map(|name| name.means.as_str()).collect();
    let map = Map::new().with("type", "string").with("enum", names);
    // Said once: editors know both, and the rules alone fill many pages.
    if means.iter().any(|means| plain(means) != **means) {
        map.with("markdownEnumDescriptions", means)
    } else {
        map.with("enumDescriptions", means)
    }
}

/// One of many names, in groups: an editor that explains a name shows the others of its group. What
/// is said of a value that is none of them comes from the first schema, which fits nothing; else
/// editors would say every name there is.
fn groups(groups: Vec<Group>, needed: &str) -> Map {
    let never = Map::new()
        .with("$comment", "Fits nothing; says what is needed where no name of the groups fits.")
        .with("type", "string")
        .with("pattern", NEVER)
        .with("errorMessage", needed);
    let groups = groups.iter().map(|group| words(group));
    any_of([never].into_iter().chain(groups).collect())
}

fn readings() -> Map {
    let mut properties = Map::new();
    for question in vocabulary::questions() {
        let about = format!("An open question of {}. {}", question.rules, question.open);
        let one = Map::new().with("type", "string").with("enum", question.readings.to_vec());
        properties.put(question.key, described(one, &about));
    }
    Map::new()
        .with("type", "object")
        .with("properties", properties)
        .with("additionalProperties", false)
}

/// A schema with the text that editors show.
pub(super) fn described(schema: Map, markdown: &str) -> Map {
    schema.with("description", plain(markdown)).with("markdownDescription", markdown)
}

/// A definition by its name.
pub(super) fn reference(name: &str) -> Map {
    Map::new().with("$ref", format!("#/definitions/{}", slug(name)))
}

/// Any of some schemas.
pub(super) fn any_of(kinds: Vec<Map>) -> Map {
    match <[Map; 1]>::try_from(kinds) {
        Ok([only]) => only,
        Err(kinds) => {
            let kinds: Vec<Map> = kinds.into_iter().map(distinct).collect();
            Map::new().with("anyOf", kinds)
        }
    }
}

/// The same schema, which editors can tell from its neighbours. They take schemas without title,
/// description and properties for one another, and then show the key of none of them.
pub(super) fn distinct(schema: Map) -> Map {
    let known = ["$ref", "properties", "required"].iter().any(|key| schema.has(key));
    if known { schema } else { schema.with("properties", Map::new()) }
}

/// The schema of a value. `least` is how many items a list must have at least.
pub(super) fn of_kind(kind: &Kind, least: u64) -> Map {
    match kind {
        Kind::Text | Kind::Url | Kind::Path | Kind::Name(_) => shared(Shared::Text),
        Kind::Nothing => Map::new().with("type", "null"),
        Kind::Boolean => Map::new().with("type", "boolean"),
        Kind::Number(least, most) => {
            let number = Map::new().with("type", "integer").with("minimum", *least);
            if *most == u64::MAX { number } else { number.with("maximum", *most) }
        }
        Kind::Flags => shared(Shared::Flags),
        Kind::Duration => shared(Shared::Duration),
        Kind::SignedDuration => shared(Shared::SignedDuration),
        Kind::WholeSeconds => shared(Shared::WholeSeconds),
        Kind::Size => shared(Shared::Size),
        Kind::Rate => shared(Shared::Rate),
        Kind::Date => shared(Shared::Date),
        Kind::Hresult => shared(Shared::Hresult),
        Kind::Rule => shared(Shared::Rule),
        Kind::Target => shared(Shared::Target),
        Kind::TargetOrService => shared(Shared::TargetOrService),
        Kind::State => shared(Shared::State),
        Kind::Volume => shared(Shared::Volume),
        Kind::Defect => shared(Shared::Defect),
        Kind::Property => shared(Shared::Property),
        Kind::Readings => shared(Shared::Readings),
        Kind::Words(list) => words(&named(list)),
        Kind::Documented(prefix, list) => words(&with_and_without(prefix, list)),
        Kind::Map(shape) => reference(shape.name),
        Kind::NamedMaps(named, shape) => named_maps(*named, shape),
        Kind::MapFrom(from, to) => map_from(from, to),
        Kind::List(item) => list(item, least),
        Kind::OneOrMany(item) => any_of(vec![of_kind(item, 0), list(item, least.max(few(item)))]),
        Kind::OneOf(kinds) => any_of(kinds.iter().map(|kind| of_kind(kind, 0)).collect()),
    }
}

fn shared(shared: Shared) -> Map {
    reference(shared.name())
}

fn list(item: &Kind, least: u64) -> Map {
    let list = Map::new().with("type", "array").with("items", of_kind(item, 0));
    let list = if least > 0 { list.with("minItems", least) } else { list };
    match item {
        Kind::Rule | Kind::Target => list.with("uniqueItems", true),
        _ => list,
    }
}

/// How many there must be of what may stand alone or in a list.
const fn few(item: &Kind) -> u64 {
    matches!(item, Kind::Hresult | Kind::State | Kind::Duration | Kind::TargetOrService) as u64
}

/// Words with their meanings.
pub(super) fn named(words: &[Word]) -> Group {
    words.iter().map(|word| Name::new(word.word, word.doc)).collect()
}

/// Documented names, first without and then with their prefix.
fn with_and_without(prefix: &str, words: &[Word]) -> Group {
    let mut names = named(words);
    names.extend(words.iter().map(|word| Name::new(format!("{prefix}{}", word.word), word.doc)));
    names
}

fn named_maps(named: Named, shape: &Shape) -> Map {
    let value = reference(shape.name);
    let keys = match named {
        Named::Volume => VOLUME,
        Named::Server => HOST,
        Named::User | Named::Client | Named::Job | Named::File => NOT_BLANK,
    };
    let map = Map::new()
        .with("type", "object")
        .with("patternProperties", Map::new().with(keys, value))
        .with("additionalProperties", false);
    // A section that declares something must not be empty; volumes are looked at one by one.
    if named == Named::Volume { map } else { map.with("minProperties", 1) }
}

/// A map with keys of a kind. Keys that can be listed are, so that editors propose them.
fn map_from(from: &Kind, to: &Kind) -> Map {
    let map = Map::new().with("type", "object");
    let map = match keys(from) {
        Some(keys) => map.with("propertyNames", keys),
        None => map,
    };
    map.with("additionalProperties", of_kind(to, 0))
}

/// What the keys of a map look like; `None` if they may be anything. A key is a text to JSON, also
/// where it is a number to YAML.
fn keys(kind: &Kind) -> Option<Map> {
    match kind {
        Kind::Number(1.., _) => Some(Map::new().with("pattern", NUMBER_BUT_ZERO)),
        Kind::Number(..) | Kind::Flags => Some(Map::new().with("pattern", NUMBER)),
        Kind::OneOf(kinds) => {
            let kinds: Vec<Map> = kinds.iter().filter_map(keys).collect();
            Some(any_of(kinds))
        }
        Kind::Text | Kind::Url | Kind::Path | Kind::Name(_) => None,
        listed => Some(of_kind(listed, 0)),
    }
}

/// A value as a scenario writes it, in JSON.
pub(super) fn written(example: &str) -> Option<Json> {
    serde_yaml::from_str::<serde_yaml::Value>(example).ok().map(|value| Json::of(&value))
}
