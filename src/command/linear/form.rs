//! A new request: a question for each field, then all of it with its price, then the word to send it.

use std::path::PathBuf;

use tokio::task::spawn_blocking;

use super::{
    money::{NOT_SENT, give, passes_budget},
    talk::Talk,
};
use crate::{
    command::{
        Exit,
        follow::PATIENCE,
        money::must_ask,
        submit::{SEND_IT, describe_with, field as line_of, price},
    },
    config::Config,
    engine::{Command, read_image},
    job::{Draft, Field, FieldError, Job, JobId, ModelTable, Problem, Request, Sweep},
};

/// An answer that gives the whole request up.
const GIVE_UP: &str = ".";
/// An answer that empties a field.
const NOTHING: &str = "-";

/// Asks for a request and sends it; `of` names a job to begin with.
pub(super) async fn new_request(talk: &mut Talk, of: Option<String>) -> Result<(), Exit> {
    if let Some(reference) = of {
        let Some(job) = talk.find(&reference).await else { return Ok(()) };
        return clone_of(talk, &job).await;
    }
    let (draft, parent) = talk.unsent.take().unwrap_or_else(|| (defaults(&talk.config), None));
    fill_and_send(talk, draft, parent).await
}

/// Asks for a request that begins with what a job asked for.
pub(super) async fn clone_of(talk: &mut Talk, job: &Job) -> Result<(), Exit> {
    let id = job.id;
    if job.request.model.is_empty() {
        talk.print(&format!("job {id} was taken in by its task id: what was asked for is not known"));
        return Ok(());
    }
    if job.is_moderated() {
        talk.print(&format!("moderation refused job {id}: change its prompt or image before you send it"));
    }
    fill_and_send(talk, Draft::from(&job.request), Some(id)).await
}

fn defaults(config: &Config) -> Draft {
    let defaults = &config.defaults;
    Draft {
        model: defaults.model.clone(),
        ratio: defaults.ratio.clone(),
        duration: defaults.duration.to_string(),
        ..Draft::default()
    }
}

async fn fill_and_send(talk: &mut Talk, mut draft: Draft, parent: Option<JobId>) -> Result<(), Exit> {
    if let Some(reason) = talk.blocked() {
        talk.print(&reason);
        return Ok(());
    }
    let sent = if fill(talk, &mut draft).await? {
        confirm_and_send(talk, &draft, parent).await?
    } else {
        talk.print(NOT_SENT);
        false
    };
    if !sent {
        talk.unsent = Some((draft, parent));
    }
    Ok(())
}

