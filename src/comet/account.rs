//! The account's own calls: its tasks and its balance (`reference/api.md §6`).

use std::{collections::HashSet, fmt, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::{
    Settings,
    aside::Aside,
    client::{authorization, base, build, join, plain},
    forms,
    reply::Reply,
    sort::{is_id, service},
    text::{Scrubber, WORD_MAX, clean},
    tls::tls,
};
use crate::job::{Candidate, Money, Problem};

/// Tasks asked for at a time.
const PAGE: usize = 50;
/// An account with more tasks in one window is not read to its end.
const PAGES_MAX: usize = 20;
const CHECK_TOKEN: &str = "Check COMETAPI_ACCESS_TOKEN: it is the account's token, not the API key; \
                           `taxiway config show` says where it came from.";

/// The service, as the account's owner sees it. The token goes to the base URL's own origin and nowhere
/// else; no redirect is followed. Cheap to clone.
#[derive(Clone)]
pub struct AccountClient {
    inner: Arc<Inner>,
}

struct Inner {
    base: Url,
    authorization: HeaderValue,
    scrubber: Scrubber,
    http: reqwest::Client,
    patience: Duration,
}

/// The account's tasks of some time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Each once, in the service's order.
    pub tasks: Vec<Candidate>,
    /// How far the service's clock is before ours, where it told.
    pub ahead: Option<SignedDuration>,
    /// Whether these are all.
    pub whole: bool,
}

/// What the account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// What is left.
    pub left: Money,
    /// What was ever used.
    pub used: Money,
}

impl AccountClient {
    /// As [`Client::new`](super::Client::new), with the account's token in the key's place.
    ///
    /// # Errors
    /// Code `client`: the base URL or token cannot be used, or TLS cannot be set up.
    pub fn new(settings: &Settings, token: SecretString) -> Result<Self, Problem> {
        let base = base(&settings.base_url)?;
        let authorization = authorization(&token, "account token")?;
        let tls = tls(settings.ca.as_ref())?;
        let http = build(plain(&base, settings.connect_timeout, &tls).timeout(settings.poll_timeout))?;
        let scrubber = Scrubber::new([settings.key.clone(), token]);
        let inner = Inner { base, authorization, scrubber, http, patience: settings.poll_timeout };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The account's Runway tasks that were made between these moments of the service's clock.
    ///
    /// # Errors
    /// `wrong_token`, or what else kept the list from coming.
    pub async fn tasks(&self, from: Timestamp, until: Timestamp) -> Result<Listing, Problem> {
        let mut listing = Listing::default();
        let mut seen = HashSet::new();
        // The end is the page that holds nothing new: how many fit on one is the service's own choice.
        for page in 1..=PAGES_MAX {
            let asked = Timestamp::now();
            let (reply, date) = self
                .get(
                    "task",
                    &[
                        ("p", &page.to_string()),
                        ("page_size", &PAGE.to_string()),
                        ("platform", "runwayml"),
                        ("start_timestamp", &from.as_second().to_string()),
                        ("end_timestamp", &until.as_second().to_string()),
                    ],
                )
                .await?;
            listing.ahead = listing.ahead.or_else(|| Some(ahead(date?, asked, Timestamp::now())));
            let items = items(&reply).ok_or_else(|| service("the reply holds no list of tasks"))?;
            let before = seen.len();
            for task in items.iter().filter_map(candidate) {
                if seen.insert(task.task_id.clone()) {
                    listing.tasks.push(task);
                }
            }
            if seen.len() == before {
                // A total that was told counts the tasks of other platforms only where the filter is not
                // obeyed; then the list is not what was asked for, either.
                // Without one, a full page that only comes again may hide others.
                let full = items.len() >= PAGE;
                listing.whole = total(&reply).map_or(!full, |total| total <= seen.len() as u64);
                break;
            }
        }
        Ok(listing)
    }

    /// What a task cost, by the account's own record; nothing where that does not tell, or not yet.
    ///
    /// # Errors
    /// As with [`tasks`](Self::tasks).
    pub async fn cost_of(&self, task_id: &str) -> Result<Option<Money>, Problem> {
        let query = [("p", "1"), ("page_size", "20"), ("platform", "runwayml"), ("task_id", task_id)];
        let (reply, _) = self.get("task", &query).await?;
        let items = items(&reply).ok_or_else(|| service("the reply holds no list of tasks"))?;
        let found = items.iter().filter_map(candidate).find(|task| task.task_id == task_id);
        Ok(found.and_then(|task| task.cost()).filter(|cost| *cost > Money::default()))
    }

    /// What the account has.
    ///
    /// # Errors
    /// As with [`tasks`](Self::tasks).
    pub async fn balance(&self) -> Result<Balance, Problem> {
        let (reply, _) = self.get("user", &[]).await?;
        let amount = |name| reply.get("data").and_then(|data| quota(data.get(name)?)).map(Money::from_quota);
        match (amount("quota"), amount("used_quota")) {
            (Some(left), Some(used)) => Ok(Balance { left, used }),
            _ => Err(service("the reply holds no balance")),
        }
    }

    /// One of the account's calls: its JSON, and the service's clock.
    async fn get(&self, what: &str, query: &[(&str, &str)]) -> Result<(Value, Option<Timestamp>), Problem> {
        let Inner { base, authorization, scrubber, http, patience } = &*self.inner;
        let mut url = join(base, &["api", what, "self"]);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let aside = Aside { whom: "the account", denied, base, scrubber, patience: *patience };
        aside.ask(http.get(url).header(AUTHORIZATION, authorization.clone())).await
    }
}

impl fmt::Debug for AccountClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountClient").field("base", &self.inner.base.as_str()).finish_non_exhaustive()
    }
}

