//! What befalls the world and lasts, and which of it is behind a failure.

use super::Disturbed;
use crate::names::Names;
use crate::words;
use bitsim_vocab::trace::{Event, Happened};
use bitsim_vocab::world::{Block, Disturbance, Fault, FaultKind, PathOperation, Setup};
use bitsim_vocab::{ClientId, Hresult, SimTime, UserId};
use std::collections::BTreeMap;

/// What can be disturbed, one disturbance at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Matter {
    Network,
    Conditions,
    Bandwidth,
    Service,
    Block(Block),
    User(UserId),
    Client(ClientId),
    Volume(String),
    Path(String, PathOperation),
    Fault(u32),
}

/// What an event does to a matter.
enum Does {
    Begins(Matter),
    Ends(Matter),
    AtOnce,
    /// It mends something that was not known to be broken, or changes a setting.
    Nothing,
}

/// A fault of a server that is in force.
struct Active {
    number: u32,
    server: String,
    code: Option<Hresult>,
    cancels: bool,
    left: Option<u32>,
    event: u32,
}

/// The disturbances of a run so far.
pub(super) struct Weather {
    servers: Vec<String>,
    list: Vec<Disturbed>,
    /// Where in the list the disturbances in force are.
    open: BTreeMap<Matter, usize>,
    /// Faults in force, in the order in which requests meet them.
    faults: Vec<Active>,
    /// The event of the world that is still having its direct effects, and when it happened.
    latest: Option<(SimTime, u32)>,
}

impl Weather {
    pub(super) fn new(setup: &Setup) -> Self {
        let servers = setup.servers.iter().map(|server| server.name.clone()).collect();
        let mut new = Self {
            servers,
            list: Vec::new(),
            open: BTreeMap::new(),
            faults: Vec::new(),
            latest: None,
        };
        if !setup.network {
            let (who, what) = ("network".to_owned(), "disconnected".to_owned());
            new.begin(
                Matter::Network,
                Disturbed { from: 0, to: 0, what, who, line: None, event: 0 },
            );
        }
        new
    }

    /// Takes in the next event of the run; `number` is the one that its entry goes by.
    pub(super) fn take(&mut self, event: &Event, number: u32, line: Option<u32>, names: &Names) {
        let Happened::Env(what) = &event.what else {
            // What a call brings about is not the doing of what befell the world before it.
            let over = matches!(event.what, Happened::Called(_))
                || self.latest.is_some_and(|(at, _)| at != event.at);
            if over {
                self.latest = None;
            }
            return;
        };
        self.latest = Some((event.at, number));
        let at = event.at.0;
        let (who, said) = words::disturbance(what, names);
        let disturbed = Disturbed { from: at, to: at, what: said, who, line, event: number };
        match does(what) {
            Does::Begins(matter) => self.begin(matter, disturbed),
            Does::Ends(matter) => self.end(&matter, at),
            Does::AtOnce => self.list.push(disturbed),
            Does::Nothing => {}
        }
        if let Disturbance::FaultBegins(fault) = what.as_ref() {
            self.faults.push(Active::new(fault, names.server(fault.server), number));
        }
        if matches!(**what, Disturbance::ComputerRestarts) {
            let (who, what) = ("network".to_owned(), "disconnected".to_owned());
            let gone = Disturbed { from: at, to: at, what, who, line, event: number };
            self.begin(Matter::Network, gone);
        }
    }

    /// A disturbance that follows another of the same matter takes its place.
    fn begin(&mut self, matter: Matter, disturbed: Disturbed) {
        if matter == Matter::Network && self.open.contains_key(&matter) {
            return;
        }
        self.end(&matter, disturbed.from);
        self.open.insert(matter, self.list.len());
        self.list.push(disturbed);
    }

    fn end(&mut self, matter: &Matter, at: u64) {
        if let Some(index) = self.open.remove(matter) {
            self.list[index].to = at;
        }
        if let Matter::Fault(number) = matter {
            self.faults.retain(|fault| fault.number != *number);
        }
    }

    /// The event that has its direct effects at this instant.
    pub(super) fn latest(&self, at: SimTime) -> Option<u32> {
        self.latest.filter(|(when, _)| *when == at).map(|(_, event)| event)
    }

    /// A request to a server failed with this code. The event of the fault that it met, which is
    /// used up by one.
    pub(super) fn met(&mut self, server: &str, code: Hresult, at: SimTime) -> Option<u32> {
        let met = |fault: &Active| fault.server == server && fault.code == Some(code);
        let index = self.faults.iter().position(met)?;
        Some(self.use_up(index, at))
    }

    /// A request to cancel an upload got no answer.
    pub(super) fn cancel_unanswered(&mut self, server: &str, at: SimTime) {
        let met = |fault: &Active| fault.server == server && fault.cancels;
        if let Some(index) = self.faults.iter().position(met) {
            self.use_up(index, at);
        }
    }

