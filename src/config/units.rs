use std::{fmt, str::FromStr, time::Duration};

use super::Confirm;

/// Reads a duration: a whole number and `ms`, `s`, `m`, `h` or `d`.
pub(super) fn read_duration(text: &str) -> Option<Duration> {
    let (number, unit) = number_and_unit(text)?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// The same back, in seconds or milliseconds.
pub(super) fn show_duration(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}

pub(super) const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a size in bytes: a whole number and a unit.
pub(super) fn read_size(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let (_, bytes) = SIZES.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*bytes)
}

/// The same back, in the largest unit that divides it.
pub(super) fn show_size(bytes: u64) -> String {
    let fits = |(_, size): &&(&str, u64)| bytes >= *size && bytes.is_multiple_of(*size);
    let (unit, size) = SIZES.iter().find(fits).unwrap_or(&("B", 1));
    format!("{}{unit}", bytes / size)
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text.strip_suffix(unit)?;
    Some((number.parse().ok()?, unit))
}

impl FromStr for Confirm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "always" => Ok(Self::Always),
            None if text == "never" => Ok(Self::Never),
            Some(("above", amount)) => amount.trim().parse().map(Self::Above),
            _ => Err(format!("`{text}` is not \"always\", \"never\" or \"above:0.50\"")),
        }
    }
}

impl fmt::Display for Confirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Above(amount) => write!(f, "above:{amount}"),
            Self::Never => f.write_str("never"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        for (text, millis) in
            [("250ms", 250), ("5s", 5_000), ("2m", 120_000), ("1h", 3_600_000), ("1d", 86_400_000)]
        {
            assert_eq!(read_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "1.5s",
            "5S",
            "5sec",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert_eq!(read_duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_know_both_families_of_units() {
        for (text, bytes) in [("2GiB", 2 << 30), ("500MB", 500_000_000), ("1kB", 1000), ("7B", 7)] {
            assert_eq!(read_size(text), Some(bytes), "{text}");
        }
        for text in ["", "2", "GiB", "2G", "2 GiB", "1.5GiB", "-1B", "99999999TiB"] {
            assert_eq!(read_size(text), None, "{text}");
        }
        assert_eq!(show_size(2 << 30), "2GiB");
        assert_eq!(show_size(0), "0B");
    }

    #[test]
    fn confirm_reads_what_it_shows() {
        for text in ["always", "never", "above:0.50"] {
            assert_eq!(text.parse::<Confirm>().unwrap().to_string(), text);
        }
        for text in ["", "Always", "above", "above:", "above:-1", "below:1"] {
            assert!(text.parse::<Confirm>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(number in 0_u64..1 << 40) {
            prop_assert_eq!(read_size(&show_size(number)), Some(number));
            let duration = Duration::from_millis(number);
            prop_assert_eq!(read_duration(&show_duration(duration)), Some(duration));
        }
    }
}
