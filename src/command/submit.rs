//! `submit`: one request, or N variations.

use std::path::Path;

use clap::Args;

use super::{
    Context, Exit,
    context::{keep_log, run, settle},
    follow::{Until, Wait, carry_out},
    money::{Wish, consent_to_duplicate, must_be_able_to_ask, outlook},
    session::Session,
};
use crate::{
    config::{Config, Confirm},
    engine::{Command, LocalImage, read_image},
    job::{Draft, Money, Problem, Request},
};

/// For how long a request that was provably not accepted is tried again without `--wait`, in seconds.
pub(super) const PATIENCE: u32 = 15;
/// With `--wait` and no `--timeout`.
pub(super) const PATIENCE_WAITING: u32 = 600;
/// More jobs than this from one command are a slip of the finger.
const COUNT_MAX: u32 = 100;

/// Asks for the word to spend.
pub(super) const SEND_IT: &str = "Send it? [y/N] ";

// Fields are taken as they are typed, so that our own checks refuse them in our own words.
/// Send one request, or N variations of it
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  taxiway submit --image https://example.com/cat.jpg --prompt \"yawns\"\n  taxiway submit --image https://example.com/cat.jpg --yes --wait --json"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Submit {
    /// The picture: an https address, or a file of this machine
    #[arg(long, value_name = "URL|FILE", allow_hyphen_values = true)]
    pub image: Option<String>,
    /// What should happen in the video
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// The model; the config's default if left out
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub model: Option<String>,
    /// The ratio, as 1280:720
    #[arg(long, value_name = "W:H", allow_hyphen_values = true)]
    pub ratio: Option<String>,
    /// The length in seconds
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub duration: Option<String>,
    /// The seed; random if left out
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Ask for a watermark
    #[arg(long)]
    pub watermark: bool,
    /// Make this many jobs of it, at most 100
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub count: String,
    /// Spend without asking
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Wait until the jobs end and their videos are saved
    #[arg(long)]
    pub wait: bool,
    /// Stop waiting after so many seconds; the jobs go on
    #[arg(long, value_name = "SECONDS", requires = "wait")]
    pub timeout: Option<u32>,
}

/// Runs the command.
pub(super) fn submit(mut context: Context, args: &Submit) -> Exit {
    context.say_warnings();
    let outcome = prepare(&mut context, args).and_then(|prepared| match prepared {
        None => Ok(Exit::Done),
        Some(prepared) => send(&mut context, args, prepared),
    });
    settle(outcome, &mut context.output)
}

/// What the user gave the word for.
struct Prepared {
    request: Request,
    count: u32,
    duplicate_ok: bool,
}

/// Everything that is checked before a job exists. `None` when a dry run ends here.
fn prepare(context: &mut Context, args: &Submit) -> Result<Option<Prepared>, Problem> {
    if !args.dry_run {
        context.check_writable()?;
    }
    context.check_config()?;
    let count = count(&args.count)?;
    let (draft, told) = with_picture(draft(args, &context.config))?;
    for words in told {
        context.output.say(&words);
    }
    let request = draft.parse(&context.config.models).map_err(|errors| {
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Problem::new("bad_input", told.join("\n         ")).hint("nothing was sent, nothing spent")
    })?;
    for warning in draft.warnings(&context.config.models) {
        context.output.say(&format!("warning: {warning}"));
    }
    if let Some(seed) = request.seed.filter(|_| count > 1) {
        let told = format!(
            "warning: all {count} have the seed {seed}: they will likely be the same video, paid for {count} times"
        );
        context.output.say(&told);
    }
    let price = price(&context.config, &request, count);
    let estimate = context.config.models.estimate(&request);
    let batch = context.config.budget.cost(estimate, count);
    if !args.dry_run {
        context.check_key()?;
    }
    let outlook = outlook(context, batch, &Wish::New(&request));
    if let Some(warning) = &outlook.warning {
        context.output.say(&format!("warning: {warning}"));
    }
    if args.dry_run {
        for problem in [&outlook.refused, &outlook.duplicate].into_iter().flatten() {
            context.output.say(&format!("warning: {}", problem.message));
        }
        if context.output.is_json() {
            let estimate = estimate.map(|money| money.times(count.into()).to_string());
            context.output.json(&serde_json::json!({
                "request": request, "count": count, "cost": { "estimate": estimate }
            }));
        } else {
            for line in describe(&request, &price) {
                context.output.line(&line);
            }
        }
        context.output.say("dry run: nothing was sent");
        return Ok(None);
    }
    if let Some(problem) = outlook.refused {
        return Err(problem);
    }
    must_be_able_to_ask(context, args.yes, outlook.duplicate.as_ref())?;
    consent(context, args, &request, count, &price)?;
    let duplicate_ok = consent_to_duplicate(context, args.yes, outlook.duplicate)?;
    Ok(Some(Prepared { request, count, duplicate_ok }))
}

fn count(text: &str) -> Result<u32, Problem> {
    let valid = text.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
    valid.ok_or_else(|| {
        Problem::new("bad_input", format!("count: `{text}` is not a whole number from 1 to {COUNT_MAX}"))
            .hint("nothing was sent, nothing spent")
    })
}

