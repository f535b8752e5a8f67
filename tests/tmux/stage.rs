//! The stand-in service beside the pane, so that a test can ask what reached it.

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::Value;
use taxiway::stand_in::{Options, Service};
use tokio::runtime::{self, Runtime};

use crate::{
    PROGRAM,
    common::{Home, tmux::Tmux},
};

/// The service, where every job takes a few polls, and a machine whose config hurries.
pub struct Stage {
    pub service: Service,
    /// Serves as long as it lives.
    _runtime: Runtime,
    home: Option<Home>,
}

impl Stage {
    /// With this at the end of the config.
    pub fn new(config: &str) -> Self {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let options = Options { scenario: "quick".parse().unwrap(), ..Options::default() };
        let service = runtime.block_on(Service::start(options)).unwrap();
        let home = Home::new();
        let folder = home.path().join("config/taxiway");
        fs::create_dir_all(&folder).unwrap();
        let poll = "[poll]\ninterval = \"50ms\"\njitter = \"0ms\"\nrequests_per_second = 500\n";
        fs::write(folder.join("config.toml"), format!("{poll}{config}")).unwrap();
        Self { service, _runtime: runtime, home: Some(home) }
    }

    fn variables(&self) -> [(String, String); 2] {
        [("COMETAPI_BASE_URL", self.service.base_url()), ("COMETAPI_KEY", "sk-a-test".into())]
            .map(|(name, value)| (name.to_owned(), value))
    }

    /// Sends a request from a shell, before there is a dashboard, and waits for its end.
    pub fn submit(&self, flags: &[&str]) {
        let home = self.home.as_ref().unwrap();
        let request = ["submit", "--image", "https://example.com/cat.jpg", "--yes", "--wait"];
        let output = Command::new(PROGRAM)
            .args(request)
            .args(flags)
            .env_clear()
            .envs(home.environment())
            .envs(self.variables())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The dashboard in a pane of 80×24, with further variables; none where tmux is missing.
    pub fn dashboard(&mut self, variables: &[(&str, &str)]) -> Option<Tmux> {
        let own = self.variables().map(|(name, value)| format!("{name}={value}"));
        let more = variables.iter().map(|(name, value)| format!("{name}={value}"));
        let argv: Vec<_> =
            ["env".to_owned()].into_iter().chain(own).chain(more).chain([PROGRAM.to_owned()]).collect();
        let argv: Vec<_> = argv.iter().map(String::as_str).collect();
        let tmux = Tmux::start(self.home.take().unwrap(), &argv, 80, 24)?;
        tmux.wait_for("2 Jobs");
        Some(tmux)
    }

    /// The bodies of all requests for a task, as they came.
    pub fn requests(&self) -> Vec<Value> {
        let posts = self.service.seen().into_iter().filter(|seen| seen.method == "POST");
        posts.map(|seen| serde_json::from_slice(&seen.body).unwrap()).collect()
    }

    /// The addresses of all videos that were asked for.
    pub fn fetched(&self) -> Vec<String> {
        let seen =
            self.service.seen().into_iter().filter(|seen| seen.method == "GET" && is_video(&seen.path));
        let query = |query: Option<String>| query.map_or_else(String::new, |query| format!("?{query}"));
        seen.map(|seen| format!("{}{}{}", self.service.base_url(), seen.path, query(seen.query))).collect()
    }
}

fn is_video(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "mp4")
}
