//! Runs and suites as HTML: one file each that needs no network.
//!
//! A page is a template, a style sheet and scripts (all under `html/`) with the data embedded as
//! JSON. What is shown is decided by the scripts from that JSON alone; the only texts that are
//! written as HTML here are those of the headline, so that a page says what it is even where
//! scripts do not run.

pub mod suite;

#[cfg(test)]
mod tests;

use crate::picture::Picture;
use serde::Serialize;
use serde_json::Value;
pub use suite::SuitePicture;

const BASE_STYLE: &str = include_str!("html/base.css");
const BASE_SCRIPT: &str = include_str!("html/base.js");

/// The page of a run, in the order in which its scripts need each other.
const RUN: Page = Page {
    template: include_str!("html/run.html"),
    style: include_str!("html/run.css"),
    scripts: &[
        BASE_SCRIPT,
        include_str!("html/palette.js"),
        include_str!("html/scale.js"),
        include_str!("html/draw.js"),
        include_str!("html/lane.js"),
        include_str!("html/timeline.js"),
        include_str!("html/gestures.js"),
        include_str!("html/source.js"),
        include_str!("html/story.js"),
        include_str!("html/run.js"),
    ],
};

/// The page of a suite.
const SUITE: Page = Page {
    template: include_str!("html/suite.html"),
    style: include_str!("html/suite.css"),
    scripts: &[BASE_SCRIPT, include_str!("html/cells.js"), include_str!("html/suite.js")],
};

/// The page of one run: what `bitsim trace --as html` writes.
#[must_use]
pub fn run(picture: &Picture) -> String {
    let grid = if picture.counts_errors { "" } else { "no-count" };
    RUN.filled(
        &[
            ("title", &format!("{} on {}: {}", picture.name, picture.target, picture.outcome)),
            ("outcome", &picture.outcome),
            (
                "verdict",
                if picture.outcome == "unsettled" { "not settled" } else { &picture.outcome },
            ),
            ("name", &picture.name),
            ("sentence", &picture.title),
            ("path", &picture.path),
            ("error", &picture.error_title),
            ("grid", grid),
        ],
        &slim(picture),
    )
}

/// The page of a suite: what `bitsim run --html FILE` writes.
#[must_use]
pub fn suite(suite: &SuitePicture) -> String {
    let shown = suite.shown();
    SUITE.filled(
        &[
            ("title", &format!("bitsim: {}", shown.headline)),
            ("outcome", shown.outcome),
            ("verdict", shown.outcome),
            ("headline", &shown.headline),
        ],
        &shown,
    )
}

/// The picture as JSON, its events without what they do not have: most have neither client nor
/// server nor line, and there may be tens of thousands. The script of the page puts it back.
fn slim(picture: &Picture) -> Value {
    let mut whole = serde_json::to_value(picture).unwrap_or_default();
    if let Some(events) = whole.get_mut("events").and_then(Value::as_array_mut) {
        for event in events.iter_mut().filter_map(Value::as_object_mut) {
            event.retain(|_, value| match value {
                Value::Null | Value::Bool(false) => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(list) => !list.is_empty(),
                Value::Bool(true) | Value::Number(_) | Value::Object(_) => true,
            });
        }
    }
    whole
}

/// What a page is made of.
struct Page {
    template: &'static str,
    style: &'static str,
    scripts: &'static [&'static str],
}

impl Page {
    /// The template with every `{{name}}` filled in. What is filled in is not looked at again.
    fn filled(&self, texts: &[(&str, &str)], data: &impl Serialize) -> String {
        let mut out = String::new();
        let mut rest = self.template;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else { break };
            out += before;
            match name {
                "style" => out.extend([BASE_STYLE, self.style]),
                "script" => out.extend(self.scripts.iter().copied()),
                "data" => out += &embedded(data),
                _ => {
                    let text = texts.iter().find(|(known, _)| *known == name);
                    out += &escaped(text.map_or("", |(_, text)| text));
                }
            }
            rest = after;
        }
        out + rest
    }
}

/// A value as JSON for a `script` element. Its text ends at `</script` and changes its meaning at
/// `<!--`, so no `<` is left; outside texts JSON has none.
fn embedded(data: &impl Serialize) -> String {
    // Only maps with keys that are no strings fail, and there are none.
    let text = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    text.replace('<', "\\u003c")
}

/// A text for the content or an attribute of an element.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            _ => out.push(letter),
        }
    }
    out
}