/// Only what was given is sent, and the model.
fn draft(args: &Submit, config: &Config) -> Draft {
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    Draft {
        image: given(&args.image),
        prompt: given(&args.prompt),
        model: args.model.clone().unwrap_or_else(|| config.defaults.model.clone()),
        ratio: given(&args.ratio),
        duration: given(&args.duration),
        seed: given(&args.seed),
        watermark: args.watermark,
    }
}

/// The draft with the file of this machine read that it names, where it does, and what is to be said of that.
pub(super) fn with_picture(draft: Draft) -> Result<(Draft, Vec<String>), Problem> {
    let Some(path) = draft.local_image() else { return Ok((draft, Vec::new())) };
    let image =
        read_image(Path::new(path)).map_err(|problem| problem.hint("nothing was sent, nothing spent"))?;
    let LocalImage { media_type, width, height, bytes, uri_characters, .. } = image;
    let mut told = vec![format!(
        "image: {media_type}, {width}×{height}, {bytes} bytes; sent within the request ({uri_characters} characters)"
    )];
    told.extend(image.warnings.iter().map(|words| format!("warning: image: {words}")));
    Ok((Draft { image: image.reference, ..draft }, told))
}

/// What `count` of a request cost, in words.
pub(super) fn price(config: &Config, request: &Request, count: u32) -> String {
    match config.models.estimate(request) {
        Some(money) => {
            let checked = config.models.get(&request.model).and_then(|rules| rules.checked.as_deref());
            estimate_text(money.times(count.into()), count, checked)
        }
        None => "price unknown".into(),
    }
}

fn estimate_text(money: Money, count: u32, checked: Option<&str>) -> String {
    let jobs = if count == 1 { String::new() } else { format!(" for {count} jobs") };
    let day = checked.map_or_else(String::new, |day| format!(" of {day}"));
    format!("about ${money}{jobs} (an estimate{day})")
}

/// The request, a line for each field that is sent.
pub(super) fn describe(request: &Request, price: &str) -> Vec<String> {
    describe_with(request, request.ratio.clone(), request.seed.map(|seed| seed.to_string()), price)
}

/// The same for requests that differ only in ratio and seed, whose values are given in words.
pub(super) fn describe_with(
    request: &Request,
    ratios: Option<String>,
    seeds: Option<String>,
    price: &str,
) -> Vec<String> {
    let fields = [
        ("image", Some(request.prompt_image.clone())),
        ("prompt", request.prompt_text.clone()),
        ("model", Some(request.model.clone())),
        ("ratio", ratios),
        ("duration", request.duration.map(|seconds| format!("{seconds} s"))),
        ("seed", seeds),
        ("watermark", request.watermark.map(|_| "yes".into())),
        ("price", Some(price.into())),
    ];
    fields.into_iter().filter_map(|(name, value)| Some(field(name, &value?))).collect()
}

/// A named value; further lines stand under the first.
pub(super) fn field(name: &str, value: &str) -> String {
    format!("{name:<12}{}", value.replace('\n', "\n            "))
}

/// Spending needs the user's word: `--yes`, or an answer at the terminal.
fn consent(
    context: &mut Context,
    args: &Submit,
    request: &Request,
    count: u32,
    price: &str,
) -> Result<(), Problem> {
    if args.yes {
        return Ok(());
    }
    let refused = |told: &str| {
        Problem::new("no_consent", format!("{told}: nothing was sent, nothing spent"))
            .hint("say --yes to send without being asked, or --dry-run to look only")
    };
    if !context.output.can_ask {
        return Err(refused("there is nobody to ask"));
    }
    let total = context.config.models.estimate(request).map(|money| money.times(count.into()));
    if !must_ask(context.config.submit.confirm, total) {
        return Ok(());
    }
    for line in describe(request, price) {
        context.output.say(&line);
    }
    if context.output.ask(SEND_IT) { Ok(()) } else { Err(refused("you said no")) }
}

/// Whether the user is asked before this much is spent; none is a price that nobody knows.
pub(super) fn must_ask(confirm: Confirm, total: Option<Money>) -> bool {
    match confirm {
        Confirm::Always => true,
        Confirm::Above(limit) => total.is_none_or(|total| total > limit),
        Confirm::Never => false,
    }
}

fn send(context: &mut Context, args: &Submit, prepared: Prepared) -> Result<Exit, Problem> {
    let Prepared { request, count, duplicate_ok } = prepared;
    let journal = context.journal()?;
    keep_log(&context.config.data_dir)?;
    let Context { config, output, .. } = context;
    let patience = if args.wait { args.timeout.unwrap_or(PATIENCE_WAITING) } else { PATIENCE };
    let until = if args.wait { Until::Ended { auto: config.download.auto } } else { Until::Answered };
    run(async {
        let session = Session::start(config, journal, false)?;
        let wait = Wait { until, timeout: args.timeout, as_list: count > 1 };
        let command = |ticket| Command::Submit {
            ticket,
            requests: vec![request],
            count,
            parent: None,
            patience,
            duplicate_ok,
        };
        let exit = carry_out(session, output, command, wait).await?;
        if !args.wait && exit == Exit::Done {
            output.say("`taxiway watch` or the dashboard brings the video home");
        }
        Ok(exit)
    })?
}