/// Asks for every field; whether the user went through with it.
async fn fill(talk: &mut Talk, draft: &mut Draft) -> Result<bool, Exit> {
    talk.print(&format!(
        "Enter takes what stands in brackets, {NOTHING} empties a field, {GIVE_UP} gives the request up."
    ));
    for field in Field::ALL {
        if !ask(talk, draft, field).await? {
            return Ok(false);
        }
        while let Some(fault) = fault_by_now(&talk.config.models, draft, field) {
            talk.print(&fault.to_string());
            if !ask(talk, draft, fault.field).await? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What is wrong with what was answered so far. What a prompt may be is known when the model is.
fn fault_by_now(models: &ModelTable, draft: &Draft, last: Field) -> Option<FieldError> {
    let is_asked = |fault: &FieldError| match last {
        Field::Prompt => false,
        Field::Model => matches!(fault.field, Field::Prompt | Field::Model),
        Field::Watermark => true,
        field => fault.field == field,
    };
    draft.sweep(models).err()?.into_iter().find(is_asked)
}

/// Asks for a field until it is answered; whether the request is not given up.
async fn ask(talk: &mut Talk, draft: &mut Draft, field: Field) -> Result<bool, Exit> {
    loop {
        let offered = offered(&talk.config.models, draft, field);
        let answer = talk.line(&question(&talk.config.models, draft, field, &offered)).await?;
        let value = match answer.as_str() {
            GIVE_UP => return Ok(false),
            "" => offered,
            NOTHING => String::new(),
            _ => answer,
        };
        match take(talk, draft, field, value).await {
            Ok(()) => return Ok(true),
            Err(fault) => talk.print(&format!("{}: {fault}", field.name())),
        }
    }
}

/// What Enter takes: what the field holds, or where that cannot be sent the model's first choice.
fn offered(models: &ModelTable, draft: &Draft, field: Field) -> String {
    let rules = models.get(draft.model.trim());
    let first = match field {
        Field::Ratio => rules.and_then(|rules| rules.ratios.first().cloned()),
        Field::Duration => rules.and_then(|rules| rules.durations.first()).map(ToString::to_string),
        _ => None,
    };
    let faults = draft.sweep(models).err().unwrap_or_default();
    // Whether a prompt can be sent is known when the model is.
    if field != Field::Prompt && faults.iter().any(|fault| fault.field == field) {
        return first.unwrap_or_default();
    }
    match field {
        Field::Image => draft.image.clone(),
        Field::Prompt => draft.prompt.clone(),
        Field::Model => draft.model.clone(),
        Field::Ratio => draft.ratio.clone(),
        Field::Duration => draft.duration.clone(),
        Field::Seed => draft.seed.clone(),
        Field::Watermark => if draft.watermark { "y" } else { "n" }.into(),
    }
}

fn question(models: &ModelTable, draft: &Draft, field: Field, offered: &str) -> String {
    let rules = models.get(draft.model.trim());
    let seconds = rules.map(|rules| rules.durations.iter().map(ToString::to_string).collect::<Vec<_>>());
    let ratios = rules.map(|rules| rules.ratios.join(", ")).filter(|known| !known.is_empty());
    let hint = match field {
        Field::Image => "an https:// address, or a file of this machine".into(),
        Field::Prompt => "what should happen in the video".into(),
        Field::Model => models.names().collect::<Vec<_>>().join(", "),
        Field::Ratio => format!("{}; several by comma", ratios.unwrap_or_else(|| "as 1280:720".into())),
        Field::Duration => {
            let known = seconds.filter(|known| !known.is_empty()).map(|known| known.join(", "));
            known.map_or_else(|| "in seconds".into(), |known| format!("in seconds: {known}"))
        }
        Field::Seed => "empty is random; 42 is repeatable, 1..4 or random x3 make several jobs".into(),
        Field::Watermark => "y or n".into(),
    };
    let shown = if field == Field::Image { shown(offered) } else { offered.replace('\n', " ") };
    let shown = if shown.is_empty() { String::new() } else { format!(" [{shown}]") };
    format!("{} ({hint}){shown}: ", field.name())
}

/// A picture in short.
fn shown(image: &str) -> String {
    Request { prompt_image: image.into(), ..Request::default() }.picture()
}

/// Puts an answer into its field. A file is read now, so that what is wrong with it is told here.
async fn take(talk: &mut Talk, draft: &mut Draft, field: Field, value: String) -> Result<(), String> {
    match field {
        Field::Image => {
            let wanted = Draft { image: value, ..Draft::default() };
            draft.image = match wanted.local_image() {
                Some(path) => read(talk, path).await.map_err(|problem| problem.message)?,
                None => wanted.image,
            };
        }
        Field::Prompt => draft.prompt = value,
        Field::Model => draft.model = value,
        Field::Ratio => draft.ratio = value,
        Field::Duration => draft.duration = value,
        Field::Seed => draft.seed = value,
        Field::Watermark => {
            draft.watermark = match value.to_ascii_lowercase().as_str() {
                "y" | "yes" => true,
                "n" | "no" | "" => false,
                _ => return Err(format!("`{value}` is neither y nor n")),
            };
        }
    }
    Ok(())
}

/// Reads a picture of this machine and says what it is; what stands for it in a request.
async fn read(talk: &mut Talk, path: &str) -> Result<String, Problem> {
    let path = PathBuf::from(path);
    let image = spawn_blocking(move || read_image(&path)).await;
    let image = image.map_err(|_| Problem::new("machine", "looking at it failed; the log says why"))??;
    talk.print(&format!(
        "image: {}, {} x {} pixels, {} bytes; it is sent within the request",
        image.media_type, image.width, image.height, image.bytes
    ));
    talk.warn(&image.warnings);
    Ok(image.reference)
}

/// Shows the whole request, and sends it at the user's word; whether it is on its way.
async fn confirm_and_send(talk: &mut Talk, draft: &Draft, parent: Option<JobId>) -> Result<bool, Exit> {
    let sweep = match draft.sweep(&talk.config.models) {
        Ok(sweep) => sweep,
        Err(faults) => {
            for fault in faults {
                talk.print(&fault.to_string());
            }
            return Ok(false);
        }
    };
    talk.print_all(&lines(&talk.config, &sweep));
    talk.warn(&draft.warnings(&talk.config.models));
    let (models, budget) = (&talk.config.models, &talk.config.budget);
    let total = sweep.estimate(models);
    let batch = budget.cost(models.estimate(sweep.first()), count(&sweep));
    if !passes_budget(talk, batch) {
        return Ok(false);
    }
    if must_ask(talk.config.submit.confirm, total) && !talk.agreed(SEND_IT).await? {
        talk.print(NOT_SENT);
        return Ok(false);
    }
    let requests = sweep.requests(|most| fastrand::u64(0..=most));
    give(talk, |ticket, duplicate_ok| Command::Submit {
        ticket,
        requests: requests.clone(),
        count: 1,
        parent,
        patience: PATIENCE,
        duplicate_ok,
    })
    .await
}

fn count(sweep: &Sweep) -> u32 {
    u32::try_from(sweep.len()).unwrap_or(u32::MAX)
}

fn lines(config: &Config, sweep: &Sweep) -> Vec<String> {
    let first = Request { prompt_image: sweep.first().picture(), ..sweep.first().clone() };
    let ratios = Some(sweep.ratios().join(", ")).filter(|ratios| !ratios.is_empty());
    let mut lines = describe_with(&first, ratios, sweep.seeds(), &price(config, &first, count(sweep)));
    lines.extend(sweep.tell().map(|told| line_of("jobs", &told)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_held_against_the_model_that_was_chosen() {
        let models = ModelTable::default();
        let mut draft = Draft {
            image: "https://example.com/cat.jpg".into(),
            prompt: "x".repeat(600),
            model: "gen3a_turbo".into(),
            ..Draft::default()
        };
        let fault = |draft: &Draft, last| fault_by_now(&models, draft, last).map(|fault| fault.field);
        assert_eq!(fault(&draft, Field::Prompt), None, "another model may take it");
        assert_eq!(fault(&draft, Field::Model), Some(Field::Prompt));
        draft.model = "gen4_turbo".into();
        assert_eq!(fault(&draft, Field::Model), None);
        assert_eq!(fault(&draft, Field::Ratio), Some(Field::Ratio), "gen4_turbo needs one");
    }

    #[test]
    fn what_the_model_does_not_take_is_not_offered() {
        let models = ModelTable::default();
        let draft = Draft {
            image: "cat".into(),
            model: "veo3.1".into(),
            ratio: "960:960".into(),
            duration: "5".into(),
            seed: "7".into(),
            ..Draft::default()
        };
        let offered = |field| offered(&models, &draft, field);
        assert_eq!((offered(Field::Ratio), offered(Field::Duration)), ("1280:720".into(), "4".into()));
        assert_eq!((offered(Field::Image), offered(Field::Seed)), (String::new(), "7".into()));
    }
}
