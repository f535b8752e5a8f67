//! Taxiway: a keyboard dashboard in the terminal that turns images into videos with Runway tasks
//! through CometAPI.
//!
//! The rooms, from the ground up; a room uses only rooms named before it, and `tests/rooms.rs` keeps
//! it so.

pub mod stand_in;
