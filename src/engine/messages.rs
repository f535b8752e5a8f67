use jiff::Timestamp;

use super::{Found, ImageFacts, Stop};
use crate::{
    comet::Balance,
    job::{Candidate, Job, JobId, Money, Problem, Request, Spend, TimelineEntry},
    journal::{Batch, Imports, Kin},
};

/// A name that the asker gives to a command, to know its answer by.
pub type Ticket = u64;

/// A row of a batch that is to become a job.
#[derive(Clone, Debug)]
pub struct BatchOrder {
    /// What the row is known by.
    pub key: String,
    /// What it asks for.
    pub request: Request,
    /// The job that the row became before, of which nothing came.
    pub parent: Option<JobId>,
}

/// What the engine is asked to do.
#[derive(Clone, Debug)]
pub enum Command {
    /// Put requests into the journal, each `count` times, in order, all or none, with the user's consent,
    /// and send them. The jobs of several requests are a group: a sweep.
    Submit {
        /// Comes back with [`Update::Answer`], once the jobs are in the journal.
        ticket: Ticket,
        /// What to send, at least one.
        requests: Vec<Request>,
        /// How many jobs to make of each, at least 1.
        count: u32,
        /// The job that they are cloned from, which must be in the journal.
        parent: Option<JobId>,
        /// For how many seconds what was provably not accepted is tried again.
        patience: u32,
        /// The user knows of a job that asks for the same, and wants this one too. Without this such a
        /// request is answered with the problem `duplicate`, and none of them is put in.
        duplicate_ok: bool,
    },
    /// Go on with a file of requests: put rows of it into the journal and give held jobs of it their consent
    /// again, all or none, with the user's consent, and send them.
    Batch {
        /// Comes back with [`Update::Answer`], once the jobs are in the journal.
        ticket: Ticket,
        /// The file.
        batch: Batch,
        /// The rows of which no job is or can come anything.
        rows: Vec<BatchOrder>,
        /// Its held jobs.
        again: Vec<JobId>,
        /// Jobs that were sent before and that the answer is to name, too.
        also: Vec<JobId>,
        /// As with `Submit`.
        patience: u32,
        /// As with `Submit`; jobs of one batch are no duplicates of each other.
        duplicate_ok: bool,
    },
    /// Give held jobs their consent (again).
    Send {
        /// Comes back with [`Update::Answer`].
        ticket: Ticket,
        /// The jobs.
        ids: Vec<JobId>,
        /// As with `Submit`.
        patience: u32,
        /// As with `Submit`; held jobs that one command made are no duplicates of each other.
        duplicate_ok: bool,
    },
    /// Fetch the videos of succeeded jobs (again).
    Download {
        /// Comes back with [`Update::Answer`].
        ticket: Ticket,
        /// The jobs.
        ids: Vec<JobId>,
    },
    /// Give held jobs up.
    Drop {
        /// Comes back with [`Update::Answer`].
        ticket: Ticket,
        /// The jobs.
        ids: Vec<JobId>,
    },
    /// Ask the service to stop the tasks of these jobs, each after a look at it, since an ended task would be
    /// deleted with its video; answered with [`Update::Cancelled`]. No job is cancelled by this: the service's own
    /// word at a later poll tells. A view may, too.
    Cancel {
        /// Comes back with the answer.
        ticket: Ticket,
        /// The jobs, whose tasks have not ended as far as is known.
        ids: Vec<JobId>,
    },
    /// Put ended jobs out of sight, or any jobs back; all or none. A view may, too.
    Archive {
        /// Comes back with [`Update::Answer`].
        ticket: Ticket,
        /// The jobs.
        ids: Vec<JobId>,
        /// Out of sight, or back.
        archived: bool,
    },
    /// Give jobs labels and take others away; all jobs or none. A view may, too.
    Tag {
        /// Comes back with [`Update::Answer`].
        ticket: Ticket,
        /// The jobs, in any state.
        ids: Vec<JobId>,
        /// As typed, each at most [`TAG_MAX`](crate::job::TAG_MAX) characters without blanks and commas; a
        /// job has at most [`TAGS_MAX`](crate::job::TAGS_MAX).
        add: Vec<String>,
        /// Those that a job does not have are left aside.
        remove: Vec<String>,
    },
    /// Take whole jobs of another journal in, all or none; answered with [`Update::Imported`]. None of them is
    /// sent, as they come without consent. A view may, too.
    Import {
        /// Comes back with the answer.
        ticket: Ticket,
        /// The jobs, with their numbers there.
        jobs: Vec<Job>,
    },
    /// Give a task id to the job that it belongs to.
    Adopt {
        /// Comes back with [`Update::Answer`].
        ticket: Ticket,
        /// As the service calls the task.
        task_id: String,
        /// The unsure job that it is, or none for a task that the journal does not know yet.
        job: Option<JobId>,
    },
    /// Take the user's word that no task came of an unsure job.
    Resolve {
        /// Comes back with [`Update::Answer`].
        ticket: Ticket,
        /// The job.
        id: JobId,
    },
    /// Look the unsure jobs up in the account's task list.
    Reconcile {
        /// Comes back with [`Update::Reconciled`].
        ticket: Ticket,
    },
    /// Look at a picture before anything is sent: at the file, or, with one HEAD, at what a server says of it;
    /// answered with [`Update::Image`]. A view may, too; without the network, so may who only looks.
    CheckImage {
        /// Comes back with the answer.
        ticket: Ticket,
        /// An address, a path, or what stands for a file in a request.
        image: String,
    },
    /// Tell all about a job; answered with [`Update::Detail`].
    Inspect(JobId),
    /// Keep a value of the screen's own under a name, over the last one, or forget it. Nothing answers; what
    /// fails stands in the log. Limits as of [`Journal::remember`](crate::journal::Journal::remember).
    Remember {
        /// Its name.
        name: String,
        /// None forgets it.
        value: Option<String>,
    },
    /// Ask for news of these jobs as soon as the manners allow (an interval after each was asked about last),
    /// of all where none is named, and end a pause of the polling. Those that are not polled are left aside.
    /// A view has the owner ask about all.
    PollNow(Vec<JobId>),
    /// The screen has its terminal back after Ctrl-Z.
    GoOn,
    /// Stop sending, store the id of a POST in flight, and end; answered with [`Update::Left`].
    Leave,
}

