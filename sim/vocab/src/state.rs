//! Job states, types, priorities and error contexts, with their documented names and values.

use serde::{Deserialize, Serialize};

/// Declares an enumeration whose members have a documented name and value.
macro_rules! documented {
    (
        $(#[$doc:meta])* $name:ident, $prefix:literal,
        $($(#[$member_doc:meta])* $member:ident = $value:literal $text:literal,)*
    ) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[repr(u8)]
        pub enum $name {
            $($(#[$member_doc])* #[serde(rename = $text)] $member = $value,)*
        }

        impl $name {
            /// Every member, in documented order.
            pub const ALL: &'static [Self] = &[$(Self::$member,)*];

            /// The documented name without the prefix of the enumeration.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$member => $text,)* }
            }

            /// The full documented name.
            #[must_use]
            pub const fn full_name(self) -> &'static str {
                match self { $(Self::$member => concat!($prefix, $text),)* }
            }

            /// The documented value.
            #[must_use]
            pub const fn value(self) -> u8 {
                self as u8
            }

            /// The member with this name, with or without the prefix.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                let short = name.strip_prefix($prefix).unwrap_or(name);
                Self::ALL.iter().copied().find(|member| member.name() == short)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(crate) use documented;

documented! {
    /// BG_JOB_STATE (page ne-bits-bg_job_state).
    JobState, "BG_JOB_STATE_",
    /// Waits for its turn, or for its owner to log on.
    Queued = 0 "QUEUED",
    /// Tries to connect to the server.
    Connecting = 1 "CONNECTING",
    /// Moves data.
    Transferring = 2 "TRANSFERRING",
    /// Rests until the client calls Resume.
    Suspended = 3 "SUSPENDED",
    /// Failed for good; only the client can move it.
    Error = 4 "ERROR",
    /// Failed for now; the service tries again.
    TransientError = 5 "TRANSIENT_ERROR",
    /// Every file has been transferred; waits for Complete.
    Transferred = 6 "TRANSFERRED",
    /// The client called Complete. Final.
    Acknowledged = 7 "ACKNOWLEDGED",
    /// Cancelled by the client or for inactivity. Final.
    Cancelled = 8 "CANCELLED",
}

documented! {
    /// BG_JOB_TYPE (page ne-bits-bg_job_type).
    JobType, "BG_JOB_TYPE_",
    /// Files from a server to the client.
    Download = 0 "DOWNLOAD",
    /// One file from the client to a server.
    Upload = 1 "UPLOAD",
    /// One file to a server, and a reply back.
    UploadReply = 2 "UPLOAD_REPLY",
}

documented! {
    /// BG_JOB_PRIORITY (page ne-bits-bg_job_priority).
    Priority, "BG_JOB_PRIORITY_",
    /// Beside everything else, without time slices.
    Foreground = 0 "FOREGROUND",
    /// The highest background level.
    High = 1 "HIGH",
    /// The level of a new job.
    Normal = 2 "NORMAL",
    /// The lowest background level.
    Low = 3 "LOW",
}

documented! {
    /// BG_ERROR_CONTEXT (page ne-bits-bg_error_context).
    ErrorContext, "BG_ERROR_CONTEXT_",
    /// No error; never in an error object.
    None = 0 "NONE",
    /// The cause is unknown.
    Unknown = 1 "UNKNOWN",
    /// The queue manager itself: policies, limits, network.
    GeneralQueueManager = 2 "GENERAL_QUEUE_MANAGER",
    /// While notifying the application.
    QueueManagerNotification = 3 "QUEUE_MANAGER_NOTIFICATION",
    /// The local file or its volume.
    LocalFile = 4 "LOCAL_FILE",
    /// The remote file.
    RemoteFile = 5 "REMOTE_FILE",
    /// The transport, not tied to a remote file.
    GeneralTransport = 6 "GENERAL_TRANSPORT",
    /// The server application of an upload.
    RemoteApplication = 7 "REMOTE_APPLICATION",
}

impl JobState {
    /// ACKNOWLEDGED and CANCELLED: the job has left the queue.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Acknowledged | Self::Cancelled)
    }

    /// CONNECTING and TRANSFERRING: the job holds a transfer slot.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Connecting | Self::Transferring)
    }

    /// ERROR and TRANSIENT_ERROR, the states in which error information exists.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Error | Self::TransientError)
    }
}

impl JobType {
    /// Upload and upload-reply jobs.
    #[must_use]
    pub const fn uploads(self) -> bool {
        matches!(self, Self::Upload | Self::UploadReply)
    }
}

impl Priority {
    /// HIGH, NORMAL and LOW.
    #[must_use]
    pub const fn is_background(self) -> bool {
        !matches!(self, Self::Foreground)
    }
}
