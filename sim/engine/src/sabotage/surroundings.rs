//! Bugs that break the rules of this family.

use super::Bug;

pub(super) const BUGS: &[Bug] = &[];
