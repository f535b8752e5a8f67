//! What actions do with the log.

use tracing::Level;

use super::super::{
    Model,
    actions::Action,
    line::{Kind, Line},
    question::Tone,
};

/// The levels from which the log can be shown, in the order in which they are gone through.
pub const LEVELS: [(&str, Level); 4] =
    [("debug", Level::TRACE), ("info", Level::INFO), ("warn", Level::WARN), ("error", Level::ERROR)];

/// Does an action of the log.
pub fn act(model: &mut Model, action: Action) {
    match action {
        Action::LogSearch => {
            let before = model.log.searched().unwrap_or_default().to_string();
            model.line = Some(Line::new(Kind::Search, &before));
        }
        Action::LogNext | Action::LogPrevious => {
            model.log.find(action == Action::LogNext);
        }
        Action::LogLevel => {
            let at = LEVELS.iter().position(|(_, level)| *level == model.log.level()).unwrap_or(0);
            if let Some((_, level)) = LEVELS.get((at + 1) % LEVELS.len()) {
                model.log.set_level(*level);
            }
        }
        Action::LogJob => {
            let only = match model.log.only() {
                Some(_) => None,
                None => model.jobs.selected_id(),
            };
            model.log.set_only(only);
        }
        Action::LogWrap => {
            let wraps = model.log.wraps(true);
            model.log.set_wrap(!wraps);
        }
        Action::LogClear => {
            let words = if model.log.clear() {
                "older lines are out of sight; c shows them again, and the log file has them all"
            } else {
                "all lines are shown again"
            };
            model.tell(Tone::Good, words);
        }
        _ => {}
    }
}

/// Looks for words, and says where there are none.
pub fn search(model: &mut Model, words: &str) {
    if !words.is_empty() && !model.log.search(words) {
        model.tell(Tone::Warn, format!("no line of the log holds \"{words}\""));
    } else if words.is_empty() {
        model.log.search("");
    }
}
