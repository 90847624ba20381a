//! `relate`, `unrelate`, `relationships`, `neighbors`, `path`.

use std::collections::{HashMap, HashSet};

use clap::Args;
use pgmemory::{Cursor, Direction, NewRelationship, Node, Page, Relationship, RelationshipType};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Outcome, User,
    arguments::{NodeRef, depth, limit, share, variant},
    backend::{Lookup, Scope},
    database::Database,
    nodes,
    output::{Output, count, table},
};

/// Relate two nodes.
#[derive(Args)]
#[command(after_help = "Example: pgmemory relate --user demo servicenow/INC0012345 salesforce/001234 --type relates_to --strength 0.8")]
pub(crate) struct Relate {
    #[command(flatten)]
    scope: Scope,
    /// The node it leaves: its id, or SYSTEM/ID of an entity
    from: NodeRef,
    /// The node it arrives at
    to: NodeRef,
    /// In which way they are related
    #[arg(long = "type", value_name = "TYPE", default_value = "relates_to", value_parser = variant::<RelationshipType>())]
    relationship_type: RelationshipType,
    /// Between 0 and 1
    #[arg(long, default_value_t = 1.0, value_parser = share)]
    strength: f32,
}

impl Relate {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.backend(&self.scope).await?;
        let (from, to) = (self.from.id(&memory).await?, self.to.id(&memory).await?);
        let (id, outcome) = memory.relate(&NewRelationship::new(from, self.relationship_type, to).strength(self.strength)).await?;
        output.show(&json!({"id": id, "outcome": outcome}), |_| format!("{outcome} {id}"))?;
        memory.note_kept(output);
        Ok(())
    }
}

/// End the relationships from one node to another.
#[derive(Args)]
#[command(after_help = "Example: pgmemory unrelate --user demo servicenow/INC0012345 salesforce/001234 --type relates_to")]
pub(crate) struct Unrelate {
    #[command(flatten)]
    user: User,
    /// The node they leave: its id, or SYSTEM/ID of an entity
    from: NodeRef,
    /// The node they arrive at
    to: NodeRef,
    /// Only of this type; of all when absent
    #[arg(long = "type", value_name = "TYPE", value_parser = variant::<RelationshipType>())]
    relationship_type: Option<RelationshipType>,
}

impl Unrelate {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let (from, to) = (self.from.id(&user).await?, self.to.id(&user).await?);
        let ended = user.unrelate(from, self.relationship_type, to).await?;
        output.show(&json!({"ended": ended}), |_| format!("{} ended", count(ended as u64, "relationship")))?;
        if ended == 0 { Err("the nodes are not related so".into()) } else { Ok(()) }
    }
}

/// List the relationships at a node, newest first.
#[derive(Args)]
#[command(after_help = "Example: pgmemory relationships --user demo servicenow/INC0012345 --direction outgoing")]
pub(crate) struct Relationships {
    #[command(flatten)]
    scope: Scope,
    /// The node's id, or SYSTEM/ID of an entity
    node: NodeRef,
    /// Those that leave a node, or those that arrive at it
    #[arg(long, default_value_t = Direction::Both, value_parser = variant::<Direction>())]
    direction: Direction,
    /// Only this type; several: any of them
    #[arg(long = "type", value_name = "TYPE", value_parser = variant::<RelationshipType>())]
    relationship_types: Vec<RelationshipType>,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 20, value_parser = limit())]
    limit: usize,
    /// The page that begins here, as the page before it said
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
}

impl Relationships {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.backend(&self.scope).await?;
        let node_id = self.node.id(&memory).await?;
        let mut list = memory.relationships(node_id).direction(self.direction).limit(self.limit);
        list = self.relationship_types.into_iter().fold(list, pgmemory::Relationships::of_type);
        list = self.after.into_iter().fold(list, pgmemory::Relationships::after);
        let page = list.await?;
        let nodes = ends(&memory, &page).await?;
        output.show(&page, |page| describe(node_id, page, &nodes))?;
        if page.items.is_empty() {
            output.note("no relationship fits");
        }
        if let Some(cursor) = page.next {
            output.note(format_args!("more: --after {cursor}"));
        }
        Ok(())
    }
}

/// Which relationships a walk follows.
#[derive(Args)]
struct Along {
    /// Those that leave a node, or those that arrive at it
    #[arg(long, default_value_t = Direction::Both, value_parser = variant::<Direction>())]
    direction: Direction,
    /// Only along this type; several: any of them
    #[arg(long = "type", value_name = "TYPE", value_parser = variant::<RelationshipType>())]
    relationship_types: Vec<RelationshipType>,
}

