//! Scenarios: YAML in, a [`Plan`] for each target or a list of [`Diagnostic`]s out.
//!
//! A file is read in three steps, and the second and third report every mistake they meet:
//!
//! | From | to | in |
//! | --- | --- | --- |
//! | bytes | text | [`load`] |
//! | text | a tree in which everything knows its place | `yaml.rs`, `node.rs` |
//! | the tree | typed values, resolved names, a checked order of time | `document.rs` and below |
//!
//! The tree is read once for each target, for the services do not know the same words (`dialect.rs`).

mod calls;
mod checks;
pub mod codes;
mod context;
mod delivery;
pub mod diagnostic;
mod dialect;
mod document;
mod downloads;
mod events;
mod faults;
mod files;
pub mod grammar;
mod hresults;
mod jobs;
mod lacking;
mod lint;
mod meant;
mod names;
mod node;
pub mod plan;
mod quantity;
pub mod repair;
mod states;
mod story;
mod suggest;
mod synonyms;
mod syntax;
mod timeline;
mod world;
mod yaml;

pub use diagnostic::{DIAGNOSTICS, Diagnostic, Help, Severity};
pub use plan::Plan;
pub use suggest::closest;

use bitsim_vocab::{RuleId, Target};
use diagnostic::Mistakes;
use document::Document;
use plan::{At, Place};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 4 << 20;

/// The text of a scenario and the name it goes by. Offsets of a [`Place`] count in `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path, with `/` on every platform.
    pub path: String,
    /// Its text without a byte order mark.
    pub text: String,
}

impl Source {
    /// The text to show beside the diagnostics of [`load`]. What is no UTF-8 is replaced, and
    /// nothing is shown of a file that is too large to be a scenario.
    #[must_use]
    pub fn lossy(path: &str, bytes: &[u8]) -> Self {
        let bytes = if bytes.len() > LARGEST_FILE { &[] } else { without_mark(bytes) };
        let text = match utf16(bytes) {
            Some(text) => text,
            None => String::from_utf8_lossy(bytes).into_owned(),
        };
        Self { path: with_slashes(path), text }
    }
}

/// A scenario without mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    source: Source,
    document: Document,
    warnings: Vec<Diagnostic>,
}

impl Scenario {
    /// The text it was read from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The sentence after `scenario:`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.document.common().title
    }

    /// The rules that it declares to exercise.
    #[must_use]
    pub fn rules(&self) -> &[At<RuleId>] {
        &self.document.common().rules
    }

    /// The seed of every draw that nothing pins.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.document.common().setup.seed
    }

    /// What it runs on, in the order of the file; never empty.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.document.targets
    }

    /// What is probably not meant as it is written.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The plan for one of its targets, `None` for any other.
    #[must_use]
    pub fn plan(&self, target: Target) -> Option<Plan> {
        self.document.plan(target).cloned()
    }
}

/// Reads a scenario. `path` is only what it is called.
///
/// # Errors
/// Every mistake of the file, in the order of the file. Warnings wait until there is none: half
/// of them would only be consequences.
pub fn load(path: &str, bytes: &[u8]) -> Result<Scenario, Vec<Diagnostic>> {
    let text = match text_of(bytes) {
        Ok(text) => text,
        Err(mistake) => return Err(vec![*mistake]),
    };
    let mut mistakes = Mistakes::default();
    let mut document = None;
    if let Some(root) = yaml::read(text, &mut mistakes) {
        (document, mistakes) = document::read(&root, mistakes);
    }
    let failed = mistakes.any_errors();
    let mistakes = mistakes.in_order();
    match document {
        Some(document) if !failed => {
            let source = Source { path: with_slashes(path), text: text.to_owned() };
            Ok(Scenario { source, document, warnings: mistakes })
        }
        _ => {
            let error = |mistake: &Diagnostic| mistake.severity == Severity::Error;
            Err(mistakes.into_iter().filter(error).collect())
        }
    }
}

fn with_slashes(path: &str) -> String {
    path.replace('\\', "/")
}

/// The byte order mark that some editors put in front of a text.
const MARK: &[u8] = b"\xEF\xBB\xBF";

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// What is said about a file of more than [`LARGEST_FILE`] bytes, of which nothing is read.
#[must_use]
pub fn too_large(bytes: u64) -> Diagnostic {
    let start = Place { line: 1, column: 1, offset: 0, len: 0 };
    let message = format!("the file has {bytes} bytes, and a scenario has at most {LARGEST_FILE}");
    Diagnostic::error(codes::TOO_LARGE, start, message)
        .label("nothing of it was read")
        .help("is this a scenario? long texts are written `{repeat: x, times: 1000}`")
}

/// The text of a file in UTF-16 with a byte order mark, as Windows programs call "Unicode".
fn utf16(bytes: &[u8]) -> Option<String> {
    let (read, units): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xFF, 0xFE, units @ ..] => (u16::from_le_bytes, units),
        [0xFE, 0xFF, units @ ..] => (u16::from_be_bytes, units),
        _ => return None,
    };
    let units = units.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(read);
    let letters = char::decode_utf16(units);
    Some(letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// The text of a file, without a byte order mark.
fn text_of(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    if bytes.len() > LARGEST_FILE {
        return Err(Box::new(too_large(bytes.len() as u64)));
    }
    let bytes = without_mark(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let place = place_after(&String::from_utf8_lossy(good));
            return Err(Box::new(no_text(bytes, place, error.valid_up_to())));
        }
    };
    if let Some(position) = text.find('\0') {
        let place = place_after(text.get(..position).unwrap_or_default());
        let message = "the file holds a NUL character, which no text has";
        return Err(Box::new(
            Diagnostic::error(codes::NOT_TEXT, place, message)
                .label("here")
                .help("remove it, or save the file again as UTF-8 text"),
        ));
    }
    Ok(text)
}

/// Why bytes are no UTF-8, and how to save them better. `bad` is the first byte that does not fit.
fn no_text(bytes: &[u8], place: Place, bad: usize) -> Diagnostic {
    const SAVE: &str = "save the file as UTF-8; in Notepad: File, Save as, Encoding: UTF-8";
    if utf16(bytes).is_some() {
        let start = Place { line: 1, column: 1, offset: 0, len: 0 };
        let message = "the file is saved as UTF-16, and a scenario is UTF-8";
        return Diagnostic::error(codes::NOT_TEXT, start, message)
            .label("the whole file is meant")
            .help(SAVE);
    }
    let message = "the file is not UTF-8 text";
    let byte = bytes.get(bad).copied().unwrap_or_default();
    // From here to the end Windows-1252 and Latin-1 agree, and hold letters.
    let label = match char::from(byte) {
        letter if byte >= 0xC0 && !bytes.contains(&0) => {
            format!("in the old encoding \"ANSI\" this is `{letter}`")
        }
        _ => format!("the byte {byte:02X} is no part of a text"),
    };
    Diagnostic::error(codes::NOT_TEXT, place, message).label(label).help(SAVE)
}

/// The place right after `text`, which stands at the start of a file.
fn place_after(text: &str) -> Place {
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let line = text.matches('\n').count() + 1;
    let last = text.rsplit('\n').next().unwrap_or_default();
    Place {
        line: narrow(line),
        column: narrow(last.chars().count() + 1),
        offset: narrow(text.len()),
        len: 0,
    }
}
