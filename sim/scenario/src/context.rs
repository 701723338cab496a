//! What reading a scenario has gathered so far, and how a single value is read.
//!
//! Every reader reports what is wrong and returns `None`; its caller goes on with the next value.

use crate::codes;
use crate::diagnostic::{Diagnostic, Mistakes};
use crate::dialect::Part;
use crate::grammar::REPEATED;
use crate::meant::{example, thousands};
use crate::names::Names;
use crate::node::{Entry, Kind, Node, shown};
use crate::plan::{At, Place};
use crate::quantity::{self, Flaw};
use crate::story::Story;
use crate::suggest::any_of;
use crate::synonyms::meant_by;
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Span, Target};
use std::collections::{BTreeMap, BTreeSet};

/// Everything known so far.
pub(crate) struct Context {
    pub(crate) mistakes: Mistakes,
    pub(crate) names: Names,
    pub(crate) targets: Vec<At<Target>>,
    /// The target that the file is being read for.
    pub(crate) target: Target,
    /// Which part of the file is being read: what an advice has to speak of.
    pub(crate) part: Part,
    /// The targets that this part of the file is read for; `None` for all of them.
    pub(crate) read_for: Option<Vec<Target>>,
    /// Where fields stand that `only_on` gives to the target that is being read for.
    pub(crate) only_here: BTreeSet<u32>,
    pub(crate) setup: Setup,
    /// Remote files by URL.
    pub(crate) remote: BTreeMap<String, KnownSize>,
    /// Local files of uploads by path in lower case.
    pub(crate) local: BTreeMap<String, KnownSize>,
    pub(crate) story: Story,
    /// How many characters `repeat` may still make: a short file must not fill the memory.
    pub(crate) repeats_left: usize,
}

/// A file's size and where the scenario gives it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownSize {
    pub(crate) size: u64,
    pub(crate) place: Place,
}

/// A map whose fields are known by name.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'n> {
    /// What the map is, as a message calls it: ``job `payroll` ``.
    pub(crate) owner: String,
    /// Where to point when a field is missing.
    pub(crate) place: Place,
    entries: &'n [Entry],
    /// Fields that are there under a misspelled name.
    meant: Vec<String>,
    /// True if one of them is not known, which has been reported.
    pub(crate) strange: bool,
}

impl<'n> Fields<'n> {
    pub(crate) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entries whose keys are among `keys`, in the order of the file.
    pub(crate) fn among(&self, keys: &[&str]) -> Vec<&'n Entry> {
        let known = |entry: &&Entry| keys.contains(&entry.key.value.as_str());
        self.entries.iter().filter(known).collect()
    }

    /// The field, which must be there.
    pub(crate) fn required(&self, cx: &mut Context, key: &str) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() && !self.is_meant(key) {
            let what = if key == "scenario" { "title" } else { key };
            let message = match what == key {
                true => format!("{} has no `{key}`", self.owner),
                false => format!("{} has no {what}", self.owner),
            };
            let diagnostic = Diagnostic::error(codes::MISSING_FIELD, self.place, message)
                .label(format!("`{key}` is needed here"));
            cx.report(match example(key) {
                Some(example) => diagnostic.help(format!("write for example `{key}: {example}`")),
                None => diagnostic,
            });
        }
        found
    }

    /// True if the field is there under a misspelled name, which has been reported.
    pub(crate) fn is_meant(&self, key: &str) -> bool {
        self.meant.iter().any(|meant| meant == key)
    }

    /// At most one of these fields may be there; the first one is returned.
    pub(crate) fn at_most_one(&self, cx: &mut Context, keys: &[&str]) -> Option<&'n Entry> {
        let found = self.among(keys);
        if let [first, second, ..] = found.as_slice() {
            let (one, other) = (&first.key.value, &second.key.value);
            let message = format!("`{one}` and `{other}` exclude each other in {}", self.owner);
            let advice = match self.owner.as_str() {
                "`set`" => "write a `set` for each, in a list",
                "the number" => "write two checks, one with each",
                "the step" => "keep one of them: a step has one time",
                _ => "keep one of them",
            };
            cx.report(
                Diagnostic::error(codes::BAD_COMBINATION, second.key.place, message)
                    .label("exclude each other")
                    .related(first.key.place, "given here already")
                    .help(advice),
            );
        }
        found.first().copied()
    }
}

