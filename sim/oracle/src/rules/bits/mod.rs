//! BITS.

use crate::view::View;

families! {
    View;
    state::State[
        Called Created Env State Moved Granted AttemptBegan AttemptEnded Bytes File TimerFired
    ] wakes,
    resume::Resume[CallOver Created State Bytes File],
    suspend::Suspend[CallOver Called Created State Granted AttemptBegan Bytes],
    complete::Complete[CallOver Called Created Env State File],
    cancel::Cancel[CallOver Called Created Env State Bytes File UploadCancelRequested LeftQueue],
    progress::Progress[Called Created Env State AttemptBegan Bytes File],
    times::Times[Called Created State Moved Bytes File],
    file::File[
        Called Created Env State Moved ErrorInfo AttemptBegan AttemptEnded Bytes File
    ] wakes,
    notify::Notify[Called Created Env State Moved Bytes File NoteBegan NoteEnded] wakes,
    net::Net[Env State Moved ErrorInfo AttemptBegan Bytes File] wakes,
    grouppolicy::Grouppolicy[Called Created Env State Moved File] wakes,
    user::User[Called Created Env State Moved AttemptBegan AttemptEnded Bytes] wakes,
    error::Error[
        CallOver Called Created Env State Moved ErrorInfo ErrorGone AttemptBegan AttemptEnded
        Bytes File NoteBegan
    ] wakes,
    errcount::ErrCount[
        Called Created DownloadCreated Standing StartReturned Requested State Moved Count Granted
        SliceEnded AttemptBegan AttemptEnded Bytes NoteBegan NoteEnded TimerFired
        UploadCancelRequested LeftQueue
    ],
    retry::Retry[Called Created Env State Moved AttemptBegan AttemptEnded Bytes] wakes,
    httpstatus::HttpStatus[Created Env State Moved ErrorInfo AttemptEnded Bytes File],
    sched::Sched[Called Created Env State Moved Granted SliceEnded Bytes] wakes,
    service::Service[Called Created Env State Moved AttemptBegan Bytes File] wakes,
    addfile::Addfile[Called Env State File] wakes,
    ranges::Ranges[Called],
    create::Create[Called Created Env State LeftQueue] wakes,
    prop::Prop[Called Created Env State Moved],
    enumerate::Enumerate[Called Env],
}