fn denied(reply: &Reply) -> Problem {
    let lead = format!("the service does not take the account token (HTTP {})", reply.status);
    Problem::new("wrong_token", reply.words.after(&lead)).hint(CHECK_TOKEN)
}

/// The service's clock against the middle of the call. Its header counts whole seconds.
pub(super) fn ahead(date: Timestamp, asked: Timestamp, answered: Timestamp) -> SignedDuration {
    let middle = asked.saturating_add(answered.duration_since(asked) / 2).unwrap_or(answered);
    date.duration_since(middle)
}

/// The list: `data.items`, or `data` itself. An empty one may be null.
fn items(reply: &Value) -> Option<&[Value]> {
    let data = reply.get("data")?;
    match (data, data.get("items")) {
        (Value::Array(items), _) | (_, Some(Value::Array(items))) => Some(items),
        (Value::Null, _) | (_, Some(Value::Null)) => Some(&[]),
        _ => None,
    }
}

fn total(reply: &Value) -> Option<u64> {
    reply.get("data")?.get("total")?.as_u64()
}

/// An item of the list; none where it has no id, or is another platform's.
fn candidate(item: &Value) -> Option<Candidate> {
    let text = |name: &str| item.get(name).and_then(forms::word_or_number);
    let word = |name: &str| text(name).map(|text| clean(&text, WORD_MAX)).filter(|word| !word.is_empty());
    let platform = word("platform").unwrap_or_default().to_ascii_lowercase();
    // Some gateways number their platforms.
    let other = platform.contains(|c: char| c.is_ascii_alphabetic()) && !platform.contains("runway");
    let moment = |name: &str| item.get(name).and_then(forms::time);
    (!other).then_some(())?;
    Some(Candidate {
        task_id: item.get("task_id").and_then(forms::id).filter(|id| is_id(id))?,
        submitted_at: moment("submit_time").or_else(|| moment("created_at")),
        action: word("action"),
        status: word("status"),
        model_name: word("model_name"),
        quota: item.get("quota").and_then(quota),
    })
}

/// An amount in the service's unit; a debt is none.
fn quota(value: &Value) -> Option<u64> {
    let number = forms::word_or_number(value)?;
    let whole = number.split('.').next().unwrap_or_default();
    if whole.starts_with('-') { Some(0) } else { whole.parse().ok() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_the_list() {
        let item = json!({"task_id": "t"});
        for (reply, count) in [
            (json!({"data": {"items": [item]}}), Some(1)),
            (json!({"data": [item, item]}), Some(2)),
            (json!({"data": {"items": null, "total": 0}}), Some(0)),
            (json!({"success": true, "data": null}), Some(0)),
            (json!({"data": {"tasks": []}}), None),
            (json!({"message": "?"}), None),
            (json!([]), None),
        ] {
            assert_eq!(items(&reply).map(<[Value]>::len), count, "{reply}");
        }
    }

    #[test]
    fn an_item_is_read_as_far_as_it_can_be() {
        let read = candidate(&json!({
            "task_id": "task_1", "submit_time": 1_773_366_766_500_i64, "created_at": 1, "platform": "runwayml",
            "action": "IMAGE\u{1b}[31m_TO_VIDEO", "status": " QUEUED ", "model_name": "", "quota": 160_000.0,
            "data": {"output": 7}, "finish_time": "never",
        }));
        let expected = Candidate {
            task_id: "task_1".into(),
            submitted_at: Some("2026-03-13T01:52:46.500Z".parse().unwrap()),
            action: Some("IMAGE[31m_TO_VIDEO".into()),
            status: Some("QUEUED".into()),
            model_name: None,
            quota: Some(160_000),
        };
        assert_eq!(read, Some(expected));
        let bare =
            candidate(&json!({"task_id": "t", "submit_time": 0, "created_at": 1_773_366_766, "quota": -3}));
        assert!(bare.is_some_and(|task| task.submitted_at.is_some() && task.quota == Some(0)));
        for nothing in [
            json!({"submit_time": 1}),
            json!({"task_id": "two words"}),
            json!({"task_id": "t", "platform": "suno"}),
            json!("task"),
            json!(null),
        ] {
            assert_eq!(candidate(&nothing), None, "{nothing}");
        }
        assert!(candidate(&json!({"task_id": 12, "platform": 41})).is_some());
    }
}
