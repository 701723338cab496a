//! The rule book as `bitsim rules` prints it.

use crate::families;
use crate::rulebook::{self, Rule};
use crate::summary::{RuleTally, Suite};
use crate::trace::wrapped;
use crate::words;
use bitsim_vocab::RuleId;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What is known about a rule beside its text.
pub struct Facts<'a> {
    /// The rules that the oracle has a check for.
    pub checked: BTreeSet<RuleId>,
    /// What the scenarios came to, if they were played.
    pub suite: Option<&'a Suite>,
    /// The deliberate bug that breaks a rule.
    pub sabotage_of: &'a dyn Fn(RuleId) -> Option<String>,
}

impl Facts<'_> {
    fn tally(&self, rule: RuleId) -> Option<RuleTally> {
        self.suite.map(|suite| suite.rule(rule))
    }

    /// True if the oracle checks the rule and no scenario gave it a chance to fail.
    #[must_use]
    pub fn is_uncovered(&self, rule: RuleId) -> bool {
        self.checked.contains(&rule) && self.tally(rule).is_some_and(|tally| tally.runs == 0)
    }
}

/// Where text begins behind the name of what it is about.
const INDENT: usize = 13;

/// Everything about one rule.
#[must_use]
pub fn entry(id: RuleId, facts: &Facts<'_>) -> String {
    let Some(rule) = rulebook::rule(id) else { return format!("{id}\n") };
    let mut out = format!("{id}   {}   {}   {}", rule.kind, rule.holds_for(), rule.certainty());
    if rule.profile != "any" {
        let _ = write!(out, "   profile {}", rule.profile);
    }
    out.push('\n');
    for line in wrapped(rule.rule.trim(), 96) {
        let _ = writeln!(out, "  {line}");
    }
    item(&mut out, "broken if", rule.observable.trim());
    let mut name = "page";
    for page in rule.pages() {
        item(&mut out, name, &page.title);
        name = "";
        if let Some(address) = page.address {
            // An address is never cut: it is there to be copied.
            let _ = writeln!(out, "{:INDENT$}{address}", "");
        }
    }
    if let Some(since) = &rule.since {
        item(&mut out, "carried by", since);
    }
    if !rule.applies.job_types.is_empty() {
        item(&mut out, "job types", &rule.applies.job_types.join(", "));
    }
    if let Some(ambiguity) = &rule.ambiguity {
        item(&mut out, "open", ambiguity.note.trim());
        let mut stand = ambiguity.stand.trim().trim_end_matches('.').to_owned();
        if let Some(key) = rule.stand_key() {
            stand += &format!(" (set `stands: {{{key}: ...}}` for another)");
        }
        stand.push('.');
        item(&mut out, "our stand", &stand);
    }
    if let Some(note) = &rule.note {
        item(&mut out, "note", note.trim());
    }
    item(&mut out, "exercised", &exercised(id, rule, facts));
    out
}

fn exercised(id: RuleId, rule: &Rule, facts: &Facts<'_>) -> String {
    if !rule.is_checkable() {
        return "not checkable: nothing in a trace can show it".to_owned();
    }
    if !facts.checked.contains(&id) {
        return "not yet: the oracle has no check for it".to_owned();
    }
    let mut text = match facts.tally(id) {
        None => "checked by the oracle".to_owned(),
        Some(RuleTally { runs: 0, .. }) => "checked by the oracle, but in no run".to_owned(),
        Some(tally) => {
            let times = usize::try_from(tally.held).unwrap_or(usize::MAX);
            let mut text = format!(
                "in {}, held {}",
                words::count(tally.runs, "run"),
                words::count(times, "time")
            );
            if tally.broken > 0 {
                text += &format!(", broken in {}", words::count(tally.broken, "run"));
            }
            text
        }
    };
    if let Some(sabotage) = (facts.sabotage_of)(id) {
        text += &format!("; seen failing under sabotage `{sabotage}`");
    }
    text
}

fn item(out: &mut String, name: &str, text: &str) {
    let mut name = name;
    for line in wrapped(text, 98 - INDENT) {
        let _ = writeln!(out, "  {name:<11}{line}");
        name = "";
    }
}

