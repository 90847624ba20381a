use std::{fmt, sync::Arc};

use deadpool_postgres::Client;

use crate::{
    Config, Error, model,
    pool::{Connections, PoolMetrics},
};

/// The store: owns the connections, and hands out each user's scope.
///
/// Cloning it is cheap, and all clones share the connections.
///
/// ```no_run
/// # async fn run() -> Result<(), pgmemory::Error> {
/// use pgmemory::{Config, Memory};
///
/// let memory = Memory::connect(Config::from_env()?).await?;
/// memory.migrate().await?;
/// let alice = memory.user("alice")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Memory {
    pub(crate) connections: Connections,
}

impl Memory {
    /// Connects to the database. From then on a task of the present runtime replaces connections that have died,
    /// until the last clone and the last [`UserMemory`] are gone.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable) when the server cannot be reached,
    /// [`Configuration`](crate::ErrorKind::Configuration) when it does not know the database or the role, is not
    /// trusted, or is not PostgreSQL. The message names the hosts and the setting that led there.
    pub async fn connect(config: Config) -> Result<Self, Error> {
        Ok(Self { connections: Connections::open(config).await? })
    }

    /// The scope of one user: whoever holds it reaches that user's memory and nobody else's.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when `user_id` is empty, longer than 256 bytes or
    /// contains a NUL character.
    pub fn user(&self, user_id: &str) -> Result<UserMemory, Error> {
        model::validate_user_id(user_id)?;
        Ok(UserMemory { connections: self.connections.clone(), user_id: user_id.into() })
    }

    /// How many connections there are, and how long callers waited for one.
    ///
    /// ```no_run
    /// # fn run(memory: pgmemory::Memory) {
    /// let pool = memory.pool_metrics();
    /// println!("{} of {} connections, {} waiting", pool.size, pool.max_size, pool.waiting);
    /// # }
    /// ```
    #[must_use]
    pub fn pool_metrics(&self) -> PoolMetrics {
        self.connections.metrics()
    }

    /// Ends the use of all connections, those of every clone too: who waits for one gets an error, those in use close
    /// when their calls end. Returns once the server was asked to cancel what dropped calls have left behind.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) {
    /// memory.close().await;
    /// # }
    /// ```
    pub async fn close(&self) {
        self.connections.close().await;
    }

    pub(crate) async fn client(&self) -> Result<Client, Error> {
        self.connections.client().await
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("pool", &self.pool_metrics()).finish()
    }
}

/// One user's memory. Made by [`Memory::user`]; cloning it is cheap.
#[derive(Clone)]
pub struct UserMemory {
    pub(crate) connections: Connections,
    user_id: Arc<str>,
}

impl UserMemory {
    /// Whose memory it is.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The same writes inside a transaction of yours, so that they commit with your own.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, pool: deadpool_postgres::Pool) -> Result<(), Box<dyn std::error::Error>> {
    /// use pgmemory::NewNode;
    ///
    /// let mut client = pool.get().await?;
    /// let transaction = client.transaction().await?;
    /// alice.within(&transaction).store(&NewNode::entity("crm", "42")).await?;
    /// transaction.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn within<'a, C: codegen::client::GenericClient>(&'a self, transaction: &'a C) -> UserTransaction<'a, C> {
        UserTransaction { client: transaction, user_id: &self.user_id }
    }

    pub(crate) async fn client(&self) -> Result<Client, Error> {
        self.connections.client().await
    }
}

impl fmt::Debug for UserMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserMemory").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// One user's writes inside a transaction of the caller. Made by [`UserMemory::within`].
///
/// After an error the transaction can only be rolled back, as always in PostgreSQL.
#[derive(Debug)]
pub struct UserTransaction<'a, C> {
    pub(crate) client: &'a C,
    pub(crate) user_id: &'a str,
}
