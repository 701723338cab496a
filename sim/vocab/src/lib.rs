//! The words that every part of bitsim shares: states, calls, HRESULTs, times, the events of a trace.
//!
//! A word here is spelled as Microsoft's pages spell it. Nothing here decides anything: the engine
//! decides what happens, the oracle decides whether that was right, and neither sees the other.
//!
//! | To find | look in |
//! | --- | --- |
//! | job states, types, priorities, error contexts | [`state`] |
//! | Delivery Optimization's own words | [`legacy`] (rows), [`download`] (calls, states, rows) |
//! | what a client can call and what comes back | [`call`] |
//! | every kind of thing that can happen to a job | [`stimulus`] |
//! | users, clients, servers, disks, policies and what may befall them | [`world`] |
//! | what a trace holds | [`trace`] |
//! | HRESULT names, values and classes | [`hresult`] |
//! | readings taken where the pages are silent or disagree | [`stands`] |

pub mod call;
pub mod digest;
pub mod download;
pub mod hresult;
pub mod legacy;
pub mod rule;
pub mod stands;
pub mod state;
pub mod stimulus;
pub mod target;
pub mod time;
pub mod trace;
pub mod world;

pub use call::{Call, Reply};
pub use digest::Digest;
pub use hresult::Hresult;
pub use rule::RuleId;
pub use stands::Stands;
pub use state::{ErrorContext, JobState, JobType, Priority};
pub use stimulus::Stimulus;
pub use target::{Profile, Service, Target, Version};
pub use time::{SimTime, Span, WallTime};
pub use trace::{Event, Happened, StepId};

use serde::{Deserialize, Serialize};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The position in the list that this id counts in.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index! {
    /// A job, counted from 0 in order of creation.
    JobId(u32)
}
index! {
    /// A file of a job, counted from 0 in order of addition.
    FileId(u32)
}
index! {
    /// A user account, counted from 0 in the order of [`world::Setup::users`].
    UserId(u16)
}
index! {
    /// A client process, counted from 0 in the order of [`world::Setup::clients`].
    ClientId(u16)
}
index! {
    /// A server, counted from 0 in the order of [`world::Setup::servers`].
    ServerId(u16)
}
index! {
    /// An error object that a client obtained from GetError, counted from 0 in order of hand-out.
    ErrorObjectId(u32)
}
index! {
    /// One delivery of a notification, counted from 0.
    NoteId(u32)
}
