//! Ids of documented rules. The rules themselves are data in `fixtures/rules/`.

use std::fmt;

/// The id of a rule of the catalogue, such as `BITS-ERRCOUNT-004`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(u16);

macro_rules! rule_ids {
    ($($ident:ident)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u16)]
        enum Position { $($ident,)* }

        /// Every rule by its id, with underscores for hyphens.
        impl RuleId {
            $(
                #[doc = stringify!($ident)]
                pub const $ident: Self = Self(Position::$ident as u16);
            )*

            /// Every id, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$ident,)*];
        }

        pub(super) const TEXTS: &[&str] = &[$({
            const TEXT: [u8; stringify!($ident).len()] = super::with_hyphens(stringify!($ident));
            match std::str::from_utf8(&TEXT) {
                Ok(text) => text,
                Err(_) => panic!("an identifier is text"),
            }
        },)*];
    };
}

/// An id as the catalogue writes it: `BITS_STATE_001` is `BITS-STATE-001`.
const fn with_hyphens<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let mut text = [b'-'; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        if name.as_bytes()[at] != b'_' {
            text[at] = name.as_bytes()[at];
        }
        at += 1;
    }
    text
}

#[path = "rule_ids.rs"]
mod ids;

impl RuleId {
    /// The id as the catalogue writes it.
    #[must_use]
    pub fn text(self) -> &'static str {
        ids::TEXTS[self.index()]
    }

    /// Position in [`RuleId::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The rule with this id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.text() == text)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}
