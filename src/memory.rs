use std::{fmt, sync::Arc};

use deadpool_postgres::Client;

#[cfg(feature = "session")]
use crate::pool::Listener;
use crate::{
    Config, Error,
    coalesce::Coalescer,
    model,
    pool::{Connections, Frame, Framed, PoolMetrics, run},
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
    coalescer: Coalescer,
}

impl Memory {
    /// Connects to the database. From then on a task of the present runtime replaces connections that have died,
    /// until the last clone and the last [`UserMemory`] are gone.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable) when the server cannot be reached,
    /// [`Configuration`](crate::ErrorKind::Configuration) when it does not know the database or the role, is not
    /// trusted, or is not PostgreSQL; the message names the hosts and the setting that led there. Also when row-level
    /// security does not bind the role and [`require_row_security`](Config::require_row_security) was set; a warning
    /// says so otherwise.
    pub async fn connect(config: Config) -> Result<Self, Error> {
        Ok(Self { coalescer: Coalescer::new(&config), connections: Connections::open(config).await? })
    }

    /// The same without waiting for the server, which may be away: operations connect when they need to, and fail until they can.
    /// For [sessions](https://github.com/pgmemory/pgmemory/blob/main/docs/SESSIONS.md), which go on meanwhile. Has to be called within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) when a certificate cannot be read.
    pub fn connect_lazy(config: Config) -> Result<Self, Error> {
        Ok(Self { coalescer: Coalescer::new(&config), connections: Connections::open_later(config)? })
    }

    /// The scope of one user: whoever holds it reaches that user's memory and nobody else's.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when `user_id` is empty, longer than 256 bytes or
    /// contains a NUL character.
    pub fn user(&self, user_id: &str) -> Result<UserMemory, Error> {
        model::validate_user_id(user_id)?;
        let (connections, coalescer) = (self.connections.clone(), self.coalescer.clone());
        Ok(UserMemory { connections, coalescer, user_id: user_id.into(), is_isolated: false })
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
    connections: Connections,
    coalescer: Coalescer,
    user_id: Arc<str>,
    is_isolated: bool,
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
        UserTransaction { client: transaction, user_id: &self.user_id, is_isolated: self.is_isolated }
    }

    /// The same memory with the server as a second guard: each operation runs in a transaction of the role
    /// `pgmemory_tenant_writer`, to which row-level security shows this user's rows and no others. So a statement that
    /// forgot its user would find nothing, instead of everybody's memory.
    ///
    /// A read sends two short statements along with its own, a write waits for one more answer. The policy keeps text
    /// indexes from being used, so [`search`](Self::search), [`recall`](Self::recall) and [`similar`](Self::similar) rank
    /// as the service and read as the tenant what they found, and [`complete`](Self::complete) takes longer, the more nodes
    /// the user has. Role and user end with the transaction, so it works behind a pooler in transaction mode. Operations
    /// need a login that is a member of `pgmemory_app`, or fail as [`Denied`](crate::ErrorKind::Denied); what joins a
    /// transaction of yours ([`within`](Self::within)) is refused, as it would change your role.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// let alice = memory.user("alice")?.isolated();
    /// let hits = alice.search("acme renewal").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn isolated(&self) -> Self {
        Self { is_isolated: true, ..self.clone() }
    }

    /// As [`Connections::read`], of statements that need no transaction.
    pub(crate) async fn read<T, F>(&self, operation: impl Fn(Framed) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.read_in(Frame::Read, operation).await
    }

    /// As [`Connections::read`].
    pub(crate) async fn read_in<T, F>(&self, frame: Frame, operation: impl Fn(Framed) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.connections.read(|client| run(client, frame, self.tenant(), &operation)).await
    }

    /// The same for what cannot be made again, and may take as long as it needs.
    pub(crate) async fn read_once<T, F>(&self, frame: Frame, operation: impl FnOnce(Framed) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let client = self.connections.client().await?;
        let call = self.connections.watch(&client);
        let result = run(client, frame, self.tenant(), operation).await;
        call.answered();
        result
    }

    /// As [`Connections::write`], of one statement.
    pub(crate) async fn write<T, F>(&self, operation: impl Fn(Framed) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.write_many(1, operation).await
    }

    /// As [`Connections::write_many`]; several statements run in a transaction.
    pub(crate) async fn write_many<T, F>(&self, statements: usize, operation: impl Fn(Framed) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let frame = if statements > 1 { Frame::WritingTransaction } else { Frame::Write };
        self.connections.write_many(statements, |client| run(client, frame, self.tenant(), &operation)).await
    }

    /// The same, as the service.
    pub(crate) fn plain(&self) -> Self {
        Self { is_isolated: false, ..self.clone() }
    }

    pub(crate) fn is_isolated(&self) -> bool {
        self.is_isolated
    }

    /// Whether the configuration says to do without PostgreSQL.
    #[cfg(feature = "session")]
    pub(crate) fn is_switched_off(&self) -> bool {
        self.connections.is_switched_off()
    }

    /// As [`Connections::distrust`].
    #[cfg(feature = "session")]
    pub(crate) fn distrust(&self, since: std::time::Instant) {
        self.connections.distrust(since);
    }

    /// As [`Connections::listener`].
    #[cfg(feature = "session")]
    pub(crate) fn listener(&self) -> Arc<Listener> {
        self.connections.listener()
    }

    /// What gathers its writes, unless they have to be made by themselves.
    pub(crate) fn coalescer(&self) -> Option<&Coalescer> {
        (!self.is_isolated && !self.coalescer.is_off()).then_some(&self.coalescer)
    }

    pub(crate) fn shared_user_id(&self) -> Arc<str> {
        Arc::clone(&self.user_id)
    }

    /// Whose role operations run as, if not as that of the service.
    fn tenant(&self) -> Option<&str> {
        self.is_isolated.then_some(&*self.user_id)
    }
}

impl fmt::Debug for UserMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserMemory").field("user_id", &self.user_id).field("is_isolated", &self.is_isolated).finish_non_exhaustive()
    }
}

/// One user's writes inside a transaction of the caller. Made by [`UserMemory::within`].
///
/// After an error the transaction can only be rolled back, as always in PostgreSQL.
#[derive(Debug)]
pub struct UserTransaction<'a, C> {
    client: &'a C,
    pub(crate) user_id: &'a str,
    is_isolated: bool,
}

impl<'a, C> UserTransaction<'a, C> {
    /// The transaction of the caller, unless the role would have to be another.
    pub(crate) fn client(&self) -> Result<&'a C, Error> {
        if self.is_isolated {
            let problem = "is the caller's, whose role an isolated scope would change: take the scope without isolated()";
            return Err(Error::invalid("transaction", problem));
        }
        Ok(self.client)
    }
}
