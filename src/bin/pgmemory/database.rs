//! The database that the commands work on: the one that is configured, or a private server.

use std::{error::Error, iter::successors, time::Duration};

use indicatif::ProgressBar;
use pgmemory::{Config, ErrorKind, Memory, Session, UserMemory};
use pgmemory_embedded::{Server, Settings, default_data_dir};
use tokio::{sync::OnceCell, task::block_in_place};
use tokio_postgres::error::DbError;

use crate::{
    User,
    backend::{Backend, Scope},
    output::busy,
};

/// The thread of work under which the program uses sessions.
pub(crate) const THREAD: &str = "cli";

/// Opened by whoever needs it first: wrong input, or a command that needs none, starts no server.
pub(crate) struct Database {
    url: Option<String>,
    opened: OnceCell<Opened>,
    connected: OnceCell<Memory>,
    offline: OnceCell<Session>,
}

pub(crate) struct Opened {
    pub(crate) server: Option<Server>,
    pub(crate) config: Config,
}

impl Database {
    pub(crate) fn new(url: Option<String>) -> Self {
        Self { url, opened: OnceCell::new(), connected: OnceCell::new(), offline: OnceCell::new() }
    }

    pub(crate) async fn open(&self) -> Result<&Opened, Box<dyn Error>> {
        self.opened.get_or_try_init(|| std::future::ready(self.start())).await
    }

    fn start(&self) -> Result<Opened, Box<dyn Error>> {
        if let Some(url) = &self.url {
            return Ok(Opened { config: Config::from_url(url)?, server: None });
        }
        if Config::is_in_env() {
            return Ok(Opened { config: Config::from_env()?, server: None });
        }
        let data_dir = default_data_dir();
        let progress = if data_dir.exists() { ProgressBar::hidden() } else { busy("setting up a private PostgreSQL") };
        // In place, so that a signal meanwhile finds a handle to drop afterwards.
        let server = block_in_place(|| Server::start(&Settings::durable(data_dir)))?;
        progress.finish_and_clear();
        tracing::debug!(data_dir = %server.data_dir().display(), "using the private server");
        Ok(Opened { config: Config::from_url(&server.url("postgres"))?, server: Some(server) })
    }

    /// Connects, whatever schema is there.
    pub(crate) async fn connect(&self) -> Result<Memory, Box<dyn Error>> {
        let opened = self.open().await?;
        let connect = || Memory::connect(opened.config.clone().pool_min_size(1));
        let memory = self.connected.get_or_try_init(connect).await;
        memory.cloned().map_err(|error| match opened.server {
            None if error.kind() == ErrorKind::Unavailable && !is_refusal(&error) => {
                let named_by = if self.url.is_some() { "--database-url" } else { "the environment (DATABASE_URL, POSTGRES_HOST)" };
                format!("{error}; is it running, and does {named_by} name it rightly?").into()
            }
            _ => error.into(),
        })
    }

    /// Connects. The private server is always brought up to date; a configured one only by `migrate`.
    pub(crate) async fn memory(&self) -> Result<Memory, Box<dyn Error>> {
        let memory = self.connect().await?;
        if self.open().await?.server.is_some() {
            memory.migrate().await?;
        }
        Ok(memory)
    }

    /// For sessions, which go on without the server: connects when they need it. A private server is started all the same.
    pub(crate) async fn session_memory(&self) -> Result<Memory, Box<dyn Error>> {
        let opened = self.open().await?;
        if opened.server.is_some() {
            return self.memory().await;
        }
        let connect = || std::future::ready(Memory::connect_lazy(opened.config.clone().pool_min_size(1)));
        Ok(self.connected.get_or_try_init(connect).await?.clone())
    }

    /// The user's memory, where the command asks for it.
    pub(crate) async fn backend(&self, scope: &Scope) -> Result<Backend, Box<dyn Error>> {
        if !scope.offline {
            return Ok(Backend::PostgreSql(self.user(&scope.user).await?));
        }
        let open = || async { without_server()?.session(&scope.user.user, THREAD).await };
        Ok(Backend::File(self.offline.get_or_try_init(open).await?.clone()))
    }

    /// Has the server stop what an interrupted command still has it do, and leaves an offline file in order.
    pub(crate) async fn close(&self) {
        if let Some(session) = self.offline.get()
            && let Err(error) = session.clone().close(Duration::ZERO).await
        {
            tracing::warn!(%error, "the session was not closed in order");
        }
        if let Some(memory) = self.connected.get() {
            memory.close().await;
        }
    }

    pub(crate) async fn user(&self, user: &User) -> Result<UserMemory, Box<dyn Error>> {
        Ok(self.memory().await?.user(&user.user)?)
    }
}

/// For the files of sessions alone: nobody will ask the server that it names.
pub(crate) fn without_server() -> Result<Memory, pgmemory::Error> {
    Memory::connect_lazy(Config::from_url("postgresql://localhost")?.switched_off())
}

/// Whether a server was there, and said so.
fn is_refusal(error: &pgmemory::Error) -> bool {
    successors(error.source(), |&cause| cause.source()).any(<dyn Error>::is::<DbError>)
}
