//! HRESULTs by their documented names or as numbers.

use crate::codes;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::meant::hresult_meant;
use crate::node::{Node, shown};
use crate::quantity::Flaw;
use crate::synonyms::with_prefix;
use bitsim_vocab::{Hresult, Service, hresult};

impl Context {
    pub(crate) fn hresult(&mut self, node: &Node) -> Option<Hresult> {
        let Some(text) = node.scalar() else {
            self.wrong_kind(node, "an HRESULT such as `BG_E_HTTP_ERROR_503` or `0x80190193`");
            return None;
        };
        if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            let code = u32::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'));
            if code.is_none() {
                let why = "it has up to eight hexadecimal digits".to_owned();
                let flaw = Flaw { why, better: None };
                self.flawed(codes::UNKNOWN_HRESULT, node, "HRESULT", flaw);
            }
            return code.map(Hresult);
        }
        if text == "unavailable" {
            // What GetError answers when there is nothing to tell.
            return Some(match self.target.service {
                Service::Bits => Hresult::BG_E_ERROR_INFORMATION_UNAVAILABLE,
                Service::DoLegacy | Service::DoDownload => {
                    Hresult::DO_E_ERROR_INFORMATION_UNAVAILABLE
                }
            });
        }
        let wrapped = || Hresult::from_name(&format!("HRESULT_FROM_WIN32({text})"));
        let code = Hresult::from_name(text).or_else(wrapped);
        if code.is_none() {
            self.unknown_hresult(node, text);
        }
        code
    }

    fn unknown_hresult(&mut self, node: &Node, text: &str) {
        let status = text.strip_prefix("BG_E_HTTP_ERROR_").and_then(|n| n.parse::<u16>().ok());
        match status {
            Some(status @ 100..=999) => {
                let number = format!("0x{:08X}", Hresult::http(status).0);
                let message = format!("the documentation has no name for HTTP status {status}");
                self.report(Diagnostic::error(codes::UNKNOWN_HRESULT, node.place, message).edit(
                    format!("write the number: `{number}`"),
                    node.place,
                    number,
                ));
            }
            _ => match hresult_meant(text) {
                Some(better) => {
                    let message = format!("`{}` is no HRESULT as it is written here", shown(text));
                    self.report(
                        Diagnostic::error(codes::UNKNOWN_HRESULT, node.place, message).edit(
                            format!("did you mean `{better}`?"),
                            node.place,
                            better,
                        ),
                    );
                }
                None => {
                    let known = hresult::KNOWN.iter().chain(hresult::delivery::KNOWN);
                    let bare = |name: &'static str| {
                        let inner = name.strip_prefix("HRESULT_FROM_WIN32(");
                        inner.and_then(|inner| inner.strip_suffix(')')).unwrap_or(name)
                    };
                    let names: Vec<&str> = known.map(|known| bare(known.name)).collect();
                    let Some(whole) = with_prefix(text, names.iter().copied()) else {
                        return self.unknown(codes::UNKNOWN_HRESULT, node, "HRESULT", &names);
                    };
                    let message = format!("unknown HRESULT `{}`", shown(text));
                    let advice = format!("did you mean `{whole}`?");
                    let edit = node.quoted_alike(whole);
                    let diagnostic = Diagnostic::error(codes::UNKNOWN_HRESULT, node.place, message);
                    self.report(diagnostic.edit(advice, node.place, edit));
                }
            },
        }
    }

    /// One HRESULT or a list of them.
    pub(crate) fn hresults(&mut self, node: &Node) -> Option<Vec<Hresult>> {
        let items = node.one_or_many();
        if items.is_empty() {
            let message = "at least one HRESULT is needed";
            self.report(Diagnostic::error(codes::EMPTY, node.place, message));
            return None;
        }
        let codes: Vec<Hresult> = items.iter().filter_map(|item| self.hresult(item)).collect();
        (codes.len() == items.len()).then_some(codes)
    }
}
