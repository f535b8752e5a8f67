use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    super::{
        Model,
        actions::Action,
        form::{FIELDS, FieldSpec, Kind, SUBMIT},
        model::Focus,
        text,
    },
    ask, below_title, is_focused, is_typing,
    layout::Layout,
    put, text_box,
    theme::{Theme, rule},
    way_back,
};
use crate::job::{Draft, Field, Request};

/// Marker, label and the gap after it.
const LABEL: u16 = 13;
/// A model's name has so many cells; the word on the model stands after it.
const NAME: u16 = 24;

/// A field with its faults, or `[ Submit ]`.
struct Block {
    at: usize,
    value_lines: u16,
    faults: Vec<String>,
    /// What a look at it told.
    notes: Vec<String>,
}

impl Block {
    fn height(&self) -> u16 {
        self.value_lines + u16::try_from(self.faults.len() + self.notes.len()).unwrap_or(u16::MAX / 16)
    }
}

/// What the last look at the picture told, while that picture stands there.
fn image_notes(model: &Model) -> Vec<String> {
    let Some(checked) = model.form.checked() else { return Vec::new() };
    [checked.facts.clone()]
        .into_iter()
        .chain(checked.warnings.iter().map(|words| format!("! {words}")))
        .collect()
}

fn blocks(model: &Model, roomy: bool, width: u16) -> Vec<Block> {
    let faults = model.form.faults(&model.facts.config.models);
    let notes = image_notes(model);
    let room = usize::from(width.saturating_sub(LABEL + 2)).max(8);
    let block = |at: usize| {
        let Some(spec) = FIELDS.get(at) else {
            return Block { at, value_lines: 1, faults: Vec::new(), notes: Vec::new() };
        };
        let of_field = faults.iter().filter(|fault| fault.field == spec.field);
        let value_lines = match spec.kind {
            Kind::Prompt if roomy => 3,
            Kind::Prompt => 2,
            _ => 1,
        };
        Block {
            at,
            value_lines,
            faults: of_field.flat_map(|fault| text::wrap(&fault.message, room)).collect(),
            notes: if spec.field == Field::Image {
                notes.iter().flat_map(|note| text::wrap(note, room)).collect()
            } else {
                Vec::new()
            },
        }
    };
    (0..=SUBMIT).map(block).collect()
}

/// How many lines the form takes below its title.
pub fn height(model: &Model, roomy: bool, width: u16) -> u16 {
    blocks(model, roomy, width).iter().map(Block::height).sum()
}

/// Draws the form, and says where the cursor stands while a text is being edited.
pub fn draw(model: &Model, theme: Theme, layout: &Layout, buffer: &mut Buffer) -> Option<Position> {
    if layout.form.height == 0 {
        return None;
    }
    let focused = is_focused(model, Focus::Form);
    let mut words = Vec::new();
    let changed = model.form.changed();
    if let Some(base) = model.form.base() {
        let told = match changed.len() {
            0 => "unchanged".into(),
            some => format!("{some} changed (*)"),
        };
        words.push(format!("{}, {told}", base.name));
    }
    words.extend(way_back(model, layout, "2 jobs · 3 log"));
    let name = match model.form.field().filter(|_| is_typing(model)) {
        Some(spec) => format!("1 Form · typing in {}", spec.field.name()),
        None => "1 Form".into(),
    };
    put(buffer, layout.form, layout.form.y, &rule(theme, layout.form.width, &name, &words, focused));
    let area = below_title(layout.form);
    if layout.folded {
        put(buffer, area, area.y, &folded(model, usize::from(area.width)));
        return None;
    }
    let blocks = blocks(model, layout.roomy, area.width);
    let mut y = i32::from(area.y) - i32::from(first_line(model, &blocks, area.height));
    let mut cursor = None;
    for block in &blocks {
        let lines = i32::from(block.value_lines);
        let here = focused && model.form.at() == block.at;
        cursor = draw_block(model, theme, block, (here, &changed), clip(area, y, lines), buffer).or(cursor);
        let faults = block.faults.iter().enumerate().map(|(index, fault)| {
            let sign = if index == 0 { "× " } else { "  " };
            (format!("{sign}{fault}"), theme.bad)
        });
        let notes = block
            .notes
            .iter()
            .map(|note| (note.clone(), if note.starts_with('!') { theme.warn } else { theme.dim }));
        for (below, (words, style)) in (0..).zip(faults.chain(notes)) {
            let line = clip(area, y + lines + below, 1);
            put(buffer, line, line.y, &Line::styled(" ".repeat(usize::from(LABEL)) + &words, style));
        }
        y += i32::from(block.height());
    }
    cursor
}

