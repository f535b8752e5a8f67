use std::fmt;

use serde::{Deserialize, Serialize};

use super::without_tokens;

/// An image-to-video request, named as the service names its fields (`reference/api.md §1`). What is
/// `None` was not given and is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The source image: an https URL.
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
    /// The source image for a log or a note: without tokens, and one that is within the request cut.
    pub fn picture(&self) -> String {
        let image = &self.prompt_image;
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
}
