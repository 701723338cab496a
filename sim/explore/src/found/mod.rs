//! Tells what was found: in a sentence, and as a scenario that fails as long as it is so.

mod expected;
mod healing;
mod sentence;

#[cfg(test)]
mod tests;

use crate::story::stage::Stage;
use crate::story::write::{self, Returns, Telling};
use crate::story::{Broken, Story};
use bitsim_engine::sabotage::Bug;
use bitsim_oracle::{Oracle, Outcome, Violation, Witness};
use bitsim_vocab::trace::End;
use bitsim_vocab::{Event, Hresult, RuleId};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What was found, small and told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The story that shows it.
    pub story: Story,
    /// What it breaks.
    pub broken: Broken,
    /// What happens, in one sentence.
    pub sentence: String,
    /// A name for the scenario: lower case, short, and its own.
    pub file_name: String,
    /// The scenario: it fails as the story does, and holds once what was found is right.
    pub scenario: String,
}

/// How something was found.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// The seed that the first story was drawn from.
    pub seed: u64,
    /// How it was drawn.
    pub strategy: &'a str,
    /// The version of bitsim.
    pub version: &'a str,
    /// The deliberate bug of the engine, if there is one.
    pub bug: Option<&'static Bug>,
    /// Calls something and turns a panic into its message.
    pub guard: fn(&mut dyn FnMut()) -> Result<(), String>,
}

impl Found {
    /// Tells what `story` breaks. The same story and the same finding give the same texts.
    pub fn tell(story: Story, broken: Broken, how: &How<'_>) -> Self {
        let account = Account::of(&story, &broken, how);
        let sentence = account.sentence(&broken);
        let telling = Telling {
            title: &sentence,
            rules: &account.rules(),
            returns: &account.returns,
            expect: &account.expect,
            ending: &account.ending,
            ..Telling::default()
        };
        let plain = write::told(&account.told, &telling);
        let file_name = format!("{}_{:08x}.yaml", account.slug(&broken), hash(&plain));
        let remarks = remarks(how, &file_name);
        let scenario = write::told(&account.told, &Telling { remarks: &remarks, ..telling });
        Self { story, broken, sentence, file_name, scenario }
    }

    /// Writes the scenario into a folder, which is made if it is not there. A file that tells the
    /// same stays as it is, and one that tells something else keeps its name.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep_in(&self, folder: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let stem = self.file_name.trim_end_matches(".yaml");
        for number in 1_u32.. {
            let path = match number {
                1 => folder.join(&self.file_name),
                number => folder.join(format!("{stem}_{number}.yaml")),
            };
            match fs::read_to_string(&path) {
                Ok(text) if without_remarks(&text) == without_remarks(&self.scenario) => {
                    return Ok(path);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs::write(&path, &self.scenario)?;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

/// What is told below the remarks on top.
fn without_remarks(text: &str) -> &str {
    text.split_once("\nscenario: ").map_or(text, |(_, rest)| rest)
}

fn remarks(how: &How<'_>, file_name: &str) -> Vec<String> {
    let How { seed, strategy, version, .. } = how;
    let bug = how.bug.map(|bug| format!("The engine had the deliberate bug `{}`.", bug.name));
    [format!("Found by bitsim {version}: explore, strategy {strategy}, seed {seed}; made small.")]
        .into_iter()
        .chain(bug)
        .chain([format!("Again: bitsim run scenarios/found/{file_name}")])
        .collect()
}

/// FNV-1a, so that the same scenario gets the same name.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// What came of a story when it was played to be told.
struct Account {
    /// The story as the scenario tells it: with the end in which all trouble is over, if what is
    /// wrong only shows then.
    told: Story,
    /// What happened.
    events: Vec<Event>,
    /// How it ended, unless it panicked.
    end: Option<End>,
    /// What was broken, if it is a rule.
    violation: Option<Violation>,
    /// What happens without the deliberate bug, if there is one.
    right: Option<(Vec<Event>, Option<End>)>,
    /// What the scenario says that calls return.
    returns: Vec<Returns>,
    expect: Vec<(usize, String)>,
    ending: Vec<String>,
}

impl Account {
    fn of(story: &Story, broken: &Broken, how: &How<'_>) -> Self {
        let is_liveness = broken.name == "liveness";
        let mut told = if is_liveness { healing::healed(story) } else { story.clone() };
        let (mut stage, mut end) = play(&told, how);
        if is_liveness {
            let whole = story.clone().with_everything_healed();
            let (other, other_end) = play(&whole, how);
            let ends = |stage: &Stage| (stage.states(), stage.situations());
            if ends(&stage) != ends(&other) {
                (told, stage, end) = (whole, other, other_end);
            }
        }
        let (events, returned) = (stage.events.clone(), stage.returned.clone());
        let violation = end.and_then(|end| {
            let findings = stage.judge(end);
            let mut all = findings.violations().iter();
            all.find(|found| found.rule.text() == broken.name).cloned()
        });
        // With a deliberate bug it is known what the calls should return.
        let right = how.bug.map(|_| play(&told, &How { bug: None, ..*how }));
        let returned = right.as_ref().map_or(&returned, |(stage, _)| &stage.returned);
        let made = |hr: &Option<Hresult>| hr.map_or(Returns::NotMade, Returns::Code);
        let mut account = Self {
            returns: returned.iter().map(made).collect(),
            ending: match is_liveness {
                true => healing::ending(&told, broken),
                false => Vec::new(),
            },
            expect: Vec::new(),
            told,
            events,
            end,
            violation,
            right: right.map(|(stage, end)| (stage.events, end)),
        };
        account.fill_in();
        account
    }

    /// Puts what the documentation says in the place of what the violation is about, if it is not
    /// known what calls return.
    fn fill_in(&mut self) {
        let Some(violation) = &self.violation else { return };
        let Some(filled) = expected::of(&self.told, &self.events, violation) else { return };
        match filled {
            expected::Filled::Returns(..) if self.right.is_some() => {}
            expected::Filled::Returns(step, due) => {
                if let Some(returns) = self.returns.get_mut(step) {
                    *returns = due;
                }
            }
            expected::Filled::Check(step, check) => self.expect.push((step, check)),
        }
    }

    /// The rule that is broken, if it will have been put to the test once nothing is wrong: a
    /// scenario that names a rule demands so.
    fn rules(&self) -> Vec<RuleId> {
        let Some(violation) = &self.violation else { return Vec::new() };
        let (events, end) = match &self.right {
            Some((events, end)) => (events, *end),
            None => (&self.events, self.end),
        };
        let Some(end) = end else { return Vec::new() };
        let mut oracle = Oracle::new(&self.told.setup).with_witnesses();
        events.iter().for_each(|event| oracle.observe(event));
        let findings = oracle.finish(end);
        let exercised = if self.right.is_some() {
            matches!(findings.outcome(violation.rule), Outcome::Held(_))
        } else {
            let before = |one: &Witness| one.rule == violation.rule && one.event < violation.event;
            let about = expected::call_at(events, violation)
                .is_some_and(|(_, called)| expected::is_about(violation, called));
            about || findings.witnesses().iter().any(before)
        };
        exercised.then_some(violation.rule).into_iter().collect()
    }
}

/// Plays a story; how it ended is known unless it panicked.
fn play(story: &Story, how: &How<'_>) -> (Stage, Option<End>) {
    let mut stage = Stage::new(story, how.bug);
    let mut end = None;
    let survived = (how.guard)(&mut || end = Some(stage.play_all(story)));
    (stage, end.filter(|_| survived.is_ok()))
}
