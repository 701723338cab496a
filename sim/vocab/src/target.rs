//! Which service, in which version, a run simulates.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A service that bitsim knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Background Intelligent Transfer Service.
    Bits,
    /// Delivery Optimization behind the interfaces of BITS.
    DoLegacy,
    /// Delivery Optimization's IDOManager and IDODownload.
    DoDownload,
}

impl Service {
    /// The name as a scenario writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bits => "bits",
            Self::DoLegacy => "do-legacy",
            Self::DoDownload => "do-download",
        }
    }
}

/// A version of BITS, such as 1.5 or 10.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version {
    /// The number before the point.
    pub major: u16,
    /// The number after the point.
    pub minor: u16,
}

impl Version {
    /// `major.minor`.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// True for `major.minor` and everything newer.
    #[must_use]
    pub fn at_least(self, major: u16, minor: u16) -> bool {
        self >= Self::new(major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The versions of BITS that the documentation names (What's New).
pub const BITS_VERSIONS: [Version; 12] = [
    Version::new(1, 0),
    Version::new(1, 2),
    Version::new(1, 5),
    Version::new(2, 0),
    Version::new(2, 5),
    Version::new(3, 0),
    Version::new(4, 0),
    Version::new(5, 0),
    Version::new(10, 0),
    Version::new(10, 1),
    Version::new(10, 2),
    Version::new(10, 3),
];

/// Whose Delivery Optimization a download meets (`profile` in `do-download.yaml`).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The service of Windows.
    #[default]
    Windows,
    /// Microsoft's open-source agent for Linux and embedded systems.
    Agent,
}

/// What a scenario runs on: `bits`, `bits@1.5`, `do-legacy`, `do-download`, `do-download@agent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The service.
    pub service: Service,
    /// The version of BITS; the current one for the other services, which have none.
    pub version: Version,
    /// The implementation of `do-download`; Windows for the other services.
    pub profile: Profile,
}

impl Target {
    /// BITS as current Windows ships it.
    pub const BITS: Self = Self::bits(10, 3);
    /// Delivery Optimization behind the interfaces of BITS.
    pub const DO_LEGACY: Self = Self { service: Service::DoLegacy, ..Self::BITS };
    /// IDODownload of Windows.
    pub const DO_DOWNLOAD: Self = Self { service: Service::DoDownload, ..Self::BITS };
    /// IDODownload of the open-source agent.
    pub const DO_AGENT: Self = Self { profile: Profile::Agent, ..Self::DO_DOWNLOAD };

    /// BITS of the given version.
    #[must_use]
    pub const fn bits(major: u16, minor: u16) -> Self {
        Self {
            service: Service::Bits,
            version: Version::new(major, minor),
            profile: Profile::Windows,
        }
    }

    /// Every target, in the order in which they are listed to people.
    pub fn all() -> impl Iterator<Item = Self> {
        BITS_VERSIONS.into_iter().map(|version| Self { version, ..Self::BITS }).chain([
            Self::DO_LEGACY,
            Self::DO_DOWNLOAD,
            Self::DO_AGENT,
        ])
    }
}

/// `bits` for the current version, `bits@1.5` for another.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.service.name())?;
        match self.profile {
            Profile::Agent => f.write_str("@agent"),
            Profile::Windows if self.version != Self::BITS.version => {
                write!(f, "@{}", self.version)
            }
            Profile::Windows => Ok(()),
        }
    }
}

/// A text that names no target; the text is kept for the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTarget(pub String);

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        if text.strip_prefix("bits@") == Some(&Self::BITS.version.to_string()) {
            return Ok(Self::BITS);
        }
        Self::all()
            .find(|known| known.to_string() == text)
            .ok_or_else(|| UnknownTarget(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_read_back() {
        for target in Target::all() {
            assert_eq!(target.to_string().parse(), Ok(target));
        }
        assert_eq!("do-download@agent".parse(), Ok(Target::DO_AGENT));
        assert!("bits@9.9".parse::<Target>().is_err());
    }
}
