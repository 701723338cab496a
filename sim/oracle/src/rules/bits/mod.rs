//! BITS.

use crate::view::View;

families! {
    View;
    state::State,
    resume::Resume,
    suspend::Suspend,
    complete::Complete,
    cancel::Cancel,
    progress::Progress,
    times::Times,
    file::File,
    notify::Notify,
    net::Net,
    grouppolicy::Grouppolicy,
    user::User,
    error::Error,
    errcount::ErrCount,
    retry::Retry,
    httpstatus::HttpStatus,
    sched::Sched,
    service::Service,
    addfile::Addfile,
    ranges::Ranges,
    create::Create,
    prop::Prop,
    enumerate::Enumerate,
}
