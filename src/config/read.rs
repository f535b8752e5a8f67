//! How each kind of value is read. Every error says what was expected and what was found.

use std::{ops::RangeInclusive, time::Duration};

use toml::de::DeValue;

use super::{Confirm, service, units};
use crate::job::{Money, nearest};

/// So much of a wrong value is told.
const SHOWN: usize = 60;
/// What [`super::Download::name`] may fill in.
pub(super) const FILLED: [&str; 5] = ["date", "id", "slug", "model", "seed"];

/// Where TOML's integers end.
const UNBOUNDED: u64 = i64::MAX.unsigned_abs();
/// A number of seconds of video; an hour is beyond any model.
pub(super) const SECONDS: RangeInclusive<u32> = 1..=3_600;
/// Tasks at once, where 0 says something of its own.
pub(super) const COUNT: RangeInclusive<u32> = 0..=10_000;
/// Downloads at once.
pub(super) const PARALLEL: RangeInclusive<u32> = 1..=32;
/// Requests in a second.
pub(super) const RATE: RangeInclusive<u32> = 1..=1_000;
/// UTF-16 units.
pub(super) const LENGTH: RangeInclusive<u32> = 1..=1_000_000;

/// The longest duration.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

type Value<'v> = DeValue<'v>;

/// The words for a value that is not what it should be.
pub(super) fn expected(what: &str, value: &Value<'_>) -> String {
    let found = match value {
        DeValue::String(text) => {
            let cut: String = text.chars().take(SHOWN).collect();
            format!("{cut:?}{}", if cut.len() < text.len() { " …" } else { "" })
        }
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    };
    format!("expected {what}, found {found}")
}

pub(super) fn truth(value: &Value<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| expected("true or false", value))
}

pub(super) fn text(value: &Value<'_>) -> Result<String, String> {
    value.as_str().map(str::to_string).ok_or_else(|| expected("a text in quotes", value))
}

/// A word of visible ASCII, as names of models, variables and versions are.
pub(super) fn word(value: &Value<'_>) -> Result<String, String> {
    let fits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    let word = value.as_str().filter(fits).map(str::to_string);
    word.ok_or_else(|| expected("one word in quotes", value))
}

/// The name of a variable. What is none may be the key itself, so it is not shown.
pub(super) fn variable(value: &Value<'_>) -> Result<String, String> {
    let fits = |text: &&str| {
        !text.starts_with(|c: char| c.is_ascii_digit())
            && !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let name = value.as_str().filter(fits).map(str::to_string);
    name.ok_or_else(|| "expected the name of a variable such as \"MY_KEY\", not the secret itself".into())
}

/// The path of the file with the key. What looks like the key itself is not shown.
pub(super) fn key_file(value: &Value<'_>) -> Result<String, String> {
    let fits = |text: &&str| !text.is_empty() && !text.starts_with("sk-");
    let path = value.as_str().filter(fits).map(str::to_string);
    path.ok_or_else(|| "expected the path of a file that holds it, not the secret itself".into())
}

/// The path of a file with certificates.
pub(super) fn pem_file(value: &Value<'_>) -> Result<String, String> {
    let path = value.as_str().filter(|path| !path.is_empty()).map(str::to_string);
    path.ok_or_else(|| expected("the path of a PEM file with certificates", value))
}

/// The program that tells the key, and its arguments. What it is instead may be the key itself, so it is not shown.
pub(super) fn secret_command(value: &Value<'_>) -> Result<Vec<String>, String> {
    let fits = |argv: &Vec<String>| argv.first().is_some_and(|program| !program.starts_with("sk-"));
    argv(value).ok().filter(fits).ok_or_else(|| {
        "expected a program and its arguments such as [\"pass\", \"show\", \"cometapi\"], not the secret itself"
            .into()
    })
}

pub(super) fn ratio(value: &Value<'_>) -> Result<String, String> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fits = |text: &&str| text.split_once(':').is_some_and(|(w, h)| digits(w) && digits(h));
    let ratio = value.as_str().filter(fits).map(str::to_string);
    ratio.ok_or_else(|| expected("a ratio such as \"1280:720\"", value))
}

/// A ratio, or an empty text for none.
pub(super) fn ratio_or_none(value: &Value<'_>) -> Result<String, String> {
    if value.as_str() == Some("") { Ok(String::new()) } else { ratio(value) }
}

fn whole(value: &Value<'_>, least: u64, most: u64) -> Result<u64, String> {
    let number = value.as_integer().and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
    number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        let range = match (least, most) {
            (_, UNBOUNDED) => format!(" of at least {least}"),
            _ => format!(" from {least} to {most}"),
        };
        expected(&format!("a whole number{range}"), value)
    })
}

