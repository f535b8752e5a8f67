mod choices;

use tui_textarea::{CursorMove, TextArea, WrapMode};

use super::{actions::Action, paste::clean_paste, text_edit};
use crate::{
    config::Defaults,
    job::{Draft, Field, FieldError, JobId, ModelTable, utf16_len},
};

/// A text field holds so many characters at most: far more than the service takes, and few enough that
/// no cell count overflows.
const TEXT_LIMIT: usize = 20_000;

/// How a field is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Line,
    /// Text of several lines, with a counter.
    Prompt,
    /// Free text with known names to choose from.
    Model,
    /// One of some values.
    Choice,
}

/// A field of the form.
#[derive(Debug)]
pub struct FieldSpec {
    /// Which field of the request.
    pub field: Field,
    /// The word before it.
    pub label: &'static str,
    /// How it is filled in.
    pub kind: Kind,
    /// What stands there while it is empty.
    pub placeholder: &'static str,
}

const fn field(field: Field, label: &'static str, kind: Kind, placeholder: &'static str) -> FieldSpec {
    FieldSpec { field, label, kind, placeholder }
}

/// The fields in their promised order; `[ Submit ]` comes after them.
pub static FIELDS: [FieldSpec; 7] = [
    field(
        Field::Image,
        "Image",
        Kind::Line,
        "the https:// address of a JPEG, PNG or WebP picture, or a file here",
    ),
    field(Field::Prompt, "Prompt", Kind::Prompt, "what should happen in the video"),
    field(Field::Model, "Model", Kind::Model, "a model's name, such as gen4_turbo"),
    field(Field::Ratio, "Ratio", Kind::Choice, "not given"),
    field(Field::Duration, "Duration", Kind::Choice, "not given"),
    field(Field::Seed, "Seed", Kind::Line, "random; 42 is repeatable, 1..4 or random x3 make several jobs"),
    field(Field::Watermark, "Watermark", Kind::Choice, ""),
];

/// The place of `[ Submit ]` after the fields.
pub const SUBMIT: usize = FIELDS.len();

/// The request that is being filled in.
#[derive(Debug)]
pub struct Form {
    image: TextArea<'static>,
    prompt: TextArea<'static>,
    model: TextArea<'static>,
    seed: TextArea<'static>,
    ratio: String,
    duration: String,
    watermark: bool,
    at: usize,
    editing: bool,
    touched: [bool; FIELDS.len()],
    /// What it was filled from as a whole.
    base: Option<Base>,
    /// What it held before it was filled as a whole.
    before: Option<(Draft, Option<Base>)>,
    /// What the last look at a picture told, and of which.
    checked: Option<Checked>,
}

/// What a form was filled from: fields that differ from it are marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// What it held then.
    pub draft: Draft,
    /// The job that it is a clone of.
    pub parent: Option<JobId>,
    /// What to call it, as `clone of job 4`.
    pub name: String,
}

/// What a look at a picture told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The picture, as it was typed.
    pub image: String,
    /// What it is, in a line.
    pub facts: String,
    /// What may be wrong with it.
    pub warnings: Vec<String>,
}

/// What an edit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// All of it.
    Whole,
    /// The field is full: the rest was left out.
    Full,
}

impl Form {
    /// A form that holds the defaults.
    pub fn new(defaults: &Defaults) -> Self {
        let mut prompt = text_area("");
        prompt.set_wrap_mode(WrapMode::WordOrGlyph);
        Self {
            image: text_area(""),
            prompt,
            model: text_area(&defaults.model),
            seed: text_area(""),
            ratio: defaults.ratio.clone(),
            duration: defaults.duration.to_string(),
            watermark: false,
            at: 0,
            editing: false,
            touched: [false; FIELDS.len()],
            base: None,
            before: None,
            checked: None,
        }
    }

    /// Fills it as a whole. What it held before can be brought back, unless that was nothing.
    pub fn fill(&mut self, draft: &Draft, base: Option<Base>) {
        let (draft, base) = (&cleaned(draft), base.map(|base| Base { draft: cleaned(&base.draft), ..base }));
        let before = (self.draft(), self.base.take());
        // A form that stands as it was filled can be filled so again: what was typed before it stays in reach.
        let is_own = before.1.as_ref().is_none_or(|base| base.draft != before.0);
        let held = self
            .before
            .as_ref()
            .is_some_and(|(draft, _)| !(draft.image.is_empty() && draft.prompt.is_empty()));
        if *draft != before.0 && (is_own || !held) {
            self.before = Some(before);
        }
        self.put(draft);
        self.base = base;
        self.touched = [false; FIELDS.len()];
    }

