//! What can happen, one thing each.

use crate::story::Act;
use bitsim_vocab::call::Call;
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{ClientId, JobId};

/// Something that can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The row of the matrix or the kind of fault, in a few words.
    pub name: &'static str,
    /// What it is.
    pub does: Does,
}

/// What a letter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// A client calls.
    Call(ClientId, Call),
    /// A client calls several getters, one after another.
    Calls(ClientId, Vec<Call>),
    /// A client reads the error object that its latest GetError on the job handed out, with all its
    /// methods.
    ReadError(ClientId, JobId),
    /// The lasting disturbance with this number begins.
    Begin(usize),
    /// It ends.
    End(usize),
    /// Something befalls the world and is over; these lasting disturbances are in force afterwards.
    Strike(Disturbance, u32),
    /// Time goes on by one step, and callbacks are answered like this.
    Go(How),
    /// Nothing but the inactivity period is left to wait for, and it passes. It is the one thing that
    /// takes longer than keys tell ([`bitsim_engine::key::FAR`]).
    Rest,
}

/// How callbacks are answered, and how notification programs end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// S_OK at once.
    Well,
    /// E_FAIL at once; programs with the exit code 1.
    Badly,
    /// The client exits; programs cannot be launched.
    Exit,
    /// S_OK some steps later.
    Late,
}

/// Something that begins and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lasting {
    /// What it is.
    pub name: &'static str,
    /// Its beginning.
    pub begins: Act,
    /// Its end.
    pub ends: Act,
    /// It does not begin by itself; a restart of the computer brings it.
    pub brought: bool,
}
