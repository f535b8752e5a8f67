//! The journal: SQLite in the data folder, where every job is on disk before anything is done with it.
//!
//! [`Journal`] is the async handle that the engine uses: one thread writes, one reads. [`Reader`] is
//! the same reading without a runtime, for commands that only look; it writes nothing at all. Beside
//! them stands the owner lock ([`claim`]), which keeps the engine to one process per folder.
//!
//! What a job may become is not decided here: [`crate::job::Job::apply`] decides, and the journal stores
//! the job as that leaves it. The room knows neither the wire nor the screen.

mod alive;
mod batches;
mod cards;
mod error;
mod folder;
mod gate;
mod handle;
mod health;
mod kin;
mod look;
mod memos;
mod owner;
mod reader;
mod row;
mod schema;
mod search;
mod standing;
mod worker;
mod writer;

pub use alive::{has_job_control, is_alive, is_held, own_birth};
pub use batches::{Batch, BatchEntry, BatchOutlook, KnownBatch, is_to_be_sent_anew};
pub use error::JournalError;
pub use folder::network_file_system;
pub use handle::Journal;
pub use health::{Health, health};
pub use kin::Kin;
pub use owner::{Claim, OwnerLock, claim, owner_pid, wait_for_claim};
pub use reader::{History, Reader, Reply, Spent};
pub use search::Search;
pub use standing::{Standing, Tally, standing};
pub use writer::{Entry, Imports};
