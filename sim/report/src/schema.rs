//! The language of scenarios as JSON Schema (draft 7) for editors, and as a reference for readers.
//!
//! Both are made of [`bitsim_scenario::grammar`] and of the documented names, of nothing else.
//! `bitsim schema` prints them; `fixtures/schema/scenario.schema.json` and
//! `scenarios/REFERENCE.md` hold what it prints.
//!
//! The schema accepts whatever the reader accepts. It cannot see everything that the reader sees:
//! `tests/schema.rs` lists what it is blind to.

mod defaults;
mod json;
mod kinds;
mod presence;
mod reference;
mod shapes;
mod values;
mod vocabulary;

use bitsim_scenario::grammar::ROOT;
use json::Map;
use values::{Shared, distinct};

/// The JSON Schema of a scenario, with a line end.
#[must_use]
pub fn json() -> String {
    let mut definitions = Map::new();
    for shape in shapes::reached_from(&ROOT).into_iter().skip(1) {
        definitions.put(slug(shape.name), shapes::of_shape(shape));
    }
    for shared in Shared::ALL {
        definitions.put(shared.name(), distinct(shared.schema()));
    }
    let head = Map::new().with("$schema", "http://json-schema.org/draft-07/schema#");
    let schema = head.and(shapes::of_shape(&ROOT)).with("definitions", definitions);
    crate::json(&json::Json::from(schema))
}

/// The reference of the language in Markdown.
#[must_use]
pub fn markdown() -> String {
    reference::text(&ROOT)
}

/// Markdown without its marks.
fn plain(markdown: &str) -> String {
    markdown.replace(['`', '*'], "")
}

/// A name as it stands in a link: `bound of a count` becomes `bound-of-a-count`.
fn slug(name: &str) -> String {
    let letter = |c: char| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    name.chars().filter_map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_said_about_keys_beside_the_grammar_is_about_keys_of_it() {
        let shapes = shapes::reached_from(&ROOT);
        for (shape, key) in presence::named().into_iter().chain(shapes::lists_with_items()) {
            let found = shapes.iter().find(|known| known.name == shape);
            let found = found.unwrap_or_else(|| panic!("no shape `{shape}`"));
            assert!(found.key(key).is_some(), "`{shape}` has no `{key}`");
        }
    }

    #[test]
    fn no_two_definitions_have_one_name() {
        let shapes = shapes::reached_from(&ROOT);
        let names = shapes.iter().map(|shape| slug(shape.name));
        let values = Shared::ALL.iter().map(|shared| shared.name().to_owned());
        let all: Vec<String> = names.chain(values).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn no_key_both_needs_and_excludes_another() {
        for shape in shapes::reached_from(&ROOT) {
            let keys = presence::dependencies(shape);
            let names: BTreeSet<&str> = keys.keys().collect();
            assert_eq!(names.len(), keys.keys().count(), "{}", shape.name);
        }
    }

    #[test]
    fn every_table_of_the_reference_is_filled() {
        let tables = reference::tables();
        assert_eq!(tables.len(), 8);
        for table in tables {
            assert!(reference::filled(table).lines().count() > 3, "{table} is empty");
        }
    }
}
