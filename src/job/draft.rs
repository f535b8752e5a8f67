use serde::{Deserialize, Serialize};

use super::{Field, FieldError, ImageSource, ModelRules, ModelTable, Request, image_source, utf16_len};

/// Far longer than any name of a model, in characters.
const MODEL_LIMIT: usize = 100;

/// Where the jobs that a list of seeds or ratios makes can be asked for.
const SEVERAL: &str = "several jobs at once go in the dashboard's form; here --count makes variations";

/// A request as it was typed: what a form holds, or what the flags of a command say. Empty means
/// "not given".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The image: its address, the picture itself as a `data:` URI, or the path of a file.
    pub image: String,
    /// The prompt.
    pub prompt: String,
    /// The model's name.
    pub model: String,
    /// The ratio; in a sweep several, by comma.
    pub ratio: String,
    /// The duration in seconds.
    pub duration: String,
    /// The seed; in a sweep several.
    pub seed: String,
    /// Whether to ask for a watermark.
    pub watermark: bool,
}

/// Reads a field whose rules are the model's: its text, what is known of the model, and the model's name.
pub(super) type Reader<T> = fn(&str, Option<&ModelRules>, &str) -> Result<T, String>;

impl Draft {
    /// The one request that this draft says.
    ///
    /// # Errors
    /// Every field that is wrong, in the order of the fields; nothing may be sent then. The path of a file
    /// is wrong, too: whoever may read files puts a [`FileRef`](super::FileRef) in its place before.
    pub fn parse(&self, models: &ModelTable) -> Result<Request, Vec<FieldError>> {
        let (request, ratio, seed) = self.parse_with(models, read_ratio, read_seed)?;
        Ok(Request { ratio, seed, ..request })
    }

    /// The request without its ratio and seed, and what was made of these.
    pub(super) fn parse_with<R: Default, S: Default>(
        &self,
        models: &ModelTable,
        read_ratio: Reader<R>,
        read_seed: Reader<S>,
    ) -> Result<(Request, R, S), Vec<FieldError>> {
        let model = self.model.trim();
        let rules = models.get(model);
        let mut errors = Vec::new();
        let image = keep(&mut errors, Field::Image, read_image(self.image.trim()));
        let prompt = keep(&mut errors, Field::Prompt, read_prompt(self.prompt.trim(), rules, model));
        keep(&mut errors, Field::Model, model_fault(model).map_or(Ok(()), Err));
        let ratio = keep(&mut errors, Field::Ratio, read_ratio(self.ratio.trim(), rules, model));
        let duration = keep(&mut errors, Field::Duration, read_duration(self.duration.trim(), rules, model));
        let seed = keep(&mut errors, Field::Seed, read_seed(self.seed.trim(), rules, model));
        if !errors.is_empty() {
            return Err(errors);
        }
        let request = Request {
            prompt_image: image,
            model: model.into(),
            prompt_text: prompt,
            duration,
            watermark: self.watermark.then_some(true),
            ..Request::default()
        };
        Ok((request, ratio, seed))
    }

    /// What a user should know before this draft is sent, though it may be sent: an unknown or a
    /// retired model, a picture within the request.
    pub fn warnings(&self, models: &ModelTable) -> Vec<String> {
        let model = self.model.trim();
        let of_model = match models.get(model) {
            None if model.is_empty() => None,
            None => Some(format!(
                "model: `{model}` is not in the table: price unknown, only the service can check it"
            )),
            Some(rules) => rules
                .retired
                .as_ref()
                .map(|day| format!("model: Runway retired {model} on {day}; the service may refuse it")),
        };
        let within = matches!(image_source(&self.image), Ok(ImageSource::Data(_) | ImageSource::File(_)));
        let of_image = within.then(|| {
            "image: CometAPI documents https:// addresses only; a picture in the request may be refused"
                .into()
        });
        of_image.into_iter().chain(of_model).collect()
    }

    /// The path of a local file, as it was typed, where the image is one that nobody has read yet.
    pub fn local_image(&self) -> Option<&str> {
        match image_source(&self.image) {
            Ok(ImageSource::Path(path)) => Some(path),
            _ => None,
        }
    }

    /// What was typed into a field; none for the watermark, which is no text.
    pub fn text_mut(&mut self, field: Field) -> Option<&mut String> {
        match field {
            Field::Image => Some(&mut self.image),
            Field::Prompt => Some(&mut self.prompt),
            Field::Model => Some(&mut self.model),
            Field::Ratio => Some(&mut self.ratio),
            Field::Duration => Some(&mut self.duration),
            Field::Seed => Some(&mut self.seed),
            Field::Watermark => None,
        }
    }

