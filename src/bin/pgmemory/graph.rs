//! `graph`.

mod draw;

use std::collections::HashMap;

use clap::{Args, ValueEnum};
use pgmemory::{Node, Relationship, UserMemory};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    Outcome, User,
    arguments::{NodeRef, depth, limit},
    database::Database,
    output::{Output, count},
};

/// How many relationships are drawn at most.
const MOST_RELATIONSHIPS: usize = 10_000;
/// How many Mermaid draws, unless its `maxEdges` says more.
const MOST_IN_MERMAID: usize = 500;

/// Draw nodes and the relationships among them: those around some nodes, or the newest.
#[derive(Args)]
#[command(
    after_help = "Example: pgmemory graph --user demo servicenow/INC0012345 --depth 2 --format mermaid\n\nWith Graphviz: pgmemory graph --user demo | dot -Tsvg -o memory.svg"
)]
pub(crate) struct Graph {
    #[command(flatten)]
    user: User,
    /// Where to begin, each the node's id, or SYSTEM/ID of an entity; the newest nodes when absent
    nodes: Vec<NodeRef>,
    /// How many relationships away from them, 1 to 10
    #[arg(long, default_value_t = 1, value_parser = depth(), requires = "nodes")]
    depth: i32,
    /// How many nodes, 1 to 1,000
    #[arg(long, default_value_t = 50, value_parser = limit())]
    limit: usize,
    /// The language of the drawing; --json means json
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// For programs
    Json,
}

#[derive(Serialize)]
struct Neighborhood {
    nodes: Vec<Node>,
    relationships: Vec<Relationship>,
    /// Whether nothing was left out.
    complete: bool,
}

impl Graph {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let graph = self.neighborhood(&user).await?;
        if graph.nodes.is_empty() {
            output.note(format_args!("no memories of user {}", user.user_id()));
        }
        if !graph.complete {
            let (nodes, relationships) = (graph.nodes.len(), graph.relationships.len());
            output.note(format_args!(
                "note: cut off at {} and {}; --limit shows up to 1,000 nodes",
                count(nodes as u64, "node"),
                count(relationships as u64, "relationship")
            ));
        }
        let drawing = match self.format {
            Format::Json => return Ok(Output { json: true }.show(&graph, |_| String::new())?),
            Format::Dot => draw::dot(&graph.nodes, &graph.relationships),
            Format::Mermaid => {
                if graph.relationships.len() > MOST_IN_MERMAID {
                    output.note(format_args!("note: Mermaid draws {MOST_IN_MERMAID} relationships unless its maxEdges says more"));
                }
                draw::mermaid(&graph.nodes, &graph.relationships)
            }
        };
        output.show(&graph, |_| drawing)?;
        Ok(())
    }

    async fn neighborhood(&self, user: &UserMemory) -> Result<Neighborhood, Box<dyn std::error::Error>> {
        let (nodes, are_all) = if self.nodes.is_empty() {
            let page = user.list().limit(self.limit).await?;
            (page.items, page.next.is_none())
        } else {
            self.nearest(user).await?
        };
        let node_ids: Vec<Uuid> = nodes.iter().map(|node| node.node_id).collect();
        let mut relationships = user.relationships_among(&node_ids, MOST_RELATIONSHIPS + 1).await?;
        let complete = are_all && relationships.len() <= MOST_RELATIONSHIPS;
        relationships.truncate(MOST_RELATIONSHIPS);
        Ok(Neighborhood { nodes, relationships, complete })
    }

    /// The nodes within reach of any of those named, nearest first, and whether they are all.
    async fn nearest(&self, user: &UserMemory) -> Result<(Vec<Node>, bool), Box<dyn std::error::Error>> {
        let mut depths: HashMap<Uuid, i32> = HashMap::new();
        for node in &self.nodes {
            let node_id = node.id(user).await?;
            depths.insert(node_id, 0);
            for neighbor in user.neighbors(node_id).depth(self.depth).limit(self.limit).await? {
                let depth = depths.entry(neighbor.node_id).or_insert(neighbor.depth);
                *depth = neighbor.depth.min(*depth);
            }
        }
        let mut node_ids: Vec<Uuid> = depths.keys().copied().collect();
        node_ids.sort_by_key(|node_id| (depths[node_id], *node_id));
        let are_all = node_ids.len() <= self.limit;
        node_ids.truncate(self.limit);
        Ok((user.get_many(&node_ids).await?, are_all))
    }
}
