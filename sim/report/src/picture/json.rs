//! The picture as JSON.

use super::Picture;

/// What `bitsim trace --as json` prints: one object, described by
/// `fixtures/schema/trace.schema.json`.
#[must_use]
pub fn text(picture: &Picture) -> String {
    crate::json(picture)
}
