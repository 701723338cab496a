//! Makes a story that fails as small as it can be while it still fails.
//!
//! The story itself is cut and simplified, not what it was drawn from. Every change makes its
//! [`Size`] smaller, so that nothing goes round in circles, and the passes repeat until none of
//! them finds anything: what was made small once stays as it is.

mod parts;
mod renumber;
mod size;
mod steps;
mod surroundings;
mod values;

#[cfg(test)]
mod tests;

pub use size::Size;

use crate::story::Story;

/// A change that may make a story smaller.
type Edit = Box<dyn Fn(&mut Story)>;

/// The changes of one kind that a story offers, best ones first.
type Pass = fn(&Story) -> Vec<Edit>;

/// Everything that is tried, what cuts deepest first.
const PASSES: [Pass; 8] = [
    steps::ends,
    parts::jobs,
    steps::stretches,
    parts::of_jobs,
    surroundings::edits,
    steps::pairs,
    steps::waits,
    values::edits,
];

/// A story that is on its way to become smaller.
struct Search<'f> {
    story: Story,
    size: Size,
    fails: &'f mut dyn FnMut(&Story) -> bool,
    tries_left: u32,
}

/// The smallest story found in `most_tries` tries that still fails as `story` does. `fails` says
/// whether a story fails in the same way; it is asked only about stories that are smaller.
///
/// The same story, `fails` and `most_tries` give the same result, and a result for which the tries
/// sufficed does not become smaller by another call.
pub fn minimise(story: Story, fails: &mut dyn FnMut(&Story) -> bool, most_tries: u32) -> Story {
    let size = Size::of(&story);
    let mut search = Search { story, size, fails, tries_left: most_tries };
    loop {
        let before = search.size;
        for pass in PASSES {
            search.run(pass);
        }
        if search.size == before || search.tries_left == 0 {
            return search.story;
        }
    }
}

impl Search<'_> {
    /// Tries every change of a pass. One that is accepted may be followed by others in its place.
    fn run(&mut self, pass: Pass) {
        let mut edits = pass(&self.story);
        let mut place = 0;
        while let Some(edit) = edits.get(place) {
            if self.tries_left == 0 {
                return;
            }
            let mut smaller = self.story.clone();
            edit(&mut smaller);
            if self.accepts(smaller) {
                edits = pass(&self.story);
            } else {
                place += 1;
            }
        }
    }

    fn accepts(&mut self, smaller: Story) -> bool {
        let size = Size::of(&smaller);
        if size >= self.size {
            return false;
        }
        self.tries_left -= 1;
        let fails = (self.fails)(&smaller);
        if fails {
            (self.story, self.size) = (smaller, size);
        }
        fails
    }
}
