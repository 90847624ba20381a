//! A PostgreSQL of its own that keeps what it has committed, to be killed.

use std::time::Duration;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pgmemory::{Config, Memory};
use pgmemory_embedded::{Server, Settings};
use tempfile::TempDir;

use super::proxy::{Line, Proxy};

/// The only database of it that is used.
const DATABASE: &str = "postgres";

/// Runs until it is dropped, behind a proxy.
pub(super) struct OwnServer {
    /// None while it is down.
    server: Option<Server>,
    settings: Settings,
    pub(super) proxy: Proxy,
    _folder: TempDir,
}

impl OwnServer {
    /// With the schema.
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::durable(folder.path().join("server")).timeout(Duration::from_mins(2));
        let server = start(settings.clone()).await;
        let proxy = Proxy::start(server.socket_dir()).await;
        let own = Self { server: Some(server), settings, proxy, _folder: folder };
        own.memory().await.migrate().await.unwrap();
        own
    }

    /// By way of the proxy.
    pub(super) fn url(&self) -> String {
        self.proxy.url(DATABASE)
    }

    /// Past the proxy.
    pub(super) async fn memory(&self) -> Memory {
        let url = self.server.as_ref().unwrap().url(DATABASE);
        Memory::connect(Config::from_url(&url).unwrap().pool_min_size(1)).await.unwrap()
    }

    /// As by a crash.
    pub(super) fn kill(&mut self) {
        let server = self.server.take().unwrap();
        kill(Pid::from_raw(server.pid().cast_signed()), Signal::SIGKILL).unwrap();
    }

    pub(super) async fn start_again(&mut self) {
        let server = start(self.settings.clone()).await;
        self.proxy.lead_to(server.socket_dir());
        self.server = Some(server);
    }

    /// Whatever was done to it and the way to it is over.
    pub(super) async fn recover(&mut self) {
        if self.server.is_none() {
            self.start_again().await;
        }
        self.proxy.set(Line::Passes);
    }
}

async fn start(settings: Settings) -> Server {
    tokio::task::spawn_blocking(move || Server::start(&settings)).await.unwrap().unwrap()
}
