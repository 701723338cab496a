//! The kinds of acts, and how likely each of them is in a story.

use super::numbers::Numbers;
use bitsim_vocab::{Profile, Service, Target};

/// A kind of act: what clients call, then what befalls the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Resume, Start.
    Go,
    /// Suspend, Pause.
    Rest,
    /// Complete, Finalize.
    Finish,
    /// Cancel, Abort.
    Drop,
    /// AddFile, AddFileSet; the local path of a download.
    Add,
    /// Delays and timeouts.
    SetTime,
    /// Who is told of what.
    SetNotice,
    /// Priorities, names and the like.
    SetOther,
    /// Another URL for a file.
    Redirect,
    /// GetError and the error object.
    AskError,
    /// Getters.
    Ask,
    /// EnumJobs, GetJob, EnumDownloads.
    List,
    /// TakeOwnership.
    Own,
    /// HTTP statuses.
    Answer,
    /// Connections that fail or break.
    Wire,
    /// Requests that fail with a code; damaged bytes.
    Odd,
    /// Every fault of a server ends.
    Heal,
    /// The network goes and comes.
    Network,
    /// Something on the computer forbids transfers.
    Block,
    /// The limit on background bandwidth.
    Bandwidth,
    /// What the network costs.
    Cost,
    /// Users log on and off.
    Session,
    /// Client processes start and end.
    Process,
    /// Volumes are locked, changed, filled.
    Volume,
    /// Operations on paths fail.
    Path,
    /// Remote files change.
    Remote,
    /// Local files change or go.
    Local,
    /// The wall clock moves.
    Clock,
    /// Service or computer restart.
    Restart,
    /// Group policies change.
    Policy,
    /// The service stops taking calls.
    Gate,
}

impl Kind {
    pub(super) const ALL: [Self; 31] = [
        Self::Go,
        Self::Rest,
        Self::Finish,
        Self::Drop,
        Self::Add,
        Self::SetTime,
        Self::SetNotice,
        Self::SetOther,
        Self::Redirect,
        Self::AskError,
        Self::Ask,
        Self::List,
        Self::Own,
        Self::Answer,
        Self::Wire,
        Self::Odd,
        Self::Heal,
        Self::Network,
        Self::Block,
        Self::Bandwidth,
        Self::Cost,
        Self::Session,
        Self::Process,
        Self::Volume,
        Self::Path,
        Self::Remote,
        Self::Local,
        Self::Clock,
        Self::Restart,
        Self::Policy,
        Self::Gate,
    ];

    /// What begins trouble that something can end.
    pub(super) const TROUBLE: [Self; 14] = [
        Self::Answer,
        Self::Wire,
        Self::Odd,
        Self::Network,
        Self::Block,
        Self::Bandwidth,
        Self::Cost,
        Self::Session,
        Self::Process,
        Self::Volume,
        Self::Path,
        Self::Restart,
        Self::Remote,
        Self::Gate,
    ];

    /// How likely it is where nothing else is said, on a target; 0 if there is no such thing.
    fn usual(self, target: Target) -> u16 {
        let bits = target.service == Service::Bits;
        let downloads = target.service == Service::DoDownload;
        match self {
            Self::Go => 14,
            Self::Rest | Self::Finish => 6,
            Self::Drop => 3,
            Self::Add => 4,
            Self::SetTime | Self::SetNotice | Self::SetOther => 4,
            Self::Redirect => 2,
            Self::AskError => {
                if downloads {
                    0
                } else {
                    4
                }
            }
            Self::Ask => 6,
            Self::List => 2,
            Self::Own => {
                if bits {
                    2
                } else {
                    0
                }
            }
            Self::Answer | Self::Wire | Self::Network | Self::Session | Self::Process => 5,
            Self::Odd => 3,
            Self::Heal | Self::Block | Self::Volume | Self::Path | Self::Remote => 4,
            Self::Bandwidth | Self::Clock | Self::Restart => 3,
            Self::Cost => {
                if bits {
                    0
                } else {
                    3
                }
            }
            Self::Local => 1,
            Self::Policy => u16::from(bits),
            Self::Gate => {
                if downloads && target.profile == Profile::Windows {
                    4
                } else {
                    u16::from(downloads)
                }
            }
        }
    }
}

/// How likely each kind is, in the order of [`Kind::ALL`].
#[derive(Debug, Clone)]
pub(super) struct Weights([u16; Kind::ALL.len()]);

impl Weights {
    /// The same for every story.
    pub(super) fn even(target: Target) -> Self {
        Self(Kind::ALL.map(|kind| kind.usual(target)))
    }

    /// A swarm's member: some kinds are left out, some are what the story is about. Without Go
    /// little happens, so it stays.
    pub(super) fn swarm(target: Target, d: &mut Numbers) -> Self {
        let mut weights = Self::even(target);
        let left_out = d.of(&[20, 50, 80]);
        for (weight, kind) in weights.0.iter_mut().zip(Kind::ALL) {
            if kind != Kind::Go && d.percent(left_out) {
                *weight = 0;
            } else {
                *weight *= d.of(&[1, 1, 2, 4]);
            }
        }
        for _ in 0..d.below(3) {
            let star = d.place(Kind::ALL.len());
            weights.0[star] = 40 * Kind::ALL[star].usual(target).min(1);
        }
        weights
    }

    /// Any kind that the story has.
    pub(super) fn any(&self, d: &mut Numbers) -> Kind {
        Kind::ALL[d.weighted(&self.0)]
    }

    /// True if the story has this kind.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.0[kind as usize] > 0
    }

    /// One of these kinds that the story has.
    pub(super) fn among(&self, kinds: &[Kind], d: &mut Numbers) -> Option<Kind> {
        let mut weights = [0; Kind::ALL.len()];
        for (weight, kind) in weights.iter_mut().zip(kinds) {
            *weight = self.0[*kind as usize];
        }
        let some = weights.iter().any(|weight| *weight > 0);
        some.then(|| kinds[d.weighted(&weights[..kinds.len()])])
    }
}