    /// The fields that say something else than another draft's, in order; blanks around them do not count.
    pub fn differs(&self, other: &Self) -> Vec<Field> {
        let texts = [
            (Field::Image, &self.image, &other.image),
            (Field::Prompt, &self.prompt, &other.prompt),
            (Field::Model, &self.model, &other.model),
            (Field::Ratio, &self.ratio, &other.ratio),
            (Field::Duration, &self.duration, &other.duration),
            (Field::Seed, &self.seed, &other.seed),
        ];
        let changed = texts.into_iter().filter(|(_, one, two)| one.trim() != two.trim());
        let marked = (self.watermark != other.watermark).then_some(Field::Watermark);
        changed.map(|(field, ..)| field).chain(marked).collect()
    }
}

/// The value that was read; a fault is put with the others, and nothing in the value's place.
fn keep<T: Default>(errors: &mut Vec<FieldError>, field: Field, read: Result<T, String>) -> T {
    read.unwrap_or_else(|message| {
        errors.push(FieldError { field, message });
        T::default()
    })
}

impl From<&Request> for Draft {
    fn from(request: &Request) -> Self {
        let text = |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
        Self {
            image: request.prompt_image.clone(),
            prompt: request.prompt_text.clone().unwrap_or_default(),
            model: request.model.clone(),
            ratio: request.ratio.clone().unwrap_or_default(),
            duration: text(request.duration.map(u64::from)),
            seed: text(request.seed),
            watermark: request.watermark.unwrap_or(false),
        }
    }
}

fn read_image(text: &str) -> Result<String, String> {
    match image_source(text)? {
        ImageSource::Web(text) | ImageSource::Data(text) => Ok(text.into()),
        ImageSource::File(file) => Ok(file.to_string()),
        ImageSource::Path(_) => {
            Err("is a file that was not read yet; give an https:// address in its place".into())
        }
    }
}

/// Any name may be sent, but not what can be none: a prompt typed into the wrong field, say.
fn model_fault(model: &str) -> Option<String> {
    if model.is_empty() {
        return Some("is missing: name one, such as gen4_turbo".into());
    }
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if model.contains(odd) {
        return Some("holds a blank: the name of a model is one word, such as gen4_turbo".into());
    }
    let count = model.chars().count();
    (count > MODEL_LIMIT)
        .then(|| format!("has {count} characters: no model has a name longer than {MODEL_LIMIT}"))
}

fn read_prompt(text: &str, rules: Option<&ModelRules>, model: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        let required = rules.is_some_and(|rules| rules.prompt_required);
        return if required { Err(format!("is missing: {model} needs one")) } else { Ok(None) };
    }
    let (length, limit) = (utf16_len(text), rules.map_or(usize::MAX, |rules| rules.prompt_limit));
    let over = length.saturating_sub(limit);
    if over > 0 {
        return Err(format!(
            "has {length} characters, {model} takes {limit}: shorten it by {over} (most emoji count as two)"
        ));
    }
    Ok(Some(text.into()))
}

fn read_ratio(text: &str, rules: Option<&ModelRules>, model: &str) -> Result<Option<String>, String> {
    if text.contains(',') {
        return Err(format!("`{text}` names several: {SEVERAL}; here give one"));
    }
    ratio_fault(text, rules, model).map_or(Ok(Some(text.into()).filter(|_| !text.is_empty())), Err)
}

/// What is wrong with one ratio, or with none where it is empty.
pub(super) fn ratio_fault(ratio: &str, rules: Option<&ModelRules>, model: &str) -> Option<String> {
    let rules = rules?;
    let known = || rules.ratios.join(", ");
    if ratio.is_empty() {
        return rules.ratio_required.then(|| format!("is missing: {model} takes {}", known()));
    }
    let taken = rules.ratios.is_empty() || rules.ratios.iter().any(|r| r == ratio);
    (!taken).then(|| format!("`{ratio}` is none of {model}'s: {}", known()))
}

