//! HRESULTs: names, values and what each means as the error of a job.

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
        KNOWN.iter().find(|known| known.code == self)
    }

    /// The documented name.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.known().map(|known| known.name)
    }

    /// The code with this documented name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        KNOWN.iter().find(|known| known.name == name).map(|known| known.code)
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
