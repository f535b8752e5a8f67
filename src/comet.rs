//! The wire: the client, one reader for every shape of a reply, every error sorted by what it means
//! for the user's money, the account's own calls, and the download of results.
//!
//! This room turns HTTP into the words of `job` and back. It decides nothing about a job: it does not
//! wait, retry or remember, and it knows neither the journal nor the screen. What it hands out holds no
//! control characters and never the key, whatever the service sent. The facts are those of
//! `reference/api.md`.

mod account;
mod answer;
mod aside;
mod client;
mod forms;
mod image;
mod models;
mod probe;
mod reply;
mod settings;
mod sort;
mod task;
mod text;
mod tls;
mod usage;
mod video;

#[cfg(test)]
mod tests;

pub use account::{AccountClient, Balance, Listing};
pub use answer::{Answer, Polled, Submission};
pub use client::Client;
pub use image::{WebImage, look_at_image};
pub use models::{Listed, catalog};
pub use probe::{Probe, Probed};
pub use settings::Settings;
pub use sort::{read_reply, read_submission};
pub use usage::KeyBalance;
pub use video::{FetchError, Resume, Video};
