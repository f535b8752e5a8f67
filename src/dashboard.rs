//! The screen: what a person at the keyboard sees, and what their keys do.
//!
//! One [`Model`] holds all of it. [`update`] takes a [`Message`] and says which [`Effect`]s are to
//! follow, [`view`] draws; both are pure: no clock (moments come in as messages), no I/O. The room
//! knows the engine by its messages alone, and neither SQLite nor HTTP.

mod actions;
mod clock;
mod form;
mod grapheme;
mod jobs;
mod key;
mod key_map;
mod log_pane;
mod message;
mod model;
mod page;
mod paste;
mod question;
mod text;
mod update;
mod view;

pub use message::{Effect, LogLine, Message};
pub use model::{Facts, Model};
pub use update::update;
pub use view::view;

#[cfg(test)]
mod tests;
