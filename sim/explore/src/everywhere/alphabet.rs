//! Everything that can happen in a small world, and the world.

use super::befalls::{self, ADMIN_GONE, ADMIN_OFF, APP_GONE};
use super::calls;
use super::letter::{Does, How, Lasting, Letter};
use super::scope::Scope;
use super::world::{self, ADMIN, APP, Limit};
use crate::story::Story;
use bitsim_engine::key::FAR;
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::{ClientId, JobId, Span};

/// The world, the letters, and what lasts.
#[derive(Debug, Clone)]
pub struct Alphabet {
    /// What was asked for.
    pub scope: Scope,
    /// The world at the start and the jobs in it, with what is set before anything happens.
    pub start: Story,
    /// Everything that can happen; time going on comes first.
    pub letters: Vec<Letter>,
    /// Everything that lasts.
    pub lasting: Vec<Lasting>,
    /// The longest period that a letter sets, of those that are not too far away to matter.
    pub longest: Span,
}

const TIME: [(&str, Does); 5] = [
    ("time goes on", Does::Go(How::Well)),
    ("time goes on, callbacks fail", Does::Go(How::Badly)),
    ("time goes on, the client exits in its callback", Does::Go(How::Exit)),
    ("time goes on, callbacks take their time", Does::Go(How::Late)),
    ("the inactivity period passes", Does::Rest),
];

impl Alphabet {
    /// The alphabet for a scope. BITS only.
    #[must_use]
    pub fn new(scope: &Scope) -> Self {
        let limit = if scope.has(calls::SHORT_LIMIT) { Limit::Near } else { Limit::Far };
        let lasting = befalls::lasting(scope.job_type);
        let mut letters: Vec<Letter> =
            TIME.into_iter().map(|(name, does)| Letter { name, does }).collect();
        letters.extend(calls::of_nobodys());
        for job in (0..scope.jobs).map(JobId) {
            letters.extend(calls::about(job, scope, limit));
        }
        for (number, it) in lasting.iter().enumerate() {
            if !it.brought {
                letters.push(Letter { name: it.name, does: Does::Begin(number) });
            }
            letters.push(Letter { name: it.name, does: Does::End(number) });
        }
        letters.retain(|letter| scope.has(letter.name));
        let by_admin = |does: &Does| match does {
            Does::Call(who, _) => *who == ADMIN,
            Does::Begin(which) | Does::End(which) => [ADMIN_GONE, ADMIN_OFF].contains(which),
            _ => false,
        };
        let admin = letters.iter().any(|letter| by_admin(&letter.does));
        let strikes = befalls::strikes(scope.job_type, admin).into_iter();
        letters.extend(strikes.filter(|letter| scope.has(letter.name)));
        let short_lived = scope.has(befalls::SHORT_LIFE);
        let start = world::start(scope, limit, admin, short_lived);
        let longest = longest(&letters, short_lived);
        Self { scope: scope.clone(), start, letters, lasting, longest }
    }

    /// The number of the lasting disturbance that a client brings about by ending.
    #[must_use]
    pub fn gone(client: ClientId) -> usize {
        if client == APP { APP_GONE } else { ADMIN_GONE }
    }

    /// What can happen, by name.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for letter in &self.letters {
            if !names.contains(&letter.name) {
                names.push(letter.name);
            }
        }
        names
    }
}

/// The longest period that a letter sets, and keys have to tell ages up to.
fn longest(letters: &[Letter], short_lived: bool) -> Span {
    let set = letters.iter().filter_map(|letter| match &letter.does {
        Does::Call(
            _,
            Call::Job(
                _,
                JobCall::SetMinimumRetryDelay(secs)
                | JobCall::SetNoProgressTimeout(secs)
                | JobCall::SetMaximumDownloadTime(secs),
            ),
        ) => Some(Span::secs(u64::from(*secs))),
        _ => None,
    });
    let life = Some(world::life(short_lived));
    set.chain(life).filter(|span| *span < FAR).max().unwrap_or(Span::ZERO)
}