fn read_duration(text: &str, rules: Option<&ModelRules>, model: &str) -> Result<Option<u32>, String> {
    let known = rules.map(|rules| rules.durations.as_slice()).filter(|known| !known.is_empty());
    let choices = || known.map_or_else(|| "whole seconds, such as 5".into(), span);
    if text.is_empty() {
        let required = rules.is_some_and(|rules| rules.duration_required);
        return if required { Err(format!("is missing: {model} takes {}", choices())) } else { Ok(None) };
    }
    let Ok(seconds) = text.parse::<u32>() else {
        return Err(format!("`{text}` is not a number of seconds: give {}", choices()));
    };
    match known {
        Some(known) if !known.contains(&seconds) => {
            Err(format!("{seconds} s is none of {model}'s: {}", choices()))
        }
        None if seconds == 0 => Err("0 s is no video: give whole seconds, such as 5".into()),
        _ => Ok(Some(seconds)),
    }
}

/// `5 or 10`, `2 to 10`, `4, 6 or 8`.
fn span(seconds: &[u32]) -> String {
    match seconds {
        [] => String::new(),
        [one] => one.to_string(),
        [first, .., last] if seconds.len() > 2 && (*first..=*last).eq(seconds.iter().copied()) => {
            format!("{first} to {last}")
        }
        [head @ .., last] => {
            let head: Vec<_> = head.iter().map(ToString::to_string).collect();
            format!("{} or {last}", head.join(", "))
        }
    }
}

fn read_seed(text: &str, rules: Option<&ModelRules>, _model: &str) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains(',') || text.contains("..") || text.to_ascii_lowercase().starts_with("random") {
        return Err(format!(
            "`{text}` is for several: {SEVERAL}; here give one, or nothing for a random one"
        ));
    }
    one_seed(text, rules).map(Some)
}

/// The largest seed of a model.
pub(super) fn seed_max(rules: Option<&ModelRules>) -> u64 {
    rules.map_or(u64::from(u32::MAX), |rules| rules.seed_max)
}

