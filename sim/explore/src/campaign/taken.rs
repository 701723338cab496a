//! What a campaign keeps of the stories that were played, taken in by the order of their seeds.

use super::coverage::Coverage;
use super::deal::Corpus;
use super::generation::Play;
use super::look;
use super::parts::Part;
use super::report::{Arm, Ended, FORMAT, Finding, Never, Report, Totals, VERSION};
use super::{Settings, Standing, Stop, Watcher};
use crate::found::{Found, How};
use crate::minimise::minimise;
use crate::story::{Broken, Story};
use std::sync::Arc;

/// It is worth plays with so many events in all to make a story small.
const MOST_EVENTS: u64 = 5_000_000;

/// A campaign under way.
pub(super) struct Taken<'a> {
    settings: &'a Settings,
    coverage: Coverage,
    totals: Totals,
    arms: Vec<Arm>,
    findings: Vec<Finding>,
    last: Option<u64>,
    ended: Ended,
}

impl<'a> Taken<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        let arm = |name: &str| Arm { name: name.to_owned(), ..Arm::default() };
        Self {
            settings,
            coverage: Coverage::default(),
            totals: Totals::default(),
            arms: settings.strategies.iter().map(|strategy| arm(strategy.name())).collect(),
            findings: Vec::new(),
            last: None,
            ended: Ended::Complete,
        }
    }

    pub(super) const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    pub(super) fn standing(&self) -> Standing {
        let [rules, cells, moves] = self.coverage.counts();
        let (stories, findings) = (self.totals.stories, self.findings.len());
        Standing { stories, rules, cells, moves, findings }
    }

    /// Takes a generation in. True once so much is broken as was asked for; the rest of the
    /// generation is left out then.
    pub(super) fn take_in(
        &mut self,
        played: Vec<Play>,
        corpus: &mut Corpus,
        watcher: &dyn Watcher,
    ) -> bool {
        for play in played {
            self.take(&play, corpus, watcher);
            if self.settings.stop_after.is_some_and(|most| self.findings.len() >= most) {
                return true;
            }
        }
        false
    }

    fn take(&mut self, play: &Play, corpus: &mut Corpus, watcher: &dyn Watcher) {
        let Play { hand, story, seen, look, nanos } = play;
        self.last = Some(hand.seed);
        self.totals.stories += 1;
        self.totals.events += seen.events;
        self.totals.healed += u64::from(look.healed);
        self.totals.twice += u64::from(look.twice);
        self.totals.broken += u64::from(seen.broken.is_some());
        let place = self.settings.strategies.iter().position(|other| *other == hand.strategy);
        if let Some(arm) = place.and_then(|place| self.arms.get_mut(place)) {
            arm.stories += 1;
            arm.broken += u64::from(seen.broken.is_some());
            arm.nanos += nanos;
        }
        let mut new = false;
        for feature in &seen.new {
            new |= self.coverage.add(*feature, hand.seed, hand.strategy);
        }
        if let Some(story) = story.as_ref().filter(|_| new) {
            corpus.keep(Arc::clone(story));
        }
        if let Some(broken) = &seen.broken {
            self.note(play, broken, watcher);
        }
    }

    /// Counts what is broken, or makes it small if it is new.
    fn note(&mut self, play: &Play, broken: &Broken, watcher: &dyn Watcher) {
        let target = match &play.story {
            Some(story) => story.setup.target,
            None => play.hand.target,
        };
        let key = match broken.name.as_str() {
            look::PANIC => look::place(&broken.text).to_owned(),
            name @ (look::LIVENESS | look::REPETITION) => {
                format!("{name} on {}", target.service.name())
            }
            rule => rule.to_owned(),
        };
        if let Some(known) = self.findings.iter_mut().find(|finding| finding.key == key) {
            known.stories += 1;
            return;
        }
        let small = play.story.as_ref().map(|story| self.small(story, broken, play, watcher));
        let mut finding = Finding {
            key,
            name: broken.name.clone(),
            target: target.to_string(),
            seed: play.hand.seed,
            by: play.hand.strategy.name().to_owned(),
            stories: 1,
            sentence: "no story could be drawn".to_owned(),
            text: broken.text.clone(),
            steps: 0,
            file: String::new(),
            scenario: String::new(),
        };
        if let Some((story, broken)) = small {
            self.file(&mut finding, story, broken);
        }
        watcher.found(&finding);
        self.findings.push(finding);
    }

    /// A story made small, and what it breaks in its own words.
    fn small(
        &self,
        story: &Story,
        broken: &Broken,
        play: &Play,
        watcher: &dyn Watcher,
    ) -> (Story, Broken) {
        let look = play.look;
        let mut events = 0;
        // A story that keeps the world busy is not played thousands of times.
        let mut fails = |story: &Story| {
            let over = events > MOST_EVENTS || watcher.stop() == Some(Stop::Interrupted);
            !over && look.breaks(story, broken, &mut events)
        };
        let small = minimise(story.clone(), &mut fails, self.settings.most_tries);
        let told = look.told(&small, broken);
        (small, told)
    }

    /// Writes a small story down.
    fn file(&self, finding: &mut Finding, story: Story, broken: Broken) {
        let how = How {
            seed: finding.seed,
            strategy: &finding.by,
            version: env!("CARGO_PKG_VERSION"),
            bug: self.settings.bug,
            guard: self.settings.guard,
        };
        let target = story.setup.target;
        let found = Found::tell(story, broken, &how);
        let read = bitsim_scenario::load(&found.file_name, found.scenario.as_bytes()).ok();
        let plan = read.and_then(|scenario| scenario.plan(target));
        // What healing adds at the end is a part of the timeline, too.
        finding.steps = plan.map_or(found.story.steps.len(), |plan| plan.steps.len());
        finding.text = found.broken.text;
        finding.sentence = found.sentence;
        finding.file = found.file_name;
        finding.scenario = found.scenario;
    }

    /// Why the campaign ended before it had to.
    pub(super) fn ends(&mut self, enough: bool, is_over: bool, stop: Option<Stop>) {
        self.ended = match stop {
            _ if enough => Ended::Enough,
            Some(Stop::Interrupted) => Ended::Interrupted,
            Some(Stop::TimeUp) if !is_over => Ended::TimeUp,
            _ => Ended::Complete,
        };
    }

    /// What it all came to.
    pub(super) fn report(self) -> Report {
        let settings = self.settings;
        let to = match (self.ended, self.last) {
            (Ended::Complete, _) => settings.seeds.to.or(Some(u64::MAX)),
            (_, last) => last.map(|last| last.saturating_add(1)),
        };
        let part = |to| Part { from: settings.seeds.from, to, shard: settings.shard };
        let mut targets: Vec<_> = match settings.around.as_slice() {
            [] => settings.targets.clone(),
            around => around.iter().map(|story| story.setup.target).collect(),
        };
        targets.sort_unstable();
        targets.dedup();
        let mut report = Report {
            format: FORMAT.to_owned(),
            version: VERSION,
            bitsim: env!("CARGO_PKG_VERSION").to_owned(),
            sabotage: settings.bug.map(|bug| bug.name.to_owned()),
            targets: targets.iter().map(ToString::to_string).collect(),
            given: settings.around.len(),
            parts: to.map(part).into_iter().collect(),
            ended: self.ended,
            totals: self.totals,
            strategies: self.arms,
            reached: self.coverage.named(),
            never: Never::default(),
            findings: self.findings,
        };
        report.settle();
        report
    }
}
