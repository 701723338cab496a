//! Which files have their size beside the job that fetches them, and which are listed with their
//! server. A scenario reads the lists of servers first, and the order is a part of the world.

use crate::story::Story;
use bitsim_vocab::Service;
use bitsim_vocab::download::{DownloadProperty, Value};
use std::collections::BTreeSet;

/// The URLs whose size stands beside the first job that fetches them.
pub(super) struct Sizes<'s> {
    beside: BTreeSet<&'s str>,
    story: &'s Story,
}

impl<'s> Sizes<'s> {
    pub(super) fn of(story: &'s Story) -> Self {
        let fetched = fetched(story);
        let place = |url: &str| fetched.iter().position(|other| *other == url);
        let mut beside = BTreeSet::new();
        for server in &story.setup.servers {
            let mut next = usize::MAX;
            for file in server.files.iter().rev() {
                match place(&file.url).filter(|place| *place < next) {
                    Some(place) => next = place,
                    None => break,
                }
                beside.insert(file.url.as_str());
            }
        }
        Self { beside, story }
    }

    /// True if the size of the file is not told by its server.
    pub(super) fn is_beside(&self, url: &str) -> bool {
        self.beside.contains(url)
    }

    /// The size to tell beside this file, once.
    pub(super) fn take(&mut self, url: &str) -> Option<u64> {
        let files = self.story.setup.servers.iter().flat_map(|server| &server.files);
        let size = files.filter(|file| file.url == url).map(|file| file.size).next();
        size.filter(|_| self.beside.remove(url))
    }
}

/// The URLs of the declared files that are fetched, in the order of the scenario.
fn fetched(story: &Story) -> Vec<&str> {
    let jobs = story.jobs.iter().filter(|job| !job.job_type.uploads());
    if story.setup.target.service != Service::DoDownload {
        return jobs.flat_map(|job| &job.files).map(|file| file.remote.as_str()).collect();
    }
    let uri = |(property, value): &'_ (DownloadProperty, Value)| {
        *property == DownloadProperty::Uri && matches!(value, Value::Text(_))
    };
    let settings = jobs.filter_map(|job| job.settings.iter().find(|setting| uri(setting)));
    settings
        .filter_map(|(_, value)| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}