/// A single seed that the model takes.
pub(super) fn one_seed(text: &str, rules: Option<&ModelRules>) -> Result<u64, String> {
    let max = seed_max(rules);
    let range = format!("give a whole number from 0 to {max}, or nothing for a random one");
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("`{text}` is not a whole number: {range}"));
    }
    if text.starts_with('-') {
        return Err(format!("{text} is negative: {range}"));
    }
    match text.parse::<u64>() {
        Ok(seed) if seed <= max => Ok(seed),
        _ => Err(format!("{text} is too large: {range}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            image: "https://example.com/cat.jpg".into(),
            model: "gen3a_turbo".into(),
            ratio: "1280:720".into(),
            duration: "5".into(),
            ..Draft::default()
        }
    }

    fn faults(draft: &Draft) -> Vec<String> {
        draft
            .parse(&ModelTable::default())
            .err()
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_full_draft_is_a_request_and_back() {
        let draft = Draft { seed: "42".into(), prompt: " yawns ".into(), watermark: true, ..draft() };
        let request = draft.parse(&ModelTable::default()).unwrap();
        assert_eq!(request.seed, Some(42));
        assert_eq!(request.prompt_text.as_deref(), Some("yawns"));
        assert_eq!(Draft::from(&request), Draft { prompt: "yawns".into(), ..draft });
    }

    #[test]
    fn only_what_was_given_is_in_the_body() {
        let draft = Draft { ratio: String::new(), duration: String::new(), ..draft() };
        let body = serde_json::to_value(draft.parse(&ModelTable::default()).unwrap()).unwrap();
        assert_eq!(
            body,
            serde_json::json!({"promptImage": "https://example.com/cat.jpg", "model": "gen3a_turbo"})
        );
    }

    #[test]
    fn images_must_be_https_addresses() {
        for (image, word) in [
            ("", "is missing"),
            ("http://example.com/a.jpg", "http:// is refused"),
            ("cat.jpg", "not read yet"),
            ("file:///tmp/cat.jpg", "local file"),
            ("https://", "https:// address"),
            ("https://example.com/a b.jpg", "space"),
            (&format!("https://example.com/{}", "a".repeat(2048)), "up to 2048"),
        ] {
            let found = faults(&Draft { image: image.into(), ..draft() });
            assert!(
                found.len() == 1 && found[0].starts_with("image: ") && found[0].contains(word),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_picture_in_the_request_is_taken_with_a_warning_and_a_path_is_not() {
        let models = ModelTable::default();
        let hash = "ab".repeat(32);
        for image in ["data:image/png;base64,iVBO".into(), format!("file:///x/cat.png#sha256={hash}")] {
            let draft = Draft { image: image.clone(), model: "gen4_turbo".into(), ..draft() };
            assert_eq!(draft.parse(&models).unwrap().prompt_image, image);
            assert!(draft.warnings(&models)[0].starts_with("image: CometAPI documents https://"));
            assert_eq!(draft.local_image(), None);
        }
        let typed = Draft { image: " ~/cat.png ".into(), ..draft() };
        assert_eq!(typed.local_image(), Some("~/cat.png"));
        assert_eq!(faults(&typed).len(), 1);
    }

    #[test]
    fn several_seeds_or_ratios_are_no_single_request() {
        for seed in ["1..4", "1,2", "random×3", "random"] {
            let found = faults(&Draft { seed: seed.into(), ..draft() }).join("");
            assert!(found.starts_with("seed: ") && found.contains("--count"), "{found}");
        }
        let ratios = Draft { ratio: "1:1,2:1".into(), model: "gen9".into(), ..draft() };
        assert!(faults(&ratios).join("").contains("several jobs at once go in the dashboard"));
    }

    #[test]
    fn changed_fields_are_named_in_order() {
        let other = Draft { seed: "4".into(), image: "x".into(), watermark: true, ..draft() };
        assert_eq!(draft().differs(&other), [Field::Image, Field::Seed, Field::Watermark]);
        let blanks = Draft { duration: " 5 ".into(), ..draft() };
        assert_eq!(draft().differs(&blanks), []);
    }

    #[test]
    fn a_saved_draft_reads_back_and_may_leave_fields_out() {
        let text = serde_json::to_string(&draft()).unwrap();
        assert_eq!(serde_json::from_str::<Draft>(&text).unwrap(), draft());
        let part: Draft = serde_json::from_str(r#"{"model":"m","of_later":1}"#).unwrap();
        assert_eq!(part, Draft { model: "m".into(), ..Draft::default() });
    }

    #[test]
    fn prompts_are_counted_in_utf16_units() {
        let fits = Draft { prompt: "🛫".repeat(256), ..draft() };
        assert!(fits.parse(&ModelTable::default()).is_ok());
        let over = Draft { prompt: format!("{}a", "🛫".repeat(256)), ..draft() };
        assert_eq!(
            faults(&over),
            ["prompt: has 513 characters, gen3a_turbo takes 512: shorten it by 1 (most emoji count as two)"]
        );
    }

    #[test]
    fn every_wrong_field_is_named_in_order() {
        let wrong = Draft {
            image: String::new(),
            prompt: String::new(),
            model: "gen4.5".into(),
            ratio: "1:1".into(),
            duration: "11".into(),
            seed: "-1".into(),
            watermark: false,
        };
        let names: Vec<_> =
            wrong.parse(&ModelTable::default()).unwrap_err().iter().map(|e| e.field).collect();
        assert_eq!(names, [Field::Image, Field::Prompt, Field::Ratio, Field::Duration, Field::Seed]);
    }

    #[test]
    fn seeds_and_durations_say_what_they_take() {
        let seed = |text: &str| faults(&Draft { seed: text.into(), ..draft() }).join("");
        assert!(seed("-5").contains("negative"));
        assert!(seed("abc").contains("not a whole number"));
        assert!(seed("1.5").contains("not a whole number"));
        assert!(seed("1000000000").contains("too large"));
        assert!(seed("99999999999999999999999").contains("too large"));
        assert_eq!(seed("999999999"), "");
        let duration = |text: &str| faults(&Draft { duration: text.into(), ..draft() }).join("");
        assert_eq!(duration("7"), "duration: 7 s is none of gen3a_turbo's: 5 or 10");
        assert!(duration("-5").contains("not a number of seconds"));
    }

    #[test]
    fn a_prompt_in_the_place_of_the_model_is_a_fault() {
        let model = |name: &str| faults(&Draft { model: name.into(), ..draft() }).join("");
        assert!(model("a cat yawns").starts_with("model: holds a blank"));
        assert!(model(&"x".repeat(101)).starts_with("model: has 101 characters"));
        assert!(model("").starts_with("model: is missing"));
    }

    #[test]
    fn an_unknown_model_is_let_through_with_a_warning() {
        let unknown = Draft { model: "gen9".into(), ratio: "3:1".into(), duration: "99".into(), ..draft() };
        assert!(unknown.parse(&ModelTable::default()).is_ok());
        assert!(unknown.warnings(&ModelTable::default())[0].contains("price unknown"));
        assert!(draft().warnings(&ModelTable::default())[0].contains("2026-07-30"));
    }
}
