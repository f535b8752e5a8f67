//! What the key has used (`reference/api.md §6`).

use serde_json::Value;

use super::{Client, client::body, sort::service};
use crate::job::{Money, Problem};

impl Client {
    /// What was ever used by this key, as the service counts it: a hint, for others may use the key as well.
    ///
    /// # Errors
    /// Whatever kept it from coming; nothing hangs on it.
    pub async fn used(&self) -> Result<Money, Problem> {
        let failed = |what: String| service(format!("the key's usage could not be read: {what}"));
        let response = self.get(&["v1", "dashboard", "billing", "usage"]).await.map_err(failed)?;
        let status = response.status();
        let bytes = body(response).await.map_err(|_| failed("the reply broke off".into()))?;
        let reply: Option<Value> = serde_json::from_slice(&bytes).ok();
        let cents = reply.as_ref().filter(|_| status.is_success()).and_then(|reply| reply.get("total_usage"));
        cents.and_then(from_cents).ok_or_else(|| failed(format!("HTTP {} without it", status.as_u16())))
    }
}

/// Cents as the service writes them, `12.5`; parts of a micro-dollar are left out.
fn from_cents(cents: &Value) -> Option<Money> {
    let text = cents.as_number()?.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let kept: String = fraction.chars().take(6).collect();
    let amount: Money =
        if kept.is_empty() { whole.parse() } else { format!("{whole}.{kept}").parse() }.ok()?;
    Some(Money::from_micros(amount.micros() / 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_read_without_drift() {
        for (cents, micros) in [
            ("0", Some(0)),
            ("12.5", Some(125_000)),
            ("25", Some(250_000)),
            ("0.00019", Some(1)),
            ("-1", None),
        ] {
            let read = from_cents(&serde_json::from_str(cents).unwrap()).map(Money::micros);
            assert_eq!(read, micros, "{cents}");
        }
    }
}
