//! What the timeline has brought about so far, while it is being read from top to bottom.

use crate::plan::{JobRef, Place};
use bitsim_vocab::world::{NetworkCondition, Policies};
use bitsim_vocab::{ClientId, ServerId, SimTime};
use std::collections::{BTreeMap, BTreeSet};

/// The state of affairs at the step that is being read.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// The step cannot happen before this time.
    pub(crate) earliest: SimTime,
    /// Where that time was written.
    pub(crate) written: Option<Place>,
    /// Faults that have begun and that no `heal` has ended.
    pub(crate) faults: Vec<(ServerId, u32)>,
    next_fault: u32,
    /// The limit that holds when nothing temporary is in force.
    pub(crate) bandwidth: Option<u64>,
    pub(crate) policies: Policies,
    /// What the network is like when nothing temporary is in force.
    pub(crate) conditions: Vec<NetworkCondition>,
    /// The client that creates each job.
    pub(crate) creators: Vec<ClientId>,
    /// The local name of the first file of each job that is declared with files.
    pub(crate) first_files: BTreeMap<JobRef, String>,
    /// Jobs that a `create` step makes.
    pub(crate) created: BTreeSet<JobRef>,
    /// Paths that checks are about.
    pub(crate) checked_paths: Vec<(String, Place)>,
    /// Paths that jobs write or read, by themselves in lower case.
    pub(crate) known_paths: BTreeMap<String, String>,
}

impl Story {
    /// Some job writes or reads this path.
    pub(crate) fn know_path(&mut self, path: &str) {
        self.known_paths.entry(path.to_lowercase()).or_insert_with(|| path.to_owned());
    }

    /// True if a job writes or reads the path, which is in lower case.
    pub(crate) fn knows_path(&self, path: &str) -> bool {
        self.known_paths.contains_key(path)
    }

    /// The number of the next fault.
    pub(crate) fn number_fault(&mut self, server: ServerId) -> u32 {
        let number = self.next_fault;
        self.next_fault += 1;
        self.faults.push((server, number));
        number
    }

    /// The faults of a server that have begun; they count as ended from now on.
    pub(crate) fn heal(&mut self, server: ServerId) -> Vec<u32> {
        let mut healed = Vec::new();
        self.faults.retain(|(of, number)| {
            let ends = *of == server;
            if ends {
                healed.push(*number);
            }
            !ends
        });
        healed
    }
}
