//! The kinds of values in words, as the reference tells them.

use super::slug;
use bitsim_scenario::grammar::{Kind, Named, Shape, Word};
use std::ptr;

/// What a value looks like: ``list of [targets](#targets)``.
pub(super) fn told(kind: &Kind) -> String {
    match kind {
        Kind::Text => to("text", "texts"),
        Kind::Url => to("URL", "texts"),
        Kind::Path => to("path", "texts"),
        Kind::Nothing => "`null`".to_owned(),
        Kind::Boolean => "`true` or `false`".to_owned(),
        Kind::Number(least, most) => number(*least, *most),
        Kind::Flags => to("number", "numbers"),
        Kind::Duration => to("duration", "durations"),
        Kind::SignedDuration => to("duration with sign", "durations"),
        Kind::WholeSeconds => {
            format!("{} in whole seconds, or `infinite`", to("duration", "durations"))
        }
        Kind::Size => to("size", "sizes and rates"),
        Kind::Rate => to("rate", "sizes and rates"),
        Kind::Date => to("date", "dates"),
        Kind::Hresult => to("HRESULT", "hresults"),
        Kind::Rule => to("rule", "rules"),
        Kind::Target => to("target", "targets"),
        Kind::TargetOrService => to("target or service", "targets"),
        Kind::State => to("state", "states"),
        Kind::Volume => "drive letter and colon, in quotes".to_owned(),
        Kind::Defect => to("defect", "defects of the agent"),
        Kind::Property => to("property", "properties of a download"),
        Kind::Readings => to("questions and readings", "open questions"),
        Kind::Words(words) | Kind::Documented(_, words) => choice(words),
        Kind::Name(named) => name_of(*named),
        Kind::Map(shape) => to(shape.name, shape.name),
        Kind::NamedMaps(named, shape) => {
            format!("{}, each with a {}", own_names(*named), to(shape.name, shape.name))
        }
        Kind::MapFrom(from, to) => format!("map: {} to {}", told(from), told(to)),
        Kind::List(item) => format!("list of {}", several(item)),
        Kind::OneOrMany(item) => format!("{}, or a list of {}", told(item), several(item)),
        Kind::OneOf(kinds) => kinds.iter().map(told).collect::<Vec<_>>().join(", or "),
    }
}

fn to(text: &str, heading: &str) -> String {
    format!("[{text}](#{})", slug(heading))
}

/// The same in the plural.
fn several(kind: &Kind) -> String {
    match kind {
        Kind::Map(shape) => to(&plural(shape.name), shape.name),
        Kind::Hresult => to("HRESULTs", "hresults"),
        Kind::Rule => to("rules", "rules"),
        Kind::Target => to("targets", "targets"),
        Kind::TargetOrService => to("targets or services", "targets"),
        Kind::State => to("states", "states"),
        Kind::Duration => to("durations", "durations"),
        Kind::Defect => to("defects", "defects of the agent"),
        Kind::Words(words) | Kind::Documented(_, words) => {
            if words.len() > MOST_WORDS {
                "words, see below".to_owned()
            } else {
                choice(words)
            }
        }
        other => told(other),
    }
}

fn plural(name: &str) -> String {
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if name.ends_with('s') => name.to_owned(),
        _ => format!("{name}s"),
    }
}

fn number(least: u64, most: u64) -> String {
    if least == most {
        format!("`{least}`")
    } else if most >= u64::from(u32::MAX) {
        match least {
            0 => "whole number".to_owned(),
            _ => format!("whole number, {least} or more"),
        }
    } else {
        format!("whole number from {least} to {most}")
    }
}

/// How many words stand in a cell of a table.
const MOST_WORDS: usize = 6;

fn choice(words: &[Word]) -> String {
    if words.len() > MOST_WORDS {
        return "a word, see below".to_owned();
    }
    let words: Vec<String> = words.iter().map(|word| format!("`{}`", word.word)).collect();
    match words.as_slice() {
        [rest @ .., before, last] => {
            let rest: String = rest.iter().map(|word| format!("{word}, ")).collect();
            format!("{rest}{before} or {last}")
        }
        _ => words.concat(),
    }
}

const fn noun(named: Named) -> &'static str {
    match named {
        Named::User => "user",
        Named::Client => "client",
        Named::Server => "server",
        Named::Volume => "volume",
        Named::Job => "job",
        Named::File => "file",
    }
}

fn name_of(named: Named) -> String {
    match named {
        Named::User | Named::Client | Named::Server | Named::Volume => {
            format!("name of a {}", to(noun(named), noun(named)))
        }
        Named::Job => format!("name of a {} or download", to("job", "job")),
        Named::File => "URL or path of a file".to_owned(),
    }
}

fn own_names(named: Named) -> String {
    match named {
        Named::Server => "host names".to_owned(),
        Named::Volume => "drive letters with a colon, in quotes".to_owned(),
        Named::File => "URLs or paths".to_owned(),
        Named::User | Named::Client | Named::Job => "names of your choice".to_owned(),
    }
}

/// True if a value of the kind holds the shape.
pub(super) fn holds(kind: &Kind, shape: &Shape) -> bool {
    match kind {
        Kind::Map(held) | Kind::NamedMaps(_, held) => ptr::eq(*held, shape),
        Kind::MapFrom(from, to) => holds(from, shape) || holds(to, shape),
        Kind::List(item) | Kind::OneOrMany(item) => holds(item, shape),
        Kind::OneOf(kinds) => kinds.iter().any(|kind| holds(kind, shape)),
        _ => false,
    }
}

/// Shows every list of words in a kind.
pub(super) fn words_in(kind: &Kind, see: &mut dyn FnMut(&'static [Word])) {
    match kind {
        Kind::Words(words) | Kind::Documented(_, words) => see(words),
        Kind::MapFrom(from, to) => {
            words_in(from, see);
            words_in(to, see);
        }
        Kind::List(item) | Kind::OneOrMany(item) => words_in(item, see),
        Kind::OneOf(kinds) => kinds.iter().for_each(|kind| words_in(kind, see)),
        _ => {}
    }
}
