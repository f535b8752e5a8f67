use std::{fmt, iter::Sum, ops::Add, str::FromStr};

use serde::{Deserialize, Deserializer, de};

/// An amount of US dollars, counted in whole micro-dollars so that sums never drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(u64);

impl Money {
    /// An amount from micro-dollars (1,000,000 are one dollar).
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// An amount from the service's own unit (500,000 are one dollar).
    pub const fn from_quota(quota: u64) -> Self {
        Self(quota.saturating_mul(2))
    }

    /// The amount in micro-dollars.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// This amount, `count` times; the largest amount there is where that would overflow.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Money {
    /// Dollars with two decimals, or as many as the amount needs (`0.25`, `0.0125`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:06}", self.0 % 1_000_000);
        let kept = fraction.trim_end_matches('0');
        write!(f, "{}.{kept:0<2}", self.0 / 1_000_000)
    }
}

impl FromStr for Money {
    type Err = String;

    /// Reads plain decimals of dollars, with at most six places: `1`, `0.25`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an amount of dollars such as 0.25");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 6 {
            return Err(wrong());
        }
        let dollars: u64 = whole.parse().map_err(|_| wrong())?;
        let micros: u64 = format!("{fraction:0<6}").parse().map_err(|_| wrong())?;
        dollars.checked_mul(1_000_000).and_then(|d| d.checked_add(micros)).map(Self).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Money {
    /// Accepts a string or a number, so that a config may say `0.25` as well as `"0.25"`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Money;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount of dollars such as 0.25")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Money, E> {
                number.to_string().parse().map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Money, E> {
                number.to_string().parse().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Money, E> {
                number.to_string().parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// How sure a job's cost is. Every amount is an estimate until the account's own record tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Nothing was created: nothing is billed.
    None,
    /// A task exists; the price is the model table's.
    Estimated,
    /// A task may exist, and may be billed.
    Unsure,
    /// The task failed; whether the service bills that is not documented (`reference/api.md §8`).
    FailedMaybeBilled,
    /// The task succeeded, and the amount is the account's own record of it.
    Confirmed,
}

impl Certainty {
    /// The word in `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Estimated => "estimated",
            Self::Unsure => "unsure",
            Self::FailedMaybeBilled => "failed_maybe_billed",
            Self::Confirmed => "confirmed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_and_writes_decimals_exactly() {
        for (text, micros, shown) in [
            ("0.25", 250_000, "0.25"),
            ("1", 1_000_000, "1.00"),
            ("0.0125", 12_500, "0.0125"),
            ("0", 0, "0.00"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.micros(), money.to_string().as_str()), (micros, shown));
        }
        for text in ["", ".5", "-1", "1,5", "0.1234567", "1e3", "99999999999999999999"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn money_never_wraps() {
        assert_eq!(Money::from_micros(u64::MAX) + Money::from_micros(1), Money::from_micros(u64::MAX));
        assert_eq!(Money::from_micros(u64::MAX).times(2), Money::from_micros(u64::MAX));
    }
}
