use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::{
    Filter, FilterError,
    needle::{How, Needle},
    term::{IdTest, Limit, Place, Sign, Term, Test},
    words::Word,
};
use crate::job::{JobId, Money, State, nearest};

/// The words for a job's state that are not names of states: labels of the screen, and sums of states.
const LABELS: [&str; 9] =
    ["done", "fetching", "saved", "no_url", "expired", "not_saved", "moderated", "live", "ended"];
const YES_NO: [&str; 2] = ["yes", "no"];
const YES_NO_ANY: [&str; 3] = ["yes", "no", "any"];

/// The words that can stand behind a key; none where anything can.
pub(super) fn choices(key: &str) -> Vec<&'static str> {
    match key {
        "state" => State::ALL.into_iter().map(State::word).chain(LABELS).collect(),
        "saved" => YES_NO.to_vec(),
        "archived" => YES_NO_ANY.to_vec(),
        _ => Vec::new(),
    }
}

/// What a word asks for; nothing, where it is half typed.
pub(super) fn read(word: &Word) -> Result<Option<Term>, FilterError> {
    let test = match &word.key {
        _ if word.text.trim().is_empty() && is_known(word.key.as_deref()) => Ok(None),
        None => Ok(Some(plain(word))),
        Some(key) => keyed(key, word.text.trim()),
    };
    let test = test.map_err(|message| FilterError { word: word.typed.clone(), message })?;
    Ok(test.map(|test| Term { excludes: word.excludes, test }))
}

fn is_known(key: Option<&str>) -> bool {
    key.is_none_or(|key| Filter::KEYS.iter().any(|(known, ..)| *known == key))
}

fn plain(word: &Word) -> Test {
    if word.is_loose {
        return Test::Text(Place::Row, Needle::new(&word.text, How::Loose));
    }
    let number = word.text.strip_prefix('#').unwrap_or(&word.text);
    let id = Some(number).filter(|number| is_digits(number)).and_then(|number| number.parse().ok());
    Test::Word(Needle::new(&word.text, How::Within), id.map(JobId))
}

fn keyed(key: &str, text: &str) -> Result<Option<Test>, String> {
    let within = |place| Ok(Some(Test::Text(place, Needle::new(text, How::Within))));
    let whole = |text: &str| {
        let number = text.strip_suffix(['s', 'S']).unwrap_or(text);
        number.parse::<u64>().map_err(|_| format!("`{text}` is not a whole number such as 5"))
    };
    Ok(match key {
        "state" => list(text, states)?.map(Test::State),
        "model" => return within(Place::Model),
        "prompt" => return within(Place::Prompt),
        "ratio" => return within(Place::Ratio),
        "profile" => return within(Place::Profile),
        "error" => return within(Place::Error),
        "tag" => Some(Test::Text(Place::Tags, Needle::new(text, How::Begins))),
        "group" => Some(Test::Text(Place::Group, Needle::new(text, How::Begins))),
        "id" => list(text, |part| Ok(vec![id(part)]))?.map(Test::Id),
        "parent" => {
            let read = |part: &str| {
                numbers(part)
                    .map(|range| vec![range])
                    .ok_or_else(|| format!("`{part}` is not the number of a job"))
            };
            list(text, read)?.map(Test::Parent)
        }
        "duration" => limit(text, Sign::Equal, whole)?.map(Test::Duration),
        "seed" => limit(text, Sign::Equal, whole)?.map(Test::Seed),
        "cost" => {
            limit(text, Sign::Equal, |text| text.trim_start_matches('$').parse::<Money>())?.map(Test::Cost)
        }
        "age" => limit(text, Sign::AtMost, age)?.map(Test::Age),
        "saved" => Some(Test::Saved(choice(text, &YES_NO)? == "yes")),
        "archived" => Some(Test::Archived(match choice(text, &YES_NO_ANY)? {
            "any" => None,
            word => Some(word == "yes"),
        })),
        _ => return Err(unknown_key(key)),
    })
}

