//! Where a command works on a user's memory: in PostgreSQL, or offline in the file of a session.

use clap::Args;
use pgmemory::{Neighbors, NewNode, NewRelationship, Node, Outcome, Relationships, Search, Session, UserMemory};
use uuid::Uuid;

use crate::{User, output::Output};

/// Whose memory a command works on, and where.
#[derive(Args)]
pub(crate) struct Scope {
    #[command(flatten)]
    pub(crate) user: User,
    /// Work on the user's session file alone, without PostgreSQL, which gets the changes by `pgmemory sync`
    #[arg(long)]
    pub(crate) offline: bool,
}

/// What has a user's nodes.
pub(crate) trait Lookup {
    fn user_id(&self) -> &str;
    async fn get(&self, node_id: Uuid) -> Result<Option<Node>, pgmemory::Error>;
    async fn get_entity(&self, system: &str, id: &str) -> Result<Option<Node>, pgmemory::Error>;
    async fn get_many(&self, node_ids: &[Uuid]) -> Result<Vec<Node>, pgmemory::Error>;
    async fn is_empty(&self) -> Result<bool, pgmemory::Error>;
    /// What to do for whoever did not find a node.
    fn advice(&self) -> &'static str;
}

impl Lookup for UserMemory {
    fn user_id(&self) -> &str {
        self.user_id()
    }

    async fn get(&self, node_id: Uuid) -> Result<Option<Node>, pgmemory::Error> {
        self.get(node_id).await
    }

    async fn get_entity(&self, system: &str, id: &str) -> Result<Option<Node>, pgmemory::Error> {
        self.get_entity(system, id).await
    }

    async fn get_many(&self, node_ids: &[Uuid]) -> Result<Vec<Node>, pgmemory::Error> {
        self.get_many(node_ids).await
    }

    async fn is_empty(&self) -> Result<bool, pgmemory::Error> {
        Ok(self.stats().await?.total_nodes == 0)
    }

    fn advice(&self) -> &'static str {
        "`pgmemory list` and `pgmemory search` show what there is"
    }
}

/// A user's memory, where the scope of a command says.
pub(crate) enum Backend {
    PostgreSql(UserMemory),
    File(Session),
}

impl Lookup for Backend {
    fn user_id(&self) -> &str {
        match self {
            Self::PostgreSql(user) => user.user_id(),
            Self::File(session) => session.user_id(),
        }
    }

    async fn get(&self, node_id: Uuid) -> Result<Option<Node>, pgmemory::Error> {
        match self {
            Self::PostgreSql(user) => user.get(node_id).await,
            Self::File(session) => session.get(node_id).await,
        }
    }

    async fn get_entity(&self, system: &str, id: &str) -> Result<Option<Node>, pgmemory::Error> {
        match self {
            Self::PostgreSql(user) => user.get_entity(system, id).await,
            Self::File(session) => session.get_entity(system, id).await,
        }
    }

    async fn get_many(&self, node_ids: &[Uuid]) -> Result<Vec<Node>, pgmemory::Error> {
        match self {
            Self::PostgreSql(user) => user.get_many(node_ids).await,
            Self::File(session) => {
                let mut nodes = Vec::with_capacity(node_ids.len());
                for node_id in node_ids {
                    nodes.extend(session.get(*node_id).await?);
                }
                Ok(nodes)
            }
        }
    }

    async fn is_empty(&self) -> Result<bool, pgmemory::Error> {
        match self {
            Self::PostgreSql(user) => user.is_empty().await,
            Self::File(session) => Ok(session.status().await?.nodes == 0),
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::PostgreSql(user) => user.advice(),
            Self::File(_) => "offline there is what the session's file has, which `pgmemory session open` brings up to date",
        }
    }
}

impl Backend {
    pub(crate) fn search(&self, query: String) -> Search<'_> {
        match self {
            Self::PostgreSql(user) => user.search(query),
            Self::File(session) => session.search(query),
        }
    }

    pub(crate) fn relationships(&self, node_id: Uuid) -> Relationships<'_> {
        match self {
            Self::PostgreSql(user) => user.relationships(node_id),
            Self::File(session) => session.relationships(node_id),
        }
    }

    pub(crate) fn neighbors(&self, node_id: Uuid) -> Neighbors<'_> {
        match self {
            Self::PostgreSql(user) => user.neighbors(node_id),
            Self::File(session) => session.neighbors(node_id),
        }
    }

    /// The nodes that hold the memories now, in their order.
    pub(crate) async fn store_many(&self, nodes: &[NewNode]) -> Result<Vec<(Uuid, Outcome)>, pgmemory::Error> {
        match self {
            Self::PostgreSql(user) => {
                Ok(user.store_many(nodes).await?.into_iter().map(|stored| (stored.node_id, stored.outcome)).collect())
            }
            Self::File(session) => {
                Ok(session.remember_many(nodes).await?.into_iter().map(|remembered| (remembered.id, remembered.outcome)).collect())
            }
        }
    }

    pub(crate) async fn relate(&self, relationship: &NewRelationship) -> Result<(Uuid, Outcome), pgmemory::Error> {
        Ok(match self {
            Self::PostgreSql(user) => {
                let related = user.relate(relationship).await?;
                (related.id, related.outcome)
            }
            Self::File(session) => {
                let remembered = session.relate(relationship).await?;
                (remembered.id, remembered.outcome)
            }
        })
    }

    /// Whether there was such a node.
    pub(crate) async fn delete(&self, node_id: Uuid) -> Result<bool, pgmemory::Error> {
        match self {
            Self::PostgreSql(user) => user.delete(node_id).await,
            Self::File(session) => Ok(session.forget(node_id).await?.outcome == Outcome::Merged),
        }
    }

    /// Says where a change is that PostgreSQL has not got.
    pub(crate) fn note_kept(&self, output: Output) {
        if let Self::File(_) = self {
            output.note("kept in the session's file until `pgmemory sync`");
        }
    }
}
