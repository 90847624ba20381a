//! `store`, `get`, `list`, `update`, `touch`, `delete`.

use std::{io, thread};

use chrono::{DateTime, Utc};
use clap::Args;
use pgmemory::{ContextType, Cursor, NewNode, Node};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::{
    Outcome, User,
    arguments::{Condition, NodeRef, json_value, limit, share, time, variant},
    backend::{Lookup, Scope},
    database::Database,
    output::{Output, count, fields, minute, table},
};

/// Store one memory, or an array of them, given as JSON.
#[derive(Args)]
#[command(
    after_help = r#"Example: pgmemory store --user alice '{"context_type": "conversation_fact", "content": {"text": "Acme renews in March"}}'
Example: pgmemory store --user alice --offline '{"context_type": "tool_output", "content": {"text": "PostgreSQL is away"}}'"#
)]
pub(crate) struct Store {
    #[command(flatten)]
    scope: Scope,
    /// An object with context_type and content, perhaps summary, tags, base_relevance, created_at, metadata,
    /// node_id; or - for stdin
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
            text = stdin().await?;
        }
        let nodes = match serde_json::from_str(&text).map_err(|error| format!("this is no JSON: {error}"))? {
            OneOrMany::Many(nodes) => nodes,
            OneOrMany::One(node) => vec![node],
        };
        let parse = |(index, node)| NewNode::try_from(node).map_err(|error| format!("memory {}: {error}", index + 1));
        let nodes: Vec<NewNode> = nodes.into_iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        let memory = database.backend(&self.scope).await?;
        let stored = memory.store_many(&nodes).await?;
        let document: Vec<Value> = stored.iter().map(|(node_id, outcome)| json!({"node_id": node_id, "outcome": outcome})).collect();
        output.show(&document, |_| {
            let lines: Vec<_> = stored.iter().map(|(node_id, outcome)| format!("{outcome} {node_id}")).collect();
            lines.join("\n")
        })?;
        memory.note_kept(output);
        Ok(())
    }
}

/// What comes on stdin, read on a thread that nobody waits for when a signal comes.
async fn stdin() -> io::Result<String> {
    tracing::debug!("reading stdin");
    let (sender, text) = oneshot::channel();
    // Nobody may be there to take it.
    thread::spawn(|| drop(sender.send(io::read_to_string(io::stdin()))));
    text.await.map_err(io::Error::other)?
}

/// Show one node.
#[derive(Args)]
#[command(after_help = "Example: pgmemory get --user demo salesforce/001234")]
pub(crate) struct Get {
    #[command(flatten)]
    scope: Scope,
    /// The node's id, or SYSTEM/ID of an entity
    node: NodeRef,
}

impl Get {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let node = self.node.find(&database.backend(&self.scope).await?).await?;
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
    rows.extend(node.expires_at.map(|time| ("expires", minute(time))));
    rows.push(("content", serde_json::to_string_pretty(&node.content).unwrap_or_default()));
    if node.metadata != json!({}) {
        rows.push(("metadata", serde_json::to_string_pretty(&node.metadata).unwrap_or_default()));
    }
    fields(rows)
}

/// The key of an entity, or the id of another node: what the commands take.
pub(crate) fn key(node: &Node) -> String {
    match (&node.entity_system, &node.entity_id) {
        (Some(system), Some(id)) => format!("{system}/{id}"),
        _ => node.node_id.to_string(),
    }
}

/// Why there is nothing to show: perhaps the user's name is misspelt.
pub(crate) async fn nothing(memory: &impl Lookup, otherwise: &str) -> Result<String, pgmemory::Error> {
    Ok(if memory.is_empty().await? { format!("no memories of user {}", memory.user_id()) } else { otherwise.to_owned() })
}

