//! The player: a world of calls, events and virtual time.
//!
//! A [`World`] reads no clock, no file and no environment variable. Time moves only when a driver
//! moves it, every free choice goes through [`Choose`], everything that happens leaves through a
//! [`Sink`], and notifications leave through a [`Client`].
//!
//! The shared parts are named for what they are (clocks and network in `env`, `link`, `disk`,
//! `servers`, `jobs`, `timers`, `table`); each service has a folder of its own and none knows another.

pub mod bits;
mod choose;
mod disk;
pub mod download;
mod env;
mod jobs;
pub mod key;
pub mod legacy;
mod link;
mod outside;
pub mod sabotage;
mod servers;
mod service;
mod shared;
pub mod table;
mod timers;
mod world;

pub use choose::{Asked, Choice, Choose, Dice, First, Recorded, Replayed};
pub use env::Returned;
pub use outside::{Callback, Client, NoClient, Nothing, Outside, Sink};
pub use world::{AnyTable, AnyTouched, World};
