//! Where every setting comes from: flag, environment, config file, default, in this order.
//!
//! This room reads the config file and the environment, merges and checks them, and remembers the
//! origin of each value. Loading never fails: what is wrong is told in [`Config::faults`] and
//! [`Config::warnings`], and a default stands in. It knows neither the network nor the terminal.

mod bounded;
mod ca;
mod document;
mod example;
mod glance;
mod key;
mod known;
mod load;
mod models;
mod profile;
mod read;
mod reload;
mod schema;
mod screen;
mod secret_command;
mod service;
mod settings;
mod sources;
mod store;
mod units;
mod zone;

pub use bounded::read_at_most;
pub use ca::CaFile;
pub use example::{Item, example};
pub use glance::Glance;
pub use schema::schema;
pub use screen::{COLUMNS, Desktop, Notify, ROLES, THEMES, ThemeSpec, Ui};
pub use secret_command::SecretCommand;
pub use service::{DEFAULT_SERVICE, is_loopback};
pub use settings::{ApiKey, Config, Confirm, Defaults, Download, Fault, Origin, Poll, Setting, Submit};
pub use sources::{Flags, Sources, process_env};
pub use store::{kept_key, read_key, store_key, write_new_config};
pub use zone::local_zone;
