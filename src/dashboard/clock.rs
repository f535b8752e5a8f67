use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// The unit in which an age of so many seconds is shown, and its letter: seconds under a minute,
/// then minutes, hours, days.
const fn unit(seconds: i64) -> (i64, char) {
    match seconds {
        ..60 => (1, 's'),
        60..3_600 => (60, 'm'),
        3_600..86_400 => (3_600, 'h'),
        _ => (86_400, 'd'),
    }
}

/// How long ago `since` is, in at most five cells: `12s`, `59m`, `23h`, `4d`.
pub fn age(now: Timestamp, since: Timestamp) -> String {
    let seconds = seconds(now, since);
    let (unit, letter) = unit(seconds);
    format!("{}{letter}", seconds / unit)
}

/// The moment at which [`age`] reads differently; always after `now`.
pub fn next_step(now: Timestamp, since: Timestamp) -> Timestamp {
    let seconds = seconds(now, since);
    let (unit, _) = unit(seconds);
    let after = SignedDuration::from_secs((seconds / unit + 1) * unit);
    since.saturating_add(after).unwrap_or(Timestamp::MAX)
}

/// How long it is until `until`, as [`age`] writes it; `0s` once it is past.
pub fn left(now: Timestamp, until: Timestamp) -> String {
    age(until, now)
}

/// The moment at which [`left`] reads differently; always after `now`. None once it is past.
pub fn next_left_step(now: Timestamp, until: Timestamp) -> Option<Timestamp> {
    let seconds = seconds(until, now);
    let (unit, _) = unit(seconds);
    let at = until.saturating_sub(SignedDuration::from_secs(seconds / unit * unit)).unwrap_or(until);
    // At that very moment it still reads the same.
    (until > now).then(|| at.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(at))
}

fn seconds(now: Timestamp, since: Timestamp) -> i64 {
    now.duration_since(since).as_secs().max(0)
}

/// Month and day, as `05-01`.
pub fn day(at: Timestamp, tz: &TimeZone) -> String {
    write(at, tz, "%m-%d")
}

/// Hour and minute, as `14:02`.
pub fn minute(at: Timestamp, tz: &TimeZone) -> String {
    write(at, tz, "%H:%M")
}

/// Hour, minute and second.
pub fn second(at: Timestamp, tz: &TimeZone) -> String {
    write(at, tz, "%H:%M:%S")
}

/// Date and time in full.
pub fn full(at: Timestamp, tz: &TimeZone) -> String {
    write(at, tz, "%Y-%m-%d %H:%M:%S")
}

fn write(at: Timestamp, tz: &TimeZone, format: &str) -> String {
    at.to_zoned(tz.clone()).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn ages_are_coarse() {
        for (seconds, text) in [
            (-5, "0s"),
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3_599, "59m"),
            (3_600, "1h"),
            (86_399, "23h"),
            (90_000, "1d"),
        ] {
            assert_eq!(age(at(1_000_000 + seconds), at(1_000_000)), text);
        }
    }

    proptest! {
        /// Between now and the next step the age reads the same; at the step it does not.
        #[test]
        fn the_next_step_is_the_first_change(since in 0i64..1_000_000, millis in -5_000i64..200_000_000) {
            let since = at(since);
            let now = since + SignedDuration::from_millis(millis);
            let step = next_step(now, since);
            prop_assert!(step > now);
            let just_before = step - SignedDuration::from_nanos(1);
            prop_assert_eq!(age(now, since), age(just_before, since));
            prop_assert_ne!(age(now, since), age(step, since));
        }

        #[test]
        fn the_next_step_of_a_countdown_is_its_first_change(
            until in 0i64..1_000_000, millis in -5_000i64..200_000_000
        ) {
            let until = at(until);
            let now = until - SignedDuration::from_millis(millis);
            let Some(step) = next_left_step(now, until) else {
                prop_assert!(millis <= 0);
                return Ok(());
            };
            prop_assert!(step > now);
            prop_assert_eq!(left(now, until), left(step - SignedDuration::from_nanos(1), until));
            prop_assert!(left(now, until) != left(step, until) || millis < 1_000);
        }
    }
}
