//! The service on loopback: CometAPI's Runway tasks as `reference/api.md` tells them, over real HTTP,
//! for `taxiway demo`, `taxiway sim` and the tests.
//!
//! It answers `POST /runwayml/v1/image_to_video`, `GET /runwayml/v1/tasks/{id}`, the result URLs it gives
//! out, `GET /v1/models` (the key check), `GET /api/models`, `GET /v1/dashboard/billing/subscription` and
//! `/usage`, and the account's `GET /api/task/self` and `/api/user/self`. It keeps every request that reached it
//! and counts the tasks that would have been billed, so that a test can prove that nothing is paid for twice.
//!
//! It is not a mock that shares types with the client: it knows no other room and writes the documented
//! JSON by hand, so that reader and writer cannot share a mistake. It is not fit for any other network than
//! loopback and refuses to listen elsewhere.
//!
//! What it does wrong on purpose is a [`Scenario`], by name: a row of data, not a branch. In the scenarios
//! where all goes well (`default`, `demo`, `quick`, `bare`, `wrapped`) a word in the prompt picks one job's
//! fate ([`PROMPT_WORDS`]):
//!
//! - `[fail]`: the task ends FAILED, INTERNAL
//! - `[moderated]`: the task ends FAILED, SAFETY.INPUT.TEXT
//! - `[slow]`: the task takes three times as long
//! - `[lost]`: the task is created, and the connection dropped without a reply
//! - `[busy]`: the first two requests with this prompt get 429 with `Retry-After: 2`

mod account;
mod canned;
mod chaos;
mod files;
mod house;
mod lists;
mod reply;
mod routes;
mod rules;
mod scenario;
mod service;
mod task;

pub use files::clip;
pub use scenario::{Scenario, UnknownScenario};
pub use service::{Options, Seen, Service, Taken};
pub use task::{Fate, PROMPT_WORDS, Seed, UNLUCKY};