impl Context {
    pub(crate) fn report(&mut self, mistake: Diagnostic) {
        self.mistakes.push(mistake);
    }

    /// The value is of another kind than it has to be.
    pub(crate) fn wrong_kind(&mut self, node: &Node, wanted: &str) {
        if node.is_broken() {
            return;
        }
        let message = format!("{wanted} is needed here, not {}", node.describe());
        let diagnostic = Diagnostic::error(codes::WRONG_KIND, node.head(), message);
        let advice = match &node.kind {
            Kind::Map(_) if wanted.starts_with("a list") => {
                "an item of a list begins with a dash, or the list stands in brackets: `[...]`"
            }
            Kind::List(_) if wanted.starts_with("a map") => {
                "no dash or bracket here: write the name, a colon, and what belongs to it"
            }
            _ if node.is_null() => "write a value after the colon, or leave the field out",
            _ => return self.report(diagnostic),
        };
        self.report(diagnostic.help(advice));
    }

    pub(crate) fn flawed(&mut self, id: &'static str, node: &Node, what: &str, flaw: Flaw) {
        // Of a number that a comma has cut in two the first half is no mistake of its own.
        if self.mistakes.speak_of(node.place) {
            return;
        }
        let message = format!("{} is no {what}", node.describe());
        let diagnostic = Diagnostic::error(id, node.place, message);
        // Beside a value that stands far to the right, a long label would not fit.
        let width = (node.place.column + node.place.len) as usize + flaw.why.len();
        let diagnostic = match (&flaw.better, width > 100) {
            (_, false) => diagnostic.label(flaw.why),
            (None, true) => return self.report(diagnostic.help(flaw.why)),
            (Some(_), true) => diagnostic,
        };
        self.report(match flaw.better {
            Some(better) => {
                let edit = node.quoted_alike(&better);
                // Signs and the like are harmless in YAML although no word begins with them.
                let edit = if better.starts_with(['+', '-']) { better.clone() } else { edit };
                diagnostic.edit(format!("did you mean `{better}`?"), node.place, edit)
            }
            None => diagnostic,
        });
    }

    /// A word that is none of those known here.
    pub(crate) fn unknown(&mut self, id: &'static str, node: &Node, what: &str, known: &[&str]) {
        let word = node.scalar().unwrap_or_default();
        let diagnostic =
            Diagnostic::error(id, node.place, format!("unknown {what} `{}`", shown(word)));
        let meant =
            if self.mistakes.is_full() { None } else { meant_by(word, known.iter().copied()) };
        self.report(match meant {
            Some(meant) => {
                let message = format!("did you mean `{meant}`?");
                diagnostic.edit(message, node.place, node.quoted_alike(meant))
            }
            None if known.is_empty() => diagnostic,
            None if known.len() <= 30 => diagnostic.help(format!("known: {}", any_of(known))),
            None if id == codes::UNKNOWN_HRESULT => diagnostic
                .help("write a documented name such as `BG_E_HTTP_ERROR_503`, or its number: `0x801901F7`"),
            None => diagnostic,
        });
    }

