use url::Url;

use super::{Field, FieldError, ModelRules, ModelTable, Request, utf16_len};

/// The longest image URL (`reference/api.md §7`), in characters.
const URL_LIMIT: usize = 2048;

/// Far longer than any name of a model, in characters.
const MODEL_LIMIT: usize = 100;

/// A request as it was typed: what a form holds, or what the flags of a command say. Empty means
/// "not given".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The image's address.
    pub image: String,
    /// The prompt.
    pub prompt: String,
    /// The model's name.
    pub model: String,
    /// The ratio.
    pub ratio: String,
    /// The duration in seconds.
    pub duration: String,
    /// The seed.
    pub seed: String,
    /// Whether to ask for a watermark.
    pub watermark: bool,
}

impl Draft {
    /// The request that this draft says.
    ///
    /// # Errors
    /// Every field that is wrong, in the order of the fields; nothing may be sent then.
    pub fn parse(&self, models: &ModelTable) -> Result<Request, Vec<FieldError>> {
        let model = self.model.trim();
        let rules = models.get(model);
        let mut errors = Vec::new();
        let mut keep = |field: Field, fault: Option<String>| {
            errors.extend(fault.map(|message| FieldError { field, message }));
        };

        let image = self.image.trim();
        keep(Field::Image, image_fault(image));
        let prompt = Some(self.prompt.trim()).filter(|text| !text.is_empty());
        keep(Field::Prompt, prompt_fault(prompt, rules, model));
        keep(Field::Model, model_fault(model));
        let ratio = Some(self.ratio.trim()).filter(|text| !text.is_empty());
        keep(Field::Ratio, ratio_fault(ratio, rules, model));
        let duration = parse_duration(self.duration.trim(), rules, model).unwrap_or_else(|fault| {
            keep(Field::Duration, Some(fault));
            None
        });
        let seed = parse_seed(self.seed.trim(), rules).unwrap_or_else(|fault| {
            keep(Field::Seed, Some(fault));
            None
        });

        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Request {
            prompt_image: image.into(),
            model: model.into(),
            prompt_text: prompt.map(Into::into),
            ratio: ratio.map(Into::into),
            duration,
            seed,
            watermark: self.watermark.then_some(true),
        })
    }

    /// What a user should know before this draft is sent, though it may be sent: an unknown or a
    /// retired model.
    pub fn warnings(&self, models: &ModelTable) -> Vec<String> {
        let model = self.model.trim();
        match models.get(model) {
            None if model.is_empty() => Vec::new(),
            None => vec![format!(
                "model: `{model}` is not in the table: price unknown, only the service can check it"
            )],
            Some(ModelRules { retired: Some(day), .. }) => {
                vec![format!("model: Runway retired {model} on {day}; the service may refuse it")]
            }
            Some(_) => Vec::new(),
        }
    }
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

fn image_fault(image: &str) -> Option<String> {
    if image.is_empty() {
        return Some("is missing: give the https:// address of a JPEG, PNG or WebP picture".into());
    }
    let count = image.chars().count();
    if count > URL_LIMIT {
        return Some(format!("has {count} characters; the service takes addresses up to {URL_LIMIT}"));
    }
    let needs = "must be an https:// address that the service can fetch";
    if image.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some(format!("holds a space or a line break; it {needs}"));
    }
    match Url::parse(image) {
        Ok(url) if url.scheme() == "https" && url.has_host() => None,
        Ok(url) if url.scheme() == "http" => Some(format!("{needs}; http:// is refused there")),
        Ok(url) if url.scheme() == "https" => Some(format!("{needs}; this one names no host")),
        _ => Some(format!("{needs}; a local file has to be put on the web first")),
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

fn prompt_fault(prompt: Option<&str>, rules: Option<&ModelRules>, model: &str) -> Option<String> {
    let rules = rules?;
    let Some(text) = prompt else {
        return rules.prompt_required.then(|| format!("is missing: {model} needs one"));
    };
    let (length, limit) = (utf16_len(text), rules.prompt_limit);
    let over = length.checked_sub(limit).filter(|over| *over > 0)?;
    Some(format!(
        "has {length} characters, {model} takes {limit}: shorten it by {over} (most emoji count as two)"
    ))
}

fn ratio_fault(ratio: Option<&str>, rules: Option<&ModelRules>, model: &str) -> Option<String> {
    let rules = rules?;
    match ratio {
        None => {
            rules.ratio_required.then(|| format!("is missing: {model} takes {}", rules.ratios.join(", ")))
        }
        Some(ratio) if rules.ratios.is_empty() || rules.ratios.iter().any(|r| r == ratio) => None,
        Some(ratio) => Some(format!("`{ratio}` is none of {model}'s: {}", rules.ratios.join(", "))),
    }
}

fn parse_duration(text: &str, rules: Option<&ModelRules>, model: &str) -> Result<Option<u32>, String> {
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

fn parse_seed(text: &str, rules: Option<&ModelRules>) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let max = rules.map_or(u64::from(u32::MAX), |rules| rules.seed_max);
    let range = format!("give a whole number from 0 to {max}, or nothing for a random one");
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("`{text}` is not a whole number: {range}"));
    }
    if text.starts_with('-') {
        return Err(format!("{text} is negative: {range}"));
    }
    match text.parse::<u64>() {
        Ok(seed) if seed <= max => Ok(Some(seed)),
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
            ("cat.jpg", "local file"),
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
