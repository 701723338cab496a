//! Delivery Optimization behind the interfaces of BITS.

mod effect;
mod still;

use crate::view::View;

families! {
    View;
    state::State,
    resume::Resume,
    suspend::Suspend,
    cancel::Cancel,
    complete::Complete,
    error::Error,
    notify::Notify,
    retry::Retry,
    persist::Persist,
    create::Create,
    addfile::Addfile,
    progress::Progress,
}