    /// Opens a map. Unknown fields are reported here, once.
    pub(crate) fn fields<'n>(
        &mut self,
        node: &'n Node,
        owner: impl Into<String>,
        place: Place,
        known: &[&str],
    ) -> Option<Fields<'n>> {
        let owner = owner.into();
        let Some(entries) = node.entries() else {
            self.wrong_kind(node, "a map of fields (`name: value`)");
            return None;
        };
        let mut meant = Vec::new();
        let mut strange = false;
        for (n, entry) in entries.iter().enumerate() {
            if known.contains(&entry.key.value.as_str()) {
                continue;
            }
            strange = true;
            let before = n.checked_sub(1).map(|before| &entries[before]);
            if let Some((place, number)) = before.and_then(|before| thousands(before, entry)) {
                self.cut_number(place, number);
            } else if before.is_none_or(|before| !self.cut_quantity(before, entry)) {
                meant.extend(self.unknown_field(&entry.key, &owner, known));
            }
        }
        Some(Fields { owner, place, entries, meant, strange })
    }

    /// As [`Self::fields`], but nothing at all counts as a map without fields.
    pub(crate) fn fields_or_none<'n>(
        &mut self,
        node: &'n Node,
        owner: impl Into<String>,
        place: Place,
        known: &[&str],
    ) -> Option<Fields<'n>> {
        if node.is_null() {
            let (owner, meant) = (owner.into(), Vec::new());
            return Some(Fields { owner, place, entries: &[], meant, strange: false });
        }
        self.fields(node, owner, place, known)
    }

    /// `{times: 1,000}`: to YAML the comma begins another field.
    fn cut_number(&mut self, place: Place, number: String) {
        let message = "a comma in a number begins another field here";
        self.report(Diagnostic::error(codes::BAD_NUMBER, place, message).edit(
            "write the digits without separators",
            place,
            number,
        ));
    }

    /// `{size: 1,5 GB}`: the comma is meant as a decimal mark. True if that has been reported.
    fn cut_quantity(&mut self, before: &Entry, entry: &Entry) -> bool {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let rest = entry.key.value.as_str();
        let Some(whole) = before.value.plain().filter(|whole| digits(whole)) else { return false };
        if !rest.starts_with(|c: char| c.is_ascii_digit()) || !entry.value.is_null() {
            return false;
        }
        let place = before.value.place;
        let end = entry.key.place.offset + entry.key.place.len;
        let place = Place { len: end - place.offset, ..place };
        let text = format!("{whole}.{rest}");
        let size = quantity::bytes(&text).err().and_then(|flaw| flaw.better);
        let span = || quantity::span(&text).err().and_then(|flaw| flaw.better);
        let rate = || quantity::rate(&text).err().and_then(|flaw| flaw.better);
        // After a comma three digits are thousands to some and decimals to others.
        let clear = rest.bytes().take_while(u8::is_ascii_digit).count() != 3;
        let read_as = if text.ends_with("/s") { rate() } else { size.or_else(span) };
        let message = "a comma is no decimal mark: it begins another field here";
        let diagnostic = Diagnostic::error(codes::BAD_NUMBER, place, message);
        self.report(match read_as.filter(|_| clear) {
            Some(better) => diagnostic.edit(format!("did you mean `{better}`?"), place, better),
            None => diagnostic.help("write a whole number and a unit: `1500 MB`, `1h 30m`"),
        });
        true
    }

    /// Reports a key that is not known, and returns the one that was probably meant.
    pub(crate) fn unknown_field(
        &mut self,
        key: &At<String>,
        owner: &str,
        known: &[&str],
    ) -> Option<String> {
        let word = &key.value;
        let message = format!("unknown field `{}` of {owner}", shown(word));
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_FIELD, key.place, message).label("not known here");
        let meant =
            if self.mistakes.is_full() { None } else { meant_by(word, known.iter().copied()) };
        self.report(match meant {
            Some(meant) => diagnostic.edit(format!("did you mean `{meant}`?"), key.place, meant),
            None if known.is_empty() => diagnostic.help("nothing is known here; leave it out"),
            None => diagnostic.help(format!("known: {}", any_of(known))),
        });
        meant.map(str::to_owned)
    }

    /// A map must not be empty where it could as well be left out.
    pub(crate) fn require_one_of(&mut self, fields: &Fields<'_>, known: &[&str]) {
        if fields.entries.is_empty() {
            let message = format!("{} says nothing", fields.owner);
            let help = format!("known: {}", any_of(known));
            self.report(Diagnostic::error(codes::EMPTY, fields.place, message).help(help));
        }
    }

    /// The items of a list, which must be a list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, wanted: &str) -> &'n [Node] {
        match &node.kind {
            Kind::List(items) => items,
            _ => {
                self.wrong_kind(node, wanted);
                &[]
            }
        }
    }

    pub(crate) fn text(&mut self, node: &Node, wanted: &str) -> Option<At<String>> {
        let Some(text) = node.scalar() else {
            self.wrong_kind(node, wanted);
            return None;
        };
        if text.trim().is_empty() {
            let message = format!("{wanted} is needed here, not an empty text");
            self.report(Diagnostic::error(codes::EMPTY, node.place, message));
            return None;
        }
        Some(At { value: text.to_owned(), place: node.place })
    }

    /// A text, or `{repeat: x, times: 257}` for one that nobody wants to write out.
    pub(crate) fn long_text(&mut self, node: &Node, wanted: &str) -> Option<String> {
        if node.entries().is_none() {
            // An empty text is an argument like any other.
            if let Some(text) = node.scalar() {
                return Some(text.to_owned());
            }
            self.wrong_kind(node, wanted);
            return None;
        }
        let fields = self.fields(node, "a repeated text", node.head(), &REPEATED.names())?;
        let repeat = fields.required(self, "repeat").and_then(|node| self.text(node, "a text"));
        let times = fields.required(self, "times");
        let times = times.and_then(|node| self.number(node, 0, u64::from(u32::MAX)));
        let prefix = match fields.get("prefix") {
            Some(node) => self.text(node, "a text")?.value,
            None => String::new(),
        };
        let (repeat, times) = (repeat?.value, usize::try_from(times?).ok()?);
        let length = repeat.len().saturating_mul(times);
        if length > self.repeats_left {
            let message = "repeated texts of this scenario are too long in all";
            self.report(Diagnostic::error(codes::TOO_MANY, node.head(), message));
            return None;
        }
        self.repeats_left -= length;
        Some(prefix + &repeat.repeat(times))
    }

    pub(crate) fn boolean(&mut self, node: &Node) -> Option<bool> {
        const TRUE: &[&str] = &["yes", "on", "y"];
        const FALSE: &[&str] = &["no", "off", "n"];
        match node.plain() {
            Some("true") => return Some(true),
            Some("false") => return Some(false),
            _ => {}
        }
        let Some(word) = node.scalar() else {
            self.wrong_kind(node, "`true` or `false`");
            return None;
        };
        let lower = word.to_ascii_lowercase();
        let meant = if TRUE.contains(&lower.as_str()) || lower == "true" {
            Some("true")
        } else if FALSE.contains(&lower.as_str()) || lower == "false" {
            Some("false")
        } else {
            None
        };
        let message = format!("`true` or `false` is needed here, not {}", node.describe());
        let diagnostic = Diagnostic::error(codes::WRONG_KIND, node.place, message);
        self.report(match meant {
            Some(meant) => diagnostic.edit(format!("write `{meant}`"), node.place, meant),
            None => diagnostic,
        });
        None
    }

    pub(crate) fn number(&mut self, node: &Node, least: u64, most: u64) -> Option<u64> {
        let Some(text) = node.plain() else {
            match node.scalar() {
                Some(text) if quantity::whole(text).is_ok() => {
                    let message = "a number is needed here, not a text in quotes";
                    self.report(Diagnostic::error(codes::WRONG_KIND, node.place, message).edit(
                        "write it without quotes",
                        node.place,
                        text,
                    ));
                }
                _ => self.wrong_kind(node, "a number"),
            }
            return None;
        };
        let number = quantity::whole(text).and_then(|n| {
            if (least..=most).contains(&n) {
                Ok(n)
            } else {
                let why = match most {
                    _ if n < least => format!("it must be {least} at least"),
                    _ => format!("it must be from {least} to {most}"),
                };
                Err(Flaw { why, better: None })
            }
        });
        match number {
            Ok(n) => Some(n),
            Err(flaw) => {
                let what = match text.bytes().all(|b| b.is_ascii_digit()) {
                    true => "number that fits here",
                    false => "number",
                };
                self.flawed(codes::BAD_NUMBER, node, what, flaw);
                None
            }
        }
    }

    pub(crate) fn small_number(&mut self, node: &Node, least: u32) -> Option<u32> {
        let n = self.number(node, u64::from(least), u64::from(u32::MAX))?;
        u32::try_from(n).ok()
    }

    fn quantity<T>(
        &mut self,
        node: &Node,
        id: &'static str,
        what: &str,
        read: impl Fn(&str) -> Result<T, Flaw>,
    ) -> Option<T> {
        let Some(text) = node.scalar() else {
            self.wrong_kind(node, &format!("a {what}"));
            return None;
        };
        match read(text) {
            Ok(value) => Some(value),
            Err(flaw) => {
                self.flawed(id, node, what, flaw);
                None
            }
        }
    }

    pub(crate) fn duration(&mut self, node: &Node) -> Option<Span> {
        self.quantity(node, codes::BAD_DURATION, "duration", quantity::span)
    }

    /// A duration that is longer than nothing.
    pub(crate) fn positive_duration(&mut self, node: &Node) -> Option<Span> {
        let span = self.duration(node)?;
        if span == Span::ZERO {
            let why = "it must be longer than nothing".to_owned();
            let flaw = Flaw { why, better: None };
            self.flawed(codes::BAD_DURATION, node, "duration that fits here", flaw);
            return None;
        }
        Some(span)
    }

    /// A duration in whole seconds that fits a ULONG; `infinite` is its greatest value.
    pub(crate) fn whole_seconds(&mut self, node: &Node) -> Option<u32> {
        if node.plain() == Some("infinite") {
            return Some(u32::MAX);
        }
        let span = self.duration(node)?;
        let whole = Span::secs(span.as_secs()) == span;
        match u32::try_from(span.as_secs()) {
            Ok(secs) if whole => Some(secs),
            result => {
                let why = match result {
                    Ok(_) => "whole seconds are needed",
                    Err(_) => "no more than 4294967295 seconds can be passed",
                };
                let flaw = Flaw { why: why.to_owned(), better: None };
                self.flawed(codes::BAD_DURATION, node, "duration that fits here", flaw);
                None
            }
        }
    }

    pub(crate) fn signed_ticks(&mut self, node: &Node) -> Option<i64> {
        self.quantity(node, codes::BAD_DURATION, "duration with a sign", quantity::signed_ticks)
    }

    pub(crate) fn size(&mut self, node: &Node) -> Option<u64> {
        self.quantity(node, codes::BAD_SIZE, "size", quantity::bytes)
    }

    pub(crate) fn rate(&mut self, node: &Node) -> Option<u64> {
        self.quantity(node, codes::BAD_SIZE, "rate", quantity::rate)
    }

    /// A rate, or `unlimited`.
    pub(crate) fn limit(&mut self, node: &Node) -> Option<Option<u64>> {
        match node.scalar() {
            Some("unlimited") => Some(None),
            _ => self.rate(node).map(Some),
        }
    }

    pub(crate) fn wall_time(&mut self, node: &Node) -> Option<bitsim_vocab::WallTime> {
        self.quantity(node, codes::BAD_DATE, "date", quantity::wall_time)
    }

    /// One of a few fixed words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let Some(text) = node.scalar() else {
            self.wrong_kind(node, &any_of(&known));
            return None;
        };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            self.unknown(codes::UNKNOWN_WORD, node, what, &known);
        }
        found
    }
}
