//! `store`, `get`, `list`, `delete`.

use std::{io::Read, str::FromStr};

use chrono::{DateTime, Utc};
use clap::Args;
use pgmemory::{ContextType, Cursor, NewNode, Node, UserMemory};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Outcome, User,
    database::Database,
    output::{Output, minute, one_line, table},
};

/// A node by its id, or an entity by its key.
#[derive(Clone)]
pub(crate) enum NodeRef {
    Id(Uuid),
    Entity { system: String, id: String },
}

impl FromStr for NodeRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = Uuid::try_parse(text) {
            return Ok(Self::Id(id));
        }
        let (system, id) = text.split_once('/').ok_or("needs a node id, or SYSTEM/ID such as salesforce/001234")?;
        Ok(Self::Entity { system: system.to_owned(), id: id.to_owned() })
    }
}

impl NodeRef {
    async fn find(&self, user: &UserMemory) -> Result<Node, Box<dyn std::error::Error>> {
        let (node, name) = match self {
            Self::Id(id) => (user.get(*id).await?, id.to_string()),
            Self::Entity { system, id } => (user.get_entity(system, id).await?, format!("{system}/{id}")),
        };
        node.ok_or_else(|| format!("{} has no node {name}", user.user_id()).into())
    }

    pub(crate) async fn id(&self, user: &UserMemory) -> Result<Uuid, Box<dyn std::error::Error>> {
        match self {
            Self::Id(id) => Ok(*id),
            Self::Entity { .. } => Ok(self.find(user).await?.node_id),
        }
    }
}

/// Store one memory, or an array of them, given as JSON.
#[derive(Args)]
#[command(
    after_help = r#"Example: pgmemory store --user alice '{"context_type": "conversation_fact", "content": {"text": "Acme renews in March"}}'"#
)]
pub(crate) struct Store {
    #[command(flatten)]
    user: User,
    /// An object with `context_type` and `content`, perhaps `summary`, `tags`, `base_relevance`, `created_at`,
    /// `metadata`, `node_id`; or - for stdin
    #[arg(value_name = "JSON")]
    memory: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<serde_json::Value>),
    One(serde_json::Value),
}

impl Store {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let mut text = self.memory;
        if text == "-" {
            text.clear();
            std::io::stdin().read_to_string(&mut text)?;
        }
        let nodes = match serde_json::from_str(&text).map_err(|error| format!("this is no JSON: {error}"))? {
            OneOrMany::Many(nodes) => nodes,
            OneOrMany::One(node) => vec![node],
        };
        let nodes: Vec<NewNode> = nodes.into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?;
        let stored = database.user(&self.user).await?.store_many(&nodes).await?;
        output.show(&stored, |stored| {
            let lines: Vec<_> = stored.iter().map(|stored| format!("{} {}", stored.outcome, stored.node_id)).collect();
            lines.join("\n")
        })?;
        Ok(())
    }
}

/// Show one node.
#[derive(Args)]
#[command(after_help = "Example: pgmemory get --user demo salesforce/001234")]
pub(crate) struct Get {
    #[command(flatten)]
    user: User,
    /// The node's id, or SYSTEM/ID of an entity
    node: NodeRef,
}

impl Get {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let node = self.node.find(&database.user(&self.user).await?).await?;
        output.show(&node, describe)?;
        Ok(())
    }
}

pub(crate) fn describe(node: &Node) -> String {
    let mut rows = vec![("node", node.node_id.to_string()), ("type", node.context_type.to_string())];
    if let (Some(system), Some(id)) = (&node.entity_system, &node.entity_id) {
        rows.push(("entity", format!("{system}/{id}")));
    }
    rows.extend(node.summary.clone().map(|summary| ("summary", summary)));
    if !node.tags.is_empty() {
        rows.push(("tags", node.tags.join(", ")));
    }
    rows.extend(node.base_relevance.map(|relevance| ("relevance", relevance.to_string())));
    rows.push(("created", minute(node.created_at)));
    rows.extend(node.updated_at.map(|time| ("updated", minute(time))));
    rows.push(("content", serde_json::to_string_pretty(&node.content).unwrap_or_default()));
    if node.metadata != json!({}) {
        rows.push(("metadata", serde_json::to_string_pretty(&node.metadata).unwrap_or_default()));
    }
    table(&[], rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]))
}

/// List nodes, newest first.
#[derive(Args)]
#[command(after_help = "Example: pgmemory list --user demo --type domain_entity --tag customer --limit 5")]
pub(crate) struct List {
    #[command(flatten)]
    user: User,
    /// Only this context type; several: any of them
    #[arg(long = "type", value_name = "TYPE")]
    context_types: Vec<ContextType>,
    /// Only with this tag; several: all of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only entities that their system calls so, for example Account
    #[arg(long)]
    entity_type: Option<String>,
    /// Only created at this time or later, for example 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// Only created before this time
    #[arg(long, value_name = "TIME", conflicts_with = "after")]
    before: Option<DateTime<Utc>>,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// The page that begins here, as the page before it said
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
}

impl List {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let mut list = user.list().limit(self.limit);
        list = self.context_types.into_iter().fold(list, pgmemory::List::context_type);
        list = self.tags.into_iter().fold(list, pgmemory::List::tag);
        list = self.entity_type.into_iter().fold(list, pgmemory::List::entity_type);
        list = self.since.into_iter().fold(list, pgmemory::List::since);
        list = self.before.into_iter().fold(list, pgmemory::List::before);
        list = self.after.into_iter().fold(list, pgmemory::List::after);
        let page = list.await?;
        output.show(&page, |page| {
            let rows = page.items.iter().map(|node| {
                vec![node.node_id.to_string(), minute(node.created_at), node.context_type.to_string(), one_line(&node.summary(), 100)]
            });
            let more = page.next.map(|cursor| format!("\nmore: --after {cursor}\n")).unwrap_or_default();
            format!("{}{more}", table(&["node", "created", "type", "summary"], rows))
        })?;
        Ok(())
    }
}

/// Delete a node and the relationships at it.
#[derive(Args)]
#[command(after_help = "Example: pgmemory delete --user alice 0199f2d0-c8a4-7b3e-9d1f-2a3b4c5d6e7f")]
pub(crate) struct Delete {
    #[command(flatten)]
    user: User,
    /// The node's id, or SYSTEM/ID of an entity
    node: NodeRef,
}

impl Delete {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let node_id = self.node.id(&user).await?;
        if !user.delete(node_id).await? {
            return Err(format!("{} has no node {node_id}", user.user_id()).into());
        }
        output.show(&json!({"deleted": node_id}), |_| format!("deleted {node_id}"))?;
        Ok(())
    }
}