    fn use_up(&mut self, index: usize, at: SimTime) -> u32 {
        let fault = &mut self.faults[index];
        let (number, event) = (fault.number, fault.event);
        if let Some(left) = &mut fault.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.end(&Matter::Fault(number), at.0);
            }
        }
        event
    }

    /// The event that began what this code reports: no network, or a block.
    pub(super) fn behind(&self, code: Hresult) -> Option<u32> {
        let reports = |matter: &Matter| match matter {
            Matter::Network => {
                [Hresult::BG_E_NETWORK_DISCONNECTED, Hresult::DO_E_BLOCKED_BY_NO_NETWORK]
                    .contains(&code)
            }
            Matter::Block(block) => block.code() == code || block.delivery_code() == Some(code),
            _ => false,
        };
        let (_, index) = self.open.iter().find(|(matter, _)| reports(matter))?;
        Some(self.list[*index].event).filter(|event| *event > 0)
    }

    /// The server that a disturbance is about.
    pub(super) fn server_of(&self, what: &Disturbance) -> Option<String> {
        match what {
            Disturbance::FaultBegins(fault) => self.servers.get(fault.server.index()).cloned(),
            _ => None,
        }
    }

    /// The name under which the run knows the server of a URL.
    pub(super) fn server_named(&self, host: &str) -> Option<String> {
        self.servers.iter().find(|name| name.eq_ignore_ascii_case(host)).cloned()
    }

    /// Every disturbance; those still in force last to the end of the run.
    pub(super) fn finish(mut self, ended_at: u64) -> Vec<Disturbed> {
        for index in self.open.values() {
            self.list[*index].to = ended_at;
        }
        self.list
    }
}

impl Active {
    fn new(fault: &Fault, server: String, event: u32) -> Self {
        use bitsim_vocab::world::Part;
        let code = match fault.kind {
            FaultKind::Http(status) => Some(Hresult::http(status)),
            FaultKind::Refused => Some(Hresult::ERROR_WINHTTP_CANNOT_CONNECT),
            FaultKind::Timeout(_) => Some(Hresult::ERROR_WINHTTP_TIMEOUT),
            FaultKind::NameNotResolved => Some(Hresult::ERROR_WINHTTP_NAME_NOT_RESOLVED),
            FaultKind::DropsAfter(_) => Some(Hresult::ERROR_WINHTTP_CONNECTION_ERROR),
            FaultKind::Code(code) => Some(code),
            FaultKind::Corrupts => None,
        };
        let cancels = matches!(fault.part, Part::Any | Part::Cancel);
        Self { number: fault.number, server, code, cancels, left: fault.times, event }
    }
}

fn does(what: &Disturbance) -> Does {
    match what.clone() {
        Disturbance::NetworkLost => Does::Begins(Matter::Network),
        Disturbance::NetworkRegained => Does::Ends(Matter::Network),
        Disturbance::BlockBegins(block) => Does::Begins(Matter::Block(block)),
        Disturbance::BlockEnds(block) => Does::Ends(Matter::Block(block)),
        Disturbance::Bandwidth(Some(_)) => Does::Begins(Matter::Bandwidth),
        Disturbance::Bandwidth(None) => Does::Ends(Matter::Bandwidth),
        Disturbance::NetworkConditions(of) if of.is_empty() => Does::Ends(Matter::Conditions),
        Disturbance::NetworkConditions(_) => Does::Begins(Matter::Conditions),
        Disturbance::LogOff(user) => Does::Begins(Matter::User(user)),
        Disturbance::LogOn(user) => Does::Ends(Matter::User(user)),
        Disturbance::ClientExits(client) => Does::Begins(Matter::Client(client)),
        Disturbance::ClientStarts(client) => Does::Ends(Matter::Client(client)),
        Disturbance::VolumeLocked(root) => Does::Begins(Matter::Volume(root)),
        Disturbance::VolumeUnlocked(root) => Does::Ends(Matter::Volume(root)),
        Disturbance::PathDenied(path, operation) => Does::Begins(Matter::Path(path, operation)),
        Disturbance::PathAllowed(path, operation) => Does::Ends(Matter::Path(path, operation)),
        Disturbance::ServiceStops => Does::Begins(Matter::Service),
        Disturbance::ServiceStarts => Does::Ends(Matter::Service),
        Disturbance::FaultBegins(fault) => Does::Begins(Matter::Fault(fault.number)),
        Disturbance::FaultEnds(number) => Does::Ends(Matter::Fault(number)),
        Disturbance::RunAs(_) => Does::Nothing,
        Disturbance::PoliciesChange(_)
        | Disturbance::VolumeChanged(_)
        | Disturbance::VolumeSpace(..)
        | Disturbance::RemoteFileChanges { .. }
        | Disturbance::LocalFileChanges { .. }
        | Disturbance::LocalFileDeleted(_)
        | Disturbance::WallClockMoves(_)
        | Disturbance::ServiceRestarts { .. }
        | Disturbance::ComputerRestarts => Does::AtOnce,
    }
}
