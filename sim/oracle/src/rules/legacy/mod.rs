//! Delivery Optimization behind the interfaces of BITS.

mod effect;
mod still;

use crate::view::View;

families! {
    View;
    state::State[
        Called Created Env State Moved Requested AttemptBegan AttemptEnded Bytes File
    ] wakes,
    resume::Resume,
    suspend::Suspend[CallOver Called State Requested AttemptBegan Bytes],
    cancel::Cancel[CallOver Called State Bytes File NoteBegan],
    complete::Complete[CallOver Called Created State File],
    error::Error,
    notify::Notify,
    retry::Retry,
    persist::Persist[Called Created Env State Moved LeftQueue],
    create::Create[Called Created],
    addfile::Addfile[Called Env File] wakes,
    progress::Progress[Called Bytes],
}
