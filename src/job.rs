//! What a job is: the request and its rules per model, the life cycle as one transition function,
//! money, expiry.
//!
//! Everything here is a value or a pure function of values. This room does no I/O, never asks the
//! clock (moments come in as arguments), and knows neither the terminal nor the wire's reply shapes.

mod advice;
mod change;
mod draft;
mod expiry;
mod json;
mod models;
mod money;
mod record;
mod request;
mod state;

pub use advice::{advice, is_moderated};
pub use change::{Change, Report};
pub use draft::Draft;
pub use expiry::expiry_of;
pub use json::{JobJson, Problem};
pub use models::{ModelPatch, ModelRules, ModelTable, Price};
pub use money::{Certainty, Money};
pub use record::{Account, Consent, Failure, Job, JobId, NewJob, Outcome, SavedFile, TimelineEntry};
pub use request::{Field, FieldError, Request, utf16_len};
pub use state::{Event, Illegal, Phase, ResultEvent, ResultState, State};
