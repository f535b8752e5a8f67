//! The real program as a script meets it: words, exit codes, what is on disk, and what the service saw.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper of a test may fail it")]

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod bad_machine;
mod balance;
mod batch;
mod cancel;
mod clone;
mod completions;
mod config;
mod doctor;
mod export;
mod failpoints;
mod files;
mod filing;
mod forms;
mod forms_rest;
mod forms_unsure;
mod kill;
mod linear;
mod list;
mod man;
mod models;
mod money;
mod profiles;
mod progress;
mod proven;
mod reconcile;
mod report;
mod secrets;
mod settings;
mod show;
mod shown;
mod signals;
mod stage;
mod status;
mod submit;
#[path = "../common/tls.rs"]
mod tls;
mod together;
mod trust;
mod unsure;
mod verify;
mod wait;
mod watch;
