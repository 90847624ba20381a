//! The database that the commands work on: the one that is configured, or a private server.

use pgmemory::{Config, Error, Memory, UserMemory};
use pgmemory_embedded::{Server, Settings, default_data_dir};

pub(crate) struct Database {
    pub(crate) server: Option<Server>,
    pub(crate) config: Config,
}

impl Database {
    pub(crate) async fn open(url: Option<String>) -> Result<Self, Box<dyn std::error::Error>> {
        if let Some(url) = url {
            return Ok(Self { config: Config::from_url(&url)?, server: None });
        }
        if Config::is_in_env() {
            return Ok(Self { config: Config::from_env()?, server: None });
        }
        let server = tokio::task::spawn_blocking(|| Server::start(&Settings::durable(default_data_dir()))).await??;
        tracing::debug!(data_dir = %server.data_dir().display(), "using the private server");
        Ok(Self { config: Config::from_url(&server.url("postgres"))?, server: Some(server) })
    }

    /// Connects. The private server is always brought up to date; a configured one only by `migrate`.
    pub(crate) async fn memory(&self) -> Result<Memory, Error> {
        let memory = Memory::connect(self.config.clone().pool_min_size(1)).await?;
        if self.server.is_some() {
            memory.migrate().await?;
        }
        Ok(memory)
    }

    pub(crate) async fn user(&self, user: &crate::User) -> Result<UserMemory, Error> {
        self.memory().await?.user(&user.user)
    }
}
