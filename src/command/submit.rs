//! `submit`: one request, or N variations.

use std::{path::Path, slice::from_ref};

use clap::Args;

use super::{
    Context, Exit,
    context::{keep_log, run, settle},
    follow::carry_out,
    money::{Wish, consent, consent_to_duplicate, must_be_able_to_ask, outlook},
    request_args::{RequestArgs, SpendArgs},
    session::Session,
};
use crate::{
    config::Config,
    engine::{Command, LocalImage, read_image},
    job::{Draft, Field, Job, JobId, Money, Problem, Request, moderated_before},
};

/// More jobs than this from one command are a slip of the finger.
const COUNT_MAX: u32 = 100;

/// Asks for the word to spend.
pub(super) const SEND_IT: &str = "Send it? [y/N] ";

/// Send one request, or N variations of it
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  taxiway submit --image https://example.com/cat.jpg --prompt \"yawns\"\n  taxiway submit --image https://example.com/cat.jpg --yes --wait --json"
)]
pub struct Submit {
    /// What is asked for.
    #[command(flatten)]
    pub request: RequestArgs,
    /// How it is sent.
    #[command(flatten)]
    pub spend: SpendArgs,
}

/// Runs the command.
pub(super) fn submit(mut context: Context, args: &Submit) -> Exit {
    context.say_warnings();
    // Only what was given is sent, and the model.
    let base = Draft { model: context.config.defaults.model.clone(), ..Draft::default() };
    let outcome = submit_draft(&mut context, args.request.over(base), None, &args.spend);
    settle(outcome, &mut context.output)
}

/// Checks a draft, asks for the word to spend, and sends it; `parent` is the job that it is cloned from.
pub(super) fn submit_draft(
    context: &mut Context,
    draft: Draft,
    parent: Option<&Job>,
    args: &SpendArgs,
) -> Result<Exit, Problem> {
    match prepare(context, draft, parent, args)? {
        None => Ok(Exit::Done),
        Some(prepared) => send(context, args, prepared),
    }
}

/// What the user gave the word for.
struct Prepared {
    request: Request,
    count: u32,
    parent: Option<JobId>,
    duplicate_ok: bool,
}

/// Everything that is checked before a job exists. `None` when a dry run ends here.
fn prepare(
    context: &mut Context,
    draft: Draft,
    parent: Option<&Job>,
    args: &SpendArgs,
) -> Result<Option<Prepared>, Problem> {
    if !args.dry_run {
        context.check_writable()?;
    }
    context.check_config()?;
    let count = count(&args.count)?;
    let (draft, told) = with_picture(draft)?;
    for words in told {
        context.output.say(&words);
    }
    let request = draft.parse(&context.config.models).map_err(|errors| {
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Problem::new("bad_input", told.join("\n         ")).hint("nothing was sent, nothing spent")
    })?;
    context.config.check_no_secret(&request)?;
    for warning in warnings(context, &draft, &request, count, parent) {
        context.output.say(&format!("warning: {warning}"));
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
    let shown = match parent {
        Some(parent) => describe_clone(&request, &price, parent),
        None => describe(&request, &price),
    };
    if args.dry_run {
        if context.config.account().is_none() {
            context
                .output
                .say("warning: without a key nobody knows what was sent before, or what is left of a budget");
        }
        for problem in [&outlook.refused, &outlook.duplicate].into_iter().flatten() {
            context.output.say(&format!("warning: {}", problem.message));
        }
        if context.output.is_json() {
            let estimate = estimate.map(|money| money.times(count.into()).to_string());
            context.output.json(&serde_json::json!({
                "request": request, "count": count, "cost": { "estimate": estimate }
            }));
        } else {
            for line in &shown {
                context.output.line(line);
            }
        }
        context.output.say("dry run: nothing was sent");
        return Ok(None);
    }
    if let Some(problem) = outlook.refused {
        return Err(problem);
    }
    must_be_able_to_ask(context, args.yes, outlook.duplicate.as_ref())?;
    let total = estimate.map(|money| money.times(count.into()));
    consent(context, args.yes, total, &shown, SEND_IT)?;
    let duplicate_ok = consent_to_duplicate(context, args.yes, outlook.duplicate)?;
    Ok(Some(Prepared { request, count, parent: parent.map(|job| job.id), duplicate_ok }))
}

/// What a user should know before all this is sent, though it may be.
fn warnings(
    context: &Context,
    draft: &Draft,
    request: &Request,
    count: u32,
    parent: Option<&Job>,
) -> Vec<String> {
    let seed = request.seed.filter(|_| count > 1).map(|seed| {
        format!(
            "all {count} have the seed {seed}: they will likely be the same video, paid for {count} times"
        )
    });
    let moderated = parent.and_then(|job| moderated_before(job, from_ref(request)));
    draft.warnings(&context.config.models).into_iter().chain(seed).chain(moderated).collect()
}

fn count(text: &str) -> Result<u32, Problem> {
    let valid = text.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
    valid.ok_or_else(|| {
        Problem::new("bad_input", format!("count: `{text}` is not a whole number from 1 to {COUNT_MAX}"))
            .hint("nothing was sent, nothing spent")
    })
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
    // A picture within the request is a megabyte of text.
    let is_within = request.prompt_image.starts_with("data:");
    let image = if is_within { request.picture() } else { request.prompt_image.clone() };
    let fields = [
        ("image", Some(image)),
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

/// A clone's request: what differs from the old job's is marked, with what it was.
fn describe_clone(request: &Request, price: &str, parent: &Job) -> Vec<String> {
    let changes = request.differences(&parent.request);
    let told = match changes.len() {
        0 => "unchanged".into(),
        count => format!("{count} changed (*)"),
    };
    let mut lines = vec![format!("clone of job {}, {told}", parent.id)];
    let fields = describe(request, price);
    let is_of = |line: &&String, field: &Field| line.split(' ').next() == Some(field.name());
    for field in Field::ALL {
        let line = fields.iter().find(|line| is_of(line, &field)).cloned();
        let change = changes.iter().find(|(changed, ..)| *changed == field);
        lines.extend(match (line, change) {
            (line, None) => line,
            (Some(_), Some((_, was, is))) => {
                Some(self::field(&format!("{}*", field.name()), &format!("{is} (was {was})")))
            }
            (None, Some((_, was, _))) => {
                Some(self::field(&format!("{}*", field.name()), &format!("none (was {was})")))
            }
        });
    }
    lines.extend(fields.last().cloned());
    lines
}

/// A named value; further lines stand under the first.
pub(super) fn field(name: &str, value: &str) -> String {
    format!("{name:<12}{}", value.replace('\n', "\n            "))
}

fn send(context: &mut Context, args: &SpendArgs, prepared: Prepared) -> Result<Exit, Problem> {
    let Prepared { request, count, parent, duplicate_ok } = prepared;
    let journal = context.journal()?;
    keep_log(&context.config.data_dir)?;
    let Context { config, output, .. } = context;
    let (wait, patience) = (args.wait.how(config, count > 1), args.wait.patience());
    run(async {
        let session = Session::start(config, journal, false)?;
        let command = |ticket| Command::Submit {
            ticket,
            requests: vec![request],
            count,
            parent,
            patience,
            duplicate_ok,
        };
        let exit = carry_out(session, output, command, wait).await?;
        if !args.wait.wait && exit == Exit::Done {
            output.say("`taxiway watch` or the dashboard brings the video home");
        }
        Ok(exit)
    })?
}
