//! What a job is: the request and its rules per model, the life cycle as one transition function,
//! money and budgets, duplicates, which task an unsure job can be, expiry; the filter language, sweeps, what
//! is usual, requests as curl commands, files of requests.
//!
//! Everything here is a value or a pure function of values. This room does no I/O, never asks the
//! clock (moments come in as arguments), and knows neither the terminal nor the wire's reply shapes.

mod advice;
mod apply;
mod batch;
mod change;
mod curl;
mod draft;
mod eta;
mod expiry;
mod filter;
mod image;
mod json;
mod models;
mod money;
mod order;
mod portable;
mod reconcile;
mod record;
mod request;
mod shell;
mod spend;
mod state;
mod sweep;
mod tags;
mod text;

pub use advice::{advice, is_moderated};
pub use batch::{
    BATCH_MAX, BatchFault, BatchFormat, BatchJob, BatchRow, batch_jobs, batch_warnings, read_batch,
};
pub use change::{Change, Report};
pub use curl::{from_curl, to_curl};
pub use draft::Draft;
pub use eta::{History, Usual, clock};
pub use expiry::expiry_of;
pub use filter::{Clue, Facts, Filter, FilterError, Text, lower};
pub use image::{FileRef, ImageSource, image_source};
pub use json::{JobJson, Problem};
pub use models::{ModelPatch, ModelRules, ModelTable, Price};
pub use money::{Certainty, Money};
pub use order::{Order, OrderBy};
pub use portable::{EXPORT_FORMAT, ExportJson, exported_job};
pub use reconcile::{Candidate, Matches, match_tasks};
pub use record::{Account, Consent, Failure, Job, JobId, NewJob, Outcome, SavedFile, TimelineEntry};
pub use request::{Field, FieldError, Request, utf16_len};
pub use spend::{
    Budget, DAY, DUPLICATE_WITHIN, Gate, Spend, duplicate, is_duplicate, may_be_duplicated, moderated_before,
};
pub use state::{Event, Illegal, Phase, ResultEvent, ResultState, State};
pub use sweep::Sweep;
pub use tags::{TAG_MAX, TAGS_MAX, tag_fault};
pub use text::{TASK_ID_MAX, is_harmful, named, nearest, task_id_fault, without_tokens};
