//! The journal by its public face: what it stores, refuses, and keeps to one process.
#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test ends where something is not as it should be"
)]

mod help;

mod batches;
mod filing;
mod filling;
mod import;
mod life;
mod memos;
mod money;
mod owner;
mod read_only;
mod refusals;
mod search;
mod standing;
mod store;
