use std::{fs, process, sync::LazyLock};

use rustix::process::{getpgrp, getsid};

use crate::job::Consent;

/// When this process started; asked for once, since each consent of a waiting job is looked at often.
static OWN_BIRTH: LazyLock<Option<u64>> = LazyLock::new(|| Stat::of("self").born);

/// Whether `/proc` counts processes as we do. In some containers it is the machine's own, where our numbers are
/// other processes'; then only the system's word on a process counts.
static IS_OUR_PROC: LazyLock<bool> = LazyLock::new(|| {
    fs::read_link("/proc/self").is_ok_and(|own| own.as_os_str() == process::id().to_string().as_str())
});

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
    if consent.holder == process::id() {
        return is_it(own_birth());
    }
    let stat = Stat::of(&consent.holder.to_string());
    is_there(consent.holder, &stat) && is_it(stat.born)
}

/// Whether a shell could let this process go on after a stop: one that leads the session, in a process group
/// of its own. Without one, as in a tmux pane that runs the program itself, a stop is for ever.
pub fn has_job_control() -> bool {
    let from_system = || Some((getpgrp().as_raw_nonzero().get(), getsid(None).ok()?.as_raw_nonzero().get()));
    let stat = Stat::of("self");
    stat.group.zip(stat.session).or_else(from_system).is_some_and(|(group, session)| group != session)
}

fn is_there(number: u32, stat: &Stat) -> bool {
    let pid = i32::try_from(number).ok().and_then(rustix::process::Pid::from_raw);
    // Whatever else the system answers (such as: not yours), there is a process.
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
        && !stat.has_ended
}

/// What `proc(5)` tells of a process.
///
/// Group and session are read from here, not asked of the system: started from outside of a container they are
/// 0, which our way of asking takes for a fault of the system and panics.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    has_ended: bool,
    group: Option<i32>,
    session: Option<i32>,
    born: Option<u64>,
}

impl Stat {
    fn of(name: &str) -> Self {
        if name != "self" && !*IS_OUR_PROC {
            return Self::read("");
        }
        Self::read(&fs::read_to_string(format!("/proc/{name}/stat")).unwrap_or_default())
    }

    fn read(stat: &str) -> Self {
        // The name, which may hold anything, stands in brackets; behind it the state, and the birth as the
        // 22nd field of all.
        let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
        let mut fields = fields.split_whitespace();
        let has_ended = matches!(fields.next(), Some("Z" | "X"));
        let group = fields.nth(1).and_then(|group| group.parse().ok());
        let session = fields.next().and_then(|session| session.parse().ok());
        Self { has_ended, group, session, born: fields.nth(15).and_then(|ticks| ticks.parse().ok()) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_session_led_from_outside_of_a_container_is_zero() {
        let stat = Stat::read("17 (a) b) T 1 17 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 1 2 3");
        let born = Some(4711);
        assert_eq!(stat, Stat { has_ended: false, group: Some(17), session: Some(0), born });
        assert_eq!(Stat::read(""), Stat { has_ended: false, group: None, session: None, born: None });
    }

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
