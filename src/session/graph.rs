//! How nodes are related, as the file has it.

use futures::future::BoxFuture;
use rusqlite::{Connection, named_params};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Session,
    rows::{Id, Time, all, one, relationship_of},
};
use crate::{
    Error, Hit, Neighbor, Neighbors, Page, Relationship, RelationshipType, Relationships,
    model::validate_limit,
    relationships::{RelationshipsAt, VISITS, Walk, names},
    search::Ranking,
    source::Source,
};

impl Session {
    /// The relationships at a node, newest first, a page at a time. Await it to get a page.
    ///
    /// ```no_run
    /// # async fn run(session: pgmemory::Session, account: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// let page = session.relationships(account).limit(10).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn relationships(&self, node_id: Uuid) -> Relationships<'_> {
        Relationships::new(self, node_id)
    }

    /// The nodes that can be reached from a node, nearest first. Await it to get them. A walk visits at most 10,000 places.
    ///
    /// ```no_run
    /// # async fn run(session: pgmemory::Session, account: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// let near = session.neighbors(account).depth(2).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn neighbors(&self, node_id: Uuid) -> Neighbors<'_> {
        Neighbors::new(self, node_id)
    }

    async fn list_relationships(&self, wanted: RelationshipsAt) -> Result<Page<Relationship>, Error> {
        let limit = validate_limit(wanted.limit)?;
        let list = move |connection: &Connection| {
            let params = named_params! {
                ":node_id": Id(present_id(connection, wanted.node_id)?),
                ":outgoing": wanted.direction.outgoing(),
                ":incoming": wanted.direction.incoming(),
                ":before_created_at": Time(wanted.before.created_at()),
                ":before_id": Id(wanted.before.id()),
                ":relationship_types": types(&wanted.relationship_types),
                ":now": Time::now(),
                ":limit": limit + 1,
            };
            let items = all(connection, "relationships::list", params, relationship_of)?;
            Ok(wanted.page(items))
        };
        self.0.shared.local.read(list).await
    }

    async fn walk(&self, walk: Walk) -> Result<Vec<Neighbor>, Error> {
        let limit = walk.validate()?;
        let reach = move |connection: &Connection| {
            let params = named_params! {
                ":node_id": Id(present_id(connection, walk.node_id)?),
                ":depth": walk.depth,
                ":outgoing": walk.direction.outgoing(),
                ":incoming": walk.direction.incoming(),
                ":relationship_types": types(&walk.relationship_types),
                ":now": Time::now(),
                ":visits": VISITS,
                ":limit": limit,
            };
            all(connection, "relationships::neighbors", params, |row| Ok(Neighbor { node_id: row.get::<_, Id>(0)?.0, depth: row.get(1)? }))
        };
        self.0.shared.local.read(reach).await
    }
}

/// The types as JSON; NULL for all.
fn types(types: &[RelationshipType]) -> Option<String> {
    names(types).map(|names| Value::from(names).to_string())
}

fn present_id(connection: &Connection, node_id: Uuid) -> Result<Uuid, Error> {
    let now = one(connection, "aliases::get", named_params! {":node_id": Id(node_id)}, |row| row.get::<_, Id>(0))?;
    Ok(now.map_or(node_id, |id| id.0))
}

impl Source for Session {
    fn rank(&self, ranking: Ranking) -> BoxFuture<'_, Result<Vec<Hit>, Error>> {
        Box::pin(self.rank(ranking))
    }

    fn list_relationships(&self, wanted: RelationshipsAt) -> BoxFuture<'_, Result<Page<Relationship>, Error>> {
        Box::pin(self.list_relationships(wanted))
    }

    fn neighbors(&self, walk: Walk) -> BoxFuture<'_, Result<Vec<Neighbor>, Error>> {
        Box::pin(self.walk(walk))
    }
}
