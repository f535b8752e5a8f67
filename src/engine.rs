//! The async side: it sends, polls and downloads. [`Command`]s come in, [`Update`]s go out.
//!
//! The engine owns the life of a paid task from the consent to the file on disk. It has a runtime of
//! its own, so that nothing it waits for is ever waited for by the screen, of which it knows nothing.

mod messages;

pub use messages::{Command, Detail, Role, Status, Ticket, Update};