    /// Brings back what it held before it was filled as a whole; once more changes back again. Says whether
    /// there was anything.
    pub fn bring_back(&mut self) -> bool {
        let Some((draft, base)) = self.before.take() else { return false };
        self.fill(&draft, base);
        true
    }

    /// What it holds now is where it began.
    pub fn forget_before(&mut self) {
        self.before = None;
    }

    /// Whether it was filled as a whole.
    pub fn can_bring_back(&self) -> bool {
        self.before.is_some()
    }

    fn put(&mut self, draft: &Draft) {
        let Draft { image, prompt, model, ratio, duration, seed, watermark } = draft;
        (self.image, self.model, self.seed) = (text_area(image), text_area(model), text_area(seed));
        self.prompt = text_area(prompt);
        self.prompt.set_wrap_mode(WrapMode::WordOrGlyph);
        (self.ratio, self.duration, self.watermark) = (ratio.clone(), duration.clone(), *watermark);
    }

    /// What it was filled from.
    pub fn base(&self) -> Option<&Base> {
        self.base.as_ref()
    }

    /// The fields that are not as they were filled.
    pub fn changed(&self) -> Vec<Field> {
        self.base.as_ref().map(|base| self.draft().differs(&base.draft)).unwrap_or_default()
    }

    /// Puts another prompt in; undo takes it out, then brings back the one before.
    pub fn set_prompt(&mut self, text: &str) -> Edited {
        let (text, _) = clean_paste(text);
        let fits: String = text.chars().take(TEXT_LIMIT).collect();
        let whole = fits.len() == text.len();
        self.prompt.select_all();
        self.prompt.insert_str(fits);
        if whole { Edited::Whole } else { Edited::Full }
    }

    /// Puts a value into a field of choices.
    pub fn set_choice(&mut self, field: Field, value: &str) {
        match field {
            Field::Ratio => value.clone_into(&mut self.ratio),
            Field::Duration => value.clone_into(&mut self.duration),
            Field::Model => {
                self.model.select_all();
                self.model.insert_str(value);
            }
            _ => return,
        }
        self.touch_edited();
    }

    /// Keeps what a look at a picture told.
    pub fn set_checked(&mut self, checked: Checked) {
        self.checked = Some(checked);
    }

    /// What the last look at the picture that stands there told.
    pub fn checked(&self) -> Option<&Checked> {
        let image = self.image.lines().concat();
        self.checked.as_ref().filter(|checked| checked.image == image.trim())
    }

    /// What it holds, as it was typed.
    pub fn draft(&self) -> Draft {
        let text = |area: &TextArea| area.lines().join("\n");
        Draft {
            image: text(&self.image),
            prompt: text(&self.prompt),
            model: text(&self.model),
            ratio: self.ratio.clone(),
            duration: self.duration.clone(),
            seed: text(&self.seed),
            watermark: self.watermark,
        }
    }

