//! What a report must not hold, taken out of it: secrets, names, and what was asked for.

use serde_json::Value;

use crate::{
    command::output::clean,
    config::ApiKey,
    job::{Job, without_tokens},
};

/// Stands where a secret stood.
const SECRET: &str = "[secret]";
/// What a file of a video ends with, a finished one or one on its way.
const ENDINGS: [&str; 3] = [".mp4", ".part", ".bad"];
/// The longest name of a file, in bytes.
const NAME_MAX: usize = 255;
/// Names of fields whose values are secrets, by their ends and in lower case.
const SECRETS: [&str; 8] =
    ["jwt", "token", "signature", "secret", "password", "authorization", "api_key", "apikey"];
/// Names of fields that hold a prompt.
const PROMPTS: [&str; 4] = ["promptText", "prompt", "text_prompt", "input"];
/// Names of fields that hold words of ours or ids: a user or a machine may be called as one of them.
const OURS: [&str; 14] = [
    "format",
    "state",
    "kind",
    "status",
    "name",
    "code",
    "certainty",
    "expiry",
    "service",
    "model",
    "uuid",
    "task_id",
    "request_id",
    "id",
];

/// What is known to be private on this machine.
#[derive(Default)]
pub struct Redactor {
    secrets: Vec<ApiKey>,
    /// What stands for itself, and what stands for it instead; the longest first.
    words: Vec<(String, &'static str)>,
    home: Option<String>,
    user: Option<String>,
    host: Option<String>,
    /// Where videos go: their names tell of the prompt.
    videos: Option<String>,
    with_prompts: bool,
}

impl Redactor {
    pub fn new(secrets: impl IntoIterator<Item = ApiKey>, with_prompts: bool) -> Self {
        // One that is too short to be shown in part is no real one, and would be found in innocent words.
        let secrets = secrets.into_iter().filter(|secret| !secret.tail().contains('*')).collect();
        Self { secrets, with_prompts, ..Self::default() }
    }

    /// Who and where its user is. Names that are everybody's, as `root`, stay.
    #[must_use]
    pub fn of_machine(mut self, home: Option<String>, user: Option<String>, host: String) -> Self {
        let is_name = |name: &String| name.len() > 1 && !matches!(name.as_str(), "root" | "localhost");
        self.home = home.map(|home| home.trim_end_matches('/').to_owned()).filter(|home| home.len() > 1);
        self.user = user.filter(is_name);
        self.host = Some(host).filter(is_name);
        self
    }

    /// Where videos go.
    #[must_use]
    pub fn of_videos(mut self, folder: String) -> Self {
        self.videos = Some(folder).filter(|folder| folder.len() > 1);
        self
    }

    /// What these jobs asked for is private from now on, wherever it stands.
    pub fn hide(&mut self, job: &Job) {
        let Some(prompt) = job.request.prompt_text.as_ref().filter(|_| !self.with_prompts) else { return };
        for prompt in [prompt.clone(), clean(prompt)] {
            // As a timeline quotes it, and as it stands in JSON.
            let quoted = format!("{prompt:?}");
            let escaped = Value::from(prompt.as_str()).to_string();
            for text in [prompt.as_str(), inside(&quoted), inside(&escaped)] {
                // A shorter one tells nothing, and would be found in every word.
                if text.chars().count() > 2 && !self.words.iter().any(|(known, _)| known == text) {
                    self.words.push((text.to_owned(), "[prompt]"));
                }
            }
        }
        self.words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    }

    /// Whether a text still holds one of the secrets.
    pub fn finds(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| secret.stands_in(text))
    }

    /// A text without what is private, and without what steers a terminal.
    pub fn text(&self, text: &str) -> String {
        // Prompts first, for one that holds a secret would not be found without it.
        let hide = |text: String| self.words.iter().fold(text, |text, (word, by)| text.replace(word, by));
        let text = self.without_secrets(&hide(clean(&hide(text.to_owned()))));
        let text = self.videos.iter().fold(text, |text, folder| without_file_names(&text, folder));
        let text = self.home.iter().fold(text, |text, home| replace_path(&text, home));
        let text = self.user.iter().fold(text, |text, user| replace_word(&text, user, "[user]"));
        self.host.iter().fold(text, |text, host| replace_word(&text, host, "[host]"))
    }

    fn without_secrets(&self, text: &str) -> String {
        let text = self.secrets.iter().fold(clean(text), |text, secret| secret.struck(&text, SECRET));
        let text = without_queries(&without_tokens(&text));
        without_credentials(&without_data(&text))
    }

    /// Every text of a document, by the same rules. Whole numbers and words of ours stay as they are.
    pub fn value(&self, value: &mut Value) {
        self.field("", value);
    }