fn unknown_key(key: &str) -> String {
    let known = Filter::KEYS.map(|(key, ..)| key);
    let meant = match nearest(key, known) {
        Some(near) => format!("did you mean `{near}:`?"),
        None => format!("there are {}.", known.join(", ")),
    };
    format!("`{key}:` is no key of a filter; {meant} In quotes it is looked for as text")
}

/// What stands between commas, read one by one; an empty place is half typed.
fn list<T>(text: &str, read: impl Fn(&str) -> Result<Vec<T>, String>) -> Result<Option<Vec<T>>, String> {
    let mut all = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        all.extend(read(part)?);
    }
    Ok(Some(all).filter(|all| !all.is_empty()))
}

/// The words for states that `text` is, or else begins: while it is typed it narrows down.
fn states(text: &str) -> Result<Vec<&'static str>, String> {
    let word = text.to_ascii_lowercase().replace([' ', '-'], "_");
    let known = choices("state");
    let begins: Vec<_> = known.iter().copied().filter(|known| known.starts_with(&word)).collect();
    if begins.contains(&&*word) {
        return Ok(begins.into_iter().filter(|known| *known == word).collect());
    }
    if begins.is_empty() { Err(no_choice(text, &known)) } else { Ok(begins) }
}

fn choice(text: &str, known: &[&'static str]) -> Result<&'static str, String> {
    let word = text.to_ascii_lowercase();
    known.iter().copied().find(|known| known.starts_with(&word)).ok_or_else(|| no_choice(text, known))
}

fn no_choice(text: &str, known: &[&str]) -> String {
    match nearest(&text.to_ascii_lowercase(), known.iter().copied()) {
        Some(near) => format!("`{text}` is none of its words; did you mean `{near}`?"),
        None => format!("`{text}` is none of its words: {}", known.join(", ")),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn id(part: &str) -> IdTest {
    numbers(part).map_or_else(|| IdTest::Task(Needle::new(part, How::Begins)), IdTest::Number)
}

/// `7`, `#7`, `7..9` in either order, or with an end that is open.
fn numbers(part: &str) -> Option<RangeInclusive<i64>> {
    let number = |text: &str, open: i64| match text.trim() {
        "" => Some(open),
        text => {
            let digits = text.strip_prefix('#').unwrap_or(text);
            digits.parse().ok().filter(|_| is_digits(digits))
        }
    };
    let (first, last) = part.split_once("..").unwrap_or((part, part));
    let (first, last) = (number(first, 0)?, number(last, i64::MAX)?);
    Some(first.min(last)..=first.max(last))
}

/// A comparison; nothing where only its sign is there yet.
fn limit<T>(
    text: &str,
    without: Sign,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Limit<T>>, String> {
    const SIGNS: [(&str, Sign); 5] = [
        ("<=", Sign::AtMost),
        (">=", Sign::AtLeast),
        ("<", Sign::Less),
        (">", Sign::More),
        ("=", Sign::Equal),
    ];
    let signed = SIGNS.into_iter().find_map(|(sign, meant)| Some((meant, text.strip_prefix(sign)?)));
    let (sign, text) = signed.unwrap_or((without, text));
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { read(text).map(|value| Some(Limit { sign, value })) }
}

fn age(text: &str) -> Result<SignedDuration, String> {
    let seconds = |unit| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3600),
        'd' => Some(86_400),
        _ => None,
    };
    let read = || {
        let unit = text.chars().next_back()?.to_ascii_lowercase();
        let (number, _) = text.split_at_checked(text.len() - 1).filter(|(number, _)| is_digits(number))?;
        number.parse::<i64>().ok()?.checked_mul(seconds(unit)?)
    };
    let wrong = || format!("`{text}` is not an age such as 30m, 2h or 7d");
    read().map(SignedDuration::from_secs).ok_or_else(wrong)
}
