//! The language of scenarios as data: which keys stand where, what each means, what its value looks
//! like, on which services it is known. The reader takes the keys that it accepts from here; the
//! JSON Schema for editors and the reference are made of nothing else.
//!
//! A [`Shape`] is a map in a scenario. [`ROOT`] is the whole file; everything else is reached from
//! it.

mod calls;
mod checks;
mod events;
mod jobs;
mod root;
mod values;

pub use root::ROOT;

use bitsim_vocab::Service;

/// A map in a scenario: a job, a step, a fault.
#[derive(Debug)]
pub struct Shape {
    /// Its name in the reference and among the definitions of the schema: `job`, `server`.
    pub name: &'static str,
    /// What it is, in a sentence or two. Markdown.
    pub doc: &'static str,
    /// Its keys, in the order in which the reference tells them.
    pub keys: &'static [Key],
    /// Keys of which one must stand there and only one may: the verbs of an action. Empty where
    /// every key is free.
    pub verbs: &'static [Key],
    /// True if nothing at all may stand where the map is expected (`disconnect:` for
    /// `disconnect: {}`).
    pub may_be_empty: bool,
}

/// A key of a [`Shape`].
#[derive(Debug)]
pub struct Key {
    /// The key: `minimum_retry_delay`.
    pub name: &'static str,
    /// What it means, what it is if it is left out, and the method or page that it comes from.
    /// Markdown, one to four sentences; editors show it.
    pub doc: &'static str,
    /// What its value looks like.
    pub value: Kind,
    /// True if it must stand there.
    pub required: bool,
    /// The services that know it; empty for all three.
    pub on: &'static [Service],
    /// A value that is right, as it is written in a scenario: `10m`.
    pub example: &'static str,
}

/// What a value looks like.
#[derive(Debug)]
pub enum Kind {
    /// A text on one line or several.
    Text,
    /// A text, or `{repeat: x, times: 257}`.
    LongText,
    /// Nothing: `null` or `~`.
    Nothing,
    /// `true` or `false`.
    Boolean,
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// A whole number, also in hexadecimal: raw flags.
    Flags,
    /// `90s`, `3d 1h`.
    Duration,
    /// `+20d`, `-1h`.
    SignedDuration,
    /// A duration in whole seconds that fits a ULONG, or `infinite`.
    WholeSeconds,
    /// `900 MiB`, `512`.
    Size,
    /// `1 MiB/s`.
    Rate,
    /// `2026-01-01T00:00:00Z`.
    Date,
    /// An HRESULT by its documented name or as a number.
    Hresult,
    /// The id of a rule.
    Rule,
    /// A target: `bits`, `bits@1.5`.
    Target,
    /// A target, or a service that stands for all its targets.
    TargetOrService,
    /// A state of a job or download by its documented name, with or without prefix.
    State,
    /// A URL.
    Url,
    /// A path on the simulated computer.
    Path,
    /// A drive letter and a colon.
    Volume,
    /// One of a few words, each with its meaning.
    Words(&'static [Word]),
    /// A name that the scenario declares.
    Name(Named),
    /// A map with known keys.
    Map(&'static Shape),
    /// A map from names that the author chooses to maps with known keys; the first part says
    /// what the names are.
    NamedMaps(Named, &'static Shape),
    /// A map from something to something: `{bits@1.5: {...}}`, `{1: true}`.
    MapFrom(&'static Kind, &'static Kind),
    /// A list.
    List(&'static Kind),
    /// One, or a list of them.
    OneOrMany(&'static Kind),
    /// Any of these.
    OneOf(&'static [Kind]),
}

/// One of a few words.
#[derive(Debug)]
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A user of the computer.
    User,
    /// A client: a process that calls.
    Client,
    /// A server, by its host name.
    Server,
    /// A volume: `"C:"`.
    Volume,
    /// A job or download.
    Job,
    /// A file that a server offers, by URL or path.
    File,
    /// An open question of the documentation.
    Question,
    /// A property of a download.
    Property,
}

impl Shape {
    /// The names of its keys, verbs first.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.all().map(|key| key.name).collect()
    }

    /// Its verbs and keys.
    pub fn all(&self) -> impl Iterator<Item = &'static Key> {
        self.verbs.iter().chain(self.keys)
    }

    /// The key of this name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.all().find(|key| key.name == name)
    }
}
