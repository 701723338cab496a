//! What `fixtures/rules/` knows about the differences between the services.

use bitsim_vocab::{Hresult, Service};
use serde::Deserialize;
use std::sync::OnceLock;

/// One documented difference.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its id: `DIFF-RESUME-001`.
    pub id: String,
    /// What it is about, in a few words.
    pub topic: String,
    bits: String,
    do_legacy: String,
    do_download: String,
    #[serde(rename = "sources")]
    _sources: serde_yaml::Value,
    /// Ids of the rules behind it.
    pub rules: Vec<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Row {
    /// What a service does.
    #[must_use]
    pub fn of(&self, service: Service) -> &str {
        match service {
            Service::Bits => self.bits.trim(),
            Service::DoLegacy => self.do_legacy.trim(),
            Service::DoDownload => self.do_download.trim(),
        }
    }
}

static ROWS: OnceLock<Vec<Row>> = OnceLock::new();

/// Every row. Should the embedded text not be readable there is none; a test sees to it that it is.
#[must_use]
pub fn rows() -> &'static [Row] {
    const TEXT: &str = include_str!("../../../../fixtures/rules/bits-vs-do.yaml");
    ROWS.get_or_init(|| serde_yaml::from_str(TEXT).unwrap_or_default())
}

/// The row with this id.
#[must_use]
pub fn row(id: &str) -> Option<&'static Row> {
    rows().iter().find(|row| row.id == id)
}

/// A code of BITS and the one by which Delivery Optimization says the same.
#[derive(Deserialize)]
struct Counterpart {
    bits: String,
    #[serde(rename = "do")]
    delivery: String,
}

#[derive(Deserialize)]
struct Codes {
    bits_counterparts: Vec<Counterpart>,
}

static PAIRS: OnceLock<Vec<(Hresult, Hresult)>> = OnceLock::new();

fn pairs() -> &'static [(Hresult, Hresult)] {
    const TEXT: &str = include_str!("../../../../fixtures/rules/do-hresults.yaml");
    PAIRS.get_or_init(|| {
        let all = serde_yaml::from_str::<Codes>(TEXT).map(|codes| codes.bits_counterparts);
        let pair = |one: Counterpart| {
            Some((Hresult::from_name(&one.bits)?, Hresult::from_name(&one.delivery)?))
        };
        all.unwrap_or_default().into_iter().filter_map(pair).collect()
    })
}

/// True if both codes say the same, each in the words of its own service.
#[must_use]
pub fn alike(one: Hresult, other: Hresult) -> bool {
    one == other || pairs().iter().any(|pair| *pair == (one, other) || *pair == (other, one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_can_be_read() {
        assert!(rows().len() > 50);
        let activation = row("DIFF-RESUME-001").expect("the row");
        assert!(activation.of(Service::Bits).contains("QUEUED"));
        assert!(activation.of(Service::DoDownload).contains("Start"));
        assert!(alike(Hresult::BG_E_NETWORK_DISCONNECTED, Hresult::DO_E_BLOCKED_BY_NO_NETWORK));
        assert!(!alike(Hresult::BG_E_EMPTY, Hresult::DO_E_INVALID_STATE));
    }
}
