//! The properties of a download as data, and what makes a value good.

use bitsim_vocab::download::{CostPolicy, DownloadProperty, Value};
use bitsim_vocab::{Hresult, Profile};

/// The type of a property's VARIANT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// VT_BSTR.
    Text,
    /// VT_BSTR that must not be empty.
    Name,
    /// VT_UI4.
    Number,
    /// VT_UI8.
    Long,
    /// VT_BOOL.
    Flag,
    /// VT_UNKNOWN.
    Object,
    /// VT_ARRAY | VT_UI1, which a text stands for.
    Bytes,
}

/// A property: its number is its place in the list.
struct Property {
    name: DownloadProperty,
    kind: Kind,
    default: Option<Value>,
}

const fn plain(name: DownloadProperty, kind: Kind) -> Property {
    Property { name, kind, default: None }
}

const fn off(name: DownloadProperty) -> Property {
    Property { name, kind: Kind::Flag, default: Some(Value::Flag(false)) }
}

/// Types (DOD-PROP-009) and defaults (DOD-PROP-014). Which are write-only, the vocabulary knows;
/// which may be set in which state, the transition table says.
static PROPERTIES: [Property; 26] = [
    plain(DownloadProperty::Id, Kind::Text),
    plain(DownloadProperty::Uri, Kind::Name),
    plain(DownloadProperty::ContentId, Kind::Text),
    plain(DownloadProperty::DisplayName, Kind::Text),
    plain(DownloadProperty::LocalPath, Kind::Name),
    plain(DownloadProperty::HttpCustomHeaders, Kind::Text),
    plain(DownloadProperty::CostPolicy, Kind::Number),
    plain(DownloadProperty::SecurityFlags, Kind::Number),
    plain(DownloadProperty::CallbackFreqPercent, Kind::Number),
    Property {
        name: DownloadProperty::CallbackFreqSeconds,
        kind: Kind::Number,
        default: Some(Value::Number(1)),
    },
    plain(DownloadProperty::NoProgressTimeoutSeconds, Kind::Number),
    off(DownloadProperty::ForegroundPriority),
    off(DownloadProperty::BlockingMode),
    plain(DownloadProperty::CallbackInterface, Kind::Object),
    plain(DownloadProperty::StreamInterface, Kind::Object),
    plain(DownloadProperty::SecurityContext, Kind::Bytes),
    plain(DownloadProperty::NetworkToken, Kind::Flag),
    plain(DownloadProperty::CorrelationVector, Kind::Text),
    plain(DownloadProperty::DecryptionInfo, Kind::Text),
    plain(DownloadProperty::IntegrityCheckInfo, Kind::Text),
    plain(DownloadProperty::IntegrityCheckMandatory, Kind::Flag),
    plain(DownloadProperty::TotalSizeBytes, Kind::Long),
    plain(DownloadProperty::DisallowOnCellular, Kind::Flag),
    plain(DownloadProperty::HttpCustomAuthHeaders, Kind::Text),
    off(DownloadProperty::HttpAllowSecureToNonSecureRedirect),
    off(DownloadProperty::NonVolatile),
];

fn entry(property: DownloadProperty) -> Option<&'static Property> {
    PROPERTIES.iter().find(|entry| entry.name == property)
}

/// What GetProperty returns for a property that was never set, if it has a default.
pub(super) fn default(property: DownloadProperty) -> Option<Value> {
    entry(property)?.default.clone()
}

/// What the agent returns for a property that was never set where Windows says E_NOT_SET: its
/// values are texts, and unset ones are empty.
pub(super) fn agent_default(property: DownloadProperty) -> Option<Value> {
    match property {
        DownloadProperty::Uri | DownloadProperty::LocalPath => Some(Value::Text(String::new())),
        DownloadProperty::NoProgressTimeoutSeconds => Some(Value::Number(0)),
        _ => None,
    }
}

/// The value to be stored, or why it is none of its property whatever the state: a wrong type, a
/// number beyond the type, a text that must not be empty.
pub(super) fn accept(
    property: DownloadProperty,
    value: &Value,
    profile: Profile,
) -> Result<Value, Hresult> {
    let timeout = property == DownloadProperty::NoProgressTimeoutSeconds;
    if let (Value::Text(text), true, Profile::Agent) = (value, timeout, profile) {
        return leading_number(text).map(Value::Number).ok_or(Hresult::E_INVALIDARG);
    }
    let kind = entry(property).map(|entry| entry.kind);
    let fits = match (kind, value) {
        (Some(Kind::Text | Kind::Bytes), Value::Text(_))
        | (Some(Kind::Long), Value::Number(_))
        | (Some(Kind::Flag), Value::Flag(_))
        | (Some(Kind::Object), Value::Object | Value::Empty) => true,
        (Some(Kind::Name), Value::Text(text)) => !text.is_empty(),
        (Some(Kind::Number), Value::Number(number)) => {
            *number <= u64::from(u32::MAX)
                && (property != DownloadProperty::CostPolicy || policy(*number).is_some())
        }
        _ => false,
    };
    if fits { Ok(value.clone()) } else { Err(Hresult::E_INVALIDARG) }
}

/// The DODownloadCostPolicy with this number.
pub(super) fn policy(number: u64) -> Option<CostPolicy> {
    CostPolicy::ALL.iter().copied().find(|known| u64::from(known.value()) == number)
}

/// How the agent reads a number: blanks, a sign, digits; what follows is not looked at. A negative
/// one wraps around at 32 bits.
fn leading_number(text: &str) -> Option<u64> {
    let text = text.trim_start();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u32 = text[..digits].parse().ok()?;
    Some(u64::from(if negative { number.wrapping_neg() } else { number }))
}

/// True for a URL that can be asked for: http or https, a host, no blanks.
pub(super) fn is_url(text: &str) -> bool {
    let scheme = |scheme: &str| {
        text.get(..scheme.len())
            .filter(|start| start.eq_ignore_ascii_case(scheme))
            .map(|_| &text[scheme.len()..])
    };
    let rest = scheme("https://").or_else(|| scheme("http://"));
    let legal = |c: char| !c.is_whitespace() && !c.is_control();
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !host.starts_with(':') && text.chars().all(legal)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_stands_at_its_number() {
        for (place, entry) in PROPERTIES.iter().enumerate() {
            assert_eq!(usize::from(entry.name.value()), place, "{}", entry.name);
        }
        assert_eq!(PROPERTIES.len(), DownloadProperty::ALL.len());
    }

    #[test]
    fn the_agent_reads_leading_digits() {
        for (text, number) in [
            ("60x", Some(60)),
            (" 60", Some(60)),
            ("10.9", Some(10)),
            ("-1", Some(4_294_967_295)),
            ("x", None),
            ("", None),
            ("4294967296", None),
        ] {
            assert_eq!(leading_number(text), number, "{text:?}");
        }
    }

    #[test]
    fn only_http_leads_anywhere() {
        for good in ["http://a.test/b", "HTTPS://a.test", "https://a.test:8080/x?y"] {
            assert!(is_url(good), "{good}");
        }
        for bad in ["", "a.test/b", "ftp://a.test/", "http://", "http:///x", "http://a b/"] {
            assert!(!is_url(bad), "{bad}");
        }
    }
}