/// The field of the form under a place, or its button.
pub fn field_at(model: &Model, layout: &Layout, at: Position) -> Option<usize> {
    let area = below_title(layout.form);
    if layout.folded || !area.contains(at) {
        return None;
    }
    let blocks = blocks(model, layout.roomy, area.width);
    let mut left = at.y - area.y + first_line(model, &blocks, area.height);
    let under = |block: &&Block| {
        let here = left < block.height();
        left = left.saturating_sub(block.height());
        here
    };
    blocks.iter().find(under).map(|block| block.at)
}

/// How many lines are scrolled away above, so that the focused block is seen.
fn first_line(model: &Model, blocks: &[Block], height: u16) -> u16 {
    let at = model.form.at();
    let above: u16 = blocks.iter().take(at).map(Block::height).sum();
    let end = above + blocks.get(at).map_or(0, Block::height);
    end.saturating_sub(height).min(above)
}

/// The part of some lines that lies in the area.
fn clip(area: Rect, y: i32, lines: i32) -> Rect {
    let top = y.clamp(i32::from(area.y), i32::from(area.bottom()));
    let bottom = (y + lines).clamp(top, i32::from(area.bottom()));
    let (top, bottom) = (u16::try_from(top).unwrap_or(area.y), u16::try_from(bottom).unwrap_or(area.y));
    Rect { y: top, height: bottom - top, ..area }
}

fn draw_block(
    model: &Model,
    theme: Theme,
    block: &Block,
    (here, changed): (bool, &[Field]),
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    if area.height == 0 {
        return None;
    }
    let style = if here { theme.focus } else { Style::new() };
    let marker = match here {
        true if is_typing(model) => "» ",
        true => "▶ ",
        false => "  ",
    };
    let Some(spec) = FIELDS.get(block.at) else {
        submit(model, theme, (marker, style), area, buffer);
        return None;
    };
    let changed = if changed.contains(&spec.field) { "*" } else { "" };
    let label = text::fit(&format!("{}{changed}", spec.label), usize::from(LABEL - 2));
    let style = if changed.is_empty() || here { style } else { theme.accent };
    put(
        buffer,
        area,
        area.y,
        &Line::from(vec![Span::styled(marker, theme.focus), Span::styled(label, style)]),
    );
    if spec.kind == Kind::Prompt && area.height > 1 {
        put(buffer, area, area.y + 1, &counter(model, theme));
    }
    let value =
        Rect { x: area.x + LABEL.min(area.width), width: area.width.saturating_sub(LABEL + 1), ..area };
    match spec.kind {
        Kind::Choice => {
            put(buffer, value, value.y, &choice(model, theme, spec, here, usize::from(value.width)));
            None
        }
        Kind::Model => {
            let name = Rect { width: value.width.min(NAME), ..value };
            let note = Rect { x: name.right(), width: value.width - name.width, ..value };
            put(buffer, note, note.y, &model_note(model, theme, usize::from(note.width)));
            text_value(model, spec, here, name, buffer)
        }
        Kind::Line | Kind::Prompt => text_value(model, spec, here, value, buffer),
    }
}

/// A text: while it is edited the part around the cursor, else its beginning.
fn text_value(
    model: &Model,
    spec: &FieldSpec,
    here: bool,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let value = model.form.text(spec.field)?;
    if area.is_empty() {
        return None;
    }
    let editing = here && is_typing(model);
    if value.is_empty() {
        let words = text::cut(spec.placeholder, usize::from(area.width));
        put(buffer, area, area.y, &Line::styled(words, model.theme.dim));
        if editing {
            buffer.set_style(area, Style::new().add_modifier(Modifier::UNDERLINED));
        }
        return editing.then_some(area.as_position());
    }
    if editing {
        return Some(text_box::draw(value, area, buffer));
    }
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let whole = value.lines().join("\n");
    let mut lines = if spec.kind == Kind::Prompt { text::wrap(&whole, width) } else { vec![whole] };
    if lines.len() > height {
        lines.truncate(height);
        if let Some(last) = lines.last_mut() {
            // The sign stands where the text goes on.
            *last = format!("{}…", text::cut(last, width).trim_end_matches('…'));
            if text::width(last) > width {
                *last = text::cut(last, width);
            }
        }
    }
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        put(buffer, area, y, &Line::raw(text::cut(&line, width)));
    }
    None
}

fn counter(model: &Model, theme: Theme) -> Line<'static> {
    let (length, limit) = model.form.prompt_count(&model.facts.config.models);
    let words = limit.map_or_else(|| length.to_string(), |limit| format!("{length}/{limit}"));
    let style = if limit.is_some_and(|limit| length > limit) { theme.bad } else { model.theme.dim };
    Line::from(vec![Span::raw("  "), Span::styled(words, style)])
}

