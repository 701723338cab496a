//! HRESULTs: names, values and what each means as the error of a job.

use crate::target::Profile;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A 32-bit HRESULT. Negative as a signed number means failure.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Hresult(pub u32);

/// What a code does to the job that meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A success code.
    Success,
    /// Returned by a method; never the error of a job.
    Call,
    /// The job goes to TRANSIENT_ERROR and is tried again.
    Transient,
    /// The job goes to ERROR.
    Fatal,
    /// Text code for an error context.
    Text,
    /// Internal to the service.
    Internal,
    /// No page says.
    Unknown,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The code.
    pub code: Hresult,
    /// Its documented name.
    pub name: &'static str,
    /// What it does to a job.
    pub class: Class,
}

macro_rules! hresults {
    ($($(#[doc = $doc:literal])* $ident:ident = $value:literal $class:ident $name:literal,)*) => {
        impl Hresult {
            $($(#[doc = $doc])* pub const $ident: Self = Self($value);)*
        }

        /// Every code that has a name, in the order of the catalogue.
        pub const KNOWN: &[Known] = &[
            $(Known { code: Hresult::$ident, name: $name, class: Class::$class },)*
        ];

        /// The meaning of each row of [`KNOWN`].
        pub const MEANINGS: &[&str] = &[$(concat!($($doc),*),)*];
    };
}

#[path = "hresult_table.rs"]
mod table;
pub use table::{KNOWN, MEANINGS};

/// The codes that only Delivery Optimization has, as [`KNOWN`] and [`MEANINGS`].
#[path = "do_hresult_table.rs"]
pub mod delivery;

impl Hresult {
    /// The code that reports an HTTP status, named or not: 0x80190000 plus the status.
    #[must_use]
    pub const fn http(status: u16) -> Self {
        Self(0x8019_0000 + status as u32)
    }

    /// The HTTP status that this code reports, if it is one.
    #[must_use]
    pub const fn http_status(self) -> Option<u16> {
        if self.0 >> 16 == 0x8019 { Some((self.0 & 0xFFFF) as u16) } else { None }
    }

    /// True for S_OK, S_FALSE, BG_S_PARTIAL_COMPLETE and every other code with a clear sign bit.
    #[must_use]
    pub const fn succeeded(self) -> bool {
        self.0 & 0x8000_0000 == 0
    }

    /// True for a code with the sign bit set.
    #[must_use]
    pub const fn failed(self) -> bool {
        !self.succeeded()
    }

    /// The row of this code.
    #[must_use]
    pub fn known(self) -> Option<&'static Known> {
        KNOWN.iter().chain(delivery::KNOWN).find(|known| known.code == self)
    }

    /// The documented name.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.known().map(|known| known.name)
    }

    /// The code with this documented name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let code = |known: &Known| known.code;
        KNOWN.iter().chain(delivery::KNOWN).find(|known| known.name == name).map(code)
    }

    /// What this code does as the error of a job. HTTP statuses follow the general rule of the
    /// page on server application errors; E_ACCESSDENIED and E_INVALIDARG are both call errors
    /// and job errors, and here they count as the latter.
    #[must_use]
    pub fn job_class(self) -> Class {
        if let Some(status) = self.http_status() {
            return http_class(status);
        }
        match self {
            Self::E_ACCESSDENIED => Class::Fatal,
            Self::E_INVALIDARG => Class::Transient,
            _ => self.known().map_or(Class::Unknown, |known| known.class),
        }
    }

    /// What this code does as the error of a job or download of Delivery Optimization: DO_E_*
    /// codes by their zone (DO-ERROR-011), HTTP statuses from 400 to 499 and failures of the local
    /// file end it, everything else is tried again (`do-hresults.yaml`).
    #[must_use]
    pub const fn delivery_class(self) -> Class {
        match (self.0 >> 16, self.http_status()) {
            (0x80D0, _) if self.is_transient_delivery() => Class::Transient,
            (0x80D0, _) => Class::Fatal,
            (_, Some(400..=499)) => Class::Fatal,
            (_, Some(_)) => Class::Transient,
            _ if self.succeeded() => Class::Success,
            // The winsock and WinHTTP codes of FACILITY_WIN32 heal, the file system's do not; the
            // missing header is the exception that the table names.
            (0x8007, _) if self.0 & 0xFFFF >= 10_000 && self.0 & 0xFFFF != 0x2F76 => {
                Class::Transient
            }
            (0x8007 | 0x800C, _) => Class::Fatal,
            _ => Class::Transient,
        }
    }

    /// True for the DO_E_* codes of the zone that the SDK header names: they pause the work for a
    /// while (DO-ERROR-011).
    #[must_use]
    pub const fn is_transient_delivery(self) -> bool {
        self.0 >> 16 == 0x80D0 && self.0 & 0xF800 == 0x3800
    }

    /// The same for a download, whose profiles differ: on Windows only 403, 404, 410 and 416 end
    /// it, with the agent every 4xx does (DOD-RETRY-012).
    #[must_use]
    pub const fn download_class(self, profile: Profile) -> Class {
        match (profile, self.http_status()) {
            (Profile::Windows, Some(403 | 404 | 410 | 416)) => Class::Fatal,
            (Profile::Windows, Some(_)) => Class::Transient,
            (Profile::Agent, None) if self.is_local_errno() => Class::Fatal,
            _ => self.delivery_class(),
        }
    }

    /// True for the agent's EIO, ENOMEM, EACCES, EFBIG, ENOSPC and EROFS: what writing a file meets
    /// keeps its own number (`agent-findings.md` on DOD-RETRY-014).
    const fn is_local_errno(self) -> bool {
        self.0 >> 16 == 0xC0D0 && matches!(self.0 & 0xFFFF, 5 | 12 | 13 | 27 | 28 | 30)
    }

    /// The code by which the agent reports an HTTP status: it knows fewer codes than there are
    /// statuses (`do-hresults.yaml`, HTTP status mapping of the agent).
    #[must_use]
    pub const fn agent_http(status: u16) -> Self {
        match status {
            301..=303 => Self::HTTP_E_STATUS_UNEXPECTED_REDIRECTION,
            400 | 405 | 409 | 411 | 412 | 414 | 415 => Self::http(400),
            401 | 403 | 406 | 407 | 408 | 413 => Self::http(status),
            404 | 410 => Self::http(404),
            300 | 500 | 503 => Self::http(500),
            501 | 505 => Self::http(501),
            305 | 502 | 504 => Self::http(502),
            _ => Self::HTTP_E_STATUS_UNEXPECTED,
        }
    }

    /// True for the causes that only block a job: nothing was tried with the server, so no
    /// attempt failed and the retry delay does not apply.
    #[must_use]
    pub const fn is_block(self) -> bool {
        matches!(
            self,
            Self::BG_E_NETWORK_DISCONNECTED
                | Self::BG_E_DESTINATION_LOCKED
                | Self::BG_E_BLOCKED_BY_POLICY
                | Self::BG_E_BLOCKED_BY_COST_TRANSFER_POLICY
                | Self::BG_E_STANDBY_MODE
                | Self::BG_E_BLOCKED_BY_BATTERY_POLICY
                | Self::BG_E_BLOCKED_BY_BATTERY_SAVER
                | Self::BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY
                | Self::BG_E_BLOCKED_BY_GAME_MODE
                | Self::BG_E_BLOCKED_BY_SYSTEM_POLICY
        )
    }
}

/// The general rule for HTTP statuses (page handling-server-application-errors; BITS-HTTPSTATUS-001
/// and -003). 200 and 206 are no failures and never reach this table as the error of a job.
#[must_use]
pub const fn http_class(status: u16) -> Class {
    match status {
        300..=305 | 307 | 501 | 505 => Class::Fatal,
        408 | 409 => Class::Transient,
        400..=499 => Class::Fatal,
        _ => Class::Transient,
    }
}

/// The name, or the number where there is no name.
impl fmt::Display for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&format!("0x{:08X}", self.0)),
        }
    }
}

/// The long form: name and number together, as a message shows a code.
#[derive(Debug, Clone, Copy)]
pub struct WithNumber(pub Hresult);

impl fmt::Display for WithNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => write!(f, "{name} (0x{:08X})", self.0.0),
            None => write!(f, "0x{:08X}", self.0.0),
        }
    }
}
