//! All of a user's memory at once, as a session starts with it.

use codegen::queries::{nodes, relationships};
use futures::{StreamExt, TryStreamExt, future::try_join};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Node, Relationship, UserMemory,
    model::node_from_row,
    pool::{Frame, Framed},
    relationships::from_borrowed,
};

/// A user's memory as it was at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Graph {
    /// All nodes, in no order.
    pub nodes: Vec<Node>,
    /// All relationships among them, in no order.
    pub relationships: Vec<Relationship>,
}

impl UserMemory {
    /// Loads all nodes and relationships, however many there are, as of one moment: every end of a
    /// relationship is among the nodes. Two statements, sent together.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// let graph = alice.load().await?;
    /// println!("{} nodes, {} relationships", graph.nodes.len(), graph.relationships.len());
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn load(&self) -> Result<Graph, Error> {
        self.read_in(Frame::WholeSnapshot, |client| self.load_on(client)).await
    }

    async fn load_on(&self, snapshot: Framed) -> Result<Graph, Error> {
        let (all_nodes, all_relationships) =
            try_join(nodes::list_all().prepare(&snapshot), relationships::list_all().prepare(&snapshot)).await?;
        let user_id = self.user_id();
        let graph = try_join(
            async {
                let rows = all_nodes.bind(&snapshot, &user_id).map(|row| node_from_row!(row)).iter().await?;
                rows.map(|row| row?).try_collect().await
            },
            async {
                let rows = all_relationships.bind(&snapshot, &user_id).map(from_borrowed).iter().await?;
                rows.map(|row| row?).try_collect().await
            },
        );
        let (nodes, relationships) = graph.await?;
        Ok(Graph { nodes, relationships })
    }
}