/// The chosen value; where the focus is, what else there is to choose.
fn choice(model: &Model, theme: Theme, spec: &FieldSpec, here: bool, width: usize) -> Line<'static> {
    let chosen = Some(model.form.chosen(spec.field)).filter(|words| !words.is_empty());
    let style = if chosen.is_some() { Style::new() } else { model.theme.dim };
    let words = chosen.unwrap_or_else(|| spec.placeholder.into());
    if !here {
        return Line::styled(words, style);
    }
    let choices = model.form.choices(spec.field, &model.facts.config.models);
    let choices: Vec<_> = choices.into_iter().filter(|choice| !choice.is_empty()).collect();
    let room = width.saturating_sub(text::width(&words) + 7);
    Line::from(vec![
        Span::styled("< ", theme.focus),
        Span::styled(words, style),
        Span::styled(" >", theme.focus),
        Span::styled(format!("   {}", text::cut(&choices.join("  "), room)), model.theme.dim),
    ])
}

fn model_note(model: &Model, theme: Theme, width: usize) -> Line<'static> {
    let models = &model.facts.config.models;
    let name = model.form.text(Field::Model).map_or_else(String::new, |area| area.lines().concat());
    let name = name.trim();
    let note = match models.get(name) {
        None if name.is_empty() => String::new(),
        None => "not in the table: only the service can check it".into(),
        Some(rules) => {
            rules.retired.as_ref().map_or_else(String::new, |day| format!("retired on {day}, may be refused"))
        }
    };
    Line::styled(text::cut(&note, width), theme.warn)
}

fn submit(model: &Model, theme: Theme, (marker, style): (&str, Style), area: Rect, buffer: &mut Buffer) {
    let price = if model.blocked().is_some() { String::new() } else { price(model) };
    let reason = model.blocked().unwrap_or_default();
    // The button is seen whole in the narrowest window.
    let indent = LABEL.min(area.width.saturating_sub(10));
    let room = usize::from(area.width.saturating_sub(indent + 12));
    let line = Line::from(vec![
        Span::styled(text::fit(marker, usize::from(indent)), theme.focus),
        Span::styled("[ Submit ]", style),
        Span::raw("  "),
        Span::styled(text::cut(&price, room), model.theme.dim),
        Span::styled(text::cut(&reason, room), theme.warn),
    ]);
    put(buffer, area, area.y, &line);
}

/// The price of what the form holds; of a sweep, how many jobs and all of it.
fn price(model: &Model) -> String {
    // What the image is does not change the price; it may be missing so far, or a file that nobody has read.
    let draft = Draft { image: "https://example.com/any.jpg".into(), ..model.form.draft() };
    match draft.sweep(&model.facts.config.models) {
        Ok(sweep) => {
            if let Some(jobs) = sweep.tell() {
                let sum = sweep.estimate(&model.facts.config.models);
                return sum.map_or(jobs.clone(), |money| format!("{jobs}, about ${money}"));
            }
        }
        // How many jobs that is meant to be nobody knows.
        Err(faults) if faults.iter().any(|fault| matches!(fault.field, Field::Seed | Field::Ratio)) => {
            return "no price: seed or ratio is not right yet".into();
        }
        Err(_) => {}
    }
    let request = Request {
        model: draft.model.trim().into(),
        duration: draft.duration.parse().ok(),
        ..Request::default()
    };
    ask::price(&model.facts.config.models, &request)
}

/// The form in a line.
fn folded(model: &Model, width: usize) -> Line<'static> {
    let draft = model.form.draft();
    let key = model.keys.keys(Action::FocusForm).find(|key| key.printable().is_some());
    let press = key.map_or_else(String::new, |key| format!("press {key} to "));
    let image = draft.image.trim();
    let name = image.rsplit('/').find(|part| !part.is_empty()).unwrap_or(image);
    if image.is_empty() {
        return Line::styled(text::cut(&format!("  {press}fill in a new request"), width), model.theme.dim);
    }
    let prompt = draft.prompt.trim();
    let seconds = model.form.chosen(Field::Duration);
    let short: Vec<_> =
        [draft.model, draft.ratio, seconds].into_iter().filter(|part| !part.is_empty()).collect();
    let short = short.join(" · ");
    let hint = format!(" — {press}edit");
    // Image and prompt share what the others leave; the hint goes first.
    let room = |hint: &str| width.saturating_sub(2 + 6 + text::width(&short) + text::width(hint));
    let hint = if room(&hint) >= 2 * LEAST { hint } else { String::new() };
    let room = room(&hint);
    let for_image = room.saturating_sub(text::width(prompt)).max(room / 2);
    let name = text::cut(name, for_image);
    let prompt = text::cut(prompt, room.saturating_sub(text::width(&name)));
    let parts: Vec<_> = [name, short, prompt].into_iter().filter(|part| !part.is_empty()).collect();
    Line::from(vec![
        Span::raw(text::cut(&format!("  {}", parts.join(" · ")), width)),
        Span::styled(hint, model.theme.dim),
    ])
}

/// With so few cells for each, the folded form leaves its hint out.
const LEAST: usize = 12;