    fn field(&self, name: &str, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.field_text(name, text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.field(name, item)),
            Value::Object(fields) => {
                // A name may be anything where the service makes them.
                let renamed = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                    self.field(&key, &mut value);
                    (self.without_secrets(&key), value)
                });
                *fields = renamed.collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn field_text(&self, name: &str, text: &str) -> String {
        let lower = name.to_ascii_lowercase();
        if SECRETS.iter().any(|end| lower.ends_with(end)) && !text.is_empty() {
            return SECRET.into();
        }
        if PROMPTS.contains(&name) && !self.with_prompts {
            return format!("[left out: {} characters]", text.chars().count());
        }
        if OURS.contains(&name) {
            return self.without_secrets(text);
        }
        self.body(text)
    }

    /// A reply as it came: byte for byte, unless something in it is private. What escapes hide shows only once
    /// it is read, so JSON is read, also within a text of JSON.
    pub fn body(&self, body: &str) -> String {
        let is_json = body.trim_start().starts_with(['{', '[']);
        let Some(read) = is_json.then(|| serde_json::from_str::<Value>(body).ok()).flatten() else {
            return self.text(body);
        };
        let mut redacted = read.clone();
        self.value(&mut redacted);
        if redacted == read { body.to_owned() } else { redacted.to_string() }
    }
}

/// What stands between quotes.
fn inside(quoted: &str) -> &str {
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(quoted)
}

/// Links without what stands behind a `?` or `#`: whoever has that may open them.
fn without_queries(text: &str) -> String {
    let mut pieces = text.split("://");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | ']' | '\\' | '`');
        let end = piece.find(ends).unwrap_or(piece.len());
        let (link, rest) = piece.split_at(end);
        out += "://";
        match link.find(['?', '#']) {
            Some(at) if at + 1 < link.len() => out.extend([link.split_at(at + 1).0, "…"]),
            _ => out += link,
        }
        out += rest;
    }
    out
}

/// What is written out as an address of its own, cut short: nobody reads it, and a picture may be private.
fn without_data(text: &str) -> String {
    let is_data = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    cut_runs(text, ";base64,", is_data, 33, |run| format!("…({} characters left out)", run.len()))
}

/// What goes as a secret by its look or by what stands before it, whoever's it is.
fn without_credentials(text: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "._-~+/=".contains(c);
    let is_key = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let dots = |_: &str| "…".to_owned();
    let mut text = cut_runs(text, "sk-", is_key, 8, dots);
    for (mark, least) in [("bearer ", 8), ("basic ", 16), ("eyj", 8)] {
        text = cut_runs(&text, mark, is_token, least, dots);
    }
    for name in SECRETS {
        for between in [": ", ":", "\":\"", "\": \"", "\\\":\\\""] {
            text = cut_runs(&text, &format!("{name}{between}"), is_token, 6, dots);
        }
    }
    text
}

/// `text` with each run of at least `least` such characters behind `mark` replaced. The mark is looked for
/// without case, and stays; one in the middle of a word is none.
fn cut_runs(
    text: &str,
    mark: &str,
    is_run: impl Fn(char) -> bool,
    least: usize,
    stand_in: impl Fn(&str) -> String,
) -> String {
    // The same length, so that places in one are places in the other.
    let lower = text.to_ascii_lowercase();
    let (mut out, mut at) = (String::new(), 0);
    while let Some(found) = lower.get(at..).and_then(|rest| rest.find(mark)) {
        let start = at + found + mark.len();
        let before = text.get(..at + found).unwrap_or_default();
        let behind = text.get(start..).unwrap_or_default();
        let run = behind.split(|c| !is_run(c)).next().unwrap_or_default();
        out += text.get(at..start).unwrap_or_default();
        let within_word = mark.starts_with(char::is_alphanumeric)
            && before.chars().next_back().is_some_and(char::is_alphanumeric);
        if run.len() >= least && !within_word {
            out += &stand_in(run);
            at = start + run.len();
        } else {
            at = start;
        }
    }
    out + text.get(at..).unwrap_or_default()
}

/// Names of files below `folder`, which hold a piece of the prompt.
fn without_file_names(text: &str, folder: &str) -> String {
    let mark = format!("{}/", folder.trim_end_matches('/'));
    let mut pieces = text.split(mark.as_str());
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // A name may hold blanks, so its ending is looked for first.
        let by_ending = ENDINGS.iter().filter_map(|ending| piece.find(ending)).min();
        let by_end = || piece.find(|c: char| c.is_whitespace() || "\"',;:)".contains(c));
        let end = by_ending.filter(|end| *end <= NAME_MAX).or_else(by_end).unwrap_or(piece.len());
        out.extend([mark.as_str(), if end == 0 { "" } else { "[file]" }, piece.split_at(end).1]);
    }
    out
}

/// The home folder as `~`, where it stands as a folder of its own.
fn replace_path(text: &str, home: &str) -> String {
    replace_where(text, home, "~", |_, behind| {
        !behind.is_some_and(|c| c.is_alphanumeric() || "._-".contains(c))
    })
}

fn replace_word(text: &str, word: &str, stand_in: &str) -> String {
    let parts = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    replace_where(text, word, stand_in, |before, behind| parts(before) && parts(behind))
}

