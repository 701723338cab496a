//! What an exploration found, told.

use super::reached::{Reached, listed};
use super::{Alphabet, Graph};
use bitsim_vocab::RuleId;
use serde::Serialize;
use std::fmt::Write as _;

/// The figures of an exploration, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The service.
    pub target: String,
    /// Jobs in the world.
    pub jobs: u32,
    /// Lasting disturbances that may be in force at once.
    pub disturbances_at_once: u32,
    /// Everything that can happen, by name.
    pub letters: Vec<&'static str>,
    /// States told apart.
    pub states: u64,
    /// Letters played, each judged by every rule.
    pub edges: u64,
    /// Those that left the state as it was.
    pub loops: u64,
    /// The length of the longest of the shortest paths.
    pub depth: usize,
    /// States by the length of the shortest path to them.
    pub levels: Vec<u64>,
    /// Everything within the bounds was seen.
    pub complete: bool,
    /// What ended it before: states, depth, memory or interrupted.
    pub bound: Option<String>,
    /// Milliseconds.
    pub elapsed: u64,
    /// Cells and rules.
    #[serde(flatten)]
    pub reached: Reached,
    /// What is wrong.
    pub broken: Vec<Failure>,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The rule, if it is one.
    pub rule: Option<&'static str>,
    /// In a sentence.
    pub text: String,
    /// What happens, by name.
    pub path: Vec<&'static str>,
}

impl Report {
    /// The report of an exploration that took so many milliseconds.
    #[must_use]
    pub fn new(alphabet: &Alphabet, graph: &Graph, elapsed: u64) -> Self {
        let name = |letter: &u8| alphabet.letters[usize::from(*letter)].name;
        Self {
            target: alphabet.scope.target.to_string(),
            jobs: alphabet.scope.jobs,
            disturbances_at_once: alphabet.scope.disturbances,
            letters: alphabet.names(),
            states: graph.states,
            edges: graph.edges,
            loops: graph.loops,
            depth: graph.depth(),
            levels: graph.levels.clone(),
            complete: graph.complete,
            bound: graph.bound.map(|bound| bound.to_string()),
            elapsed,
            reached: Reached::of(graph),
            broken: graph
                .broken
                .iter()
                .map(|it| Failure {
                    rule: it.found.rule.map(RuleId::text),
                    text: it.found.text.clone(),
                    path: it.path.iter().map(name).collect(),
                })
                .collect(),
        }
    }

    /// The report for programs.
    #[must_use]
    pub fn json(&self) -> String {
        // Names and numbers can always be written.
        serde_json::to_string_pretty(self)
            .map_or_else(|error| error.to_string(), |text| text + "\n")
    }

    /// The report for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let end = match &self.bound {
            None if self.complete => "all of them".to_owned(),
            None => "ended by what is broken".to_owned(),
            Some(bound) => {
                // The last level was not looked at, or not all of it.
                let through = self.depth.saturating_sub(usize::from(bound != "depth"));
                format!("bound reached: {bound}; all within {through} letters were seen")
            }
        };
        let jobs = if self.jobs == 1 { "1 job".to_owned() } else { format!("{} jobs", self.jobs) };
        let _ = writeln!(
            text,
            "{} on {}, at most {} lasting disturbances at once\n\n\
             states   {} ({end})\n\
             edges    {}, {} of them back to where they began\n\
             depth    {}\n\
             levels   {}\n\
             time     {}.{:03} s",
            jobs,
            self.target,
            self.disturbances_at_once,
            self.states,
            self.edges,
            self.loops,
            self.depth,
            self.levels.iter().map(u64::to_string).collect::<Vec<_>>().join(" "),
            self.elapsed / 1_000,
            self.elapsed % 1_000,
        );
        let never = if self.complete { "that nothing here reaches" } else { "not reached" };
        let (yes, no) = (&self.reached.cells_reached, &self.reached.cells_never_reached);
        let cells = yes.len() + no.len();
        let _ = writeln!(text, "\ncells    {} of {cells} reached; {never}:", yes.len());
        listed(&mut text, no.iter().map(String::as_str));
        self.reached.tell_rules(&mut text);
        let _ = writeln!(text, "\nletters  {}:", self.letters.len());
        listed(&mut text, self.letters.iter().copied());
        for failure in &self.broken {
            let rule = failure.rule.unwrap_or("liveness");
            let _ = writeln!(text, "\nbroken   {rule}: {}", failure.text);
            for (number, step) in (1..).zip(&failure.path) {
                let _ = writeln!(text, "         {number:2}. {step}");
            }
        }
        text
    }
}
