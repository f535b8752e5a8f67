//! Taxiway: a keyboard dashboard in the terminal that turns images into videos with Runway tasks
//! through CometAPI.
//!
//! The rooms, from the ground up; a room uses only rooms named before it, and `tests/rooms.rs` keeps
//! it so.

pub mod comet;
pub mod command;
pub mod config;
pub mod dashboard;
pub mod engine;
pub mod job;
pub mod journal;
pub mod stand_in;
