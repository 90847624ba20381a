//! How a user's nodes are related: `queries/relationships.sql`.

mod store;
mod walk;

use std::future::IntoFuture;

use codegen::{
    client::{GenericClient, Params},
    queries::relationships,
};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::{
    Cursor, Direction, Error, NewRelationship, Page, Related, Relationship, RelationshipType, UserMemory, UserTransaction,
    model::{from_row, validate_limit, validate_limit_to},
    source::Source,
};

pub(crate) use store::{key, relate_across, relate_refs};
use store::{upsert_rounds, validated_rounds};
#[cfg(feature = "session")]
pub(crate) use walk::VISITS;
pub use walk::{Neighbor, Neighbors, Path, Step};
pub(crate) use walk::{Walk, sent};

/// How many relationships among some nodes may be asked for: one more than ten thousand, to know whether there are more.
const MOST_AMONG: usize = 10_001;

impl UserMemory {
    /// Relates two of the user's nodes. Related again in the same way, they keep the relationship's id; the
    /// strength is the newer one, and the metadata are united. Calls that come at the same time are written together, as those of
    /// [`store`](Self::store).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when the user has not both nodes;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when a field cannot be stored.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, incident: uuid::Uuid, account: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// use pgmemory::{NewRelationship, RelationshipType};
    ///
    /// alice.relate(&NewRelationship::new(incident, RelationshipType::RelatesTo, account).strength(0.8)).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn relate(&self, relationship: &NewRelationship) -> Result<Related, Error> {
        if let Some(coalescer) = self.coalescer() {
            relationship.validate()?;
            return coalescer.write(self, relationship.clone()).await;
        }
        let related = self.relate_many(std::slice::from_ref(relationship)).await?;
        Ok(related[0])
    }

    /// Relates any number of pairs at once, with the meaning of one after the other: all of them or, on an
    /// error, none. The result is in the order of `batch`.
    ///
    /// # Errors
    ///
    /// As [`relate`](Self::relate).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = batch.len()))]
    pub async fn relate_many(&self, batch: &[NewRelationship]) -> Result<Vec<Related>, Error> {
        let rounds = validated_rounds(batch)?;
        let batch: Vec<&NewRelationship> = batch.iter().collect();
        let (batch, rounds) = (&batch, &rounds);
        self.write_many(rounds.len(), |client| async move { upsert_rounds(&client, self.user_id(), batch, rounds).await }).await
    }

    /// Ends the relationships from one node to another, of one type or, with `None`, of all. Returns how many
    /// there were.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn unrelate(&self, from: Uuid, relationship_type: Option<RelationshipType>, to: Uuid) -> Result<usize, Error> {
        let relationship_type = relationship_type.map(RelationshipType::as_str);
        let unrelate = |client| async move {
            Ok(relationships::delete().bind(&client, &self.user_id(), &from, &to, &relationship_type).all().await?.len())
        };
        self.write(unrelate).await
    }

    /// The relationships at a node, newest first, a page at a time. Await it to get a page.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, account: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// use pgmemory::{Direction, RelationshipType};
    ///
    /// let page = alice.relationships(account).direction(Direction::Incoming).of_type(RelationshipType::BelongsTo).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn relationships(&self, node_id: Uuid) -> Relationships<'_> {
        Relationships::new(self, node_id)
    }

    pub(crate) async fn list_relationships(&self, wanted: RelationshipsAt) -> Result<Page<Relationship>, Error> {
        let limit = validate_limit(wanted.limit)?;
        let params = &relationships::ListParams {
            user_id: self.user_id(),
            node_id: wanted.node_id,
            outgoing: wanted.direction.outgoing(),
            incoming: wanted.direction.incoming(),
            before_created_at: wanted.before.created_at(),
            before_id: wanted.before.id(),
            relationship_types: names(&wanted.relationship_types),
            limit: limit + 1,
        };
        let list = |client| async move { Ok(relationships::list().params(&client, params).map(from_borrowed).all().await?) };
        let items = self.read(list).await?;
        Ok(wanted.page(items.into_iter().collect::<Result<Vec<_>, _>>()?))
    }

    /// The relationships with both ends among these nodes, newest first, at most `limit` (1 to 10,001) of them.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a limit out of range; else as every call to the database.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// let newest: Vec<_> = alice.list().limit(100).await?.items.iter().map(|node| node.node_id).collect();
    /// let edges = alice.relationships_among(&newest, 1_000).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = node_ids.len()))]
    pub async fn relationships_among(&self, node_ids: &[Uuid], limit: usize) -> Result<Vec<Relationship>, Error> {
        let limit = validate_limit_to(MOST_AMONG, limit)?;
        let list = |client| async move {
            Ok(relationships::list_among().bind(&client, &self.user_id(), &node_ids, &limit).map(from_borrowed).all().await?)
        };
        self.read(list).await?.into_iter().collect()
    }
}

