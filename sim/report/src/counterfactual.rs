//! What a failure depends on, found by playing the scenario again: without each of its faults, and
//! on other targets.

use crate::failure::{self, Failure};
use crate::places;
use bitsim_oracle::Outcome;
use bitsim_replay::{FailureKind, Run};
use bitsim_scenario::Plan;
use bitsim_scenario::plan::Act;
use bitsim_vocab::Target;
use bitsim_vocab::world::{Block, Disturbance};

/// No more than this many plays without a fault.
pub const MOST_PLAYS: usize = 30;

/// Nobody waits for more events than this to be played again.
pub const MOST_EVENTS: u32 = 400_000;

/// The outcome of playing a scenario without what one line of it does to the world.
struct Without {
    line: u32,
    /// The keys of what the line does, where it does several things.
    keys: Vec<&'static str>,
    holds: bool,
    remaining: Vec<Failure>,
}

/// The outcome of playing it on another target.
struct Elsewhere {
    target: Target,
    plan: Plan,
    run: Run,
    failures: Vec<Failure>,
}

/// Plays of one scenario without each of its faults, and on other targets. A fault is left out
/// together with what else its line does to the world.
pub struct Counterfactual {
    plays: Vec<Without>,
    elsewhere: Vec<Elsewhere>,
    /// True if there was more to try.
    cut: bool,
}

/// Plays plans as long as there are events left to spend.
struct Budget<'a> {
    events: u32,
    play: &'a mut dyn FnMut(&Plan) -> Option<Run>,
    /// True if something was not played to its end.
    cut: bool,
}

impl Budget<'_> {
    /// What comes of a plan; nothing if that would take too long or upsets the simulator.
    fn play(&mut self, plan: &mut Plan) -> Option<Run> {
        if self.events == 0 {
            self.cut = true;
            return None;
        }
        let limit = plan.limits.events;
        plan.limits.events = limit.min(self.events);
        let run = (self.play)(plan)?;
        let played = u32::try_from(run.trace.events.len()).unwrap_or(u32::MAX);
        let cut = plan.limits.events < limit && played >= plan.limits.events;
        plan.limits.events = limit;
        self.events = self.events.saturating_sub(played);
        self.cut |= cut;
        (!cut).then_some(run)
    }
}

impl Counterfactual {
    /// Plays the plan again and again, and the plans of the same scenario for other targets. `play`
    /// must play a plan as it was played before, or say that it cannot. The search ends early once
    /// [`MOST_EVENTS`] events have been played.
    #[must_use]
    pub fn explore(
        plan: &Plan,
        elsewhere: Vec<Plan>,
        play: &mut dyn FnMut(&Plan) -> Option<Run>,
    ) -> Self {
        let mut budget = Budget { events: MOST_EVENTS, play, cut: false };
        let mut lines: Vec<u32> = plan
            .steps
            .iter()
            .flat_map(|step| &step.acts)
            .filter(|act| matches!(act.value, Act::Disturb { .. }))
            .map(|act| act.place.line)
            .collect();
        lines.sort_unstable();
        lines.dedup();
        budget.cut |= lines.len() > MOST_PLAYS;
        lines.truncate(MOST_PLAYS);
        let mut plays = Vec::new();
        for line in lines {
            let mut without = plan.clone();
            let mut keys = Vec::new();
            for step in &mut without.steps {
                step.acts.retain(|act| match &act.value {
                    Act::Disturb { what, .. } if act.place.line == line => {
                        keys.push(key(what));
                        false
                    }
                    _ => true,
                });
            }
            if keys.len() == 1 {
                keys.clear();
            }
            keys.dedup();
            if let Some(run) = budget.play(&mut without) {
                let remaining = failure::failures(&without, &run);
                plays.push(Without { line, keys, holds: run.holds(), remaining });
            }
        }
        let elsewhere = elsewhere.into_iter().filter_map(|mut plan| {
            let run = budget.play(&mut plan)?;
            let failures = failure::failures(&plan, &run);
            Some(Elsewhere { target: plan.target, plan, run, failures })
        });
        let elsewhere = elsewhere.collect();
        Self { plays, elsewhere, cut: budget.cut }
    }

    /// What a failure depends on, a clause a line. `None` if there is nothing to say, and for a
    /// rule that the run did not exercise: leaving something out is no way to exercise it.
    #[must_use]
    pub fn explain(&self, failure: &Failure) -> Option<String> {
        if failure.is_idle() {
            return None;
        }
        let mut said: Vec<String> = self.of_faults(failure).into_iter().collect();
        said.extend(self.of_targets(failure));
        if let Some(last) = said.last_mut()
            && self.cut
        {
            last.push_str(" (not everything was tried)");
        }
        (!said.is_empty()).then(|| said.join("\n"))
    }

