//! Random stories are eventful enough to notice most of the bugs that scenarios were written for.

use super::at_times_older;
use bitsim::engine::sabotage::{Bug, bugs};
use bitsim::explore::draw::{self, Mix};
use bitsim::explore::story::Story;
use bitsim::explore::story::stage::{caught, play};
use bitsim::vocab::{Service, Target};

/// Whether a deliberate bug breaks a rule in one of these stories, or ends in a panic.
fn noticed(bug: &Bug, stories: &[Story]) -> bool {
    let of_its_service = |story: &&Story| story.setup.target.service == bug.service();
    stories.iter().filter(of_its_service).any(|story| {
        let broken = caught(|| play(story, Some(bug)).broken().next());
        broken.is_err() || broken.is_ok_and(|broken| broken.is_some())
    })
}

#[test]
fn random_stories_notice_most_deliberate_bugs() {
    let targets = [Target::BITS, Target::DO_LEGACY, Target::DO_DOWNLOAD, Target::DO_AGENT];
    let story = |n: u64| {
        let mix = Mix::ALL[(n / 4 % 3) as usize];
        draw::story(at_times_older(targets[(n % 4) as usize], n), n, mix)
    };
    let drawn: Vec<Story> = (0..400).map(story).collect();
    for service in [Service::Bits, Service::DoLegacy, Service::DoDownload] {
        let of_service = || bugs().filter(|bug| bug.service() == service);
        let unnoticed: Vec<&str> =
            of_service().filter(|bug| !noticed(bug, &drawn)).map(|bug| bug.name).collect();
        let (all, name) = (of_service().count(), service.name());
        println!("{name}: {} of {all} bugs go unnoticed: {unnoticed:?}", unnoticed.len());
        assert!(unnoticed.len() * 3 < all, "{name}: {} of {all}: {unnoticed:?}", unnoticed.len());
    }
}
