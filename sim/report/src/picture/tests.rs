//! The forms of two small runs, as files to read.

use super::{Picture, json, mermaid, perfetto};
use crate::failure::Case;
use crate::sample::{self, delivery};
use bitsim_replay::Run;

fn picture(run: &Run) -> Picture {
    Picture::of(&Case {
        name: "bits::error_count::pulled_cable_is_free",
        path: "scenarios/bits/error_count/pulled_cable_is_free.yaml",
        source: sample::SOURCE,
        plan: &sample::plan(),
        run,
        again: "",
    })
}

/// The text is what the file holds, which people have read.
#[track_caller]
fn reads(text: &str, expected: &str) {
    assert!(text == expected, "\n{text}");
}

#[test]
fn a_run_of_bits_in_every_form() {
    let picture = picture(&sample::run());
    reads(&json::text(&picture), include_str!("expected/bits.json"));
    reads(&mermaid::text(&picture, false), include_str!("expected/bits.mmd"));
    reads(&perfetto::text(&picture), include_str!("expected/bits.perfetto.json"));
}

#[test]
fn a_download_has_a_pair_of_codes_and_no_count() {
    let picture = picture(&delivery::download());
    assert_eq!(picture.error_title, "Error / ExtendedError");
    assert!(picture.lanes.iter().all(|lane| lane.counts.is_empty()));
    reads(&mermaid::text(&picture, false), include_str!("expected/download.mmd"));
}

#[test]
fn a_part_of_a_picture_knows_nothing_of_what_follows() {
    let whole = picture(&sample::run());
    let at = 1_500 * 10_000_000;
    let part = whole.clone().up_to(Some(at), None);
    assert_eq!((part.end.as_str(), part.ended_at), ("cut", at));
    assert!(part.events.iter().all(|entry| entry.at <= at));
    assert!(part.events.len() < whole.events.len());
    let states = &part.lanes[0].states;
    assert_eq!(states.last().map(|band| (band.what.as_str(), band.to)), {
        Some(("TRANSIENT_ERROR", at))
    });
    let last = whole.events.last().map_or(0, |entry| entry.last);
    assert_eq!(whole.clone().up_to(None, Some(last)), whole, "all of it is no part");
    assert!(whole.clone().up_to(None, Some(1)).lanes.len() <= 1);
}

#[test]
fn one_job_keeps_the_world() {
    let whole = picture(&sample::run());
    let part = whole.clone().only("payroll");
    assert_eq!(part.lanes, whole.lanes);
    assert!(part.events.iter().any(|entry| entry.kind == "world"));
    assert!(part.events.iter().all(|entry| entry.kind == "world" || entry.lane == Some(0)));
}
