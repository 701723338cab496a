//! The reference of the language in Markdown: a section for each shape, then one for each kind of
//! value.

use super::shapes::{known_on, reached_from};
use super::values::named;
use super::vocabulary::{self, Name};
use super::{kinds, slug};
use crate::families;
use bitsim_scenario::grammar::{Key, Shape, Word};
use std::fmt::Write;

const INTRODUCTION: &str = include_str!("introduction.md");
const VALUES: &str = include_str!("values.md");

/// The whole reference.
pub(super) fn text(root: &'static Shape) -> String {
    let shapes = reached_from(root);
    let mut out = INTRODUCTION.to_owned();
    out.push_str("\n## Contents\n\nWhat a scenario is made of:\n\n");
    for shape in &shapes {
        let _ = writeln!(out, "- {}: {}", link(shape.name), first_sentence(shape.doc));
    }
    out.push_str("\nWhat values look like:\n\n");
    for heading in VALUES.lines().filter_map(|line| line.strip_prefix("## ")) {
        let _ = writeln!(out, "- [{heading}](#{})", slug(heading));
    }
    let mut told = Vec::new();
    for shape in &shapes {
        section(&mut out, shape, &shapes, &mut told);
    }
    out.push('\n');
    out.push_str(&values());
    out
}

/// A link to a shape's section.
fn link(name: &str) -> String {
    format!("[{name}](#{})", slug(name))
}

fn first_sentence(doc: &str) -> &str {
    let end = doc.find(". ").map_or(doc.len(), |end| end + 1);
    doc.get(..end).unwrap_or(doc)
}

/// A list of words that has been told, and where.
type Told = (&'static [Word], String);

fn section(
    out: &mut String,
    shape: &'static Shape,
    shapes: &[&'static Shape],
    told: &mut Vec<Told>,
) {
    let _ = write!(out, "\n## {}\n\n{}\n", shape.name, shape.doc);
    let uses = uses_of(shape, shapes);
    if !uses.is_empty() {
        let _ = write!(out, "\nStands under {}.\n", uses.join(", "));
    }
    if shape.may_be_empty && !shape.keys.iter().any(|key| key.required) {
        out.push_str("\nAll of it may be left out: nothing or `{}` after the key will do.\n");
    }
    if !shape.verbs.is_empty() {
        out.push_str("\nExactly one of these keys:\n\n");
        table(out, shape.verbs);
    }
    if !shape.keys.is_empty() {
        match shape.verbs.is_empty() {
            true => out.push('\n'),
            false => out.push_str("\nBeside it:\n\n"),
        }
        table(out, shape.keys);
    }
    for key in shape.verbs.iter().chain(shape.keys) {
        words_of_key(out, shape, key, told);
    }
}

/// The keys whose value is this shape, each once.
fn uses_of(shape: &Shape, shapes: &[&'static Shape]) -> Vec<String> {
    const MOST: usize = 12;
    let mut uses: Vec<String> = Vec::new();
    for user in shapes {
        for key in user.verbs.iter().chain(user.keys) {
            if kinds::holds(&key.value, shape) {
                uses.push(format!("`{}` of {}", key.name, link(user.name)));
            }
        }
    }
    if uses.len() > MOST {
        let more = uses.len() - MOST + 1;
        uses.truncate(MOST - 1);
        uses.push(format!("{more} other keys"));
    }
    uses
}

fn table(out: &mut String, keys: &[Key]) {
    out.push_str("| Key | Value | Example | Meaning |\n| --- | --- | --- | --- |\n");
    for key in keys {
        let needed = if key.required { " **(needed)**" } else { "" };
        let example = code(key.example);
        let services = match known_on(key.on) {
            Some(services) => format!(" Known on {services} alone."),
            None => String::new(),
        };
        let _ = writeln!(
            out,
            "| `{}`{needed} | {} | {} | {}{services} |",
            key.name,
            cell(&kinds::told(&key.value)),
            cell(&example),
            cell(key.doc),
        );
    }
}

/// A text of a scenario in the type of code.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// A text as a cell of a table: a bar would end the cell even within code.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The words that the key's value may be, with their meanings; long lists only once.
fn words_of_key(out: &mut String, shape: &Shape, key: &Key, told: &mut Vec<Told>) {
    let mut lists: Vec<&'static [Word]> = Vec::new();
    kinds::words_in(&key.value, &mut |words| lists.push(words));
    for words in lists {
        let known = told.iter().find(|(known, _)| *known == words && words.len() > 1);
        if let Some((_, place)) = known {
            let _ = write!(out, "\nWords for `{}`: as for {place}.\n", key.name);
            continue;
        }
        told.push((words, format!("`{}` of {}", key.name, link(shape.name))));
        let _ = write!(out, "\nWords for `{}`:\n\n", key.name);
        bullets(out, &named(words));
    }
}

fn bullets(out: &mut String, group: &[Name]) {
    for name in group {
        let _ = writeln!(out, "- `{}`: {}", name.name, name.means);
    }
}

/// The sections about values: the text of `values.md` with its tables filled in.
fn values() -> String {
    let mut out = String::new();
    for line in VALUES.lines() {
        match line.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
            Some(table) => fill(&mut out, table),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

fn fill(out: &mut String, table: &str) {
    match table {
        "targets" => bullets(out, &vocabulary::targets()),
        "job states" => bullets(out, &vocabulary::job_states()),
        "download states" => bullets(out, &vocabulary::download_states()),
        "defects" => bullets(out, &vocabulary::defects()),
        "properties" => {
            let names = vocabulary::properties().into_iter().next().unwrap_or_default();
            bullets(out, &names);
        }
        "rules" => rules(out),
        "questions" => questions(out),
        "hresults" => hresults(out),
        // A test fills every table.
        _ => {}
    }
}

/// One line for each family of rules.
fn rules(out: &mut String) {
    out.push_str("| From | To | Rules | About |\n| --- | --- | --- | --- |\n");
    for group in vocabulary::rules() {
        if let (Some(first), Some(last)) = (group.first(), group.last()) {
            let family = first.name.rsplit_once('-').map_or("", |(family, _)| family);
            let about = families::about(family);
            let _ =
                writeln!(out, "| `{}` | `{}` | {} | {about} |", first.name, last.name, group.len());
        }
    }
}

fn questions(out: &mut String) {
    out.push_str("| Question | Readings | Rules | What is open |\n| --- | --- | --- | --- |\n");
    for question in vocabulary::questions() {
        let readings: Vec<String> =
            question.readings.iter().map(|reading| format!("`{reading}`")).collect();
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            question.key,
            readings.join(" or "),
            question.rules,
            cell(&question.open),
        );
    }
}

fn hresults(out: &mut String) {
    out.push_str("| Name | Meaning |\n| --- | --- |\n");
    for name in vocabulary::hresults().into_iter().flatten() {
        let _ = writeln!(out, "| `{}` | {} |", name.name, cell(&name.means));
    }
}

/// The names of the tables that `values.md` asks for.
#[cfg(test)]
pub(super) fn tables() -> Vec<&'static str> {
    let name = |line: &'static str| line.strip_prefix("{{").and_then(|l| l.strip_suffix("}}"));
    VALUES.lines().filter_map(name).collect()
}

/// What a table is filled with.
#[cfg(test)]
pub(super) fn filled(table: &str) -> String {
    let mut out = String::new();
    fill(&mut out, table);
    out
}