/// List nodes, newest first.
#[derive(Args)]
#[command(after_help = "Example: pgmemory list --user demo --type domain_entity --tag customer --limit 5")]
pub(crate) struct List {
    #[command(flatten)]
    user: User,
    /// Only this context type; several: any of them
    #[arg(long = "type", value_name = "TYPE", value_parser = variant::<ContextType>())]
    context_types: Vec<ContextType>,
    /// Only with this tag; several: all of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only entities that their system calls so, for example Account
    #[arg(long)]
    entity_type: Option<String>,
    /// Only with such a value in the content, for example 'entity_data.revenue >= 1000000'; several: all of them.
    /// Numbers compare as numbers, and what is no JSON as text
    #[arg(long = "where", value_name = "PATH OP VALUE")]
    conditions: Vec<Condition>,
    /// Only whose content contains this JSON object
    #[arg(long, value_name = "JSON", value_parser = json_value)]
    containing: Option<Value>,
    /// Only created at this time or later: 2026-01-31, "2026-01-31 09:30" or 2026-01-31T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Only created before this time
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "after")]
    before: Option<DateTime<Utc>>,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 20, value_parser = limit())]
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
        list =
            self.conditions.into_iter().fold(list, |list, Condition { path, comparison, operand }| list.compare(path, comparison, operand));
        list = self.containing.into_iter().fold(list, pgmemory::List::containing);
        list = self.since.into_iter().fold(list, pgmemory::List::since);
        list = self.before.into_iter().fold(list, pgmemory::List::before);
        list = self.after.into_iter().fold(list, pgmemory::List::after);
        let page = list.await?;
        output.show(&page, |page| {
            let row = |node: &Node| vec![key(node), minute(node.created_at), node.context_type.to_string(), node.summary().into_owned()];
            table(&["node", "created", "type", "summary"], page.items.iter().map(row))
        })?;
        if page.items.is_empty() {
            output.note(nothing(&user, "no memory fits").await?);
        }
        if let Some(cursor) = page.next {
            output.note(format_args!("more: --after {cursor}"));
        }
        Ok(())
    }
}

/// Replace single fields of a node.
#[derive(Args)]
#[command(after_help = "Example: pgmemory update --user demo salesforce/001234 --summary 'Renewed for two years' --relevance 0.9")]
pub(crate) struct Update {
    #[command(flatten)]
    user: User,
    /// The node's id, or SYSTEM/ID of an entity
    node: NodeRef,
    /// One sentence for people
    #[arg(long)]
    summary: Option<String>,
    /// A tag; given once or more, they replace all tags
    #[arg(long = "tag", value_name = "TAG")]
    tags: Option<Vec<String>>,
    /// Between 0 and 1
    #[arg(long, value_parser = share)]
    relevance: Option<f32>,
    /// A JSON object
    #[arg(long, value_name = "JSON", value_parser = json_value)]
    metadata: Option<Value>,
    /// From when on nobody shall see it
    #[arg(long, value_name = "TIME", value_parser = time)]
    expires_at: Option<DateTime<Utc>>,
    /// It shall never expire
    #[arg(long, conflicts_with = "expires_at")]
    never_expires: bool,
}

impl Update {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let node_id = self.node.id(&user).await?;
        let mut update = user.update(node_id);
        update = self.summary.into_iter().fold(update, pgmemory::Update::summary);
        update = self.tags.into_iter().fold(update, pgmemory::Update::tags);
        update = self.relevance.into_iter().fold(update, pgmemory::Update::relevance);
        update = self.metadata.into_iter().fold(update, pgmemory::Update::metadata);
        update = self.expires_at.into_iter().fold(update, pgmemory::Update::expires_at);
        if self.never_expires {
            update = update.never_expires();
        }
        if !update.await? {
            return Err(format!("user {} has no node {node_id}", user.user_id()).into());
        }
        output.show(&json!({"updated": node_id}), |_| format!("updated {node_id}"))?;
        Ok(())
    }
}

/// Count an access of nodes.
#[derive(Args)]
#[command(after_help = "Example: pgmemory touch --user demo salesforce/001234 servicenow/INC0012345")]
pub(crate) struct Touch {
    #[command(flatten)]
    user: User,
    /// Their ids, or SYSTEM/ID of entities
    #[arg(required = true)]
    nodes: Vec<NodeRef>,
}

impl Touch {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let mut node_ids = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            node_ids.push(node.id(&user).await?);
        }
        let touched = user.touch(&node_ids).await?;
        output.show(&json!({"touched": touched}), |_| format!("touched {}", count(touched as u64, "node")))?;
        Ok(())
    }
}

/// Delete a node and the relationships at it.
#[derive(Args)]
#[command(after_help = "Example: pgmemory delete --user demo jira/PLAT-101")]
pub(crate) struct Delete {
    #[command(flatten)]
    scope: Scope,
    /// The node's id, or SYSTEM/ID of an entity
    node: NodeRef,
}

impl Delete {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.backend(&self.scope).await?;
        let node_id = self.node.id(&memory).await?;
        if !memory.delete(node_id).await? {
            return Err(format!("somebody else deleted {node_id} just now").into());
        }
        output.show(&json!({"deleted": node_id}), |_| format!("deleted {node_id}"))?;
        memory.note_kept(output);
        Ok(())
    }
}
