//! The users, clients, servers and jobs of a scenario, found by name.

use crate::codes;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::node::{Entry, Node, shown};
use crate::plan::{JobRef, Place};
use crate::suggest::{any_of, closest};
use bitsim_vocab::{ClientId, JobType, ServerId, Service, UserId};
use std::collections::BTreeMap;

/// The four kinds of names.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) users: Register,
    pub(crate) clients: Register,
    pub(crate) servers: Register,
    pub(crate) jobs: Register,
    /// The type of each job.
    pub(crate) job_types: Vec<JobType>,
}

impl Names {
    pub(crate) fn new(service: Service, shared: bool) -> Self {
        let jobs = if service == Service::DoDownload && !shared {
            Register::new("download", "downloads", false)
        } else {
            Register::new("job", "jobs", false)
        };
        Self {
            users: Register::new("user", "users", false),
            clients: Register::new("client", "clients", false),
            servers: Register::new("server", "servers", true),
            jobs,
            job_types: Vec::new(),
        }
    }
}

/// The names of one kind.
#[derive(Debug)]
pub(crate) struct Register {
    /// `job`
    noun: &'static str,
    /// The section that declares them: `jobs`.
    section: &'static str,
    /// True if case makes no difference, as in host names.
    fold: bool,
    index: BTreeMap<String, Declared>,
    count: usize,
    /// The section cannot be read: complaints about unknown names would only repeat that.
    broken: bool,
}

#[derive(Debug, Clone, Copy)]
struct Declared {
    number: u16,
    place: Place,
    used: bool,
}

impl Register {
    /// Most entries of a section.
    const MOST: usize = 10_000;

    fn new(noun: &'static str, section: &'static str, fold: bool) -> Self {
        Self { noun, section, fold, index: BTreeMap::new(), count: 0, broken: false }
    }

    fn key(&self, name: &str) -> String {
        if self.fold { name.to_ascii_lowercase() } else { name.to_owned() }
    }

    /// From now on an unknown name of this kind is no mistake of its own.
    pub(crate) fn give_up(&mut self) {
        self.broken = true;
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Gives the name the next number. If it has one already, that one's place is returned.
    pub(crate) fn declare(&mut self, name: &str, place: Place) -> Option<Place> {
        let number = u16::try_from(self.count).ok()?;
        self.count += 1;
        let declared = Declared { number, place, used: false };
        self.index.insert(self.key(name), declared).map(|before| before.place)
    }

    /// The number of a name, which counts as used from now on.
    pub(crate) fn find(&mut self, name: &str) -> Option<u16> {
        let key = self.key(name);
        let declared = self.index.get_mut(&key)?;
        declared.used = true;
        Some(declared.number)
    }

    pub(crate) fn place(&self, name: &str) -> Option<Place> {
        self.index.get(&self.key(name)).map(|declared| declared.place)
    }

    /// The names that nothing refers to.
    pub(crate) fn unused(&self) -> impl Iterator<Item = (String, Place)> {
        let unused = self.index.iter().filter(|(_, declared)| !declared.used);
        unused.map(|(name, declared)| (name.clone(), declared.place))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }
}

/// Which register.
pub(crate) type Pick = fn(&mut Names) -> &mut Register;

impl Context {
    /// The entries of a section of declarations, each of which has been given its number.
    pub(crate) fn section<'n>(&mut self, node: Option<&'n Node>, pick: Pick) -> &'n [Entry] {
        let Some(node) = node else { return &[] };
        let register = pick(&mut self.names);
        let (noun, section) = (register.noun, register.section);
        let Some(entries) = node.entries() else {
            register.broken = true;
            let wanted = format!("a map of {section} by name (`NAME: {{...}}`)");
            self.wrong_kind(node, &wanted);
            return &[];
        };
        if entries.is_empty() {
            let message = format!("`{section}` declares no {noun}");
            let help = "name one, or leave the section out";
            self.report(Diagnostic::error(codes::EMPTY, node.place, message).help(help));
        }
        if entries.len() > Register::MOST {
            pick(&mut self.names).broken = true;
            let message = format!("a scenario has at most {} {section}", Register::MOST);
            let place = entries[Register::MOST].key.place;
            self.report(Diagnostic::error(codes::TOO_MANY, place, message));
            return &[];
        }
        for entry in entries {
            let name = &entry.key.value;
            if name.trim().is_empty() {
                let message = format!("a {noun} needs a name");
                self.report(Diagnostic::error(codes::EMPTY, entry.key.place, message));
            }
            if let Some(before) = pick(&mut self.names).declare(name, entry.key.place) {
                let message = format!("the {noun} `{}` is declared twice", shown(name));
                self.report(
                    Diagnostic::error(codes::TWICE, entry.key.place, message)
                        .label("the second time")
                        .related(before, "the first time"),
                );
            }
        }
        entries
    }

    /// The number of the declared thing that this value names.
    fn named(&mut self, node: &Node, pick: Pick) -> Option<u16> {
        let noun = pick(&mut self.names).noun;
        let Some(name) = node.scalar() else {
            self.wrong_kind(node, &format!("the name of a {noun}"));
            return None;
        };
        if let Some(number) = pick(&mut self.names).find(name) {
            return Some(number);
        }
        self.undeclared(node, name, pick);
        None
    }

    fn undeclared(&mut self, node: &Node, name: &str, pick: Pick) {
        let full = self.mistakes.is_full();
        let is_user = self.names.users.place(name).is_some();
        let register = pick(&mut self.names);
        if register.broken {
            return;
        }
        let (noun, section) = (register.noun, register.section);
        let meant = if full { None } else { closest(name, register.names()) };
        let others: Vec<String> = register.names().take(7).map(str::to_owned).collect();
        let diagnostic = Diagnostic::error(
            codes::UNDECLARED,
            node.place,
            format!("no {noun} `{}` is declared", shown(name)),
        );
        let diagnostic = match meant {
            Some(meant) => {
                let diagnostic = match register.place(meant) {
                    Some(place) => diagnostic.related(place, "declared here"),
                    None => diagnostic,
                };
                let message = format!("did you mean `{meant}`?");
                diagnostic.edit(message, node.place, node.quoted_alike(meant))
            }
            None if is_user && noun == "client" => diagnostic
                .label("this is a user")
                .help(format!("calls are made by clients: {}", any_of(&others))),
            None if (1..7).contains(&others.len()) => diagnostic
                .help(format!("declare it under `{section}`, or write {}", any_of(&others))),
            None => diagnostic.help(format!("declare it under `{section}`")),
        };
        self.report(diagnostic);
    }

    pub(crate) fn user(&mut self, node: &Node) -> Option<UserId> {
        self.named(node, |names| &mut names.users).map(UserId)
    }

    pub(crate) fn client(&mut self, node: &Node) -> Option<ClientId> {
        self.named(node, |names| &mut names.clients).map(ClientId)
    }

    pub(crate) fn server(&mut self, node: &Node) -> Option<ServerId> {
        self.named(node, |names| &mut names.servers).map(ServerId)
    }

    pub(crate) fn job(&mut self, node: &Node) -> Option<JobRef> {
        self.named(node, |names| &mut names.jobs).map(|number| JobRef(u32::from(number)))
    }
}
