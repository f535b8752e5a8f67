use std::fs;

use crate::job::Consent;

/// Whether a process of this number does anything still: one that has ended and that its parent has not
/// asked about yet does not.
pub fn is_alive(process: u32) -> bool {
    let pid = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    // Whatever else the system answers (such as: not yours), there is a process.
    let is_there =
        pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
    is_there && !matches!(stat(process).first().map(String::as_str), Some("Z" | "X"))
}

/// When a process started, in ticks since the machine did; none where the system does not tell.
pub fn born(process: u32) -> Option<u64> {
    // `proc(5)`: it is the 22nd field, and the first two are cut off here.
    stat(process).get(19)?.parse().ok()
}

/// Whether the very process that gave a consent lives: its number may be another's after a restart of the
/// machine, or of a container.
pub fn is_held(consent: &Consent) -> bool {
    let is_it = consent.born.is_none_or(|then| born(consent.holder).is_none_or(|now| now == then));
    is_alive(consent.holder) && is_it
}

/// The fields behind a process's name, which stands in brackets and may hold anything; its state first.
fn stat(process: u32) -> Vec<String> {
    // Where `/proc` counts processes in another way than we do, as in some containers, we at least are known.
    let name = if process == std::process::id() { "self".into() } else { process.to_string() };
    let stat = fs::read_to_string(format!("/proc/{name}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
    fields.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn of_two_processes_with_one_number_only_one_holds() {
        let own = std::process::id();
        let consent = |born| Consent { until: Timestamp::MAX, holder: own, patience: 1, born };
        assert!(born(own).is_some_and(|ticks| ticks > 0));
        assert!(is_held(&consent(born(own))) && is_held(&consent(None)));
        assert!(!is_held(&consent(Some(1))), "another process of this number");
    }
}
