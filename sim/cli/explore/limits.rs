//! Reading what limits a campaign.

use crate::cli::{Stop, moment};
use bitsim::explore::campaign::Strategy;
use bitsim::scenario::closest;
use std::time::Duration;

/// Reads the value of `--for`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let span = moment::span(text.trim_matches('\'').trim());
    let span = span.ok_or_else(|| "write a time as 60s, 10m or '1h 30m'".to_owned())?;
    let time = Duration::from_nanos(span.0.saturating_mul(100));
    if time.is_zero() { Err("nothing can be explored in no time".to_owned()) } else { Ok(time) }
}

/// Every strategy by name.
const ALL: [Strategy; 5] =
    [Strategy::Plain, Strategy::Swarm, Strategy::Order, Strategy::Guided, Strategy::Around];

/// Reads the value of `--strategy`.
pub(super) fn strategy(text: &str) -> Result<Strategy, String> {
    let found = ALL.into_iter().find(|strategy| strategy.name() == text);
    found.ok_or_else(|| match closest(text, ALL.map(Strategy::name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let names: Vec<String> = ALL.iter().map(|one| format!("`{one}`")).collect();
            format!("the strategies are {}", names.join(", "))
        }
    })
}

/// The strategies that are asked for, or all that there are where stories are given or not.
pub(super) fn strategies(asked: &[Strategy], given: bool) -> Result<Vec<Strategy>, Stop> {
    let possible = if given { &Strategy::NEAR[..] } else { &Strategy::OWN };
    if let Some(odd) = asked.iter().find(|strategy| !possible.contains(strategy)) {
        return Err(Stop::options(match given {
            true => format!(
                "with scenarios to begin at, the strategies are `around` and `guided`; `{odd}` \
                 draws stories from nothing"
            ),
            false => "`around` needs scenarios to begin at; name some".to_owned(),
        }));
    }
    let wanted = |strategy: &&Strategy| asked.is_empty() || asked.contains(strategy);
    Ok(possible.iter().filter(wanted).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_strategies_are_read_or_refused_with_a_reason() {
        assert_eq!(time("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(time("'1h 30m'"), Ok(Duration::from_secs(5_400)));
        for (text, says) in [("0", "60s"), ("0s", "no time"), ("soon", "60s"), ("", "60s")] {
            let told = time(text).expect_err(text);
            assert!(told.contains(says), "{told}");
        }
        assert_eq!(strategy("order"), Ok(Strategy::Order));
        assert_eq!(strategy("swram"), Err("did you mean `swarm`?".to_owned()));
        assert!(strategy("everything").is_err_and(|told| told.contains("`guided`")));
    }

    #[test]
    fn strategies_take_turns_in_one_order() {
        let asked = [Strategy::Order, Strategy::Plain, Strategy::Order];
        assert_eq!(strategies(&asked, false), Ok(vec![Strategy::Plain, Strategy::Order]));
        assert_eq!(strategies(&[], true), Ok(Strategy::NEAR.to_vec()));
        assert!(strategies(&[Strategy::Around], false).is_err());
        assert!(strategies(&[Strategy::Swarm], true).is_err());
    }
}
