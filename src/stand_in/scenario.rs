//! What the service does wrong, as data: a scenario is a name and a [`Plan`].

use std::str::FromStr;

use super::task::{Fate, Times};

/// How the service answers, stage by stage. Every stage reads its own field and no other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub site: Site,
    pub key: Key,
    pub post: Post,
    pub poll: Poll,
    pub file: File,
    pub shape: Shape,
    pub times: Times,
    pub fate: fn() -> Fate,
    /// Result URLs of a task that succeeds.
    pub videos: usize,
    /// The status word of a running task.
    pub running: Option<&'static str>,
    /// Whether words in the prompt pick the fate of a job.
    pub prompt_words: bool,
}

/// What stands at the base URL.
#[derive(Clone, Copy, Debug)]
pub(super) enum Site {
    Service,
    /// A website: HTML with this status on every path of the API.
    Website(u16),
    /// 307 to another path on every path of the API.
    Moved,
    /// The service, with 500 on every path that is not of tasks.
    NoAside,
}

/// Which keys are taken, beyond the rule for `sk-wrong…`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Good,
    Refused,
    /// As `Refused`, and the key stands in the text of the refusal.
    Echoed,
    RefusedOnPolls,
}

/// What becomes of a request that creates a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Post {
    Accept,
    /// 429 with `Retry-After: 1` to the first so many; creates nothing.
    TooMany(u32),
    /// 403 `quota_not_enough`; creates nothing.
    Quota,
    /// Accepts, but reports a bad request as JSON within a `message`; creates nothing then.
    NestRefusals,
    /// These create the task, then fail to say its id.
    CreateThenDrop,
    CreateThenSilence,
    CreateThenNoId,
    CreateThen500,
    CreateThen502,
    CreateThenGarbage,
    /// Creates the task, and takes a second to say its id.
    Late,
    /// The connection is dropped before the request was looked at; creates nothing.
    DropUnheard,
    /// Another of these each time, by the dice.
    Drawn,
}

/// What happens to a poll. The finite ones strike the first polls of each task, which do not count as polls
/// of its schedule; then the task goes on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Poll {
    Answer,
    Hide,
    Silence,
    Drop,
    ServerErrors,
    TooMany,
    Garbage,
    Huge,
    /// Good JSON with nothing in it.
    Hollow,
    /// Progress that goes backwards, and words that nobody knows.
    Fickle,
    /// Another of these each time, by the dice, for ever.
    Drawn,
}

/// What stands behind a result URL.
#[derive(Clone, Copy, Debug)]
pub(super) enum File {
    Clip,
    Html,
    /// `video/mp4` by its header, no MP4 by its bytes.
    NotMp4,
    /// The first body of each task breaks off in the middle.
    CutOnce,
    /// 403 for the first URL that a task gave out.
    FirstGone,
    /// 403 for every URL.
    AllGone,
    /// Every body breaks off in the middle.
    Cut,
    /// Every body comes in pieces, with pauses.
    Slow,
    /// Every body is shorter than its header says.
    Short,
    /// Another of these each time, by the dice.
    Drawn,
}

/// The shape of a poll's reply.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Wrapped and bare by turns, told by the task and its count of polls.
    ByTurns,
    Bare,
    Wrapped,
}

/// Everything well, at the pace of a real task cut short: 10–20 s.
const WELL: Plan = Plan {
    site: Site::Service,
    key: Key::Good,
    post: Post::Accept,
    poll: Poll::Answer,
    file: File::Clip,
    shape: Shape::ByTurns,
    times: Times::Drawn,
    fate: || Fate::Succeed,
    videos: 1,
    running: None,
    prompt_words: true,
};

/// Everything well, and every phase as long as a few polls: the ground of every fault.
const QUICK: Plan = Plan { times: Times::Polls { hidden: 1, queue: 1, run: 2 }, ..WELL };
const FAULT: Plan = Plan { prompt_words: false, ..QUICK };

pub(super) fn internal() -> Fate {
    Fate::Fail { code: "INTERNAL".into(), text: "An unexpected error occurred.".into() }
}

pub(super) fn moderated() -> Fate {
    Fate::Fail {
        code: "SAFETY.INPUT.TEXT".into(),
        text: "The prompt was refused by the content moderation.".into(),
    }
}

fn escapes() -> Fate {
    Fate::Fail {
        code: "INTERNAL.\u{1b}[31mRED\u{7}".into(),
        text: "It \u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[1;1Hbroke\r\n\u{9b}31m\u{8}\u{8}\u{202e}here, at https://h/x.mp4?_jwt=eyJ.of.words\u{200b}.".into(),
    }
}