fn replace_where(
    text: &str,
    word: &str,
    stand_in: &str,
    fits: impl Fn(Option<char>, Option<char>) -> bool,
) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for (found, _) in text.match_indices(word) {
        let (before, behind) = text.split_at(found);
        let behind = behind.strip_prefix(word).unwrap_or_default();
        if fits(before.chars().next_back(), behind.chars().next()) {
            out += text.get(at..found).unwrap_or_default();
            out += stand_in;
            at = found + word.len();
        }
    }
    out + text.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        config::Origin,
        job::{JobId, NewJob, Request},
    };

    const KEY: &str = "sk-0123456789abcdef";
    const TOKEN: &str = "An.Account_Token/4711";

    fn redactor() -> Redactor {
        let secret = |text: &str| ApiKey::new(text.into(), Origin::Default);
        Redactor::new([secret(KEY), secret(TOKEN), secret("a")], false)
            .of_machine(Some("/home/mara".into()), Some("mara".into()), "box".into())
            .of_videos("/data/videos".into())
    }

    #[test]
    fn secrets_are_found_however_they_stand() {
        for text in [
            KEY.into(),
            format!("x{KEY}y"),
            format!("sk-\u{200b}{}", KEY.trim_start_matches("sk-")),
            format!("token {TOKEN}."),
            "Authorization: Bearer abcdefgh.secretpart".into(),
            "authorization: Basic c2VjcmV0cGFydA==".into(),
            r#"{"Authorization":"secretpart"}"#.into(),
            "api_key: secretpart".into(),
            "sk-other-secretpart".into(),
            "https://h/x.mp4?_jwt=secretpart&a=1".into(),
            "https://h/x?plain=secretpart".into(),
            "https://h/x#secretpart".into(),
            "https://me:secretpart@h/x".into(),
            "eyJhbGciOi.secretpart.x".into(),
            r#"{"a":"\u0073k-0123456789abcdef"}"#.into(),
            r#"{"message":"{\"access_token\":\"secretpart\"}"}"#.into(),
            r#"{"deep":[{"access_token":"secretpart"}]}"#.into(),
            r#"{"url":"https:\/\/h\/x?secretpart"}"#.into(),
        ] {
            let told = redactor().body(&text);
            for secret in [KEY, TOKEN, "secretpart", "0123456789"] {
                assert!(!told.contains(secret), "{text}: {told}");
            }
        }
    }

    #[test]
    fn what_is_innocent_stays_byte_for_byte() {
        for text in [
            "a basic lighting, a bearer of news, the risk-taking task-12345678",
            r#"{ "id" : "d0658ae1-bbdd", "status":"RUNNING",  "progress": 0.50 }"#,
            r#"{"output":["https://h/x.mp4"],"esc":"\u00e9"}"#,
            "<html>502</html>",
            "",
        ] {
            assert_eq!(redactor().body(text), text);
        }
    }

    #[test]
    fn names_and_places_of_the_user_are_replaced_and_words_of_ours_are_not() {
        for (text, told) in [
            ("/home/mara/x, /home/mara", "~/x, ~"),
            ("/home/marakesh/x", "/home/marakesh/x"),
            ("mara@box: mara's, amara, box-office", "[user]@[host]: [user]'s, amara, [host]-office"),
            ("saved /data/videos/a 2-yawns.mp4 (5 bytes)", "saved /data/videos/[file].mp4 (5 bytes)"),
            (
                "/data/videos/x.1234.part: no, /data/videos/y",
                "/data/videos/[file].part: no, /data/videos/[file]",
            ),
            ("in /data/videos: no space", "in /data/videos: no space"),
        ] {
            assert_eq!(redactor().text(text), told);
        }
        let mut value = json!({"state": "mara", "task_id": "a-mara-b", "message": "mara", "progress": 0.5});
        redactor().value(&mut value);
        assert_eq!(
            value,
            json!({"state": "mara", "task_id": "a-mara-b", "message": "[user]", "progress": 0.5})
        );
    }

    #[test]
    fn a_prompt_is_left_out_wherever_it_stands() {
        let prompt = &format!("my \"own\" {KEY} secret\n\u{200b}plan\"");
        let request = Request { prompt_text: Some(prompt.clone()), ..Request::default() };
        let job = Job::new(
            JobId(1),
            "u".into(),
            NewJob { request, ..NewJob::default() },
            jiff::Timestamp::UNIX_EPOCH,
        );
        let mut redactor = redactor();
        redactor.hide(&job);
        let reply = json!({"data": {"properties": {"input": prompt}}, "message": format!("bad: {prompt}")});
        for text in
            [prompt.clone(), clean(prompt), format!("being sent: gen4, {prompt:?}"), reply.to_string()]
        {
            let told = redactor.body(&text);
            assert!(!told.contains("plan") && !told.contains("own"), "{told}");
        }
        let mut open = Redactor::new([], true);
        open.hide(&job);
        assert!(open.text(prompt).contains("plan"));
    }

    #[test]
    fn a_picture_that_is_written_out_is_cut_short() {
        let image = format!("data:image/png;base64,{}", "iVBORw0KGgo=".repeat(20));
        assert_eq!(redactor().text(&image), "data:image/png;base64,…(240 characters left out)");
    }
}
