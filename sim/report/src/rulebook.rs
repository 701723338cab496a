//! The rule book: every documented rule with its sentence, its pages and how sure they are.
//!
//! The catalogues of `fixtures/rules/` are part of the program. Each file is read the first time
//! a rule of it is asked for.

mod find;

pub use find::find;

use crate::pages::{self, Page};
use bitsim_vocab::{RuleId, Stands};
use serde::Deserialize;
use std::sync::OnceLock;

/// A documented rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// invariant, transition, return-code, default, limit, timing, notification or persistence.
    pub kind: String,
    /// The rule in one or two sentences.
    pub rule: String,
    /// What is seen when the rule is broken.
    pub observable: String,
    /// What it holds for.
    pub applies: Applies,
    /// any, windows or agent.
    pub profile: String,
    /// The interface or component that carries it, where that is not the first one.
    pub since: Option<String>,
    /// Names of the pages that say so; [`Rule::pages`] gives their titles.
    pub source: Vec<String>,
    /// Why it is open, if the pages leave it open.
    pub ambiguity: Option<Ambiguity>,
    /// A remark.
    pub note: Option<String>,
    /// trace, call or none.
    pub checkable: String,
    /// 1 (heart) to 3.
    pub tier: u8,
}

/// What a rule holds for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applies {
    /// bits, do-legacy or do-download.
    pub service: String,
    /// Job types, for BITS only.
    #[serde(default)]
    pub job_types: Vec<String>,
    /// `all`, `>=2.0`, `<=1.5`, `=3.0`, or versions of Windows in words.
    pub versions: String,
}

/// A question that the pages leave open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ambiguity {
    /// SILENT, VAGUE or CONFLICT.
    pub tag: String,
    /// What is open.
    pub note: String,
    /// The reading that the simulator takes.
    pub stand: String,
}

/// The catalogues, with the first id of each.
const CATALOGUES: [(RuleId, &str); 4] = [
    (RuleId::BITS_STATE_001, include_str!("../../../fixtures/rules/bits-core.yaml")),
    (RuleId::BITS_REPLY_001, include_str!("../../../fixtures/rules/bits-extensions.yaml")),
    (RuleId::DO_STATE_001, include_str!("../../../fixtures/rules/do-legacy.yaml")),
    (RuleId::DOD_STATE_001, include_str!("../../../fixtures/rules/do-download.yaml")),
];

static READ: [OnceLock<Vec<Rule>>; CATALOGUES.len()] = [const { OnceLock::new() }; 4];

/// The rules of one catalogue. Should the embedded text not be readable, the book is empty; a test
/// sees to it that it is.
fn catalogue(index: usize) -> &'static [Rule] {
    READ[index].get_or_init(|| serde_yaml::from_str(CATALOGUES[index].1).unwrap_or_default())
}

/// The entry of a rule. `None` only if the catalogue and the list of ids disagree, which a test
/// forbids.
#[must_use]
pub fn rule(id: RuleId) -> Option<&'static Rule> {
    let index = CATALOGUES.iter().rposition(|(first, _)| *first <= id)?;
    catalogue(index).iter().find(|rule| rule.id == id.text())
}

/// Every rule, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    (0..CATALOGUES.len()).flat_map(catalogue)
}

