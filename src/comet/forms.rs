//! The forms that single values take on the wire.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use serde_json::Value;

use crate::job::Money;

/// Epoch numbers above this are milliseconds: as seconds it is the year 5138, as milliseconds 1973.
const MILLISECONDS_FROM: f64 = 1e11;
/// A longer wish of the service is not obeyed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);

/// Progress as 0 to 1: a number up to 1, a number of percent above that, or `"30%"`
/// (`reference/api.md §2.5`).
pub(super) fn progress(value: &Value) -> Option<f64> {
    let share = match value {
        Value::Number(number) => share(number.as_f64()?),
        Value::String(text) => match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
            None => share(text.trim().parse().ok()?),
        },
        _ => return None,
    };
    (share.is_finite() && share >= 0.0).then(|| share.min(1.0))
}

fn share(number: f64) -> f64 {
    if number > 1.0 { number / 100.0 } else { number }
}

/// A moment: epoch seconds, epoch milliseconds, or RFC 3339 with any offset; 0 is none
/// (`reference/api.md §2.6`).
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => epoch(number.as_f64()?),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| epoch(text.parse().ok()?))
        }
        _ => None,
    }
}

fn epoch(number: f64) -> Option<Timestamp> {
    let seconds = if number >= MILLISECONDS_FROM { number / 1000.0 } else { number };
    if !seconds.is_finite() || seconds <= 0.0 {
        return None;
    }
    Timestamp::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?).ok()
}

/// A string that says something.
pub(super) fn word(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// A string that says something, or a whole number as it was written: one with a fraction, or too large to be
/// kept to its last digit, names nothing.
pub(super) fn id(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => (number.is_u64() || number.is_i64()).then(|| number.to_string()),
        _ => word(value).map(str::to_owned),
    }
}

/// A string that says something, or a number as text.
pub(super) fn word_or_number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        _ => word(value).map(str::to_owned),
    }
}

/// An amount as the service writes them: `12.5`, `"0.05"`, `"$0.05"`. Parts of a millionth are left out.
pub(super) fn amount(value: &Value) -> Option<Money> {
    let text = word_or_number(value)?;
    let text = text.trim_start_matches('$').trim_start();
    if text.contains(['e', 'E']) {
        let number: f64 = text.parse().ok()?;
        return format!("{number:.6}").parse().ok();
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let kept: String = fraction.chars().take(6).collect();
    if kept.is_empty() { whole.parse() } else { format!("{whole}.{kept}").parse() }.ok()
}

/// The pause that a `Retry-After` header asks for: seconds, or an HTTP date, which is measured against
/// the reply's own `Date` where it has one, so that our clock may be wrong. At most 10 minutes.
pub(super) fn retry_after(value: &str, date: Option<&str>, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let pause = match value.parse::<f64>() {
        Ok(seconds) if seconds.is_nan() || seconds < 0.0 => return None,
        Ok(seconds) => Duration::try_from_secs_f64(seconds).unwrap_or(RETRY_AFTER_MAX),
        Err(_) => {
            let until = http_date(value)?;
            let from = date.and_then(http_date).unwrap_or(now);
            Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO)
        }
    };
    Some(pause.min(RETRY_AFTER_MAX))
}

/// A moment as HTTP headers write it.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_progress() {
        for (value, expected) in [
            (json!(0), Some(0.0)),
            (json!(0.275), Some(0.275)),
            (json!(1), Some(1.0)),
            (json!(30), Some(0.3)),
            (json!(250), Some(1.0)),
            (json!("0%"), Some(0.0)),
            (json!("30%"), Some(0.3)),
            (json!(" 1 % "), Some(0.01)),
            (json!("100%"), Some(1.0)),
            (json!("0.5"), Some(0.5)),
            (json!(-1), None),
            (json!("NaN"), None),
            (json!("inf%"), None),
            (json!("soon"), None),
            (json!(null), None),
            (json!([0.5]), None),
        ] {
            assert_eq!(progress(&value), expected, "{value}");
        }
    }

    #[test]
    fn every_form_of_a_time() {
        let moment = "2026-03-13T01:52:46Z".parse::<Timestamp>().unwrap();
        for value in [
            json!(1_773_366_766),
            json!("1773366766"),
            json!(1_773_366_766_000_i64),
            json!("2026-03-13T09:52:46+08:00"),
            json!("2026-03-13T01:52:46.000Z"),
        ] {
            assert_eq!(time(&value), Some(moment), "{value}");
        }
        for value in [json!(0), json!("0"), json!(""), json!(-5), json!(1e300), json!("soon"), json!(null)] {
            assert_eq!(time(&value), None, "{value}");
        }
    }

    #[test]
    fn amounts_are_read_without_drift() {
        for (value, micros) in [
            (json!(0), Some(0)),
            (json!(12.5), Some(12_500_000)),
            (json!("0.05"), Some(50_000)),
            (json!("$ 0.32"), Some(320_000)),
            (json!(0.000_000_9), Some(1)),
            (json!(0.123_456_7), Some(123_456)),
            (json!(1e8), Some(100_000_000_000_000)),
            (json!(-1), None),
            (json!("free"), None),
            (json!(""), None),
            (json!("inf"), None),
            (json!("nane"), None),
            (json!(null), None),
        ] {
            assert_eq!(amount(&value).map(Money::micros), micros, "{value}");
        }
    }

    #[test]
    fn both_forms_of_retry_after() {
        let now = "2026-05-01T12:00:00Z".parse().unwrap();
        let secs = |n| Some(Duration::from_secs(n));
        let date = Some("Fri, 01 May 2026 09:00:00 GMT");
        for (value, date, expected) in [
            ("7", None, secs(7)),
            (" 0 ", None, secs(0)),
            ("86400", None, secs(600)),
            ("1e300", None, secs(600)),
            ("-3", None, None),
            ("soon", None, None),
            ("Fri, 01 May 2026 12:00:30 GMT", None, secs(30)),
            ("Fri, 01 May 2026 11:00:00 GMT", None, secs(0)),
            ("Sat, 02 May 2026 12:00:00 GMT", None, secs(600)),
            ("Fri, 01 May 2026 09:00:05 GMT", date, secs(5)),
        ] {
            assert_eq!(retry_after(value, date, now), expected, "{value}");
        }
    }
}