impl<C: GenericClient> UserTransaction<'_, C> {
    /// As [`UserMemory::relate`].
    ///
    /// # Errors
    ///
    /// As [`UserMemory::relate`].
    pub async fn relate(&self, relationship: &NewRelationship) -> Result<Related, Error> {
        let related = self.relate_many(std::slice::from_ref(relationship)).await?;
        Ok(related[0])
    }

    /// As [`UserMemory::relate_many`].
    ///
    /// # Errors
    ///
    /// As [`UserMemory::relate`].
    pub async fn relate_many(&self, batch: &[NewRelationship]) -> Result<Vec<Related>, Error> {
        let rounds = validated_rounds(batch)?;
        upsert_rounds(self.client()?, self.user_id, &batch.iter().collect::<Vec<_>>(), &rounds).await
    }
}

/// A list of relationships to come. Made by [`UserMemory::relationships`], and by a session's `relationships`.
#[derive(Clone, Debug)]
#[must_use = "await it to get a page"]
pub struct Relationships<'a> {
    source: &'a dyn Source,
    wanted: RelationshipsAt,
}

/// Which relationships at a node are wanted.
#[derive(Clone, Debug)]
pub(crate) struct RelationshipsAt {
    pub(crate) node_id: Uuid,
    pub(crate) direction: Direction,
    pub(crate) relationship_types: Vec<RelationshipType>,
    pub(crate) before: Cursor,
    pub(crate) limit: usize,
}

impl RelationshipsAt {
    /// The page, of items that may be one more than it holds.
    pub(crate) fn page(&self, items: Vec<Relationship>) -> Page<Relationship> {
        Page::new(items, self.limit, |relationship| Cursor::after(relationship.created_at, relationship.id))
    }
}

/// The types by name, or none for all.
pub(crate) fn names(types: &[RelationshipType]) -> Option<Vec<&'static str>> {
    (!types.is_empty()).then(|| types.iter().map(|relationship_type| relationship_type.as_str()).collect())
}

impl<'a> Relationships<'a> {
    pub(crate) fn new(source: &'a dyn Source, node_id: Uuid) -> Self {
        let wanted =
            RelationshipsAt { node_id, direction: Direction::Both, relationship_types: Vec::new(), before: Cursor::start(), limit: 50 };
        Self { source, wanted }
    }

    /// Only those that leave the node, or only those that arrive at it.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.wanted.direction = direction;
        self
    }

    /// Only those of this type; called again, of any of them.
    pub fn of_type(mut self, relationship_type: RelationshipType) -> Self {
        self.wanted.relationship_types.push(relationship_type);
        self
    }

    /// The page that begins here: [`Page::next`] of the one before it, under the same filters.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.wanted.before = cursor;
        self
    }

    /// How many relationships a page has, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.wanted.limit = limit;
        self
    }
}

impl<'a> IntoFuture for Relationships<'a> {
    type Output = Result<Page<Relationship>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.source.list_relationships(self.wanted)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the mapper of a query takes its row so")]
pub(crate) fn from_borrowed(row: relationships::RelationshipBorrowed<'_>) -> Result<Relationship, Error> {
    Ok(Relationship {
        id: row.id,
        from_node_id: row.from_node_id,
        to_node_id: row.to_node_id,
        relationship_type: row.relationship_type.parse()?,
        strength: row.strength,
        created_at: row.created_at,
        metadata: from_row("metadata", "relationship", row.id, &row.metadata)?,
    })
}
