//! A path as a story.

use super::Counterexample;
use super::alphabet::Alphabet;
use super::letter::Does;
use super::place::{Desk, Did, Place, READS};
use crate::story::stage::Stage;
use crate::story::{Act, Step, Story, write};
use bitsim_engine::sabotage::Bug;
use bitsim_vocab::{JobId, RuleId, Span};

impl Alphabet {
    /// The story of a path. It is played once for the answers that callbacks get on it.
    #[must_use]
    pub fn story(&self, path: &[u8], bug: Option<&Bug>) -> Story {
        let mut desk = Desk::default();
        desk.remember();
        let mut place = Place::start(self, bug, None, &mut desk);
        let mut story = self.start.clone();
        let mut after = Span::ZERO;
        for letter in path {
            let does = &self.letters[usize::from(*letter)].does;
            for act in self.acts(does) {
                story.steps.push(Step { after, act });
                after = Span::ZERO;
            }
            let before = place.world.now();
            if place.play(self, does, &mut desk) == Did::Endless {
                break;
            }
            after = after + place.world.now().since(before);
        }
        if after > Span::ZERO {
            // A call that changes nothing stands for the time that goes on behind the last step.
            let look = bitsim_vocab::Call::EnumJobs { all_users: false };
            story.steps.push(Step { after, act: Act::Call(bitsim_vocab::ClientId(0), look) });
        }
        for (id, job) in (0..).map(JobId).zip(&mut story.jobs) {
            let answers = desk.answers(id);
            if !answers.is_empty() {
                job.answers = answers;
            }
            job.exits = desk.exits(id);
        }
        story
    }

    /// What a letter is in a story.
    fn acts(&self, does: &Does) -> Vec<Act> {
        match does {
            Does::Call(who, call) => vec![Act::Call(*who, call.clone())],
            Does::Calls(who, calls) => {
                calls.iter().map(|call| Act::Call(*who, call.clone())).collect()
            }
            Does::ReadError(who, job) => {
                READS.map(|call| Act::ReadError(*who, *job, call)).to_vec()
            }
            Does::Begin(which) => vec![self.lasting[*which].begins.clone()],
            Does::End(which) => vec![self.lasting[*which].ends.clone()],
            Does::Strike(what, _) => vec![Act::Disturb(what.clone())],
            Does::Go(_) | Does::Rest => Vec::new(),
        }
    }
}

/// The counterexample as a scenario, with a name for its file.
#[must_use]
pub fn scenario(
    alphabet: &Alphabet,
    counterexample: &Counterexample,
    bug: Option<&Bug>,
) -> (String, String) {
    let story = alphabet.story(&counterexample.path, bug);
    let mut stage = Stage::new(&story, bug);
    stage.play_all(&story);
    let rule = counterexample.found.rule.map_or("liveness", RuleId::text);
    let title = format!("{rule}: {}", counterexample.found.text.replace("{job}", "a job"));
    // What calls return with a bug is not what they should return.
    let returned = if bug.is_none() { &stage.returned[..] } else { &[] };
    let text = write::scenario(&title.replace('`', ""), &story, returned);
    let steps = story.steps.len();
    (format!("{}_in_{steps}_steps.yaml", rule.to_lowercase().replace('-', "_")), text)
}