/// Every rule whose id is `text` or begins with it up to a hyphen: `BITS-ERRCOUNT-004`,
/// `BITS-ERRCOUNT`, `BITS`. A family without its service (`ERROR`) means that of every service.
/// Letter case does not matter.
#[must_use]
pub fn family(text: &str) -> Vec<RuleId> {
    let wanted = text.trim_end_matches('-').to_ascii_uppercase();
    let fits = |id: &str| {
        id.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let without_service = |id: &str| id.split_once('-').is_some_and(|(_, rest)| fits(rest));
    let all = || RuleId::ALL.iter().copied();
    let found: Vec<RuleId> = all().filter(|rule| fits(rule.text())).collect();
    if found.is_empty() {
        return all().filter(|rule| without_service(rule.text())).collect();
    }
    found
}

/// The ids that `text` may have meant: those of the family it begins with. None if it begins with no
/// family.
#[must_use]
pub fn near(text: &str) -> Vec<String> {
    let wanted = text.to_ascii_uppercase();
    let head = wanted.rsplit_once('-').map_or(wanted.as_str(), |(head, _)| head);
    family(head).iter().map(|rule| rule.text().to_owned()).collect()
}

impl Rule {
    /// The id as a value.
    #[must_use]
    pub fn rule_id(&self) -> Option<RuleId> {
        RuleId::parse(&self.id)
    }

    /// True if a trace or a call can show that it is broken.
    #[must_use]
    pub fn is_checkable(&self) -> bool {
        self.checkable != "none"
    }

    /// The pages that it cites, each once, those with an address first.
    #[must_use]
    pub fn pages(&self) -> Vec<Page> {
        let mut pages: Vec<Page> = Vec::new();
        for name in &self.source {
            if let Some(page) = pages::page(name, &self.applies.service)
                && !pages.contains(&page)
            {
                pages.push(page);
            }
        }
        pages.sort_by_key(|page| page.address.is_none());
        pages
    }

    /// The service and the versions it holds for: `BITS 2.0 and later`, `BITS, all versions`.
    #[must_use]
    pub fn holds_for(&self) -> String {
        let service = match self.applies.service.as_str() {
            "bits" => "BITS",
            "do-legacy" => "Delivery Optimization (do-legacy)",
            "do-download" => "IDODownload (do-download)",
            other => other,
        };
        let versions = self.applies.versions.as_str();
        if versions == "all" {
            return format!("{service}, all versions");
        }
        if let Some(least) = versions.strip_prefix(">=") {
            return format!("{service} {least} and later");
        }
        if let Some(most) = versions.strip_prefix("<=") {
            return format!("{service} {most} and earlier");
        }
        match versions.strip_prefix('=') {
            Some(only) => format!("{service} {only} only"),
            None => format!("{service}, {versions}"),
        }
    }

    /// How sure the pages are, in one word: stated, VAGUE, SILENT or CONFLICT.
    #[must_use]
    pub fn certainty(&self) -> &str {
        self.ambiguity.as_ref().map_or("stated", |ambiguity| &ambiguity.tag)
    }

    /// The key of `stands:` that decides the question this rule answers, if there is one.
    #[must_use]
    pub fn stand_key(&self) -> Option<&'static str> {
        Stands::QUESTIONS
            .iter()
            .find(|(_, rules, _)| rules.split([',', ' ']).any(|rule| rule == self.id))
            .map(|(key, ..)| *key)
    }

    /// What a failure adds to the sentence of a rule that the pages do not state plainly.
    #[must_use]
    pub fn stand_remark(&self) -> Option<String> {
        let ambiguity = self.ambiguity.as_ref()?;
        let why = match ambiguity.tag.as_str() {
            "SILENT" => "the pages are SILENT on this",
            "CONFLICT" => "the pages are in CONFLICT on this",
            _ => "the page is VAGUE on this",
        };
        Some(match self.stand_key() {
            Some(key) => format!("our stand: {why}; set `stands: {{{key}: ...}}` for another"),
            None => format!("our stand: {why}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_found_by_its_id() {
        let found = rule(RuleId::BITS_ERRCOUNT_004).expect("the rule");
        assert_eq!(found.certainty(), "stated");
        assert_eq!(found.holds_for(), "BITS, all versions");
        assert_eq!(found.pages()[0].title, "IBackgroundCopyJob::GetErrorCount");
        assert_eq!(found.pages().len(), 1, "the copy of the page is not a second page");
        assert_eq!(rule(RuleId::BITS_ERRCOUNT_007).map(Rule::holds_for).as_deref(), {
            Some("BITS 2.0 and later")
        });
    }

    #[test]
    fn every_rule_has_a_page_and_every_function_page_a_readable_title() {
        for rule in all() {
            assert!(!rule.pages().is_empty(), "{} has no page", rule.id);
            for page in rule.pages() {
                let head = page.title.split("::").next().unwrap_or_default();
                assert!(!head.starts_with("ibackground"), "{}: {}", rule.id, page.title);
                assert!(!page.title.ends_with(".txt"), "{}: {}", rule.id, page.title);
            }
        }
    }

    #[test]
    fn families_end_at_a_hyphen() {
        assert_eq!(family("bits-notify").len(), 26);
        assert_eq!(family("BITS-NOTIFYCMD").len(), 21);
        assert_eq!(family("BITS-ERRCOUNT-004"), [RuleId::BITS_ERRCOUNT_004]);
        assert_eq!(family("BITS-ERRCOUNT-04"), []);
        assert_eq!(family("errcount"), family("BITS-ERRCOUNT"));
        let error = family("ERROR");
        assert!([RuleId::BITS_ERROR_001, RuleId::DO_ERROR_001].iter().all(|id| error.contains(id)));
        assert_eq!(near("BITS-ERRCOUNT-04")[0], "BITS-ERRCOUNT-001");
        assert_eq!(near("nonsense"), Vec::<String>::new());
    }

    #[test]
    fn an_open_question_names_the_key_that_decides_it() {
        let open = rule(RuleId::BITS_SUSPEND_003).expect("the rule");
        assert_eq!(open.stand_key(), Some("suspend_at_rest"));
        assert!(open.stand_remark().is_some_and(|text| text.contains("stands: {suspend_at_rest")));
        assert_eq!(rule(RuleId::BITS_ERRCOUNT_004).and_then(Rule::stand_remark), None);
    }
}
