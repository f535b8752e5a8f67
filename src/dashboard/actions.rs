use super::{Model, update::able};

/// Where an action's keys are heard. Several scopes are heard at once, the first of them first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Wherever the focus is. Keys that type a character are text inside a text field.
    Anywhere,
    /// In the form, outside its text fields.
    Form,
    /// In a text field. Keys that type a character cannot be bound here.
    Text,
    /// In the table.
    Table,
    /// On the selected or marked jobs, in the table and in the detail view.
    Job,
    /// In the log.
    Log,
    /// Wherever lines can be scrolled: table, log, detail, help.
    Lines,
    /// In the detail view and in the help.
    Page,
}

impl Scope {
    /// All scopes, in the order of the help.
    pub const ALL: [Self; 8] =
        [Self::Anywhere, Self::Lines, Self::Table, Self::Job, Self::Page, Self::Form, Self::Text, Self::Log];

    /// The heading in the help.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Anywhere => "Anywhere (in a text field, a key that types a character is text)",
            Self::Lines => "Jobs, log, detail and help",
            Self::Table => "Jobs",
            Self::Job => "On the selected job, or on all that are marked",
            Self::Log => "Log",
            Self::Page => "Detail and help",
            Self::Form => "Form, outside its text fields",
            Self::Text => "In a text field",
        }
    }

    /// Whether both can be heard at the same time, so that a key means one thing only.
    pub fn meets(self, other: Self) -> bool {
        use Scope::{Anywhere, Form, Job, Lines, Log, Page, Table, Text};
        let heard: [&[Self]; 5] = [
            &[Text, Anywhere],
            &[Form, Anywhere],
            &[Table, Job, Lines, Anywhere],
            &[Page, Job, Lines, Anywhere],
            &[Log, Lines, Anywhere],
        ];
        heard.iter().any(|scopes| scopes.contains(&self) && scopes.contains(&other))
    }
}

/// Everything that a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    Submit,
    FocusForm,
    FocusJobs,
    FocusLog,
    Next,
    Previous,
    Help,
    Palette,
    CommandLine,
    Presets,
    Zoom,
    Mouse,
    Reload,
    EnterKey,
    Quit,
    Stop,
    Redraw,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    PollNow,
    Open,
    Filter,
    Sort,
    SortTurn,
    Mark,
    MarkRange,
    MarkAll,
    Fold,
    Clear,
    Undo,
    Dock,
    Send,
    Download,
    Drop,
    Adopt,
    Clone,
    Copy,
    ShowCopied,
    Archive,
    Tag,
    LogSearch,
    LogNext,
    LogPrevious,
    LogLevel,
    LogJob,
    LogWrap,
    LogClear,
    Close,
    PageOn,
    PageFind,
    NextJob,
    PreviousJob,
    FieldUp,
    FieldDown,
    ChoiceBack,
    ChoiceNext,
    Enter,
    OpenList,
    EditPrompt,
    CheckImage,
    BringBack,
    SavePreset,
    TextEnter,
    TextLeave,
    TextNewline,
    TextLeft,
    TextRight,
    TextUp,
    TextDown,
    TextHome,
    TextEnd,
    TextWordLeft,
    TextWordRight,
    TextBackspace,
    TextDelete,
    TextDeleteWord,
    TextDeleteNextWord,
    TextDeleteToHead,
    TextDeleteToEnd,
    TextUndo,
    TextRedo,
    TextNextName,
    TextPreviousName,
    TextOpenList,
}

/// Says whether an action can be done now, or why not.
type Able = fn(&Model) -> Result<(), String>;

/// What there is to know of an action. Key map, config, help and footer all read it here.
#[derive(Clone, Copy, Debug)]
pub struct ActionSpec {
    /// Which.
    pub action: Action,
    /// Its name in the config's `[keys]`.
    pub name: &'static str,
    /// Where its keys are heard.
    pub scope: Scope,
    /// Keys that are promised: no config takes them away.
    pub fixed: &'static [&'static str],
    /// Further keys, which the config replaces.
    pub keys: &'static [&'static str],
    /// What it does, for the help.
    pub help: &'static str,
    /// The same in a word for the footer, or empty: not there.
    pub hint: &'static str,
    /// Whether it can be done now, or why not; none where it always can.
    able: Option<Able>,
}

