//! A page for each diagnostic: what it means, why, and an example of right and wrong.
//!
//! A page is a Markdown file. Its examples are blocks that begin with ` ```yaml wrong ` and
//! ` ```yaml right ` and hold only the sections of a scenario that matter; [`Example::scenario`]
//! puts those around them that a scenario cannot do without.

use bitsim_scenario::DIAGNOSTICS;

macro_rules! pages {
    ($($id:literal)*) => {
        /// Every page by its id.
        const PAGES: &[(&str, &str)] =
            &[$(($id, include_str!(concat!("explain/", $id, ".md"))),)*];
    };
}

pages! {
    "SCN-001" "SCN-002" "SCN-003" "SCN-004" "SCN-005" "SCN-006" "SCN-007" "SCN-008" "SCN-009"
    "SCN-010" "SCN-011" "SCN-012" "SCN-013" "SCN-014" "SCN-015" "SCN-016" "SCN-018" "SCN-019"
    "SCN-020" "SCN-022" "SCN-023" "SCN-024" "SCN-025" "SCN-026" "SCN-027" "SCN-028" "SCN-029"
    "SCN-030" "SCN-031" "SCN-032" "SCN-033" "SCN-034" "SCN-035" "SCN-036" "SCN-037" "SCN-038"
    "SCN-039" "SCN-040" "SCN-041" "SCN-042" "SCN-099"
}

/// Sections that a scenario needs, for examples that leave them out.
const FRAME: &[(&str, &str)] = &[
    ("scenario", "scenario: an example\n"),
    ("run_on", "run_on: [bits]\n"),
    ("servers", "servers:\n  cdn.test: {bandwidth: 1 MiB/s}\n"),
    (
        "jobs",
        "jobs:\n  payroll:\n    type: download\n    files:\n      \
         - {url: \"https://cdn.test/payroll.cab\", size: 100 MiB}\n",
    ),
    ("timeline", "timeline:\n  - at: 0s\n    do: {resume: payroll}\n"),
];

/// An example of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example<'p> {
    /// True if it is how to write it, false if it has the mistake.
    pub right: bool,
    /// The lines of the example.
    pub text: &'p str,
}

impl Example<'_> {
    /// The example as a whole scenario.
    #[must_use]
    pub fn scenario(&self) -> String {
        let has = |section: &str| {
            let title = |line: &str| line.split(':').next() == Some(section);
            self.text.lines().any(title)
        };
        let mut whole = String::new();
        for (section, text) in FRAME {
            let is_there = has(section) || (*section == "jobs" && has("downloads"));
            if !is_there {
                whole.push_str(text);
            }
        }
        whole + self.text
    }
}

/// The page of an id, as Markdown.
#[must_use]
pub fn page(id: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == id).map(|(_, page)| *page)
}

/// The examples of a page, in its order.
#[must_use]
pub fn examples(page: &str) -> Vec<Example<'_>> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, block)) = rest.split_once("```yaml ") {
        let Some((kind, block)) = block.split_once('\n') else { break };
        let Some((text, after)) = block.split_once("```") else { break };
        found.push(Example { right: kind == "right", text });
        rest = after;
    }
    found
}

/// What `bitsim explain SCN-004` prints: the page without its marks.
#[must_use]
pub fn text(id: &str) -> Option<String> {
    let mut shown = String::new();
    let mut in_block = false;
    for line in page(id)?.lines() {
        match line {
            "```" => in_block = false,
            "```yaml wrong" => {
                in_block = true;
                shown.push_str("Wrong:\n\n");
            }
            "```yaml right" => {
                in_block = true;
                shown.push_str("Right:\n\n");
            }
            "" => shown.push('\n'),
            _ if in_block => {
                shown.push_str("    ");
                shown.push_str(line);
                shown.push('\n');
            }
            _ if line.starts_with("# ") => {
                let meaning = DIAGNOSTICS.iter().find(|(known, _)| *known == id);
                shown.push_str(&format!("{id}: {}\n", meaning.map_or("", |(_, text)| text)));
            }
            _ => {
                shown.push_str(line);
                shown.push('\n');
            }
        }
    }
    Some(shown)
}

