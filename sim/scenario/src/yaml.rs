//! The only module that knows the YAML library. It turns text into [`Node`]s and is strict: no
//! anchors, aliases, merge keys, tags or second documents, no key twice, nothing nested deeply.
//!
//! It reads the parser's events instead of deserializing, because an event can be refused and
//! reading goes on, and so a file's mistakes are all found in one reading.

use crate::codes;
use crate::diagnostic::{Diagnostic, Mistakes};
use crate::node::{Entry, Kind, Node, shown};
use crate::plan::{At, Place};
use crate::syntax::{self, DEEPEST};
use serde_saphyr::granit_parser::{
    Event, Marker, Options, Parser, ScalarStyle, Span, StructureStyle,
};
use std::collections::BTreeMap;

/// How many keys, values, lists and maps a file may have.
const MOST_NODES: usize = 1_000_000;

/// The tree of a file. Whatever is wrong with it goes to `mistakes`; `None` if nothing is left.
pub(crate) fn read(text: &str, mistakes: &mut Mistakes) -> Option<Node> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = DEEPEST;
    options.block_nesting_limit = DEEPEST;

    let mut tree = Tree { text, mistakes, open: Vec::new(), root: None, nodes: 0, documents: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if !tree.take(event, &span) {
                    return None;
                }
            }
            Err(error) => {
                tree.mistakes.push(syntax::explained(text, &error));
                return None;
            }
        }
    }
    if tree.root.is_none() {
        let start = Place { line: 1, column: 1, offset: 0, len: 0 };
        let message = "the file is empty";
        tree.mistakes.push(
            Diagnostic::error(codes::EMPTY, start, message)
                .help("a scenario needs at least `scenario`, `run_on` and `timeline`"),
        );
    }
    tree.root
}

/// A list or map whose end has not been reached.
struct Open {
    place: Place,
    flow: bool,
    collection: Collection,
}

enum Collection {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<Node> },
}

struct Tree<'m> {
    text: &'m str,
    mistakes: &'m mut Mistakes,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
}

