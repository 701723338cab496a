//! The language of scenarios as data: which keys stand where, what each means, what its value looks
//! like, on which services it is known. The reader takes the keys that it accepts from here; the
//! JSON Schema for editors and the reference are made of nothing else.
//!
//! A [`Shape`] is a map in a scenario. [`ROOT`] is the whole file; everything else is reached from
//! it.

mod calls;
mod checks;
mod events;
mod faults;
mod jobs;
mod make;
mod root;
mod settings;
mod steps;
#[cfg(test)]
mod tests;
mod values;
mod words;
mod world;

pub use root::ROOT;

pub(crate) use calls::{
    ACTION, ADD_FILE, ADD_FILES, CALL, ENUM_DOWNLOADS, ENUM_JOBS, FAULT, GET, START,
};
pub(crate) use checks::{
    CALLBACKS, COMPLETED, GET_ERROR, JOBS_IN_STATES, OF_JOB, OF_PATH, OF_RUN, OF_URL,
};
pub(crate) use events::{
    ALLOW, BANDWIDTH, BLOCK, CHANGE_LOCAL, CHANGE_REMOTE, DENY, FOR_A_WHILE, LOCK_VOLUME, NETWORK,
    NOTHING_MORE, RESTART_SERVICE, UNBLOCK, VOLUME_SPACE,
};
pub(crate) use faults::{CORRUPT, DROP, FAIL, HEAL, HTTP, NO_NAME, REFUSE, TIME_OUT};
pub(crate) use jobs::{ANSWER, COMMAND_LINE, FILE, JOB, NOTIFY, PROGRAM_END, PROXY};
pub(crate) use settings::{SET, SET_COMMAND_LINE};
pub(crate) use steps::{POLL, STEP};
pub(crate) use values::{
    COUNT_BOUND, FILE_PROPERTY, LATENCY, PROPERTY, RANGE, REMOTE_NAME, REPEATED,
};
pub(crate) use world::{CLIENT, DELIVERY_FIGURES, LIMITS, POLICIES, SERVER, USER, VOLUME, WORLD};

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
#[derive(Debug, Clone, Copy)]
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
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text on one line or several.
    Text,
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
    /// A documented name, with or without the prefix in the first place: `REMOTE_FILE` or
    /// `BG_ERROR_CONTEXT_REMOTE_FILE`.
    Documented(&'static str, &'static [Word]),
    /// A defect of the agent, one of `bitsim_vocab::world::Defect::ALL`.
    Defect,
    /// A property of a download by its documented name, with or without prefix, one of
    /// `bitsim_vocab::download::DownloadProperty::ALL`. Where a number may stand for it, that is
    /// said beside it.
    Property,
    /// A map from open questions to readings: `bitsim_vocab::Stands::QUESTIONS`.
    Readings,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl Shape {
    /// The names of its keys, verbs first.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.all().map(|key| key.name).collect()
    }

    /// The names of those of its verbs that one of the services knows.
    #[must_use]
    pub fn verbs_on(&self, services: &[Service]) -> Vec<&'static str> {
        names_on(self.verbs, services)
    }

    /// The names of those of its keys that one of the services knows, verbs excepted.
    #[must_use]
    pub fn keys_on(&self, services: &[Service]) -> Vec<&'static str> {
        names_on(self.keys, services)
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

    /// True if one of its verbs has this name.
    #[must_use]
    pub fn has_verb(&self, name: &str) -> bool {
        self.verbs.iter().any(|verb| verb.name == name)
    }
}

impl Key {
    /// True if one of these services knows it.
    #[must_use]
    pub fn is_on(&self, services: &[Service]) -> bool {
        self.on.is_empty() || self.on.iter().any(|service| services.contains(service))
    }
}

fn names_on(keys: &[Key], services: &[Service]) -> Vec<&'static str> {
    keys.iter().filter(|key| key.is_on(services)).map(|key| key.name).collect()
}

/// The names of some keys.
pub(crate) fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}