/// One line for each family of rules: how many there are, how many of them are checked, and what they
/// are about.
#[must_use]
pub fn families(facts: &Facts<'_>) -> String {
    let names = families::all();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut out = format!("{:<width$}  rules  checked  about\n", "family");
    for name in names {
        let members: Vec<&RuleId> =
            RuleId::ALL.iter().filter(|rule| families::of(**rule) == name).collect();
        let checked = members.iter().filter(|rule| facts.checked.contains(rule)).count();
        let about = families::about(name);
        let _ = writeln!(out, "{name:<width$}  {:>5}  {checked:>7}  {about}", members.len());
    }
    let _ = writeln!(
        out,
        "\n{} rules, {} checked\n\
         bitsim rules FAMILY lists one, bitsim rules ID tells all about a rule, bitsim rules WORD.. finds\n\
         the rules that speak of something: bitsim rules log-off",
        RuleId::ALL.len(),
        facts.checked.len()
    );
    out
}

/// The rules that speak of something, best first; of very many the first only.
#[must_use]
pub fn found(text: &str, rules: &[RuleId]) -> String {
    const MOST: usize = 40;
    let number = words::count(rules.len(), "rule");
    let verb = if rules.len() == 1 { "speaks" } else { "speak" };
    let mut out = format!("no rule or family has the name `{text}`; {number} {verb} of it:\n\n");
    out += &list(rules.get(..MOST).unwrap_or(rules));
    if rules.len() > MOST {
        let _ = writeln!(out, "and {} more; another word narrows it down", rules.len() - MOST);
    }
    out
}

/// One line for each rule: id, certainty and the beginning of its sentence.
#[must_use]
pub fn list(rules: &[RuleId]) -> String {
    let mut out = String::new();
    let id = rules.iter().map(|rule| rule.text().len()).max().unwrap_or(0);
    for rule in rules.iter().filter_map(|rule| rulebook::rule(*rule)) {
        let head = format!("{:<id$}  {:<8}  ", rule.id, rule.certainty());
        let sentence = rule.rule.trim().replace("BG_JOB_STATE_", "");
        let _ = writeln!(out, "{head}{}", shortened(&sentence, 100 - head.len()));
    }
    out
}

/// The text, cut after a whole word with `...` if it is longer than the room there is.
fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let head = wrapped(text, room.saturating_sub(4)).into_iter().next().unwrap_or_default();
    format!("{head} ...")
}

/// One record for each rule, for programs.
#[must_use]
pub fn json(rules: &[RuleId], facts: &Facts<'_>) -> String {
    #[derive(Serialize)]
    struct Entry<'a> {
        id: &'a str,
        service: &'a str,
        profile: &'a str,
        tier: u8,
        kind: &'a str,
        page: Option<String>,
        checkable: &'a str,
        checked: bool,
        scenarios: usize,
        sabotage: Option<String>,
        stand: Option<&'a str>,
    }
    let entries: Vec<Entry<'_>> = rules
        .iter()
        .filter_map(|id| rulebook::rule(*id).map(|rule| (*id, rule)))
        .map(|(id, rule)| Entry {
            id: &rule.id,
            service: &rule.applies.service,
            profile: &rule.profile,
            tier: rule.tier,
            kind: &rule.kind,
            page: rule.pages().into_iter().next().map(|page| page.title),
            checkable: &rule.checkable,
            checked: facts.checked.contains(&id),
            scenarios: facts.tally(id).map_or(0, |tally| tally.runs),
            sabotage: (facts.sabotage_of)(id),
            stand: rule.ambiguity.as_ref().map(|ambiguity| ambiguity.stand.trim()),
        })
        .collect();
    crate::json(&entries)
}

