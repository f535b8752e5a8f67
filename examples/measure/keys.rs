//! Keys by name, and the bytes that a terminal sends for them.

use std::time::Duration;

/// One thing to do at the keyboard.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send this, which is one key or a text.
    Send(String),
    /// As [`Step::Send`], but a program may have asked for another form of the arrow keys.
    Arrow(char),
    /// Do nothing for so long.
    Wait(Duration),
}

/// Reads a list as `j,k,ctrl+d,text:hello,wait:300,down*5`.
pub fn parse(list: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for name in list.split(',').filter(|name| !name.is_empty()) {
        let (name, times) = match name.rsplit_once('*') {
            Some((name, times)) => (name, times.parse().map_err(|_| wrong(name))?),
            None => (name, 1_usize),
        };
        let step = one(name)?;
        steps.extend(std::iter::repeat_n(step, times));
    }
    Ok(steps)
}

fn one(name: &str) -> Result<Step, String> {
    if let Some(text) = name.strip_prefix("text:") {
        return Ok(Step::Send(text.into()));
    }
    if let Some(time) = name.strip_prefix("wait:") {
        return Ok(Step::Wait(Duration::from_millis(time.parse().map_err(|_| wrong(name))?)));
    }
    let (modifier, base) = name.rsplit_once('+').unwrap_or(("", name));
    let bytes = match (modifier, base) {
        ("", "up") => return Ok(Step::Arrow('A')),
        ("", "down") => return Ok(Step::Arrow('B')),
        ("", "right") => return Ok(Step::Arrow('C')),
        ("", "left") => return Ok(Step::Arrow('D')),
        ("", "enter") => "\r".into(),
        ("", "esc") => "\x1b".into(),
        ("", "tab") => "\t".into(),
        ("shift", "tab") => "\x1b[Z".into(),
        ("", "space") => " ".into(),
        ("", "comma") => ",".into(),
        ("", "backspace") => "\x7f".into(),
        ("", "home") => "\x1b[H".into(),
        ("", "end") => "\x1b[F".into(),
        ("", "pgup") => "\x1b[5~".into(),
        ("", "pgdn") => "\x1b[6~".into(),
        ("ctrl", _) => control(base).ok_or_else(|| wrong(name))?,
        ("alt", _) if base.chars().count() == 1 => format!("\x1b{base}"),
        ("", _) if base.chars().count() == 1 => base.into(),
        _ => return Err(wrong(name)),
    };
    Ok(Step::Send(bytes))
}

fn control(base: &str) -> Option<String> {
    let letter = base.bytes().next().filter(|byte| base.len() == 1 && byte.is_ascii_alphabetic())?;
    Some(char::from(letter.to_ascii_lowercase() - b'a' + 1).to_string())
}

fn wrong(name: &str) -> String {
    format!(
        "`{name}` is no key: a key is one character or esc, enter, tab, space, comma, up, ctrl+x, alt+x and the like"
    )
}
