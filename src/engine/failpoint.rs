//! Where a test ends the program in the middle of its work: in debug builds only.
//!
//! `TAXIWAY_FAILPOINT=after-id` has the program kill itself, by signal 9, when it reaches the point of that
//! name; `after-id:TERM` has it send itself a SIGTERM there and go on. A release knows nothing of it.

/// The points are named where they are reached.
#[cfg(debug_assertions)]
pub fn reach(point: &str) {
    use rustix::process::{Signal, getpid, kill_process};

    let Ok(wanted) = std::env::var("TAXIWAY_FAILPOINT") else { return };
    let (name, signal) = match wanted.strip_suffix(":TERM") {
        Some(name) => (name, Signal::TERM),
        None => (wanted.as_str(), Signal::KILL),
    };
    if name == point {
        // A test sees at once when this did not work.
        let _ = kill_process(getpid(), signal);
        // Another thread may be the one that takes it, a moment later.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// Nothing, in a release.
#[cfg(not(debug_assertions))]
pub const fn reach(_point: &str) {}
