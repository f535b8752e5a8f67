//! The models that the service lists, and what it says that they cost (`reference/api.md §6`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Client, Settings,
    aside::Aside,
    client::{base, build, join, plain},
    forms,
    sort::{denial, service},
    text::{Scrubber, WORD_MAX, clean},
    tls::tls,
};
use crate::job::{Money, Problem};

/// A longer list is not read to its end.
const LIST_MAX: usize = 5_000;
const WHOM: &str = "the service";

/// A model, as the service lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its name, or that of an endpoint of Runway's, as `runwayml_image_to_video`.
    pub id: String,
    /// Whose it is, where that is told.
    pub provider: Option<String>,
    /// What it costs in dollars, by what: `per_second`, `per_request` and whatever else begins with `per_`.
    pub prices: BTreeMap<String, Money>,
}

impl Client {
    /// The models that this key may use.
    ///
    /// # Errors
    /// What kept the list from coming: `wrong_key`, `network`, `service` and their like.
    pub async fn models(&self) -> Result<Vec<Listed>, Problem> {
        read(&self.get(&["v1", "models"], WHOM).await?)
    }
}

/// The models that the service offers to anybody, with their prices. No key is sent.
///
/// # Errors
/// As with [`Client::models`].
pub async fn catalog(settings: &Settings) -> Result<Vec<Listed>, Problem> {
    let (base, tls) = (base(&settings.base_url)?, tls(settings.ca.as_ref())?);
    let patience = settings.poll_timeout;
    let http = build(plain(&base, settings.connect_timeout, &tls).timeout(patience))?;
    let scrubber = Scrubber::default();
    let aside = Aside { whom: WHOM, denied: denial, base: &base, scrubber: &scrubber, patience };
    let (reply, _) = aside.ask(http.get(join(&base, &["api", "models"]))).await?;
    read(&reply)
}

/// Every documented form of the list, and its near relations: bare, or in `data`, `models` or `items`, one in the
/// other; of names or of objects.
fn read(reply: &Value) -> Result<Vec<Listed>, Problem> {
    let mut list = reply;
    while let Some(inner) = ["data", "models", "items"].iter().find_map(|name| list.get(*name)) {
        list = inner;
    }
    let found: Vec<_> = match list {
        Value::Array(items) => items.iter().take(LIST_MAX).filter_map(listed).collect(),
        Value::Null if !std::ptr::eq(list, reply) => Vec::new(),
        _ => return Err(service("the reply holds no list of models")),
    };
    Ok(found)
}

fn listed(item: &Value) -> Option<Listed> {
    if let Some(name) = item.as_str() {
        return Some(Listed { id: id(name)?, ..Listed::default() });
    }
    let name =
        ["id", "model", "model_name", "name"].iter().find_map(|field| forms::word(item.get(*field)?))?;
    Some(Listed { id: id(name)?, ..rest(item) })
}

fn id(name: &str) -> Option<String> {
    Some(clean(name, WORD_MAX)).filter(|name| !name.is_empty())
}

fn rest(item: &Value) -> Listed {
    let word = |field: &str| item.get(field).and_then(forms::word).map(|word| clean(word, WORD_MAX));
    let prices = ["pricing", "price"].iter().find_map(|field| item.get(*field)?.as_object());
    // Names within JSON are not looked through for secrets; no secret is of such letters alone.
    let plain = |by: &str| by.starts_with("per_") && by.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let prices = prices.into_iter().flatten().filter(|(by, _)| plain(by));
    let prices = prices.filter_map(|(by, price)| Some((by.clone(), forms::amount(price)?))).collect();
    Listed { id: String::new(), provider: word("provider").or_else(|| word("owned_by")), prices }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_the_list() {
        let item = json!({"id": "gen4_turbo", "owned_by": "runwayml"});
        for reply in [
            json!({"object": "list", "data": [item]}),
            json!({"success": true, "data": {"items": [item], "total": 1}}),
            json!({"data": {"models": [{"model_name": " gen4_turbo ", "provider": "runwayml"}]}}),
            json!([item]),
        ] {
            let found = read(&reply).unwrap();
            assert_eq!(found.len(), 1, "{reply}");
            assert_eq!(
                (found[0].id.as_str(), found[0].provider.as_deref()),
                ("gen4_turbo", Some("runwayml"))
            );
        }
        assert_eq!(read(&json!(["a", "b", 5, "\u{1b}[31m", {}])).unwrap().len(), 3);
        assert_eq!(read(&json!({"data": null})).unwrap(), []);
        for nothing in
            [json!({}), json!(null), json!("gen4"), json!({"data": "gen4"}), json!({"message": "?"})]
        {
            assert_eq!(read(&nothing).unwrap_err().code, "service", "{nothing}");
        }
    }

    #[test]
    fn prices_are_read_as_far_as_they_can_be() {
        let found = read(&json!({"data": [{
            "id": "gen4", "pricing": {"per_second": "0.05", "per_request": null, "per_x": 2, "per_\u{7}": 2, "per_sk-1": 1, "input": 3, "per_y": "free"},
        }, {"id": "b", "pricing": 5}]}))
        .unwrap();
        let prices: Vec<_> =
            found[0].prices.iter().map(|(by, price)| (by.as_str(), price.micros())).collect();
        assert_eq!(prices, [("per_second", 50_000), ("per_x", 2_000_000)]);
        assert!(found[1].prices.is_empty() && found[1].provider.is_none());
    }
}
