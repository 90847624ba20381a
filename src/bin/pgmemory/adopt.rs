//! `adopt`.

use clap::Args;
use pgmemory::Adoption;

use crate::{
    Outcome,
    database::Database,
    output::{Output, count, fields, table},
};

/// Convert a database of the Python system in place: all of it or nothing.
#[derive(Args)]
#[command(after_help = "Example: pgmemory adopt --dry-run")]
pub(crate) struct Adopt {
    /// Do and report everything, and then take it back
    #[arg(long)]
    dry_run: bool,
}

impl Adopt {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.connect().await?;
        output.show(&memory.adopt().dry_run(self.dry_run).await?, describe)?;
        Ok(())
    }
}

fn describe(adoption: &Adoption) -> String {
    let mut parts = Vec::new();
    if adoption.dry_run {
        parts.push("dry run: nothing was changed\n".to_owned());
    }
    parts.push(fields([
        ("users", format!("{}, counters of {} corrected", adoption.users, adoption.counters_corrected)),
        (
            "nodes",
            format!(
                "{} of {}: {} merged as duplicates; {} without a system",
                adoption.nodes_kept, adoption.nodes_read, adoption.nodes_merged, adoption.entities_without_system
            ),
        ),
        (
            "relationships",
            format!(
                "{} of {}: {} merged as duplicates, {} dropped",
                adoption.relationships_kept, adoption.relationships_read, adoption.relationships_merged, adoption.relationships_dropped
            ),
        ),
    ]));
    let mut section = |header: &[&str], rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            parts.push(table(header, rows));
        }
    };
    section(
        &["put right in", "rows", "what", "for example"],
        adoption
            .repairs
            .iter()
            .map(|repair| {
                let example = repair.first.first().map(|row| row.id.map_or_else(|| row.user_id.clone(), |id| id.to_string()));
                vec![repair.relation.clone(), repair.rows.to_string(), repair.repair.clone(), example.unwrap_or_default()]
            })
            .collect(),
    );
    section(
        &["merged", "user", "into", "of"],
        adoption
            .merged
            .iter()
            .map(|entity| {
                let key = format!("{}/{}", entity.entity_system, entity.entity_id);
                vec![key, entity.user_id.clone(), entity.node_id.to_string(), count(entity.nodes, "node")]
            })
            .collect(),
    );
    section(
        &["dropped", "user", "type", "why"],
        adoption
            .dropped
            .iter()
            .map(|link| vec![link.id.to_string(), link.user_id.clone(), link.relationship_type.clone(), link.reason.clone()])
            .collect(),
    );
    section(
        &["counters of", "nodes", "relationships"],
        adoption
            .corrected
            .iter()
            .map(|user| {
                let change = |before: i64, now: i64| if before == now { now.to_string() } else { format!("{before} → {now}") };
                vec![user.user_id.clone(), change(user.nodes_before, user.nodes), change(user.relationships_before, user.relationships)]
            })
            .collect(),
    );
    parts.join("\n")
}