    /// The focused field, or none on `[ Submit ]`.
    pub fn field(&self) -> Option<&'static FieldSpec> {
        FIELDS.get(self.at)
    }

    /// The place of the focus: a field's, or [`SUBMIT`].
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether keys are text now.
    pub fn is_editing(&self) -> bool {
        self.editing
    }

    /// The text of a field that has one.
    pub fn text(&self, field: Field) -> Option<&TextArea<'static>> {
        match field {
            Field::Image => Some(&self.image),
            Field::Prompt => Some(&self.prompt),
            Field::Model => Some(&self.model),
            Field::Seed => Some(&self.seed),
            Field::Ratio | Field::Duration | Field::Watermark => None,
        }
    }

    fn text_here(&mut self) -> Option<&mut TextArea<'static>> {
        match self.field()?.field {
            Field::Image => Some(&mut self.image),
            Field::Prompt => Some(&mut self.prompt),
            Field::Model => Some(&mut self.model),
            Field::Seed => Some(&mut self.seed),
            Field::Ratio | Field::Duration | Field::Watermark => None,
        }
    }

    /// Whether the focused field takes text.
    pub fn takes_text(&self) -> bool {
        self.field().is_some_and(|spec| spec.kind != Kind::Choice)
    }

    /// Whether the arrows choose in the focused field.
    pub fn has_choices(&self) -> bool {
        self.field().is_some_and(|spec| matches!(spec.kind, Kind::Choice | Kind::Model))
    }

    /// Puts the focus on a field or [`SUBMIT`]; in a text field keys are text then if `editing`.
    pub fn go(&mut self, at: usize, editing: bool) {
        self.leave();
        self.at = at.min(SUBMIT);
        self.editing = editing && self.takes_text();
    }

    /// Lets keys be text.
    pub fn enter(&mut self) {
        self.editing = self.takes_text();
    }

    /// Lets keys be commands again; what was left shows its faults from now on.
    pub fn leave(&mut self) {
        if self.editing {
            self.touch_here();
        }
        self.editing = false;
    }

    fn touch_here(&mut self) {
        if let Some(touched) = self.touched.get_mut(self.at) {
            *touched = true;
        }
    }

    /// The model decides what the others may hold: all of them show their faults once it changes.
    fn touch_edited(&mut self) {
        self.touch_here();
        if self.field().is_some_and(|spec| spec.kind == Kind::Model) {
            for (touched, spec) in self.touched.iter_mut().zip(&FIELDS) {
                *touched |= spec.field > Field::Model;
            }
        }
    }

    /// The faults that are to be seen: those of touched fields.
    pub fn faults(&self, models: &ModelTable) -> Vec<FieldError> {
        let shown = |fault: &FieldError| {
            FIELDS.iter().zip(self.touched).any(|(spec, touched)| touched && spec.field == fault.field)
        };
        let draft = self.draft();
        // A file here is looked at when it is sent.
        let is_path = draft.local_image().is_some();
        let waits = |fault: &FieldError| fault.field == Field::Image && is_path;
        let faults = draft.sweep(models).err().unwrap_or_default();
        faults.into_iter().filter(|fault| shown(fault) && !waits(fault)).collect()
    }

    /// Lets all faults be seen and puts the focus on the first of these.
    pub fn show_faults(&mut self, faults: &[FieldError]) {
        self.touched = [true; FIELDS.len()];
        let first = faults.first().and_then(|f| FIELDS.iter().position(|spec| spec.field == f.field));
        if let Some(at) = first {
            self.go(at, true);
        }
    }

    /// The prompt's length and limit as the service counts.
    pub fn prompt_count(&self, models: &ModelTable) -> (usize, Option<usize>) {
        let draft = self.draft();
        (utf16_len(draft.prompt.trim()), models.get(draft.model.trim()).map(|rules| rules.prompt_limit))
    }

    /// Types a character.
    pub fn type_char(&mut self, c: char) -> Edited {
        self.insert(&c.to_string())
    }

    /// Puts text in as one edit; in fields of one line, line ends become spaces.
    pub fn insert(&mut self, text: &str) -> Edited {
        let one_line = self.field().is_some_and(|spec| spec.kind != Kind::Prompt);
        let text = if one_line { text.trim_matches('\n').replace('\n', " ") } else { text.to_string() };
        let Some(area) = self.text_here() else { return Edited::Whole };
        let held: usize = area.lines().iter().map(|line| line.chars().count() + 1).sum();
        let room = TEXT_LIMIT.saturating_sub(held);
        let fits: String = text.chars().take(room).collect();
        let whole = fits.len() == text.len();
        if !fits.is_empty() {
            area.insert_str(fits);
        }
        self.editing = true;
        self.touch_edited();
        if whole { Edited::Whole } else { Edited::Full }
    }

    /// Moves or edits in the focused text field. Says whether there was anything to do.
    pub fn edit(&mut self, action: Action) -> bool {
        let Some(area) = self.text_here() else { return false };
        if text_edit::step(area, action) {
            return true;
        }
        let edited = text_edit::change(area, action);
        if edited {
            self.touch_edited();
        }
        edited
    }
}

/// What comes from a file, the journal or a paste is cleaned like what is typed.
fn cleaned(draft: &Draft) -> Draft {
    let text = |text: &str| clean_paste(text).0;
    let line = |line: &str| text(line).replace('\n', " ").trim().to_string();
    Draft {
        image: line(&draft.image),
        prompt: text(&draft.prompt),
        model: line(&draft.model),
        ratio: line(&draft.ratio),
        duration: line(&draft.duration),
        seed: line(&draft.seed),
        watermark: draft.watermark,
    }
}

/// A text field that holds this, with the cursor at its end.
pub fn text_area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.split('\n').map(ToString::to_string).collect());
    area.set_cursor_line_style(ratatui::style::Style::default());
    // The terminal's own cursor stands there: input methods and screen readers look for it.
    area.set_cursor_style(ratatui::style::Style::default());
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}
