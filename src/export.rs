//! Writing a user's memory as JSON Lines, in the format that [`Memory::import`](crate::Memory::import) reads.

use std::io::Write;

use codegen::queries::{nodes, relationships};
use futures::TryStreamExt;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Error, NewNode, Node, Relationship, UserMemory,
    error::ErrorKind,
    model::node_from_row,
    pool::{Frame, Framed},
    relationships::from_borrowed,
};

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExportReport {
    /// How many nodes.
    pub nodes: u64,
    /// How many relationships.
    pub relationships: u64,
}

/// A node or relationship, and whose it is.
#[derive(Serialize)]
struct Line<'a, T> {
    kind: &'static str,
    user_id: &'a str,
    #[serde(flatten)]
    item: T,
}

impl UserMemory {
    /// Writes all nodes and relationships, as of one moment, one a line: importing them into an empty
    /// database gives the same memory. Rows are written as they come, so memory does not grow.
    ///
    /// # Errors
    ///
    /// [`Internal`](ErrorKind::Internal) when `out` cannot be written, the cause kept as the source; else as
    /// every call to the database.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), Box<dyn std::error::Error>> {
    /// alice.export(std::fs::File::create("alice.jsonl")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn export(&self, out: impl Write) -> Result<ExportReport, Error> {
        self.read_once(Frame::WholeSnapshot, |client| self.export_from(client, out)).await
    }

    async fn export_from(&self, snapshot: Framed, out: impl Write) -> Result<ExportReport, Error> {
        let mut out = std::io::BufWriter::new(out);
        let mut report = ExportReport::default();
        let user_id = self.user_id();
        let all_nodes = nodes::list_all().prepare(&snapshot).await?;
        let mut rows = std::pin::pin!(all_nodes.bind(&snapshot, &user_id).map(|row| node_from_row!(row)).iter().await?);
        while let Some(node) = rows.try_next().await? {
            write_line(&mut out, "node", user_id, as_new(node?))?;
            report.nodes += 1;
        }
        let all_relationships = relationships::list_all().prepare(&snapshot).await?;
        let mut rows = std::pin::pin!(all_relationships.bind(&snapshot, &user_id).map(from_borrowed).iter().await?);
        while let Some(relationship) = rows.try_next().await? {
            write_line(&mut out, "relationship", user_id, as_fields(&relationship?))?;
            report.relationships += 1;
        }
        out.flush().map_err(unwritable)?;
        Ok(report)
    }
}

pub(crate) fn write_line(out: &mut impl Write, kind: &'static str, user_id: &str, item: impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, &Line { kind, user_id, item }).map_err(|error| unwritable(error.into()))?;
    out.write_all(b"\n").map_err(unwritable)
}

fn unwritable(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("the export cannot be written: {error}")).because(error)
}

/// As it would be stored to be what it is.
pub(crate) fn as_new(node: Node) -> NewNode {
    NewNode {
        context_type: node.context_type,
        content: node.content,
        summary: node.summary,
        tags: node.tags,
        base_relevance: node.base_relevance,
        created_at: Some(node.created_at),
        last_accessed: Some(node.last_accessed),
        access_count: Some(node.access_count),
        expires_at: node.expires_at,
        metadata: node.metadata,
        node_id: Some(node.node_id),
    }
}

fn as_fields(relationship: &Relationship) -> Value {
    json!({
        "from": {"node_id": relationship.from_node_id},
        "to": {"node_id": relationship.to_node_id},
        "relationship_type": relationship.relationship_type,
        "strength": relationship.strength,
        "created_at": relationship.created_at,
        "metadata": relationship.metadata,
    })
}
