//! What random stories find: every deliberate bug on its own, or nothing on the right engine.
//!
//! ```text
//! cargo run --release -p bitsim-explore --example planted -- bugs 60
//! cargo run --release -p bitsim-explore --example planted -- green 0..20000
//! ```

#![allow(clippy::disallowed_methods, reason = "it measures time")]

use bitsim_engine::sabotage::{Bug, bugs};
use bitsim_explore::draw::{self, Mix};
use bitsim_explore::story::stage::{caught, play};
use bitsim_explore::story::{Broken, Story, liveness, write};
use bitsim_vocab::{Service, Target};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// The first thing that a story breaks.
fn look(story: &Story, bug: Option<&Bug>) -> Option<Broken> {
    let found =
        caught(|| play(story, bug).broken().next().or_else(|| liveness::broken(story, bug)));
    found.unwrap_or_else(Some)
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["bugs", secs] => planted(secs.parse().expect("seconds"), ""),
        ["bugs", secs, name] => planted(secs.parse().expect("seconds"), name),
        ["green", range] => green(range, ""),
        ["green", range, target] => green(range, target),
        ["told", folder] => told(Path::new(folder)),
        ["show", target, mix, seed] => show(target, mix, seed),
        _ => eprintln!(
            "bugs SECONDS [NAME] | green A..B [TARGET] | told FOLDER | show TARGET MIX SEED"
        ),
    }
}

fn show(target: &str, mix: &str, seed: &str) {
    let mix = Mix::ALL.into_iter().find(|known| format!("{known:?}") == mix).expect("a mix");
    let story = draw::story(target.parse().expect("a target"), seed.parse().expect("a seed"), mix);
    let played = caught(|| play(&story, None));
    let returned = played.as_ref().map(|played| played.returned.clone()).unwrap_or_default();
    println!("{}", write::scenario("shown", &story, &returned));
    match played {
        Ok(played) => {
            println!("# {} events, sound: {}", played.events.len(), played.sound);
            played.broken().for_each(|broken| println!("# {}: {}", broken.name, broken.text));
        }
        Err(broken) => println!("# {}: {}", broken.name, broken.text),
    }
    if let Ok(Some(broken)) = caught(|| liveness::broken(&story, None)) {
        println!("# {}: {}", broken.name, broken.text);
    }
}

/// Plants each bug and plays stories until it is noticed, for at most so many seconds.
fn planted(secs: u64, name: &str) {
    let mut late = Vec::new();
    for bug in bugs().filter(|bug| bug.name.contains(name)) {
        let begin = Instant::now();
        let targets: Vec<Target> =
            Target::all().filter(|target| target.service == bug.service()).collect();
        let mut tries = 0;
        let found = loop {
            if begin.elapsed() > Duration::from_secs(secs) {
                break None;
            }
            let mix = Mix::ALL[tries as usize % 3];
            let current = tries % 2 == 0 && bug.service() == Service::Bits;
            let target =
                if current { Target::BITS } else { targets[tries as usize / 2 % targets.len()] };
            let story = draw::story(target, tries, mix);
            tries += 1;
            if let Some(broken) = look(&story, Some(bug))
                && look(&story, None).is_none_or(|other| other.name != broken.name)
            {
                break Some((broken, target, mix));
            }
        };
        let took = begin.elapsed();
        match found {
            Some((broken, target, mix)) => {
                println!(
                    "{:>7} stories {:>7} ms  {}: {} on {target} {mix:?}",
                    tries,
                    took.as_millis(),
                    bug.name,
                    broken.name
                );
                if took > Duration::from_secs(1) {
                    late.push(format!("{} ({} ms)", bug.name, took.as_millis()));
                }
            }
            None => {
                println!("{:>7} stories  UNFOUND  {}: {:?}", tries, bug.name, bug.breaks);
                late.push(format!("{} (never)", bug.name));
            }
        }
    }
    println!("later than 1 s: {}\n{}", late.len(), late.join("\n"));
}

/// Counts what the right engine breaks.
fn green(range: &str, only: &str) {
    let (from, to) = range.split_once("..").expect("A..B");
    let seeds = from.parse::<u64>().expect("a number")..to.parse().expect("a number");
    for target in Target::all().filter(|target| only.is_empty() || target.to_string() == only) {
        for mix in Mix::ALL {
            let begin = Instant::now();
            let mut broken: BTreeMap<String, (u64, u64, String)> = BTreeMap::new();
            let (mut events, mut unsound, mut long, mut steps) = (0, 0, 0, 0);
            let mut alone = Duration::ZERO;
            for seed in seeds.clone() {
                let story = draw::story(target, seed, mix);
                steps += story.steps.len();
                let start = Instant::now();
                let found = caught(|| {
                    let played = play(&story, None);
                    events += played.events.len();
                    unsound += u64::from(!played.sound);
                    long += u64::from(played.events.len() > 200);
                    played.broken().next()
                });
                alone += start.elapsed();
                let found = found.unwrap_or_else(Some);
                let found = found
                    .or_else(|| caught(|| liveness::broken(&story, None)).unwrap_or_else(Some));
                if let Some(found) = found {
                    broken.entry(found.name).or_insert((0, seed, found.text)).0 += 1;
                }
            }
            let count = seeds.end - seeds.start;
            println!(
                "{target} {mix:?}: {} stories/s played, {} with all, {} steps and {} events each, {} % over 200, {unsound} unsound",
                count as u128 * 1_000 / alone.as_millis().max(1),
                count as u128 * 1_000 / begin.elapsed().as_millis().max(1),
                steps as u64 / count,
                events as u64 / count,
                long * 100 / count,
            );
            for (name, (times, seed, text)) in broken {
                println!("  {name} x {times}, first seed {seed}: {text}");
            }
        }
    }
}

/// Counts the runs of scenarios that can be told as stories, and those that play the same then.
fn told(folder: &Path) {
    let mut folders = vec![folder.to_owned()];
    let (mut all, mut untold, mut other) = (0, Vec::new(), Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file");
            let scenario =
                bitsim_scenario::load(&path.display().to_string(), &bytes).expect("no mistakes");
            for target in scenario.targets() {
                let plan = scenario.plan(*target).expect("a target that it runs on");
                let name = format!("{} on {target}", path.display());
                all += 1;
                let Some(story) = draw::told_by(&plan) else {
                    untold.push(name);
                    continue;
                };
                let run = bitsim_replay::play(&plan);
                let told = play(&story, None);
                let same = told.events.iter().zip(&run.trace.events);
                let same =
                    same.take_while(|(one, other)| one.at == other.at && one.what == other.what);
                let same = same.count();
                if same < told.events.len().min(run.trace.events.len()) {
                    other.push(format!(
                        "{name}: after {same}: {:?} or {:?}",
                        told.events[same].what, run.trace.events[same].what
                    ));
                }
                if let Some(broken) = told.broken().next() {
                    println!("{name} breaks {} as a story: {}", broken.name, broken.text);
                }
            }
        }
    }
    println!("{all} runs, {} untold: {untold:#?}", untold.len());
    println!("{} go otherwise: {other:#?}", other.len());
}
