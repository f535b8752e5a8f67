//! The real program as a script meets it: words, exit codes, what is on disk, and what the service saw.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper of a test may fail it")]

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod bad_machine;
mod batch;
mod completions;
mod doctor;
mod failpoints;
mod files;
mod forms;
mod forms_rest;
mod forms_unsure;
mod kill;
mod linear;
mod man;
mod money;
mod proven;
mod reconcile;
mod report;
mod settings;
mod shown;
mod signals;
mod stage;
mod submit;
mod together;
mod trust;
mod unsure;
mod verify;
