use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FileRef, without_tokens};

/// An image-to-video request, named as the service names its fields (`reference/api.md §1`). What is
/// `None` was not given and is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The source image: an https URL, a `data:` URI, or a [`FileRef`] as text, in whose place the picture
    /// itself is sent.
    pub prompt_image: String,
    /// The model; any name may be sent.
    pub model: String,
    /// What should happen in the video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_text: Option<String>,
    /// Width and height, as `1280:720`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<String>,
    /// Length in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u32>,
    /// The seed; the same seed and request give about the same video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Whether the service marks the video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<bool>,
}

/// A picture within the request is told by so many of its characters.
const PICTURE_SHOWN: usize = 40;

impl Request {
    /// The source image for a log or a note: without tokens, one that is within the request cut, a local
    /// file by its path.
    pub fn picture(&self) -> String {
        let image = &self.prompt_image;
        if let Ok(file) = image.parse::<FileRef>() {
            return file.path.display().to_string();
        }
        if image.starts_with("data:") {
            let shown: String = image.chars().take(PICTURE_SHOWN).collect();
            return format!("{shown}… ({} characters)", image.chars().count());
        }
        without_tokens(image)
    }

    /// All that is sent, on a line.
    pub fn tell(&self) -> String {
        let number = |value: Option<u64>| value.map(|value| value.to_string());
        let parts = [
            Some(self.model.clone()),
            self.ratio.clone(),
            self.duration.map(|seconds| format!("{seconds} s")),
            number(self.seed).map(|seed| format!("seed {seed}")),
            self.watermark.map(|mark| format!("watermark {mark}")),
            Some(self.picture()),
            self.prompt_text.as_ref().map(|prompt| format!("{prompt:?}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// What is asked for otherwise than in `from`, in the order of the fields: the field, what it was, what
    /// it is. What is not given is "none".
    pub fn differences(&self, from: &Self) -> Vec<(Field, String, String)> {
        let mut told: Vec<_> = Field::ALL
            .into_iter()
            .zip(from.texts().into_iter().zip(self.texts()))
            .filter(|(_, (was, is))| was != is)
            .map(|(field, (was, is))| (field, was, is))
            .collect();
        if self.prompt_image != from.prompt_image {
            let (was, mut is) = (from.picture(), self.picture());
            if was == is {
                // Told in short they look the same: two pictures, or one file whose content changed.
                is += " (not the same)";
            }
            told.insert(0, (Field::Image, was, is));
        }
        told.into_iter().map(|(field, was, is)| (field, or_none(was), or_none(is))).collect()
    }

    /// Every field but the image as people meet it, in order; empty where it is not given.
    fn texts(&self) -> [String; Field::ALL.len()] {
        let mark = |mark| if mark { "yes" } else { "no" };
        [
            String::new(),
            self.prompt_text.clone().unwrap_or_default(),
            self.model.clone(),
            self.ratio.clone().unwrap_or_default(),
            self.duration.map(|seconds| format!("{seconds} s")).unwrap_or_default(),
            self.seed.map(|seed| seed.to_string()).unwrap_or_default(),
            self.watermark.map(mark).unwrap_or_default().into(),
        ]
    }
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".into() } else { text }
}

/// The fields of a request, in the order in which every form and message names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The source image.
    Image,
    /// The text.
    Prompt,
    /// The model.
    Model,
    /// The ratio.
    Ratio,
    /// The length.
    Duration,
    /// The seed.
    Seed,
    /// The watermark.
    Watermark,
}

impl Field {
    /// All fields, in order.
    pub const ALL: [Self; 7] =
        [Self::Image, Self::Prompt, Self::Model, Self::Ratio, Self::Duration, Self::Seed, Self::Watermark];

    /// The name as users meet it: form label, command line flag, error prefix.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Prompt => "prompt",
            Self::Model => "model",
            Self::Ratio => "ratio",
            Self::Duration => "duration",
            Self::Seed => "seed",
            Self::Watermark => "watermark",
        }
    }
}

/// What is wrong with one field, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FieldError {
    /// The field.
    pub field: Field,
    /// The fault and its mend, without the field's name.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field.name(), self.message)
    }
}

/// The length of a text as the service counts it: UTF-16 code units, so that most emoji are two.
pub fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_without_tokens_and_a_picture_in_it_is_cut() {
        let mut request = Request {
            prompt_image: "https://h/i.png?_jwt=a.b.c".into(),
            model: "m".into(),
            prompt_text: Some("a\n\"cat\"".into()),
            seed: Some(7),
            watermark: Some(false),
            ..Request::default()
        };
        assert_eq!(request.tell(), r#"m, seed 7, watermark false, https://h/i.png?_jwt=…, "a\n\"cat\"""#);
        request.prompt_image = format!("data:image/png;base64,{}", "A".repeat(5_000_000));
        let told = request.picture();
        assert!(told.len() < 100 && told.ends_with("(5000022 characters)"), "{told}");
    }

    #[test]
    fn a_local_file_is_told_by_its_path() {
        let prompt_image = format!("file:///x/my%20cat.png#sha256={}", "ab".repeat(32));
        assert_eq!(Request { prompt_image, ..Request::default() }.picture(), "/x/my cat.png");
    }

    #[test]
    fn what_changed_is_told_with_what_it_was() {
        let from = Request { model: "m".into(), prompt_text: Some("a cat".into()), ..Request::default() };
        let file = |digit: &str| format!("file:///x/cat.png#sha256={}", digit.repeat(64));
        let to = Request {
            prompt_image: file("a"),
            prompt_text: None,
            seed: Some(7),
            watermark: Some(false),
            ..from.clone()
        };
        let told = |to: &Request, from: &Request| -> Vec<_> {
            let found = to.differences(from).into_iter();
            found.map(|(field, was, is)| format!("{} {was} > {is}", field.name())).collect()
        };
        assert_eq!(
            told(&to, &from),
            ["image none > /x/cat.png", "prompt a cat > none", "seed none > 7", "watermark none > no"]
        );
        assert_eq!(told(&to, &to), [] as [String; 0]);
        let changed = Request { prompt_image: file("b"), ..to.clone() };
        assert_eq!(told(&changed, &to), ["image /x/cat.png > /x/cat.png (not the same)"]);
    }
}
