//! Deliberate bugs: each makes the service break a documented rule, to show that the oracle sees it.

use crate::bits::Table;

/// A deliberate bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sabotage {
    /// None is left out of the list while it is being written.
    Placeholder,
}

impl Sabotage {
    /// The change of the transition table that this bug is, if it is one.
    pub(crate) fn edit(self) -> Option<fn(&mut Table)> {
        None
    }
}
