use ratatui::text::{Line, Span};

use super::{
    super::{
        Model,
        actions::{ACTIONS, Scope},
        text,
    },
    theme::{bold, dim},
};

/// From this width on, the actions' names have a column.
const NAMES: usize = 100;

/// Every action with its keys, from the key table itself.
pub fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let keys_width = if width >= 70 { 28 } else { width / 3 };
    let mut lines = Vec::new();
    for scope in Scope::ALL {
        lines.extend(text::wrap(scope.title(), width).into_iter().map(|line| Line::styled(line, bold())));
        for spec in ACTIONS.iter().filter(|spec| spec.scope == scope) {
            let keys: Vec<_> = model.keys.keys(spec.action).map(|key| key.to_string()).collect();
            let keys = if keys.is_empty() { "not bound".into() } else { keys.join(", ") };
            entry((&keys, spec.help, spec.name), (keys_width, width), &mut lines);
        }
        lines.push(Line::default());
    }
    lines.push(Line::styled("Signs before a job's number", bold()));
    entry(("+", "marked; ~ some of a folded sweep", ""), (keys_width, width), &mut lines);
    entry(
        ("*", "made with another key or service: it is seen to only there", ""),
        (keys_width, width),
        &mut lines,
    );
    lines.push(Line::default());
    lines.push(Line::styled("Questions", bold()));
    entry(("y", "yes; every other key means no, Enter too", ""), (keys_width, width), &mut lines);
    entry(("q, Ctrl-C", "asked whether to leave: yes, too", ""), (keys_width, width), &mut lines);
    lines.push(Line::default());
    let file = model.facts.config.file.display();
    let whose = if width >= NAMES { "the names at the right" } else { "the names in brackets" };
    let config = format!("Keys are changed under [keys] in {file}, by {whose}: poll_now = [\"p\", \"f9\"]");
    lines.extend(text::wrap(&config, width).into_iter().map(|line| Line::styled(line, model.theme.dim)));
    lines
}

fn entry(
    (keys, help, name): (&str, &str, &str),
    (keys_width, width): (usize, usize),
    lines: &mut Vec<Line<'static>>,
) {
    let name_width = if width >= NAMES { 24 } else { 0 };
    // Where they have no column, names stand behind the words.
    let help = if name_width > 0 || name.is_empty() { help.to_string() } else { format!("{help} [{name}]") };
    let help_width = width.saturating_sub(keys_width + 4 + name_width).max(8);
    let mut keys = text::wrap(keys, keys_width).into_iter();
    let mut help = text::wrap(&help, help_width).into_iter();
    let mut name = Some(name).filter(|_| name_width > 0);
    loop {
        let (key_part, help_part) = (keys.next(), help.next());
        if key_part.is_none() && help_part.is_none() {
            return;
        }
        lines.push(Line::from(vec![
            Span::raw(format!("  {}  ", text::fit(&key_part.unwrap_or_default(), keys_width))),
            Span::raw(text::fit(&help_part.unwrap_or_default(), help_width)),
            Span::styled(name.take().unwrap_or_default().to_string(), dim()),
        ]));
    }
}
