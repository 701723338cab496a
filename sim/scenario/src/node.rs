//! A YAML file as a tree in which every key and value knows its place.

use crate::plan::{At, Place};

/// A value.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A single value; `plain` if it stands without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<Entry>),
    /// Something that has been reported already; whoever meets it stays silent.
    Broken,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: At<String>,
    pub(crate) value: Node,
}

impl Node {
    /// True for `~`, `null` and a value that is missing altogether.
    pub(crate) fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Scalar { text, plain: true } => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// The text of a scalar that is not null.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar without quotes that is not null.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, plain: true } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.kind, Kind::Broken)
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list; any other value counts as a list of one.
    pub(crate) fn one_or_many(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// What a message calls it.
    pub(crate) fn describe(&self) -> String {
        match &self.kind {
            Kind::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, .. } => format!("`{}`", shown(text)),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
            Kind::Broken => "something unreadable".to_owned(),
        }
    }

    /// Where to point when the whole of it is meant: its first key or item, never many lines.
    pub(crate) fn head(&self) -> Place {
        match &self.kind {
            Kind::Map(entries) => entries.first().map_or(self.place, |entry| entry.key.place),
            Kind::List(items) => items.first().map_or(self.place, Self::head),
            Kind::Scalar { .. } | Kind::Broken => self.place,
        }
    }

    /// The whole of it if it stands on one line, else [`Self::head`].
    pub(crate) fn whole_or_head(&self) -> Place {
        if self.last_line() == self.place.line { self.place } else { self.head() }
    }

    /// The line on which its last value begins.
    fn last_line(&self) -> u32 {
        let last = match &self.kind {
            Kind::Map(entries) => entries.last().map(|entry| &entry.value),
            Kind::List(items) => items.last(),
            Kind::Scalar { .. } | Kind::Broken => None,
        };
        last.map_or(self.place.line, Self::last_line)
    }

    /// `replacement`, in quotes if this scalar stands in quotes or the text needs them.
    pub(crate) fn quoted_alike(&self, replacement: &str) -> String {
        let plain = matches!(self.kind, Kind::Scalar { plain: true, .. });
        let harmless =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '/' | ':' | ' ');
        let starts_well = replacement.starts_with(|c: char| c.is_alphanumeric());
        let field = replacement.contains(": ") || replacement.ends_with([':', ' ']);
        if plain && starts_well && !field && replacement.chars().all(harmless) {
            replacement.to_owned()
        } else {
            format!("'{}'", replacement.replace('\'', "''"))
        }
    }
}

/// A text as a message shows it: on one line and not endless.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut short = String::new();
    for (n, c) in text.chars().enumerate() {
        if n == MOST {
            short.push_str("...");
            break;
        }
        short.push(if c.is_control() { ' ' } else { c });
    }
    short
}
