use super::*;
use crate::record::tests::record;
use bitsim_vocab::RuleId;

/// The sample as it was before somebody made disconnects count.
fn before() -> Record {
    let mut old = record();
    let run = &mut old.runs[0];
    let breach = run.broken.remove(0);
    run.outcome = "held".into();
    run.lines[breach.line].count = "1".into();
    run.held.push((RuleId::BITS_ERRCOUNT_004.index(), 1));
    for line in &mut run.lines {
        line.what = line.what.replace("GetErrorCount = S_OK 2", "GetErrorCount = S_OK 1");
    }
    old
}

#[test]
fn a_change_is_told_by_the_rule_that_it_breaks() {
    let changes = compare(&before(), &record());
    let first = &changes.changes[0];
    assert_eq!(first.rule.as_deref(), Some("BITS-ERRCOUNT-004"));
    assert_eq!(first.breaks, Breaks::Now);
    assert_eq!(
        first.change,
        "error count `1 -> 2` instead of `1` at `TRANSFERRING -> TRANSIENT_ERROR`"
    );
    assert_eq!(changes.changes.len(), 1, "what follows is not a change of its own");
    assert_eq!(changes.fail_now, ["bits::error_count::pulled_cable"]);
    let text = changes.text();
    assert_eq!(text, include_str!("../expected/changes.txt"), "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100));
    let markdown = changes.markdown();
    assert_eq!(markdown, include_str!("../expected/changes.md"), "\n{markdown}");
    let back = compare(&record(), &before());
    assert_eq!(back.changes[0].breaks, Breaks::NoLonger);
    assert_eq!(back.hold_now.len(), 1);
}

#[test]
fn what_is_no_longer_broken_is_told_beside_what_is_broken_now() {
    let (mut old, new) = (before(), record());
    let run = &mut old.runs[0];
    let (rule, what) = (RuleId::BITS_NET_001.index(), "it was wrong".to_owned());
    let line = run.lines.len() - 1;
    run.outcome = "broken".into();
    run.broken.push(crate::record::Breach { rule, line, what });
    let told = |changes: &Changes| {
        let turned = changes.changes.iter().filter(|change| change.breaks != Breaks::Neither);
        turned.map(|one| (one.breaks, one.rule.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    let (now, gone) = ("BITS-ERRCOUNT-004".to_owned(), "BITS-NET-001".to_owned());
    let changes = compare(&old, &new);
    assert_eq!(told(&changes), [(Breaks::Now, now.clone()), (Breaks::NoLonger, gone.clone())]);
    let back = compare(&new, &old);
    assert_eq!(told(&back), [(Breaks::Now, gone), (Breaks::NoLonger, now)]);
}

#[test]
fn the_same_is_no_change() {
    let changes = compare(&record(), &record());
    assert!(changes.is_empty());
    assert_eq!(changes.text(), "no run behaves differently (1 run compared)\n");
}

#[test]
fn without_a_broken_rule_the_one_that_held_at_the_line_speaks() {
    let (mut old, mut new) = (record(), record());
    let (rare, common) = (RuleId::BITS_NET_001.index(), RuleId::BITS_STATE_001.index());
    for record in [&mut old, &mut new] {
        let run = &mut record.runs[0];
        run.broken.clear();
        run.held = vec![(common, 50), (rare, 1)];
        for line in &mut run.lines {
            line.held = vec![common];
        }
        if let Some(line) = run.lines.iter_mut().find(|line| line.what == "disconnected") {
            line.held.push(rare);
        }
    }
    let at = new.runs[0].lines.iter().position(|line| line.what == "disconnected");
    let at = at.expect("the cable is pulled");
    new.runs[0].lines[at].what = "unplugged".into();
    let changes = compare(&old, &new);
    assert_eq!(changes.changes[0].rule.as_deref(), Some("BITS-NET-001"));
    assert_eq!(changes.changes[0].breaks, Breaks::Neither);
    assert_eq!(changes.changes[0].change, "`unplugged` instead of `disconnected`");
    // A line at which no rule held is told as such.
    old.runs[0].lines[at].held.clear();
    new.runs[0].lines[at].held.clear();
    let changes = compare(&old, &new);
    assert_eq!(changes.changes[0].rule, None);
    assert!(
        changes.text().contains("\nno rule speaks of it (surroundings)\n"),
        "{}",
        changes.text()
    );
}

#[test]
fn runs_and_rules_come_and_go() {
    let (mut old, mut new) = (record(), record());
    old.runs[0].held.push((RuleId::BITS_NET_001.index(), 1));
    let mut other = new.runs[0].clone();
    other.name = "bits::other".into();
    new.runs.push(other.clone());
    other.name = "bits::another".into();
    old.runs.push(other);
    let changes = compare(&old, &new);
    assert_eq!(changes.appeared, ["bits::other"]);
    assert_eq!(changes.disappeared, ["bits::another"]);
    assert_eq!(changes.no_longer_exercised, ["BITS-NET-001"]);
    assert_eq!(changes.changed, 0);
    assert!(!changes.is_empty());
}

#[test]
fn the_same_change_in_two_scenarios_is_one() {
    assert_eq!(alike("`file 1: 3 MiB` 10m later"), alike("`file 12: 40 MiB` 9m later"));
    assert_eq!(alike("new: `AddFile a/b.cab`"), alike("new: `AddFile c/d.cab`"));
    assert_ne!(alike("`QUEUED` later"), alike("`QUEUED` earlier"));
}
