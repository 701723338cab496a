//! Two plays of one run, which must not differ.

use bitsim_replay::Run;
use bitsim_replay::twice::{self, Side};

/// Where two plays of one run part, in words; `None` if they are the same to the last byte. Digests
/// that agree prove nothing by themselves, so the traces are compared as well.
#[must_use]
pub fn difference(run: &Run, again: &Run) -> Option<String> {
    if run.digest == again.digest && run.trace != again.trace {
        let digest = run.digest;
        return Some(format!("two traces have the same digest, {digest}, and are not the same"));
    }
    let found = twice::difference(&Side::of(run), &Side::of(again))?;
    let name = |job| match run.job_name(job) {
        Some(name) => format!("`{name}`"),
        None => format!("job number {}", u64::from(job.0) + 1),
    };
    Some(found.text(&twice::spelled, &name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitsim_replay::binary;
    use bitsim_vocab::Target;

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
        assert!(told.starts_with("two traces have the same digest, "), "{told}");
        other.digest = binary::digest(&other.trace);
        let told = difference(&run, &other).expect("they part");
        assert!(told.contains("part at event 5\n  both    00:00:00"), "{told}");
        assert!(told.contains("\n  second  the run is over: "), "{told}");
        assert!(told.contains("\n`a` before that: SUSPENDED, no error information"), "{told}");
        let other = Run { digest: other.digest, ..run.clone() };
        assert!(difference(&run, &other).is_some_and(|told| told.contains("two digests")));
    }
}