/// A table for a page.
#[must_use]
pub fn markdown(rules: &[RuleId], facts: &Facts<'_>) -> String {
    let mut out =
        "| rule | tier | holds for | sure | in words | page | checked | runs | sabotage |\n\
                   | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
            .to_owned();
    for id in rules {
        let Some(rule) = rulebook::rule(*id) else { continue };
        let page = rule.pages().into_iter().next().map(|page| match page.address {
            Some(address) => format!("[{}](https://{address})", page.title),
            None => page.title,
        });
        let checked = if facts.checked.contains(id) { "yes" } else { "no" };
        let cells = [
            rule.id.clone(),
            rule.tier.to_string(),
            rule.holds_for(),
            rule.certainty().to_owned(),
            rule.rule.trim().to_owned(),
            page.unwrap_or_default(),
            checked.to_owned(),
            facts.tally(*id).map_or(String::new(), |tally| tally.runs.to_string()),
            (facts.sabotage_of)(*id).unwrap_or_default(),
        ];
        let cells: Vec<String> =
            cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'a>(
        suite: Option<&'a Suite>,
        none: &'a dyn Fn(RuleId) -> Option<String>,
    ) -> Facts<'a> {
        Facts { checked: [RuleId::BITS_ERRCOUNT_007].into(), suite, sabotage_of: none }
    }

    #[test]
    fn an_entry_tells_all_about_a_rule() {
        let sabotage =
            |rule| (rule == RuleId::BITS_ERRCOUNT_007).then(|| "forgets-to-count".into());
        let text = entry(RuleId::BITS_ERRCOUNT_007, &facts(None, &sabotage));
        assert_eq!(text, include_str!("expected/entry.txt"));
    }

    #[test]
    fn rules_of_delivery_optimization_name_service_profile_and_page() {
        let none = |_| None;
        let facts = facts(None, &none);
        let text = entry(RuleId::DO_ERROR_008, &facts);
        assert!(text.contains("   Delivery Optimization (do-legacy), "), "{text}");
        assert!(text.contains("\n  page       "), "{text}");
        assert!(text.contains("learn.microsoft.com/"), "{text}");
        let of_agent = rulebook::all().find(|rule| rule.profile == "agent").expect("a rule");
        let text = entry(of_agent.rule_id().expect("its id"), &facts);
        assert!(text.contains("   IDODownload (do-download), "), "{text}");
        assert!(text.contains("   profile agent\n"), "{text}");
        let records: serde_json::Value =
            serde_json::from_str(&json(&[RuleId::BITS_ERROR_020], &facts)).expect("JSON");
        assert_eq!(records[0]["service"], "do-legacy");
        assert_eq!(records[0]["profile"], "any");
    }

    #[test]
    fn lists_keep_to_a_hundred_columns() {
        let text = list(RuleId::ALL);
        assert_eq!(text.lines().count(), RuleId::ALL.len());
        let wide = text.lines().find(|line| line.chars().count() > 100);
        assert_eq!(wide, None);
    }

    #[test]
    fn what_was_found_is_listed_up_to_forty_rules() {
        let all = found("job", &RuleId::ALL[..42]);
        assert!(all.starts_with("no rule or family has the name `job`; 42 rules speak of it:\n\n"));
        assert!(all.ends_with("\nand 2 more; another word narrows it down\n"), "{all}");
        assert_eq!(all.lines().count(), 43);
        let one = found("job", &RuleId::ALL[..1]);
        assert!(one.contains("`; 1 rule speaks of it:\n\nBITS-STATE-001  "), "{one}");
        assert_eq!(one.lines().count(), 3);
    }

    #[test]
    fn the_list_of_families_says_what_they_are_about_within_a_hundred_columns() {
        let none = |_| None;
        let text = families(&facts(None, &none));
        assert!(text.contains("\nBITS-ERRCOUNT        14        1  what raises the error count"));
        let wide = text.lines().find(|line| line.chars().count() > 100);
        assert_eq!(wide, None);
    }

    #[test]
    fn json_and_markdown_have_an_entry_for_each_rule() {
        let suite = Suite::default();
        let none = |_| None;
        let facts = facts(Some(&suite), &none);
        let records: serde_json::Value =
            serde_json::from_str(&json(RuleId::ALL, &facts)).expect("JSON");
        assert_eq!(records.as_array().map(Vec::len), Some(RuleId::ALL.len()));
        assert_eq!(records[0]["id"], "BITS-STATE-001");
        assert_eq!(records[0]["checked"], false);
        assert_eq!(markdown(RuleId::ALL, &facts).lines().count(), RuleId::ALL.len() + 2);
        assert!(facts.is_uncovered(RuleId::BITS_ERRCOUNT_007));
        assert!(!facts.is_uncovered(RuleId::BITS_ERRCOUNT_001), "nobody checks it yet");
    }
}
