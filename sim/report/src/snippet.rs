//! A message that points into a scenario, in the look of rustc.

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer};
use bitsim_scenario::plan::Place;
use std::ops::Range;

use crate::trace::WIDTH;

/// With colours or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Painter {
    /// ANSI colours.
    Colored,
    /// Text only.
    Plain,
}

impl Painter {
    fn renderer(self) -> Renderer {
        match self {
            Self::Colored => Renderer::styled(),
            Self::Plain => Renderer::plain(),
        }
        // Without the numbers of lines and the bar beside them.
        .term_width(WIDTH - 10)
    }

    /// The text in bold, where there are colours.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        match self {
            Self::Colored => format!("\u{1b}[1m{text}\u{1b}[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// A place and what to write beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text that is meant.
    pub place: Place,
    /// The words.
    pub text: String,
}

/// A message with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// `error` or `warning`.
    pub level: &'static str,
    /// What stands in brackets behind the level.
    pub id: Option<String>,
    /// The message.
    pub title: String,
    /// The file.
    pub path: String,
    /// Its text.
    pub source: String,
    /// What the message is about.
    pub primary: Option<Label>,
    /// What explains it.
    pub labels: Vec<Label>,
    /// Named remarks below the text: `= rule: ...`.
    pub notes: Vec<(String, String)>,
    /// Advice, and the edit that follows it.
    pub edit: Option<(String, Option<(Place, String)>)>,
}

impl Snippet {
    /// The message as text, without a line end.
    #[must_use]
    pub fn render(&self, painter: Painter) -> String {
        if self.labels.is_empty() || !self.is_too_wide() {
            return self.drawn(painter);
        }
        // Marks too far apart for one screen: what explains the message is told below it.
        let told = self.labels.iter().map(|label| {
            let Label { place, text } = label;
            (format!("line {}", place.line), text.clone())
        });
        let notes = told.chain(self.notes.iter().cloned()).collect();
        Self { labels: Vec::new(), notes, ..self.clone() }.drawn(painter)
    }

    /// True if a line of the file would be longer than a screen is wide.
    fn is_too_wide(&self) -> bool {
        let drawn = self.drawn(Painter::Plain);
        drawn.lines().any(|line| line.contains(" | ") && line.chars().count() > WIDTH)
    }

    fn drawn(&self, painter: Painter) -> String {
        let level = if self.level == "warning" { Level::WARNING } else { Level::ERROR };
        let mut title = level.clone().primary_title(&self.title);
        if let Some(id) = &self.id {
            title = title.id(id);
        }
        let mut group = Group::with_title(title);
        if let Some(primary) = &self.primary
            && let Some(span) = seen_bytes_of(&self.source, primary.place)
        {
            let label = Some(primary.text.as_str()).filter(|text| !text.is_empty());
            let mut source = annotate_snippets::Snippet::source(&self.source)
                .path(&self.path)
                .annotation(AnnotationKind::Primary.span(span).label(label));
            for label in &self.labels {
                if let Some(span) = seen_bytes_of(&self.source, label.place) {
                    source = source
                        .annotation(AnnotationKind::Context.span(span).label(label.text.as_str()));
                }
            }
            group = group.element(source);
        } else if !self.path.is_empty() {
            group = group.element(annotate_snippets::Origin::path(&self.path));
        }
        for (name, text) in &self.notes {
            group = group.element(Level::NOTE.with_name(name.as_str()).message(text));
        }
        let mut groups = vec![group];
        if let Some((advice, edit)) = &self.edit {
            let help = Group::with_title(Level::HELP.secondary_title(advice));
            let span = edit.as_ref().and_then(|(place, _)| bytes_of(&self.source, *place));
            groups.push(match (edit, span) {
                (Some((_, new)), Some(span)) => help.element(
                    annotate_snippets::Snippet::source(&self.source)
                        .path(&self.path)
                        .patch(Patch::new(span, new)),
                ),
                _ => help,
            });
        }
        painter.renderer().render(&groups)
    }
}

/// The bytes of a place, at least one, within the text and between characters. `None` for a place
/// that is nowhere in the text.
fn seen_bytes_of(source: &str, place: Place) -> Option<Range<usize>> {
    let range = bytes_of(source, place)?;
    if !range.is_empty() {
        return Some(range);
    }
    let next = source[range.start..].chars().next().map_or(0, char::len_utf8);
    Some(range.start..range.start + next)
}

/// The bytes of a place, perhaps none, within the text and between characters.
fn bytes_of(source: &str, place: Place) -> Option<Range<usize>> {
    let start = place.offset as usize;
    if place.line == 0 || start > source.len() || !source.is_char_boundary(start) {
        return None;
    }
    let mut end = start.saturating_add(place.len as usize).min(source.len());
    while !source.is_char_boundary(end) {
        end += 1;
    }
    Some(start..end)
}