impl Tree<'_> {
    /// Takes the next event; false if there is no point in reading on.
    fn take(&mut self, event: Event<'_>, span: &Span) -> bool {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let message = format!("the file has more than {MOST_NODES} keys and values");
            let place = place_of(span);
            self.mistakes.push(Diagnostic::error(codes::TOO_MANY, place, message));
            return false;
        }
        self.refuse_properties(&event, span);
        let (tagged, anchored) = (event.tag().is_some(), event.anchor_id().is_some());
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second scenario begins here";
                    self.mistakes.push(
                        Diagnostic::error(codes::YAML_FEATURE, place_of(span), message)
                            .label("a line of three dashes begins another document")
                            .help("put every scenario into a file of its own"),
                    );
                    return false;
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse("an alias", place_of(span));
                self.close(Node { place: place_of(span), kind: Kind::Broken });
            }
            Event::Scalar(text, style, ..) => {
                let plain = style == ScalarStyle::Plain;
                // Where nothing is left beside a tag or an anchor, that has been reported.
                let refused = plain && text.is_empty() && (tagged || anchored);
                let kind = match refused {
                    true => Kind::Broken,
                    false => Kind::Scalar { text: text.into_owned(), plain },
                };
                if style == ScalarStyle::DoubleQuoted {
                    self.special_characters(&kind, place_of(span));
                }
                self.close(Node { place: place_of(span), kind });
            }
            Event::SequenceStart(style, ..) => {
                self.open(span, style, Collection::List(Vec::new()));
            }
            Event::MappingStart(style, ..) => {
                self.open(span, style, Collection::Map { entries: Vec::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            _ => {}
        }
        true
    }

    /// Reports an anchor or a tag; the value itself is read all the same.
    fn refuse_properties(&mut self, event: &Event<'_>, span: &Span) {
        if self.mistakes.is_full() && (event.anchor_id().is_some() || event.tag().is_some()) {
            return self.refuse("this", place_of(span));
        }
        if event.anchor_id().is_some() && !event.is_alias() {
            let place = self.anchor(place_of(span));
            self.refuse("an anchor", place);
        }
        if event.tag().is_some() {
            let place = span.tag_span().map_or_else(|| place_of(span), |tag| place_of(&tag));
            self.refuse("a tag", place);
        }
    }

    /// The anchor `&name` before a value: the parser tells only the place of the value.
    fn anchor(&self, value: Place) -> Place {
        let before = self.text.get(..value.offset as usize).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let Some(start) = line.rfind('&') else { return value };
        let name = line[start..].split_whitespace().next().unwrap_or_default();
        let between = &line[start..];
        Place {
            column: value.column.saturating_sub(narrow(between.chars().count())),
            offset: value.offset.saturating_sub(narrow(between.len())),
            len: narrow(name.len()),
            ..value
        }
    }

    /// `"C:\temp"` holds a tab: nobody means that.
    fn special_characters(&mut self, value: &Kind, place: Place) {
        let Kind::Scalar { text: read, .. } = value else { return };
        let start = place.offset as usize;
        let written = self.text.get(start..start + place.len as usize).unwrap_or_default();
        let inner = written.trim_matches('"');
        // `"line one\nline two"` is a text of two lines; a path has none.
        if !read.contains(char::is_control) || inner.contains(['\n', '\'']) || !is_path(inner) {
            return;
        }
        let message = "a backslash in double quotes begins a special character";
        self.mistakes.push(
            Diagnostic::error(codes::YAML_FEATURE, place, message)
                .label("it holds a tab or a line end")
                .edit(
                    "write it in single quotes, where a backslash is a backslash",
                    place,
                    format!("'{inner}'"),
                ),
        );
    }

    fn refuse(&mut self, feature: &str, place: Place) {
        let start = place.offset as usize;
        let written = self.text.get(start..start + place.len as usize).unwrap_or_default();
        let message = format!("{feature} (`{}`) has no place in a scenario", shown(written));
        self.mistakes.push(Diagnostic::error(codes::YAML_FEATURE, place, message).help(
            "write every value out where it is used; a text that begins with `&`, `*` or `!` \
                 needs quotes",
        ));
    }

    fn open(&mut self, span: &Span, style: StructureStyle, collection: Collection) {
        let flow = style == StructureStyle::Flow;
        self.open.push(Open { place: place_of(span), flow, collection });
    }

    fn end(&mut self, span: &Span) {
        let Some(Open { mut place, flow, collection }) = self.open.pop() else { return };
        let last = match &collection {
            Collection::List(items) => items.last(),
            Collection::Map { entries, .. } => entries.last().map(|entry| &entry.value),
        };
        // The end of a block collection is found only at the next token; its last value is what
        // a reader takes for its end.
        let end = match last {
            Some(last) if !flow => last.place.offset + last.place.len,
            _ => byte(&span.end),
        };
        place.len = end.saturating_sub(place.offset);
        let kind = match collection {
            Collection::List(items) => Kind::List(items),
            Collection::Map { entries, .. } => Kind::Map(self.without_repetitions(entries)),
        };
        self.close(Node { place, kind });
    }

    /// Puts a finished value where it belongs.
    fn close(&mut self, mut node: Node) {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut parent.collection {
            Collection::List(items) => items.push(node),
            Collection::Map { key, .. } => match key.take() {
                None => *key = Some(node),
                Some(key) => {
                    if node.place.len == 0 {
                        node.place = key.place;
                    }
                    let Some(key) = self.usable_key(key) else { return };
                    if let Some(Open { collection: Collection::Map { entries, .. }, .. }) =
                        self.open.last_mut()
                    {
                        entries.push(Entry { key, value: node });
                    }
                }
            },
        }
    }

    fn usable_key(&mut self, key: Node) -> Option<At<String>> {
        let place = key.place;
        match key.kind {
            Kind::Scalar { text, plain } if plain && text == "<<" => {
                self.refuse("a merge key", place);
                None
            }
            Kind::Scalar { text, .. } => Some(At { value: text, place }),
            Kind::List(_) | Kind::Map(_) => {
                let message = "a key must be a single word";
                self.mistakes.push(Diagnostic::error(codes::WRONG_KIND, key.head(), message));
                None
            }
            Kind::Broken => None,
        }
    }

    fn without_repetitions(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut seen: BTreeMap<String, Place> = BTreeMap::new();
        let mut kept = Vec::with_capacity(entries.len());
        for entry in entries {
            let At { value: key, place } = &entry.key;
            if let Some(first) = seen.get(key) {
                let message = format!("`{}` is given twice", shown(key));
                self.mistakes.push(
                    Diagnostic::error(codes::TWICE, *place, message)
                        .label("the second time")
                        .related(*first, "the first time")
                        .help(match key.as_str() {
                            "do" | "fault" | "expect" => {
                                "one after the other, in a list: `[{...}, {...}]`"
                            }
                            _ => "keep one of the two",
                        }),
                );
            } else {
                seen.insert(key.clone(), *place);
                kept.push(entry);
            }
        }
        kept
    }
}

/// True for `C:\temp` and `\\server\share`, as they are written.
fn is_path(written: &str) -> bool {
    let drive = written.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    (drive && written.get(1..3) == Some(":\\")) || written.starts_with("\\\\")
}

fn byte(marker: &Marker) -> u32 {
    narrow(marker.byte_offset().unwrap_or_else(|| marker.index()))
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn place_of(span: &Span) -> Place {
    let offset = byte(&span.start);
    Place {
        line: narrow(span.start.line()),
        column: narrow(span.start.col() + 1),
        offset,
        len: byte(&span.end).saturating_sub(offset),
    }
}
