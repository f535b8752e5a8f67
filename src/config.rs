//! Where every setting comes from: flag, environment, config file, default, in this order.
//!
//! This room reads the config file and the environment, merges and checks them, and remembers the
//! origin of each value. It knows neither the network nor the terminal.

mod settings;

pub use settings::{ApiKey, Config, Confirm, Defaults, Download, Fault, Origin, Poll, Submit, Ui};