/// Every id with its meaning, one line each.
#[must_use]
pub fn list() -> String {
    let lines = DIAGNOSTICS.iter().map(|(id, meaning)| format!("{id}  {meaning}\n"));
    lines.collect::<String>() + "\nbitsim explain ID tells more\n"
}

/// The id that somebody means with `SCN-012`, `scn-12` or `12`.
#[must_use]
pub fn id_of(given: &str) -> Option<&'static str> {
    let lower = given.trim().to_ascii_lowercase();
    let number = lower.strip_prefix("scn").unwrap_or(&lower).trim_start_matches(['-', '_', ' ']);
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = if digits { number.parse().ok()? } else { return None };
    let id = format!("SCN-{number:03}");
    DIAGNOSTICS.iter().map(|(known, _)| *known).find(|known| *known == id)
}

/// The ids on both sides of one that does not exist, each with its meaning.
#[must_use]
pub fn near(given: &str) -> Vec<(&'static str, &'static str)> {
    let digits: String = given.chars().filter(char::is_ascii_digit).collect();
    let Ok(number) = digits.parse::<u32>() else { return Vec::new() };
    let id = format!("SCN-{number:03}");
    let after = DIAGNOSTICS.partition_point(|(known, _)| *known < id.as_str());
    let first = after.saturating_sub(1);
    DIAGNOSTICS.iter().skip(first).take(2).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_a_page_and_every_page_an_id() {
        let ids: Vec<&str> = DIAGNOSTICS.iter().map(|(id, _)| *id).collect();
        let pages: Vec<&str> = PAGES.iter().map(|(id, _)| *id).collect();
        assert_eq!(pages, ids);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/explain");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of the pages")
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let expected: Vec<String> = ids.iter().map(|id| format!("{id}.md")).collect();
        assert_eq!(files, expected);
    }

    #[test]
    fn pages_are_short_and_begin_with_their_meaning() {
        for (id, meaning) in DIAGNOSTICS {
            let page = page(id).expect("a page");
            assert!(page.starts_with(&format!("# {id}\n\n")), "{id}");
            let shown = text(id).expect("a text");
            assert!(shown.starts_with(&format!("{id}: {meaning}\n\n")), "{shown}");
            let lines = shown.lines().count();
            assert!((12..=30).contains(&lines), "{id} has {lines} lines");
            for line in shown.lines().skip(1) {
                assert!(line.chars().count() <= 80, "{id}: {line}");
                assert!(line.is_ascii(), "{id}: {line}");
            }
            assert!(page.contains("\nRepair: "), "{id} does not say what --fix can do");
        }
    }

    #[test]
    fn ids_are_understood_in_many_spellings() {
        for given in ["SCN-012", "scn-12", "12", "012", "SCN12", " scn_012 "] {
            assert_eq!(id_of(given), Some("SCN-012"), "{given}");
        }
        for given in ["", "SCN", "SCN-", "SCN-500", "x12", "1 2", "BITS-ERROR-012", "99999999999"] {
            assert_eq!(id_of(given), None, "{given}");
        }
        let near: Vec<&str> = near("SCN-017").into_iter().map(|(id, _)| id).collect();
        assert_eq!(near, ["SCN-016", "SCN-018"]);
    }

    #[test]
    fn a_page_is_printed_without_its_marks() {
        let text = text("SCN-010").expect("a text");
        assert!(!text.contains("```") && !text.contains("# "), "{text}");
        assert!(text.contains("\nWrong:\n\n    timeline:\n"), "{text}");
        assert!(text.contains("\nRight:\n\n    timeline:\n"), "{text}");
    }

    #[test]
    fn an_example_is_put_into_a_whole_scenario() {
        let example = Example { right: true, text: "run_on: [bits@1.5]\ntimeline: []\n" };
        let whole = example.scenario();
        assert_eq!(whole.matches("run_on:").count(), 1, "{whole}");
        assert_eq!(whole.matches("timeline:").count(), 1, "{whole}");
        assert!(whole.starts_with("scenario: an example\nservers:\n"), "{whole}");
    }
}
