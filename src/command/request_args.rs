//! The flags of the commands that make and send requests.

use clap::Args;

use super::follow::WaitArgs;
use crate::job::Draft;

// Fields are taken as they are typed, so that our own checks refuse them in our own words.
/// The fields of a request.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// The picture: an https address, or a file of this machine
    #[arg(long, value_name = "URL|FILE", allow_hyphen_values = true)]
    pub image: Option<String>,
    /// What should happen in the video
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// The model; the config's default if left out, or the old job's in a clone
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub model: Option<String>,
    /// The ratio, as 1280:720; some models need one
    #[arg(long, value_name = "W:H", allow_hyphen_values = true)]
    pub ratio: Option<String>,
    /// The length in seconds; some models need one
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub duration: Option<String>,
    /// The seed; random where there is none
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Ask for a watermark
    #[arg(long)]
    pub watermark: bool,
}

/// How many jobs are made of a request, and what is waited for.
#[derive(Debug, Args)]
pub struct SpendArgs {
    /// Make this many jobs of it, at most 100
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub count: String,
    /// Spend without asking
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How long to stay with them.
    #[command(flatten)]
    pub wait: WaitArgs,
}

impl RequestArgs {
    /// `base` with what was given in its place; an empty value takes a field away.
    pub(super) fn over(&self, base: Draft) -> Draft {
        let given = |text: &Option<String>, base: String| text.clone().unwrap_or(base);
        Draft {
            image: given(&self.image, base.image),
            prompt: given(&self.prompt, base.prompt),
            model: given(&self.model, base.model),
            ratio: given(&self.ratio, base.ratio),
            duration: given(&self.duration, base.duration),
            seed: given(&self.seed, base.seed),
            watermark: self.watermark || base.watermark,
        }
    }
}