/// One table makes the type, its documentation, its names and its plans.
macro_rules! scenarios {
    ($($(#[$mark:meta])* $variant:ident $name:literal $about:literal $plan:expr;)+) => {
        /// A way for the service to behave, by name.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum Scenario { $(#[doc = $about] $(#[$mark])* $variant,)+ }

        impl Scenario {
            /// Every scenario, in the order of the documentation.
            pub const fn all() -> &'static [Self] { &[$(Self::$variant,)+] }

            /// The name it is asked for by, in kebab-case.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)+ } }

            /// What it does, and whether it creates a task, in a sentence.
            pub const fn describe(self) -> &'static str { match self { $(Self::$variant => $about,)+ } }

            pub(super) const fn plan(self) -> &'static Plan {
                match self { $(Self::$variant => const { &$plan },)+ }
            }
        }
    };
}

scenarios! {
    #[default]
    Default "default" "All goes well and takes its time: not visible for 1.5 s, queued, running, a video after 10 to 20 s. Creates tasks."
        WELL;
    Quick "quick" "All goes well, counted by polls: one not visible, one queued, two running, then the video. Creates tasks."
        QUICK;
    Demo "demo" "As default; for the demo. Creates tasks."
        WELL;
    Bare "bare" "As quick, every poll in the newer, bare shape. Creates tasks."
        Plan { shape: Shape::Bare, ..QUICK };
    Wrapped "wrapped" "As quick, every poll in the gateway's wrapped shape. Creates tasks."
        Plan { shape: Shape::Wrapped, ..QUICK };
    Hidden "hidden" "Every poll answers `task_not_exist` until the scenario is changed; then the task goes on. Creates tasks."
        Plan { poll: Poll::Hide, ..FAULT };
    DropAfterAccept "drop-after-accept" "The connection is dropped without a reply to a good request. Creates the task."
        Plan { post: Post::CreateThenDrop, ..FAULT };
    Silent "silent" "A good request is never answered, the connection stays open. Creates the task."
        Plan { post: Post::CreateThenSilence, ..FAULT };
    NoId "no-id" "A good request is answered 200 with {}. Creates the task."
        Plan { post: Post::CreateThenNoId, ..FAULT };
    ServerError "server-error" "A good request is answered 500. Creates the task."
        Plan { post: Post::CreateThen500, ..FAULT };
    BadGateway "bad-gateway" "A good request is answered 502 with HTML. Creates the task."
        Plan { post: Post::CreateThen502, ..FAULT };
    Html200 "html-200" "A website answers in place of the API: 200 with HTML. Creates nothing."
        Plan { site: Site::Website(200), ..FAULT };
    Html404 "html-404" "A website answers in place of the API: 404 with HTML. Creates nothing."
        Plan { site: Site::Website(404), ..FAULT };
    Redirect "redirect" "Every call is sent elsewhere by a 307. Creates nothing."
        Plan { site: Site::Moved, ..FAULT };
    Aside500 "aside-500" "The calls beside tasks (models, usage, balance, the account's list) are answered 500. Creates tasks."
        Plan { site: Site::NoAside, ..FAULT };
    Unauthorized "unauthorized" "Every key is refused with 401. Creates nothing."
        Plan { key: Key::Refused, ..FAULT };
    EchoedKey "echoed-key" "Every key is refused with 401, and comes back in the text of that. Creates nothing."
        Plan { key: Key::Echoed, ..FAULT };
    LateReply "late-reply" "A good request is answered after a second. Creates the task."
        Plan { post: Post::Late, ..FAULT };
    Escapes "escapes" "Tasks end FAILED, with terminal escapes and other control characters in every text of that. Creates tasks."
        Plan { fate: escapes, ..FAULT };
    Quota "quota" "A request is refused with 403 `quota_not_enough`. Creates nothing."
        Plan { post: Post::Quota, ..FAULT };
    TooMany "too-many" "Every request is answered 429 with Retry-After: 1. Creates nothing."
        Plan { post: Post::TooMany(u32::MAX), ..FAULT };
    TooManyOnce "too-many-once" "The first request is answered 429 with Retry-After: 1 and creates nothing; later ones create tasks."
        Plan { post: Post::TooMany(1), ..FAULT };
    NestedRefusal "nested-refusal" "As quick, but the reasons of a 400 come as JSON within the text of a message. A good request creates a task."
        Plan { post: Post::NestRefusals, ..FAULT };
    PollUnauthorized "poll-unauthorized" "Requests are taken, polls answered 401 until the scenario is changed. Creates tasks."
        Plan { key: Key::RefusedOnPolls, ..FAULT };
    Poll5xx "poll-5xx" "The first polls of a task get 500, 502 with HTML and 503; then it goes on. Creates tasks."
        Plan { poll: Poll::ServerErrors, ..FAULT };
    Poll429 "poll-429" "The first two polls of a task get 429 with Retry-After: 1; then it goes on. Creates tasks."
        Plan { poll: Poll::TooMany, ..FAULT };
    PollDrop "poll-drop" "The first two polls of a task are dropped without a reply; then it goes on. Creates tasks."
        Plan { poll: Poll::Drop, ..FAULT };
    PollSilent "poll-silent" "The first poll of a task is never answered; then it goes on. Creates tasks."
        Plan { poll: Poll::Silence, ..FAULT };
    Garbage "garbage" "The first polls of a task get 200 with cut JSON, no JSON, JSON that is no object, nothing, and bytes that are no text; then it goes on. Creates tasks."
        Plan { poll: Poll::Garbage, ..FAULT };
    HugeReply "huge-reply" "The first two polls of a task get 2 MiB of valid JSON; then it goes on. Creates tasks."
        Plan { poll: Poll::Huge, times: Times::Polls { hidden: 0, queue: 1, run: 2 }, ..FAULT };
    OddWord "odd-word" "A running task has the status `WARMING_UP`, then it succeeds. Creates tasks."
        Plan { running: Some("WARMING_UP"), ..FAULT };
    FailInternal "fail-internal" "Tasks end FAILED with the code INTERNAL. Creates tasks."
        Plan { fate: internal, ..FAULT };
    Moderated "moderated" "Tasks end FAILED with the code SAFETY.INPUT.TEXT. Creates tasks."
        Plan { fate: moderated, ..FAULT };
    Cancelled "cancelled" "Tasks end CANCELLED. Creates tasks."
        Plan { fate: || Fate::Cancel, ..FAULT };
    NoUrl "no-url" "Tasks succeed without a result URL. Creates tasks."
        Plan { fate: || Fate::SucceedWithoutUrl, ..FAULT };
    TwoVideos "two-videos" "Tasks succeed with two result URLs. Creates tasks."
        Plan { videos: 2, ..FAULT };
    HtmlVideo "html-video" "The result URL answers 200 with HTML. Creates tasks."
        Plan { file: File::Html, ..FAULT };
    ShortVideo "short-video" "The first download of a result breaks off in the middle; the rest comes by Range. Creates tasks."
        Plan { file: File::CutOnce, ..FAULT };
    GoneVideo "gone-video" "The first result URL of a task answers 403; a fresh poll of the task gives one that works. Creates tasks."
        Plan { file: File::FirstGone, ..FAULT };
    ExpiredVideo "expired-video" "Every result URL answers 403. Creates tasks."
        Plan { file: File::AllGone, ..FAULT };
    Hollow "hollow" "The first polls of a task get 200 with data that is null or empty, an empty object, and a status that is null; then it goes on. Creates tasks."
        Plan { poll: Poll::Hollow, ..FAULT };
    Fickle "fickle" "The first polls of a task tell of progress that goes backwards and of a status that nobody knows; then it goes on. Creates tasks."
        Plan { poll: Poll::Fickle, ..FAULT };
    SlowVideo "slow-video" "The result comes in pieces, with pauses between them. Creates tasks."
        Plan { file: File::Slow, ..FAULT };
    WrongLength "wrong-length" "The result is shorter than its header says. Creates tasks."
        Plan { file: File::Short, ..FAULT };
    Chaos "chaos" "A fault is drawn for about every fourth request, of the kinds that pass; words in the prompt pick a fate. Creates tasks, or creates nothing."
        Plan { post: Post::Drawn, poll: Poll::Drawn, file: File::Drawn, ..QUICK };
    NotMp4 "not-mp4" "The result is called video/mp4 and is none. Creates tasks."
        Plan { file: File::NotMp4, ..FAULT };
}

/// A name that no scenario has. Its text lists the names there are.
#[derive(Debug, thiserror::Error)]
#[error("no scenario is called '{asked}'; the scenarios are {}", names())]
pub struct UnknownScenario {
    asked: String,
}

fn names() -> String {
    Scenario::all().iter().map(|scenario| scenario.name()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(asked: &str) -> Result<Self, UnknownScenario> {
        Self::all()
            .iter()
            .copied()
            .find(|scenario| scenario.name() == asked)
            .ok_or_else(|| UnknownScenario { asked: asked.into() })
    }
}