/// What the engine tells. The channel holds 1,024; when it is full the engine waits, and news gathers
/// in the journal.
#[derive(Clone, Debug)]
pub enum Update {
    /// Jobs that are new or have changed.
    Jobs(Vec<Job>),
    /// What was kept by [`Command::Remember`], by name: once, before `Loaded`, where there is a screen.
    Memos(Vec<(String, String)>),
    /// What is told at the start has been told by now: of the jobs those that [`Setup::told`](super::Setup) says.
    Loaded,
    /// What was read of the journal. What `Jobs` tells is newer: who has a job already keeps it as it is.
    Found(Found),
    /// Good news of these jobs arrived at that moment, and was what we knew already.
    News(Vec<JobId>, Timestamp),
    /// A download moves.
    Fetched {
        /// Of this job.
        id: JobId,
        /// So much is on disk.
        bytes: u64,
        /// Of so much, where the server said.
        total: Option<u64>,
    },
    /// All about a job, as it is now.
    Detail(Box<Detail>),
    /// A command was carried out, or why not.
    Answer {
        /// The command's.
        ticket: Ticket,
        /// The jobs that it made or touched.
        outcome: Result<Vec<JobId>, Problem>,
    },
    /// Tasks were asked to stop, or why none was.
    Cancelled {
        /// The command's.
        ticket: Ticket,
        /// What came of each.
        outcome: Result<Vec<(JobId, Stop)>, Problem>,
    },
    /// Jobs were taken in, or why not.
    Imported {
        /// The command's.
        ticket: Ticket,
        /// Which, and which not.
        outcome: Result<Imports, Problem>,
    },
    /// The unsure jobs were looked up, or why not.
    Reconciled {
        /// The command's.
        ticket: Ticket,
        /// What became of them.
        outcome: Result<Reconciliation, Problem>,
    },
    /// What is known of a picture, or why nothing is.
    Image {
        /// The command's.
        ticket: Ticket,
        /// Its facts, with what the service may dislike.
        outcome: Result<ImageFacts, Problem>,
    },
    /// The engine's own state; told when it changes.
    Status(Status),
    /// What the key had used before a job was sent whose reply was lost, and after: others may use it, too.
    Usage {
        /// The job.
        id: JobId,
        /// When that was asked, and what was told.
        before: (Timestamp, Money),
        /// The same, after.
        after: (Timestamp, Money),
    },
    /// The process was asked to stop (SIGTSTP), and by now another may own the engine: whoever hears
    /// this stops the process. The engine takes part again at SIGCONT.
    MayStop,
    /// The engine has ended.
    Left,
}

/// What came of a look for the tasks of unsure jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Jobs that have their task now.
    pub adopted: Vec<(JobId, String)>,
    /// The jobs that stay unsure, each with the tasks that it could be; there may be none.
    pub open: Vec<(JobId, Vec<Candidate>)>,
    /// What the account has, where it told: a hint at what was billed.
    pub balance: Option<Balance>,
}

/// What a detail view shows beside the job.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The job.
    pub job: Job,
    /// What happened to it, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// The last reply of the service as it came, with its HTTP status, and when.
    pub reply: Option<(Timestamp, u16, String)>,
    /// What it was made from, and what was made from it or with it.
    pub kin: Kin,
}

/// What this process is among those that share a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Not known yet.
    #[default]
    Starting,
    /// It owns the engine: sends, polls, downloads.
    Owner,
    /// Another process does; this one sees, and puts jobs in.
    View {
        /// The owner's process id, where it told.
        owner: Option<u32>,
    },
    /// It only looks.
    ReadOnly,
}

/// The engine's own state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What this process is.
    pub role: Role,
    /// Requests that are on their way this moment.
    pub posting: usize,
    /// Held jobs with consent, which will still be sent.
    pub to_send: usize,
    /// Tasks that are polled.
    pub tracked: usize,
    /// Videos pending or being fetched.
    pub fetching: usize,
    /// What the account's jobs of the last 24 hours have cost.
    pub today: Spend,
    /// What this run of the program was told to spend of it.
    pub session: Spend,
    /// Why all polling and sending is paused: a wrong key, a banned account.
    pub paused: Option<Problem>,
    /// Why the service cannot be reached at the moment.
    pub network: Option<Problem>,
    /// Nothing is left to do: no job with consent is held, none is sending, submitted, queued or
    /// running, no result pending or fetching (`unsure`, `not_found` and an old `no_url` do not count).
    pub idle: bool,
}
