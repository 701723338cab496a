//! What the pages say about who may do what.

use crate::view::{JobView, View};
use bitsim_vocab::ClientId;
use bitsim_vocab::world::UserKind;

/// Whether a caller may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Access {
    /// He may.
    Allowed,
    /// He may not.
    Denied,
    /// The pages leave it open.
    Unclear,
}

/// Whether the client may retrieve and modify the job.
pub(in crate::rules) fn access(view: &View, by: ClientId, job: &JobView) -> Access {
    if view.admits(by, job) {
        return Access::Allowed;
    }
    let Some(client) = view.setup.clients.get(by.index()) else { return Access::Unclear };
    let Some(user) = view.setup.users.get(client.user.index()) else { return Access::Unclear };
    let created = view.user_of(job.creator) == Some(client.user);
    // A pointer obtained before TakeOwnership keeps working from BITS 4.0 on.
    let kept = created && view.setup.target.version.at_least(4, 0);
    let foreign = client.user != job.owner && !kept;
    if foreign && user.kind == UserKind::Standard { Access::Denied } else { Access::Unclear }
}

/// Whether the client has administrator privileges.
pub(in crate::rules) fn call_access(view: &View, by: ClientId) -> Access {
    let Some(client) = view.setup.clients.get(by.index()) else { return Access::Unclear };
    let Some(user) = view.setup.users.get(client.user.index()) else { return Access::Unclear };
    match user.kind {
        UserKind::Standard => Access::Denied,
        UserKind::Administrator if client.elevated => Access::Allowed,
        // Elevation came with Vista, which had BITS 3.0.
        UserKind::Administrator if view.setup.target.version.at_least(3, 0) => Access::Denied,
        UserKind::LocalSystem => Access::Allowed,
        UserKind::Administrator | UserKind::LocalService | UserKind::NetworkService => {
            Access::Unclear
        }
    }
}