/// List the nodes around a node, nearest first.
#[derive(Args)]
#[command(after_help = "Example: pgmemory neighbors --user demo servicenow/INC0012345 --depth 2")]
pub(crate) struct Neighbors {
    #[command(flatten)]
    scope: Scope,
    /// The node's id, or SYSTEM/ID of an entity
    node: NodeRef,
    /// How many relationships away, 1 to 10
    #[arg(long, default_value_t = 1, value_parser = depth())]
    depth: i32,
    #[command(flatten)]
    along: Along,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 20, value_parser = limit())]
    limit: usize,
}

impl Neighbors {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.backend(&self.scope).await?;
        let node_id = self.node.id(&memory).await?;
        let list = memory.neighbors(node_id).depth(self.depth).direction(self.along.direction).limit(self.limit);
        let neighbors = self.along.relationship_types.into_iter().fold(list, pgmemory::Neighbors::of_type).await?;
        let nodes = by_id(&memory, neighbors.iter().map(|neighbor| neighbor.node_id)).await?;
        output.show(&neighbors, |neighbors| {
            let rows = neighbors.iter().map(|neighbor| with_node(vec![neighbor.depth.to_string()], neighbor.node_id, &nodes));
            table(&["depth", "node", "summary"], rows)
        })?;
        if neighbors.is_empty() {
            output.note("no neighbor fits");
        }
        Ok(())
    }
}

/// Show a shortest path between two nodes.
#[derive(Args)]
#[command(after_help = "Example: pgmemory path --user demo servicenow/INC0012345 salesforce/006501")]
pub(crate) struct Path {
    #[command(flatten)]
    user: User,
    /// Where it begins: a node's id, or SYSTEM/ID of an entity
    from: NodeRef,
    /// Where it ends
    to: NodeRef,
    /// How many relationships it may have, 1 to 10
    #[arg(long, default_value_t = 5, value_parser = depth())]
    depth: i32,
    #[command(flatten)]
    along: Along,
}

impl Path {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let (from, to) = (self.from.id(&user).await?, self.to.id(&user).await?);
        let path = user.path(from, to).depth(self.depth).direction(self.along.direction);
        let steps = self.along.relationship_types.into_iter().fold(path, pgmemory::Path::of_type).await?;
        let nodes = by_id(&user, steps.iter().map(|step| step.node_id)).await?;
        output.show(&steps, |steps| {
            let rows = steps.iter().enumerate().map(|(place, step)| with_node(vec![place.to_string()], step.node_id, &nodes));
            table(&["step", "node", "summary"], rows)
        })?;
        if steps.is_empty() {
            output.note(format_args!("no path within {}", count(self.depth, "step")));
        }
        Ok(())
    }
}

/// The nodes at the ends of relationships.
pub(crate) async fn ends(memory: &impl Lookup, page: &Page<Relationship>) -> Result<HashMap<Uuid, Node>, pgmemory::Error> {
    by_id(memory, page.items.iter().flat_map(|item| [item.from_node_id, item.to_node_id])).await
}

async fn by_id(memory: &impl Lookup, ids: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, Node>, pgmemory::Error> {
    let ids: Vec<Uuid> = ids.collect::<HashSet<_>>().into_iter().collect();
    Ok(memory.get_many(&ids).await?.into_iter().map(|node| (node.node_id, node)).collect())
}

/// Relationships as seen from one of their nodes.
pub(crate) fn describe(node_id: Uuid, page: &Page<Relationship>, nodes: &HashMap<Uuid, Node>) -> String {
    let rows = page.items.iter().map(|item| {
        let (arrow, other) = if item.from_node_id == node_id { ("→", item.to_node_id) } else { ("←", item.from_node_id) };
        with_node(vec![arrow.to_owned(), item.relationship_type.to_string(), format!("{:.2}", item.strength)], other, nodes)
    });
    table(&["", "type", "strength", "node", "summary"], rows)
}

/// A row that ends with a node: what the commands take for it, and what it is about.
fn with_node(mut row: Vec<String>, node_id: Uuid, nodes: &HashMap<Uuid, Node>) -> Vec<String> {
    let node = nodes.get(&node_id);
    row.push(node.map_or_else(|| node_id.to_string(), nodes::key));
    row.push(node.map_or_else(String::new, |node| node.summary().into_owned()));
    row
}
