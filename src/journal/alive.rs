use std::{fs, process, sync::LazyLock};

use crate::job::Consent;

/// When this process started; asked for once, since each consent of a waiting job is looked at often.
static OWN_BIRTH: LazyLock<Option<u64>> = LazyLock::new(|| Stat::of("self").born);

/// Whether a process of this number does anything still: one that has ended and that its parent has not
/// asked about yet does not.
pub fn is_alive(number: u32) -> bool {
    number == process::id() || is_there(number, &Stat::of(&number.to_string()))
}

/// When this process started, in ticks since the machine did; none where the system does not tell.
pub fn own_birth() -> Option<u64> {
    *OWN_BIRTH
}

/// Whether the very process that gave a consent lives: its number may be another's after a restart of the
/// machine, or of a container.
pub fn is_held(consent: &Consent) -> bool {
    let is_it = |born: Option<u64>| born.zip(consent.born).is_none_or(|(now, then)| now == then);
    // Where `/proc` counts processes in another way than we do, as in some containers, we at least are known.
    if consent.holder == process::id() {
        return is_it(own_birth());
    }
    let stat = Stat::of(&consent.holder.to_string());
    is_there(consent.holder, &stat) && is_it(stat.born)
}

fn is_there(number: u32, stat: &Stat) -> bool {
    let pid = i32::try_from(number).ok().and_then(rustix::process::Pid::from_raw);
    // Whatever else the system answers (such as: not yours), there is a process.
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
        && !stat.has_ended
}

/// What `proc(5)` tells of a process.
struct Stat {
    has_ended: bool,
    born: Option<u64>,
}

impl Stat {
    fn of(name: &str) -> Self {
        let stat = fs::read_to_string(format!("/proc/{name}/stat")).unwrap_or_default();
        // The name, which may hold anything, stands in brackets; behind it the state, and the birth as the
        // 22nd field of all.
        let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
        let mut fields = fields.split_whitespace();
        let has_ended = matches!(fields.next(), Some("Z" | "X"));
        Self { has_ended, born: fields.nth(18).and_then(|ticks| ticks.parse().ok()) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn of_two_processes_with_one_number_only_one_holds() {
        let own = process::id();
        let consent = |born| Consent { until: Timestamp::MAX, holder: own, patience: 1, born };
        assert!(own_birth().is_some_and(|ticks| ticks > 0));
        assert_eq!(Stat::of(&own.to_string()).born, own_birth());
        assert!(is_held(&consent(own_birth())) && is_held(&consent(None)));
        assert!(!is_held(&consent(Some(1))), "another process of this number");
    }
}
