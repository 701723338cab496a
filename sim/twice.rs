//! Two plays of one run, which must not differ.

use bitsim_replay::Run;

/// Where two plays of one run part, in words; `None` if they are the same to the last byte. Digests
/// that agree prove nothing by themselves, so the traces are compared as well.
#[must_use]
pub fn difference(run: &Run, again: &Run) -> Option<String> {
    if run.digest == again.digest && run.trace == again.trace {
        return None;
    }
    if run.trace == again.trace {
        let (one, other) = (&run.digest, &again.digest);
        return Some(format!("the same trace has two digests, {one} and {other}"));
    }
    let events = run.trace.events.iter().zip(&again.trace.events);
    let same = events.take_while(|(one, other)| one == other).count();
    let at = |run: &Run| match run.trace.events.get(same) {
        Some(event) => format!("{} {:?}", event.at, event.what),
        None => format!("the run is over: {:?}", run.trace.end),
    };
    Some(format!(
        "the same scenario gave two traces, which part at event {}\n  first   {}\n  second  {}",
        same + 1,
        at(run),
        at(again)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitsim_vocab::{Digest, Target};

    #[test]
    fn two_plays_that_part_are_told_apart() {
        let text = b"scenario: a file arrives\nrun_on: [bits]\nservers:\n  cdn.test: {}\n\
            jobs:\n  a: {type: download, files: [{url: 'http://cdn.test/a', size: 1 MiB}]}\n\
            timeline:\n  - at: 0s\n    do: {resume: a}\n";
        let scenario = bitsim_scenario::load("a.yaml", text).expect("it has no mistakes");
        let plan = crate::plan(&scenario, Target::BITS).expect("it runs there");
        let run = bitsim_replay::play(&plan);
        assert_eq!(difference(&run, &bitsim_replay::play(&plan)), None);
        let mut other = run.clone();
        other.trace.events.truncate(4);
        // The digest is still that of the whole trace: nobody may rely on it alone.
        let told = difference(&run, &other).expect("they part");
        assert!(told.contains("part at event 5\n  first   00:00:00"), "{told}");
        assert!(told.contains("\n  second  the run is over: "), "{told}");
        other.digest = Digest::of(&other.trace);
        assert_eq!(difference(&run, &other), Some(told));
        let other = Run { digest: other.digest, ..run.clone() };
        assert!(difference(&run, &other).is_some_and(|told| told.contains("two digests")));
    }
}