fn small(value: &Value<'_>, range: &RangeInclusive<u32>) -> Result<u32, String> {
    let number = whole(value, u64::from(*range.start()), u64::from(*range.end()))?;
    Ok(u32::try_from(number).unwrap_or(*range.end()))
}

pub(super) fn seconds(value: &Value<'_>) -> Result<u32, String> {
    small(value, &SECONDS)
}

pub(super) fn count(value: &Value<'_>) -> Result<usize, String> {
    small(value, &COUNT).map(|count| count as usize)
}

pub(super) fn parallel(value: &Value<'_>) -> Result<usize, String> {
    small(value, &PARALLEL).map(|count| count as usize)
}

pub(super) fn rate(value: &Value<'_>) -> Result<u32, String> {
    small(value, &RATE)
}

pub(super) fn length(value: &Value<'_>) -> Result<usize, String> {
    small(value, &LENGTH).map(|length| length as usize)
}

pub(super) fn seed(value: &Value<'_>) -> Result<u64, String> {
    whole(value, 0, UNBOUNDED)
}

/// A duration that may be nothing; a year is beyond any wait.
pub(super) fn duration(value: &Value<'_>) -> Result<Duration, String> {
    let duration = value.as_str().and_then(units::read_duration);
    let duration = duration
        .ok_or_else(|| expected("a duration such as \"5s\" (a whole number and ms, s, m, h or d)", value))?;
    let short = duration <= LONGEST;
    short.then_some(duration).ok_or_else(|| expected("a duration of at most \"365d\"", value))
}

/// A duration to wait at most: more than nothing.
pub(super) fn limit(value: &Value<'_>) -> Result<Duration, String> {
    let some = |duration: Duration| Some(duration).filter(|duration| !duration.is_zero());
    some(duration(value)?).ok_or_else(|| expected("a duration of more than nothing", value))
}

pub(super) fn size(value: &Value<'_>) -> Result<u64, String> {
    let written = value.as_str().and_then(units::read_size);
    let size = written.or_else(|| whole(value, 1, UNBOUNDED).ok()).filter(|size| *size > 0);
    size.ok_or_else(|| {
        expected("a size such as \"2GiB\" (a whole number and B, KiB, MiB, GiB, TiB), or bytes", value)
    })
}

pub(super) fn money(value: &Value<'_>) -> Result<Money, String> {
    let written = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        _ => String::new(),
    };
    written.parse().map_err(|_| expected("an amount of dollars such as 0.25", value))
}

pub(super) fn confirm(value: &Value<'_>) -> Result<Confirm, String> {
    let confirm = value.as_str().and_then(|text| text.parse().ok());
    confirm.ok_or_else(|| expected("\"always\", \"never\" or \"above:0.50\" (dollars)", value))
}

pub(super) fn service(value: &Value<'_>) -> Result<String, String> {
    let text = value.as_str();
    let text = text.ok_or_else(|| expected("the address of the service in quotes", value))?;
    service::read_service(text)
}

pub(super) fn day(value: &Value<'_>) -> Result<String, String> {
    let written = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(day) => day.to_string(),
        _ => String::new(),
    };
    let is_day = written.parse::<jiff::civil::Date>().is_ok() && written.len() == "2026-05-01".len();
    Some(written).filter(|_| is_day).ok_or_else(|| expected("a day such as \"2026-05-01\"", value))
}

/// A day, or an empty text for none.
pub(super) fn day_or_none(value: &Value<'_>) -> Result<String, String> {
    if value.as_str() == Some("") { Ok(String::new()) } else { day(value) }
}

