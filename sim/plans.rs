//! From a scenario to the plan for one target.

use bitsim_report::rulebook;
use bitsim_scenario::{Plan, Scenario};
use bitsim_vocab::{Profile, RuleId, Service, Target};

/// The plan of a scenario for one of its targets; `None` for any other target.
///
/// A scenario that runs on two versions, services or profiles may declare rules that only one of
/// them has. A declared rule is demanded where it holds; it is left out of the plan for a target on
/// which it does not, provided that another target of the scenario can exercise it.
#[must_use]
pub fn plan(scenario: &Scenario, target: Target) -> Option<Plan> {
    let mut plan = scenario.plan(target)?;
    let elsewhere = |rule| scenario.targets().iter().any(|other| holds_on(rule, *other));
    plan.rules.retain(|rule| holds_on(rule.value, target) || !elsewhere(rule.value));
    Some(plan)
}

/// True if the rule book says that the rule holds for this service in this version and profile.
#[must_use]
pub fn holds_on(rule: RuleId, target: Target) -> bool {
    let Some(rule) = rulebook::rule(rule) else { return true };
    let service = rule.applies.service == target.service.name();
    let profile = match rule.profile.as_str() {
        "windows" => target.profile == Profile::Windows,
        "agent" => target.profile == Profile::Agent,
        _ => true,
    };
    let version = target.service != Service::Bits || covers(&rule.applies.versions, target);
    service && profile && version
}

/// Reads `all`, `>=2.0`, `<=1.5` and `=3.0`.
fn covers(versions: &str, target: Target) -> bool {
    let number = versions.trim_start_matches(['<', '>', '=']);
    let Some((Ok(major), Ok(minor))) =
        number.split_once('.').map(|(major, minor)| (major.parse(), minor.parse()))
    else {
        return true;
    };
    let (version, bound) = (target.version, bitsim_vocab::Version::new(major, minor));
    match &versions[..versions.len() - number.len()] {
        ">=" => version >= bound,
        "<=" => version <= bound,
        _ => version == bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (versions, covered) in [
            ("all", [true, true, true]),
            (">=2.0", [false, true, true]),
            ("<=1.5", [true, false, false]),
            ("=3.0", [false, true, false]),
            (">=10.1", [false, false, true]),
        ] {
            let targets = [Target::bits(1, 5), Target::bits(3, 0), Target::BITS];
            assert_eq!(targets.map(|target| covers(versions, target)), covered, "{versions}");
        }
    }

    #[test]
    fn a_rule_is_demanded_where_it_holds() {
        let text = b"scenario: two versions\n\
            run_on: [bits, bits@1.5]\n\
            rules: [BITS-STATE-001, BITS-ERRCOUNT-007, BITS-ERRCOUNT-008]\n\
            servers:\n  cdn.test: {}\n\
            jobs:\n  a: {type: download, files: [{url: 'http://cdn.test/a', size: 1 MiB}]}\n\
            timeline:\n  - at: 0s\n    do: {resume: a}\n";
        let scenario = bitsim_scenario::load("two.yaml", text).expect("it has no mistakes");
        let rules = |target| {
            let plan = plan(&scenario, target).expect("it runs there");
            plan.rules.iter().map(|rule| rule.value.text()).collect::<Vec<_>>()
        };
        assert_eq!(rules(Target::BITS), ["BITS-STATE-001", "BITS-ERRCOUNT-007"]);
        assert_eq!(rules(Target::bits(1, 5)), ["BITS-STATE-001", "BITS-ERRCOUNT-008"]);
        assert_eq!(plan(&scenario, Target::bits(2, 0)), None);
    }

    #[test]
    fn a_rule_is_demanded_of_its_service_and_profile() {
        let text = b"scenario: every service\n\
            run_on: [bits, do-legacy, do-download, do-download@agent]\n\
            rules: [BITS-STATE-001, BITS-ERROR-020, DO-STATE-001, DOD-STATE-001, DOD-RETRY-004]\n\
            servers:\n  cdn.test: {}\n\
            jobs:\n  a: {type: download, files: [{url: 'http://cdn.test/a', size: 1 MiB}]}\n\
            timeline:\n  - at: 0s\n    do: {resume: a}\n";
        let scenario = bitsim_scenario::load("every.yaml", text).expect("it has no mistakes");
        let rules = |target| {
            let plan = plan(&scenario, target).expect("it runs there");
            plan.rules.iter().map(|rule| rule.value.text()).collect::<Vec<_>>()
        };
        assert_eq!(rules(Target::BITS), ["BITS-STATE-001"]);
        assert_eq!(rules(Target::DO_LEGACY), ["BITS-ERROR-020", "DO-STATE-001"]);
        assert_eq!(rules(Target::DO_DOWNLOAD), ["DOD-STATE-001"]);
        assert_eq!(rules(Target::DO_AGENT), ["DOD-STATE-001", "DOD-RETRY-004"]);
    }
}
