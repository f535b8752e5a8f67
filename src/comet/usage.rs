//! What the key has used (`reference/api.md §6`).

use super::{Client, forms::amount, sort::service};
use crate::job::{Money, Problem};

const WHOM: &str = "the service";
/// A limit from here on is none, in dollars.
const UNLIMITED: Money = Money::from_micros(100_000_000_000_000);

/// What a key may still spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyBalance {
    /// What was ever used by it.
    pub used: Money,
    /// What is left of its limit; none where it has no limit.
    pub left: Option<Money>,
}

impl Client {
    /// What was ever used by this key, as the service counts it: a hint, for others may use the key as well.
    ///
    /// # Errors
    /// Whatever kept it from coming; nothing hangs on it.
    pub async fn used(&self) -> Result<Money, Problem> {
        let reply = self.get(&["v1", "dashboard", "billing", "usage"], WHOM).await?;
        let cents = reply.get("total_usage").and_then(amount);
        let used = cents.map(|cents| Money::from_micros(cents.micros() / 100));
        used.ok_or_else(|| service("the key's usage could not be read: the reply holds none"))
    }

    /// What this key has used and may still use.
    ///
    /// # Errors
    /// Whatever kept one of the two from coming: `wrong_key`, `network`, `service` and their like.
    pub async fn key_balance(&self) -> Result<KeyBalance, Problem> {
        let reply = self.get(&["v1", "dashboard", "billing", "subscription"], WHOM).await?;
        let limit = reply.get("hard_limit_usd").and_then(amount);
        let limit =
            limit.ok_or_else(|| service("the key's limit could not be read: the reply holds none"))?;
        let used = self.used().await?;
        let left = limit.micros().saturating_sub(used.micros());
        Ok(KeyBalance { used, left: (limit < UNLIMITED).then(|| Money::from_micros(left)) })
    }
}
