//! What only the service can tell. Nothing is created or billed.

use jiff::SignedDuration;

use super::Check;
use crate::{
    comet::{AccountClient, Probe, Probed, Settings},
    command::Exit,
    config::{ApiKey, Config},
    job::Problem,
};

/// Clocks that are farther apart than this are told; the service's header counts whole seconds.
const APART: SignedDuration = SignedDuration::from_secs(30);

pub async fn look(config: &Config, asked: bool) -> Vec<Check> {
    if !asked {
        let found = "not asked: whether the service can be reached, takes the key, and has the same time";
        return vec![Check::note("online", found).advice("`taxiway doctor --online` asks; it costs nothing")];
    }
    let probe = Probe {
        base_url: config.service.clone(),
        key: config.key.as_ref().map(|key| key.secret().clone()),
        connect_timeout: config.submit.connect_timeout,
        timeout: config.poll.timeout,
        ca: config.ca.clone(),
    };
    match probe.ask().await {
        Err(problem) => {
            let advice = format!("look at your network and proxy, and at base_url: it is {}", config.service);
            vec![Check::fault("online", Exit::of_problem(&problem), problem.message).advice(advice)]
        }
        Ok(told) => {
            let mut checks = vec![reached(config, &told)];
            checks.extend(config.key.as_ref().map(|key| key_taken(key, &told)));
            checks.extend(token_taken(config).await);
            checks.push(clock(told.ahead));
            checks
        }
    }
}

/// Whether what answered is the service.
fn reached(config: &Config, told: &Probed) -> Check {
    const NAME: &str = "online";
    match &told.verdict {
        Err(problem) if !is_of_key(problem) => of_problem(NAME, problem),
        _ => {
            let call = told.request_id.as_ref().map_or_else(String::new, |id| format!(" (request {id})"));
            Check::ok(NAME, format!("{} answers{call}", config.service))
        }
    }
}

fn key_taken(key: &ApiKey, told: &Probed) -> Check {
    const NAME: &str = "online_key";
    match &told.verdict {
        Ok(()) => Check::ok(NAME, format!("the service takes the key …{}", key.tail())),
        Err(problem) if is_of_key(problem) => of_problem(NAME, problem),
        Err(_) => Check::note(NAME, "not known: the service did not answer as it should"),
    }
}

fn is_of_key(problem: &Problem) -> bool {
    matches!(problem.code.as_str(), "wrong_key" | "quota_not_enough")
}

async fn token_taken(config: &Config) -> Option<Check> {
    const NAME: &str = "online_token";
    let token = config.access_token.as_ref()?;
    let settings = Settings::without_key(config);
    let asked = match AccountClient::new(&settings, token.secret().clone()) {
        Ok(client) => client.balance().await,
        Err(problem) => Err(problem),
    };
    Some(match asked {
        Ok(_) => Check::ok(NAME, format!("the service takes the account token …{}", token.tail())),
        Err(problem) => of_problem(NAME, &problem),
    })
}

fn of_problem(name: &'static str, problem: &Problem) -> Check {
    // Whatever it is called, it is the service's word and no fault of this machine.
    let exit = match Exit::of_problem(problem) {
        Exit::Key | Exit::Refused => Exit::Key,
        _ => Exit::Network,
    };
    let advice = match problem.code.as_str() {
        "service" | "slow_down" | "network" => Some("try again in a few minutes".into()),
        _ => problem.hint.clone(),
    };
    Check { advice, ..Check::fault(name, exit, problem.message.clone()) }
}

fn clock(ahead: Option<SignedDuration>) -> Check {
    const NAME: &str = "clock";
    let Some(ahead) = ahead else {
        return Check::note(NAME, "the service does not tell its time");
    };
    if ahead.abs() <= APART {
        return Check::ok(NAME, format!("the same as the service's, within {} s", ahead.abs().as_secs() + 1));
    }
    let side = if ahead.is_positive() { "behind" } else { "ahead of" };
    let found = format!(
        "this machine's clock is {} s {side} the service's: lost tasks may not be found, and when a video \
         expires is told wrongly",
        ahead.abs().as_secs()
    );
    Check::warning(NAME, found).advice("set this machine's clock, by NTP best (`timedatectl set-ntp true`)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clocks_that_are_well_apart_are_told() {
        let told = |seconds| clock(Some(SignedDuration::from_secs(seconds)));
        for near in [-30, -1, 0, 30] {
            assert!(told(near).found.starts_with("the same"), "{near}");
        }
        assert!(told(31).found.contains("31 s behind the service's"));
        assert!(told(-3600).found.contains("3600 s ahead of the service's"));
    }
}
