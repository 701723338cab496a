//! The other end of the wire: what servers offer, hold and do wrong.

use crate::shared::Shared;
use bitsim_vocab::hresult::Class;
use bitsim_vocab::world::{Fault, FaultKind, Part, Setup};
use bitsim_vocab::{Hresult, ServerId, Span};
use std::collections::BTreeMap;

/// A file that a server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Offered {
    /// Bytes.
    pub(crate) size: u64,
    /// Grows with each change of size or time stamp; 1 at the start.
    pub(crate) version: u32,
}

/// What a server holds of an upload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Received {
    /// All of it has arrived.
    pub(crate) complete: bool,
    /// How often the server application was handed it.
    pub(crate) posted: u32,
    /// The server application answered 403: it must not be handed the upload again.
    pub(crate) forbidden: bool,
}

/// What a request met instead of a good answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Refusal {
    /// The code of the failure.
    pub(crate) code: Hresult,
    /// Its class, if the fault names one; else the code decides, in each service's own way.
    pub(crate) class: Option<Class>,
    /// How long the client waits before it knows.
    pub(crate) after: Span,
}

/// A fault in force.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Active {
    pub(crate) fault: Fault,
    pub(crate) left: Option<u32>,
}

/// All servers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Servers {
    pub(crate) names: Shared<Vec<String>>,
    pub(crate) offered: Shared<BTreeMap<String, Offered>>,
    pub(crate) received: Shared<BTreeMap<String, Received>>,
    pub(crate) faults: Shared<Vec<Active>>,
}

impl Servers {
    pub(crate) fn new(setup: &Setup) -> Self {
        let names = setup.servers.iter().map(|server| server.name.to_ascii_lowercase()).collect();
        let files = setup.servers.iter().flat_map(|server| &server.files);
        let offer = |size| Offered { size, version: 1 };
        let offered = files.map(|file| (file.url.clone(), offer(file.size))).collect();
        let (names, offered) = (Shared::new(names), Shared::new(offered));
        Self { names, offered, ..Self::default() }
    }

    /// The server that a remote name leads to, if it is one of the run's.
    pub(crate) fn find(&self, remote: &str) -> Option<ServerId> {
        let host = host_of(remote);
        self.names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(host))
            .map(|index| ServerId(index as u16))
    }

    pub(crate) fn offered(&self, url: &str) -> Option<Offered> {
        self.offered.get(url).copied()
    }

    /// The remote file changes; with `stamped` off only its content does, which nobody can see.
    pub(crate) fn change(&mut self, url: &str, size: u64, stamped: bool) {
        let file = self.offered.entry(url.to_owned()).or_insert(Offered { size, version: 0 });
        if stamped || file.size != size {
            file.version += 1;
        }
        file.size = size;
    }

    pub(crate) fn received(&self, url: &str) -> Received {
        self.received.get(url).copied().unwrap_or_default()
    }

    pub(crate) fn receive(&mut self, url: &str) -> &mut Received {
        self.received.entry(url.to_owned()).or_default()
    }

    pub(crate) fn begin_fault(&mut self, fault: Fault) {
        let left = fault.times;
        self.faults.push(Active { fault, left });
    }

    pub(crate) fn end_fault(&mut self, number: u32) {
        self.faults.retain(|active| active.fault.number != number);
    }

    /// True if a request of this kind would meet a fault now. A connection that breaks after some
    /// bytes counts only with `drops`.
    pub(crate) fn misbehaves(&self, server: ServerId, url: &str, part: Part) -> bool {
        self.faults.iter().any(|active| {
            active.meets(server, url, part)
                && !matches!(active.fault.kind, FaultKind::DropsAfter(_) | FaultKind::Corrupts)
        })
    }

    /// A request meets the first fault that concerns it, if there is one, and uses it up by one.
    pub(crate) fn request(&mut self, server: ServerId, url: &str, part: Part) -> Option<Refusal> {
        if self.faults.is_empty() {
            return None;
        }
        let index = self.faults.iter().position(|active| {
            active.meets(server, url, part)
                && !matches!(active.fault.kind, FaultKind::DropsAfter(_) | FaultKind::Corrupts)
        })?;
        let refusal = self.faults[index].refusal();
        self.use_up(index);
        Some(refusal)
    }

    /// After how many bytes the connection for this request will break, if it will.
    pub(crate) fn drops_after(&self, server: ServerId, url: &str, part: Part) -> Option<u64> {
        self.faults.iter().find_map(|active| match active.fault.kind {
            FaultKind::DropsAfter(bytes) if active.meets(server, url, part) => Some(bytes),
            _ => None,
        })
    }

    /// The fault that damages what arrives for this request, if one does; it is used up by one.
    pub(crate) fn corrupts(&mut self, server: ServerId, url: &str) -> Option<u32> {
        let index = self.faults.iter().position(|active| {
            active.meets(server, url, Part::Payload) && active.fault.kind == FaultKind::Corrupts
        })?;
        let number = self.faults[index].fault.number;
        self.use_up(index);
        Some(number)
    }

    /// The connection broke: the fault is used up by one.
    pub(crate) fn dropped(&mut self, server: ServerId, url: &str, part: Part) -> Option<Refusal> {
        let index = self.faults.iter().position(|active| {
            active.meets(server, url, part) && matches!(active.fault.kind, FaultKind::DropsAfter(_))
        })?;
        let refusal = self.faults[index].refusal();
        self.use_up(index);
        Some(refusal)
    }

    fn use_up(&mut self, index: usize) {
        // A fault without an end stays as it is, and shared with every copy of the world.
        match self.faults[index].left {
            None => {}
            Some(1) => {
                self.faults.remove(index);
            }
            Some(left) => self.faults[index].left = Some(left - 1),
        }
    }
}

impl Active {
    fn meets(&self, server: ServerId, url: &str, part: Part) -> bool {
        self.fault.server == server
            && self.left != Some(0)
            && (self.fault.part == Part::Any || self.fault.part == part)
            && self.fault.url.as_deref().is_none_or(|only| only == url)
    }

    fn refusal(&self) -> Refusal {
        let (code, after) = match self.fault.kind {
            FaultKind::Http(status) => (Hresult::http(status), Span::ZERO),
            FaultKind::Refused => (Hresult::ERROR_WINHTTP_CANNOT_CONNECT, Span::ZERO),
            FaultKind::Timeout(after) => (Hresult::ERROR_WINHTTP_TIMEOUT, after),
            FaultKind::NameNotResolved => (Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED, Span::ZERO),
            FaultKind::DropsAfter(_) => (Hresult::ERROR_WINHTTP_CONNECTION_ERROR, Span::ZERO),
            FaultKind::Code(code) => (code, Span::ZERO),
            FaultKind::Corrupts => (Hresult::S_OK, Span::ZERO),
        };
        Refusal { code, class: self.fault.class, after }
    }
}

impl Refusal {
    /// A connection that the client gave up because too little moved on it.
    pub(crate) const SLOW: Self =
        Self { code: Hresult::ERROR_WINHTTP_TIMEOUT, class: None, after: Span::ZERO };

    /// The class for a job of BITS.
    pub(crate) fn job_class(self) -> Class {
        self.class.unwrap_or_else(|| self.code.job_class())
    }
}

/// The host of a URL, or the server of a UNC path.
pub(crate) fn host_of(remote: &str) -> &str {
    let rest = match remote.find("://") {
        Some(end) => &remote[end + 3..],
        None => remote.trim_start_matches('\\'),
    };
    let end = rest.find(['/', '\\', ':', '?']).unwrap_or(rest.len());
    &rest[..end]
}