    fn of_faults(&self, failure: &Failure) -> Option<String> {
        let gone = |play: &&Without| !play.remaining.iter().any(|other| failure.is_like(other));
        let passing: Vec<&Without> = self.plays.iter().filter(|play| play.holds).collect();
        if !passing.is_empty() {
            return Some(format!("without {} the scenario passes", any_of(&passing)));
        }
        let mending: Vec<&Without> = self.plays.iter().filter(gone).collect();
        if !mending.is_empty() {
            let what = match failure {
                Failure::Rule { violation, .. } => format!("{} is not broken", violation.rule),
                Failure::Demand(_) => "this does not fail".to_owned(),
            };
            return Some(format!("without {} {what}", any_of(&mending)));
        }
        match self.plays.as_slice() {
            [] => None,
            _ if self.cut => None,
            [only] => Some(format!("it fails without {}, too", only.name())),
            _ => Some("it fails without any one of the faults, too".to_owned()),
        }
    }

    /// `also breaks on bits@1.5; holds on bits@3.0`
    fn of_targets(&self, failure: &Failure) -> Option<String> {
        let names = |which: &dyn Fn(&&Elsewhere) -> bool| {
            let names = self.elsewhere.iter().filter(which).map(|one| one.target.to_string());
            names.collect::<Vec<_>>()
        };
        let breaks = names(&|one| one.failures.iter().any(|other| failure.is_like(other)));
        let holds = names(&|one| one.holds(failure));
        let clause = |what: &str, list: &[String]| {
            (!list.is_empty()).then(|| format!("{what} on {}", joined(list, "and")))
        };
        let said: Vec<String> = [clause("also breaks", &breaks), clause("holds", &holds)]
            .into_iter()
            .flatten()
            .collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}

impl Elsewhere {
    /// True if what failed was put to the test here, and all is well.
    fn holds(&self, failure: &Failure) -> bool {
        let well = self.failures.iter().all(Failure::is_idle);
        well && match failure {
            Failure::Rule { violation, .. } => {
                matches!(self.run.findings.outcome(violation.rule), Outcome::Held(_))
            }
            Failure::Demand(demand) => {
                let asked = places::asks_at(&self.plan, demand.place);
                asked || demand.kind == FailureKind::Unsettled
            }
        }
    }
}

impl Without {
    /// `line 37`; `` `exit_client` and `log_off` of line 24``, where more stands in the line.
    fn name(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(|key| format!("`{key}`")).collect();
        match keys.as_slice() {
            [] => format!("line {}", self.line),
            keys => format!("{} of line {}", joined(keys, "and"), self.line),
        }
    }
}

/// `line 37`, `line 15 or line 37`, `line 3, line 15 or line 37`.
fn any_of(plays: &[&Without]) -> String {
    let said: Vec<String> = plays.iter().map(|play| play.name()).collect();
    joined(&said, "or")
}

/// The key under which a scenario brings this about.
const fn key(what: &Disturbance) -> &'static str {
    match what {
        Disturbance::NetworkLost => "disconnect",
        Disturbance::NetworkRegained => "connect",
        Disturbance::BlockBegins(Block::Cost) => "meter",
        Disturbance::BlockEnds(Block::Cost) => "unmeter",
        Disturbance::BlockBegins(_) => "block",
        Disturbance::BlockEnds(_) => "unblock",
        Disturbance::Bandwidth(_) => "bandwidth",
        Disturbance::PoliciesChange(_) => "policies",
        Disturbance::NetworkConditions(_) => "network",
        Disturbance::ServiceStops => "stop_service",
        Disturbance::ServiceStarts => "start_service",
        Disturbance::LocalFileDeleted(_) => "delete_local",
        Disturbance::LogOn(_) => "log_on",
        Disturbance::LogOff(_) => "log_off",
        Disturbance::RunAs(_) => "run_as",
        Disturbance::ClientStarts(_) => "start_client",
        Disturbance::ClientExits(_) => "exit_client",
        Disturbance::VolumeLocked(_) => "lock_volume",
        Disturbance::VolumeUnlocked(_) => "unlock_volume",
        Disturbance::VolumeChanged(_) => "change_volume",
        Disturbance::VolumeSpace(..) => "volume_space",
        Disturbance::PathDenied(..) => "deny",
        Disturbance::PathAllowed(..) => "allow",
        Disturbance::RemoteFileChanges { .. } => "change_remote",
        Disturbance::LocalFileChanges { .. } => "change_local",
        Disturbance::FaultBegins(_) => "fault",
        Disturbance::FaultEnds(_) => "heal",
        Disturbance::WallClockMoves(_) => "move_wall_clock",
        Disturbance::ServiceRestarts { .. } => "restart_service",
        Disturbance::ComputerRestarts => "restart_computer",
    }
}