impl ActionSpec {
    /// Whether it can be done now, or why not.
    pub fn able(&self, model: &Model) -> Result<(), String> {
        self.able.map_or(Ok(()), |able| able(model))
    }
}

const fn row(
    action: Action,
    name: &'static str,
    scope: Scope,
    keys: (&'static [&'static str], &'static [&'static str]),
    help: &'static str,
    hint: &'static str,
) -> ActionSpec {
    ActionSpec { action, name, scope, fixed: keys.0, keys: keys.1, help, hint, able: None }
}

const fn row_if(spec: ActionSpec, able: Able) -> ActionSpec {
    ActionSpec { able: Some(able), ..spec }
}

use Action as A;
use Scope as S;

/// Every action, in the order of the help and, where it has a hint, of the footer.
#[rustfmt::skip]
pub static ACTIONS: [ActionSpec; 88] = [
    row(A::Submit, "submit", S::Anywhere, (&["f5", "alt-s"], &[]), "check the form, show the request and ask whether to send it", "send form"),
    row(A::Presets, "presets", S::Anywhere, (&[], &["alt-t"]), "list the presets, and fill the form from one", "presets"),
    row(A::FocusForm, "focus_form", S::Anywhere, (&["alt-1", "1"], &[]), "go to the form", "form"),
    row(A::FocusJobs, "focus_jobs", S::Anywhere, (&["alt-2", "2"], &[]), "go to the jobs", "jobs"),
    row(A::FocusLog, "focus_log", S::Anywhere, (&["alt-3", "3"], &[]), "go to the log", "log"),
    row(A::Next, "next", S::Anywhere, (&["tab"], &[]), "go to the next field or pane", "next"),
    row(A::Previous, "previous", S::Anywhere, (&["shift-tab"], &[]), "go to the field or pane before", ""),
    row(A::SavePreset, "save_preset", S::Anywhere, (&[], &["alt-w"]), "keep the form under a name", ""),
    row(A::EditPrompt, "edit_prompt", S::Anywhere, (&[], &["alt-e"]), "write the form's prompt in $EDITOR", ""),
    row_if(row(A::CheckImage, "check_image", S::Anywhere, (&[], &["alt-i"]), "look at the form's image: type, size, whether the service can take it", ""), able::check_image),
    row_if(row(A::BringBack, "bring_back", S::Anywhere, (&[], &["alt-g"]), "bring back what the form held before it was filled as a whole", ""), able::bring_back),
    row(A::Reload, "reload", S::Anywhere, (&[], &[]), "read keys, theme, columns and notices from the config again", ""),
    row_if(row(A::EnterKey, "enter_key", S::Anywhere, (&[], &["K"]), "type the API key in, where there is none or a wrong one", "enter key"), able::enter_key),
    row(A::Help, "help", S::Anywhere, (&["?"], &["f1"]), "show all keys", "help"),
    row(A::Palette, "palette", S::Anywhere, (&["ctrl-p"], &["alt-x"]), "list all that can be done, and pick from it", "all actions"),
    row(A::CommandLine, "command_line", S::Anywhere, (&[":"], &[]), "type a command, as the shell takes it after `taxiway`", ""),
    row(A::Quit, "quit", S::Anywhere, (&["q", "ctrl-c"], &[]), "leave; asks first while something of ours is under way", "leave"),
    row(A::Stop, "stop", S::Anywhere, (&[], &["ctrl-z", "alt-z"]), "back to the shell, until `fg`; the engine is handed over", ""),
    row(A::Redraw, "redraw", S::Anywhere, (&[], &["ctrl-l", "alt-l"]), "draw the whole screen again", ""),
    row(A::Up, "up", S::Lines, (&["up", "k"], &[]), "one line up", ""),
    row(A::Down, "down", S::Lines, (&["down", "j"], &[]), "one line down", ""),
    row(A::PageUp, "page_up", S::Lines, (&["pgup"], &[]), "one page up", ""),
    row(A::PageDown, "page_down", S::Lines, (&["pgdn"], &[]), "one page down", ""),
    row(A::Top, "top", S::Lines, (&["g"], &["home"]), "to the first line", ""),
    row(A::Bottom, "bottom", S::Lines, (&["G"], &["end"]), "to the last line; the log follows again", ""),
    row(A::Zoom, "zoom", S::Lines, (&[], &["z"]), "give the pane all the room, or put it back", ""),
    row(A::Mouse, "mouse", S::Lines, (&[], &["m"]), "mouse on and off: while it is on, the terminal selects no text by itself", ""),
    row_if(row(A::PollNow, "poll_now", S::Lines, (&[], &["p"]), "ask the service for news now, and end a pause", ""), able::poll_now),
    row_if(row(A::Open, "open", S::Table, (&["enter"], &["right", "l"]), "show all about the selected job", "detail"), able::open),
    row(A::Filter, "filter", S::Table, (&["/"], &[]), "show only some jobs, such as `cat state:failed age:<2h !veo`", "filter"),
    row_if(row(A::Mark, "mark", S::Table, (&["space"], &[]), "mark the job, or take its mark away", "mark"), able::open),
    row_if(row(A::MarkRange, "mark_range", S::Table, (&[], &["v"]), "mark from here to where the selection goes; once more ends it", ""), able::open),
    row_if(row(A::MarkAll, "mark_all", S::Table, (&[], &["*"]), "mark all jobs that are shown, or none", ""), able::open),
    row(A::Clear, "clear", S::Table, (&[], &["esc"]), "take the marks away; then the filter", ""),
    row(A::Sort, "sort", S::Table, (&[], &["s"]), "choose the column that orders the rows", "sort"),
    row(A::SortTurn, "sort_turn", S::Table, (&[], &["S"]), "turn the order round", ""),
    row_if(row(A::Fold, "fold", S::Table, (&[], &["f"]), "show a sweep as one row, or as its jobs", ""), able::fold),
    row(A::Dock, "dock", S::Table, (&[], &["D"]), "keep the detail open beside the table, where the window is wide", ""),
    row_if(row(A::Undo, "undo", S::Job, (&[], &["u"]), "bring back what was archived last", ""), able::undo),
    row_if(row(A::Clone, "clone", S::Job, (&[], &["e"]), "fill the form with this request, to change it and send it anew; several are asked for as they are", "clone"), able::clone_job),
    row_if(row(A::Copy, "copy", S::Job, (&[], &["y"]), "copy: video address, task id, file, scp line, prompt, curl, JSON", "copy"), able::open),
    row_if(row(A::ShowCopied, "show_copied", S::Job, (&[], &["Y"]), "show alone what was copied last, to select it with the mouse", ""), able::show_copied),
    row_if(row(A::Archive, "archive", S::Job, (&[], &["A"]), "put an ended job out of sight (u brings it back)", ""), able::archive),
    row_if(row(A::Tag, "tag", S::Job, (&[], &["t"]), "add or remove labels", ""), able::tag),
    row_if(row(A::Send, "send", S::Job, (&[], &["r"]), "send a held job (asks first)", "send it"), able::send),
    row_if(row(A::Download, "download", S::Job, (&[], &["d"]), "fetch the video of a finished job", "download"), able::download),
    row_if(row(A::Drop, "drop", S::Job, (&[], &["x"]), "drop a held job (asks first)", "drop it"), able::drop_job),
    row_if(row(A::Adopt, "adopt", S::Job, (&[], &["a"]), "settle an unsure job: its task, or none created", "settle it"), able::adopt),
    row(A::Close, "close", S::Page, (&["esc"], &["left", "h", "backspace"]), "back", "back"),
    row(A::PageOn, "page_on", S::Page, (&[], &["space"]), "one page down", "more"),
    row(A::PageFind, "page_find", S::Page, (&["/"], &[]), "find text on this page; once more finds the next", ""),
    row(A::NextJob, "next_job", S::Page, (&[], &["n"]), "the detail of the next row", ""),
    row(A::PreviousJob, "previous_job", S::Page, (&[], &["N"]), "the detail of the row before", ""),
    row(A::LogSearch, "log_search", S::Log, (&["/"], &[]), "find text in the log", "find"),
    row_if(row(A::LogNext, "log_next", S::Log, (&[], &["n"]), "the next older line that holds it", "older hit"), able::found),
    row_if(row(A::LogPrevious, "log_previous", S::Log, (&[], &["N"]), "the next newer one", ""), able::found),
    row(A::LogLevel, "log_level", S::Log, (&[], &["L"]), "show from another level on: debug, info, warn, error", "level"),
    row_if(row(A::LogJob, "log_job", S::Log, (&[], &["o"]), "only the selected job's lines, or all again", "only this job"), able::log_job),
    row(A::LogWrap, "log_wrap", S::Log, (&[], &["w"]), "wrap long lines, or cut them", ""),
    row(A::LogClear, "log_clear", S::Log, (&[], &["c"]), "draw a line here: what is older is not shown; once more shows it", ""),
    row(A::FieldUp, "field_up", S::Form, (&["up"], &["k"]), "to the field above", ""),
    row(A::FieldDown, "field_down", S::Form, (&["down"], &["j"]), "to the field below", ""),
    row_if(row(A::ChoiceBack, "choice_back", S::Form, (&["left"], &["h"]), "the choice before (model, ratio, duration, watermark)", ""), able::choose),
    row_if(row(A::ChoiceNext, "choice_next", S::Form, (&["right"], &["l"]), "the next choice", "choose"), able::choose),
    row(A::Enter, "enter", S::Form, (&["enter"], &[]), "edit a text field, go on from a choice, press [Submit]", ""),
    row_if(row(A::OpenList, "open_list", S::Form, (&["space"], &["o"]), "list what there is to choose (model, ratio, duration, watermark)", "list"), able::open_list),
    row(A::TextEnter, "text_enter", S::Text, (&["enter"], &[]), "done: go on to the next field", "next field"),
    row(A::TextLeave, "text_leave", S::Text, (&["esc"], &[]), "leave the text; its field stays in focus", "leave text"),
    row_if(row(A::TextNewline, "text_newline", S::Text, (&["ctrl-j", "alt-enter"], &[]), "a new line (prompt only)", "new line"), able::newline),
    row(A::TextLeft, "text_left", S::Text, (&["left"], &[]), "one character to the left", ""),
    row(A::TextRight, "text_right", S::Text, (&["right"], &[]), "one character to the right", ""),
    row(A::TextUp, "text_up", S::Text, (&["up"], &[]), "one line up; from the first line to the field above", ""),
    row(A::TextDown, "text_down", S::Text, (&["down"], &[]), "one line down; from the last line to the field below", ""),
    row(A::TextHome, "text_home", S::Text, (&["home"], &["ctrl-a"]), "to the beginning of the line", ""),
    row(A::TextEnd, "text_end", S::Text, (&["end"], &["ctrl-e"]), "to the end of the line", ""),
    row(A::TextWordLeft, "text_word_left", S::Text, (&[], &["alt-b", "ctrl-left"]), "one word to the left", ""),
    row(A::TextWordRight, "text_word_right", S::Text, (&[], &["alt-f", "ctrl-right"]), "one word to the right", ""),
    row(A::TextBackspace, "text_backspace", S::Text, (&["backspace"], &["ctrl-h"]), "delete the character before the cursor", ""),
    row(A::TextDelete, "text_delete", S::Text, (&["delete"], &["ctrl-d"]), "delete the character under the cursor", ""),
    row(A::TextDeleteWord, "text_delete_word", S::Text, (&[], &["ctrl-w", "alt-backspace"]), "delete the word before the cursor", ""),
    row(A::TextDeleteNextWord, "text_delete_next_word", S::Text, (&[], &["alt-d"]), "delete the word after the cursor", ""),
    row(A::TextDeleteToHead, "text_delete_to_head", S::Text, (&[], &["ctrl-u", "alt-h"]), "delete to the beginning of the line", ""),
    row(A::TextDeleteToEnd, "text_delete_to_end", S::Text, (&[], &["ctrl-k", "alt-k"]), "delete to the end of the line", ""),
    row(A::TextUndo, "text_undo", S::Text, (&[], &["alt-u"]), "undo the last edit", ""),
    row(A::TextRedo, "text_redo", S::Text, (&[], &["alt-r"]), "do again what was undone", ""),
    row_if(row(A::TextNextName, "text_next_name", S::Text, (&[], &["ctrl-n", "alt-n"]), "the next known model", "next model"), able::name),
    row_if(row(A::TextPreviousName, "text_previous_name", S::Text, (&[], &["alt-p"]), "the known model before", ""), able::name),
    row_if(row(A::TextOpenList, "text_open_list", S::Text, (&[], &["alt-o", "ctrl-o"]), "list the known models", "list"), able::name),
];

impl Action {
    /// Its row of the table.
    pub fn spec(self) -> Option<&'static ActionSpec> {
        ACTIONS.iter().find(|spec| spec.action == self)
    }
}