/// The name of a video's file: what stands in braces is filled in, and it names no folder.
pub(super) fn file_name(value: &Value<'_>) -> Result<String, String> {
    let name = text(value)?;
    if name.trim().is_empty() || name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\')) {
        return Err(expected("the name of a file, without a folder", value));
    }
    let mut parts = name.split('{');
    let closed = |part: &str| part.split_once('}').is_some_and(|(field, _)| FILLED.contains(&field));
    let plain = parts.next().is_some_and(|part| !part.contains('}'));
    if plain && parts.all(|part| closed(part) && part.matches('}').count() == 1) {
        return Ok(name);
    }
    let fields = FILLED.map(|field| format!("{{{field}}}")).join(", ");
    Err(expected(&format!("a file name with no braces but {fields}"), value))
}

pub(super) fn list<T>(
    value: &Value<'_>,
    what: &str,
    read: impl Fn(&Value<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let list = value.as_array().ok_or_else(|| expected(what, value))?;
    list.iter().map(|item| read(item.get_ref())).collect()
}

pub(super) fn ratios(value: &Value<'_>) -> Result<Vec<String>, String> {
    list(value, "a list such as [\"1280:720\"]", ratio)
}

pub(super) fn durations(value: &Value<'_>) -> Result<Vec<u32>, String> {
    list(value, "a list of seconds such as [5, 10]", seconds)
}

pub(super) fn keys(value: &Value<'_>) -> Result<Vec<String>, String> {
    list(value, "a list of keys such as [\"q\"] (an empty list unbinds)", text)
}

/// One of a few words; what it means.
pub(super) fn one_of<T: Copy>(value: &Value<'_>, words: &[(&str, T)]) -> Result<T, String> {
    let text = value.as_str().unwrap_or_default();
    if let Some((_, meant)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*meant);
    }
    let known = words.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    Err(near(expected(&format!("one of {known}"), value), text, words.iter().map(|(word, _)| *word)))
}

/// `message`, with the name that was probably meant by `word`.
pub(super) fn near<'n>(message: String, word: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    match nearest(word, names) {
        Some(name) => format!("{message}; did you mean `{name}`?"),
        None => message,
    }
}

/// A program and its arguments, or an empty list for none.
pub(super) fn argv(value: &Value<'_>) -> Result<Vec<String>, String> {
    const WHAT: &str = "a program and its arguments such as [\"notify-send\", \"Taxiway\"]";
    let argv = list(value, WHAT, text)?;
    let whole = argv.iter().all(|word| !word.contains('\0'));
    let named = argv.first().is_none_or(|program| !program.is_empty());
    if whole && named { Ok(argv) } else { Err(expected(WHAT, value)) }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    fn with<T>(written: &str, read: impl Fn(&Value<'_>) -> T) -> T {
        let text = format!("x = {written}");
        let table = DeTable::parse(&text).unwrap();
        read(table.get_ref().get("x").unwrap().get_ref())
    }

    #[test]
    fn names_of_files_hold_only_what_can_be_filled_in() {
        for name in ["{date}-{id}-{slug}", "video", "{model} {seed}"] {
            assert!(with(&format!("{name:?}"), file_name).is_ok(), "{name}");
        }
        for name in ["", " ", "{day}", "{id", "id}", "{id}}", "{{id}}", "a/b", "..\\\\b", "a\\u0007b"] {
            assert!(with(&format!("\"{name}\""), file_name).is_err(), "{name}");
        }
    }

    #[test]
    fn money_may_be_written_as_text_or_number() {
        for written in ["0.25", "\"0.25\"", "0.250"] {
            assert_eq!(with(written, money), Ok(Money::from_micros(250_000)), "{written}");
        }
        assert_eq!(with("1", money), Ok(Money::from_micros(1_000_000)));
        for written in ["-1", "\"a lot\"", "true", "1e3", "nan", "[1]"] {
            assert!(with(written, money).is_err(), "{written}");
        }
    }

    #[test]
    fn days_are_days_of_the_calendar() {
        assert_eq!(with("2026-05-01", day).as_deref(), Ok("2026-05-01"));
        assert_eq!(with("\"2026-05-01\"", day).as_deref(), Ok("2026-05-01"));
        for written in ["\"2026-13-01\"", "\"May\"", "20260501", "\"\"", "2026-05-01T10:00:00Z"] {
            assert!(with(written, day).is_err(), "{written}");
        }
    }

    #[test]
    fn a_long_wrong_value_is_cut() {
        let message = with(&format!("\"{}\"", "ü".repeat(500)), truth).unwrap_err();
        assert!(message.ends_with("ü\" …") && message.chars().count() < 120, "{message}");
    }
}