/// `A, B or C`.
fn joined(texts: &[String], last_by: &str) -> String {
    match texts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {last_by} {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use bitsim_oracle::Findings;
    use bitsim_vocab::RuleId;

    fn explore(
        plan: &Plan,
        elsewhere: Vec<Plan>,
        play: &mut dyn FnMut(&Plan) -> Run,
    ) -> Counterfactual {
        Counterfactual::explore(plan, elsewhere, &mut |plan| Some(play(plan)))
    }

    fn disturbances(plan: &Plan) -> Vec<&Disturbance> {
        let acts = plan.steps.iter().flat_map(|step| &step.acts);
        acts.filter_map(|act| match &act.value {
            Act::Disturb { what, .. } => Some(what),
            _ => None,
        })
        .collect()
    }

    /// A player in whose world the failure comes from the pulled cable alone.
    fn play(plan: &Plan) -> Run {
        let mut run = sample::run();
        if !disturbances(plan).contains(&&Disturbance::NetworkLost) {
            run.findings = Findings::default();
            run.failures.clear();
        }
        run
    }

    #[test]
    fn the_line_that_matters_is_named() {
        let plan = sample::plan();
        let mut left_out = Vec::new();
        let found = explore(&plan, Vec::new(), &mut |without| {
            left_out.push(disturbances(without).len());
            play(without)
        });
        assert_eq!(left_out, [1, 1], "one play for each of the two faults");
        let failure = &failure::failures(&plan, &sample::run())[0];
        assert_eq!(found.explain(failure).as_deref(), Some("without line 17 the scenario passes"));
    }

    #[test]
    fn a_failure_that_no_fault_explains_says_so() {
        let plan = sample::plan();
        let found = explore(&plan, Vec::new(), &mut |_| sample::run());
        let failure = &failure::failures(&plan, &sample::run())[0];
        assert_eq!(
            found.explain(failure).as_deref(),
            Some("it fails without any one of the faults, too")
        );
        let mut calm = plan;
        calm.steps.clear();
        assert_eq!(explore(&calm, Vec::new(), &mut play).explain(failure), None);
    }

    #[test]
    fn other_targets_are_named_in_one_line() {
        let plan = sample::plan();
        let failure = &failure::failures(&plan, &sample::run())[0];
        let on = |target| Plan { target, ..sample::plan() };
        let others = vec![on(Target::bits(1, 5)), on(Target::bits(3, 0))];
        let found = explore(&plan, others, &mut |plan| {
            let mut run = sample::run();
            if plan.target == Target::bits(3, 0) {
                run.findings = Findings::default();
                run.findings.held(RuleId::BITS_ERRCOUNT_004);
                run.failures.clear();
            }
            run
        });
        let said = "it fails without any one of the faults, too\n\
                    also breaks on bits@1.5; holds on bits@3.0";
        assert_eq!(found.explain(failure).as_deref(), Some(said));
    }

    /// The sample's run, with so many events that no second one like it is played.
    fn long_run() -> Run {
        let mut run = sample::run();
        let last = run.trace.events.last().cloned().expect("an event");
        run.trace.events.resize(MOST_EVENTS as usize, last);
        run
    }

    #[test]
    fn what_was_not_tried_is_said() {
        let mut plan = sample::plan();
        plan.limits.events = MOST_EVENTS + 1;
        let failure = &failure::failures(&plan, &sample::run())[0];
        let others = || {
            let on = |target| Plan { target, ..plan.clone() };
            vec![on(Target::bits(1, 5)), on(Target::bits(3, 0))]
        };
        let mut calm = plan.clone();
        calm.steps.clear();
        let all = explore(&calm, others(), &mut |_| sample::run());
        let said = all.explain(failure);
        assert_eq!(said.as_deref(), Some("also breaks on bits@1.5 and bits@3.0"));
        // The second play takes all the events that are left.
        let mut plays = 0;
        let cut = explore(&calm, others(), &mut |_| {
            plays += 1;
            if plays == 2 { long_run() } else { sample::run() }
        });
        let said = cut.explain(failure);
        assert_eq!(said.as_deref(), Some("also breaks on bits@1.5 (not everything was tried)"));
        // After the first nothing is left to play.
        let mut plays = 0;
        let none = explore(&calm, others(), &mut |_| {
            plays += 1;
            long_run()
        });
        assert_eq!((none.explain(failure), none.cut), (None, true));
        assert_eq!(plays, 1);
    }

    #[test]
    fn several_things_in_one_line_are_named() {
        let (mut plan, mut line) = (sample::plan(), 0);
        let acts = plan.steps.iter_mut().flat_map(|step| &mut step.acts);
        for act in acts.filter(|act| matches!(act.value, Act::Disturb { .. })) {
            line = if line == 0 { act.place.line } else { line };
            act.place.line = line;
        }
        let found = explore(&plan, Vec::new(), &mut play);
        let failure = &failure::failures(&plan, &sample::run())[0];
        let said = found.explain(failure).expect("a line");
        let keys: Vec<String> =
            disturbances(&plan).iter().map(|what| format!("`{}`", key(what))).collect();
        assert_eq!(keys.len(), 2);
        let named = keys.join(" and ");
        assert_eq!(said, format!("without {named} of line {line} the scenario passes"));
    }

    #[test]
    fn lines_are_listed_as_people_do() {
        let line = |line| Without { line, keys: Vec::new(), holds: false, remaining: Vec::new() };
        let all = [line(3), line(15), line(37)];
        assert_eq!(any_of(&[&all[0]]), "line 3");
        assert_eq!(any_of(&all.iter().collect::<Vec<_>>()), "line 3, line 15 or line 37");
    }
}
