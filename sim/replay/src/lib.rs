//! Plays a [`Plan`] on an engine's [`bitsim_engine::World`] and lets the oracle judge what happened.
//!
//! ```text
//! Plan --> calls, disturbances, time --World--> events --+--> oracle: findings
//!                                                        +--> checks of the scenario: failures
//! ```
//!
//! At one instant the driver keeps the documented order: client calls first, then what befalls the
//! world (a fault that ends before one that begins), then whatever the world does by itself. Checks
//! are answered after all of that.

mod actors;
pub mod binary;
mod claims;
pub mod lint;
mod mirror;
mod player;
pub mod recording;
mod run;
mod steps;
mod tape;
pub mod twice;
mod verdict;

pub use bitsim_vocab::Digest;
pub use run::{ExpectationFailure, FailureKind, Options, Run, Sabotage, StepName, Warning};

use bitsim_scenario::Plan;

/// Plays `plan` as it is written.
#[must_use]
pub fn play(plan: &Plan) -> Run {
    play_with(plan, Options::default())
}

/// Plays `plan` with another seed, another world or no judge.
#[must_use]
pub fn play_with(plan: &Plan, options: Options<'_>) -> Run {
    let mut player = player::Player::new(plan, options);
    if player.create_from_start() {
        player.play_timeline();
    }
    player.finish()
}

#[cfg(test)]
mod tests;
