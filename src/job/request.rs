use std::fmt;

use serde::{Deserialize, Serialize};

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
