//! What a plan of the server tells.

use std::collections::{BTreeSet, HashMap, HashSet};

use codegen::{client::GenericClient, queries::explain};
use serde_json::Value;

use crate::Error;

/// The tables and indexes of the store.
pub(super) struct Tables {
    /// What the partitions of each stand for.
    parents: HashMap<String, String>,
    names: HashSet<String>,
    large: HashSet<String>,
}

impl Tables {
    pub(super) async fn read(client: &impl GenericClient) -> Result<Self, Error> {
        let mut read = Self { parents: HashMap::new(), names: HashSet::new(), large: HashSet::new() };
        for table in explain::list_tables().bind(client).all().await? {
            if table.is_table && table.is_large {
                read.large.insert(table.name.clone());
            }
            if let Some(parent) = table.parent {
                read.parents.insert(table.name, parent);
            } else if table.is_table {
                read.names.insert(table.name);
            }
        }
        Ok(read)
    }

    /// The table or index as the schema has it.
    fn whole<'a>(&'a self, name: &'a str) -> &'a str {
        self.parents.get(name).map_or(name, String::as_str)
    }

    pub(super) fn is_large(&self, table: &str) -> bool {
        self.large.contains(table)
    }

    /// Whether it matters that an index is used. Indexes begin with the name of their table.
    pub(super) fn is_of_large(&self, index: &str) -> bool {
        self.large.iter().any(|table| index.strip_prefix(table.as_str()).is_some_and(|rest| rest.starts_with('_')))
    }
}

/// What can be promised of a plan.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) indexes: BTreeSet<String>,
    /// Large tables that are read as a whole.
    pub(super) scanned: BTreeSet<String>,
    pub(super) rows_read: u64,
    pub(super) rows_sorted: u64,
    /// Whether it reads or writes a large table.
    pub(super) is_of_large: bool,
}

impl Facts {
    pub(super) fn read(plan: &Value, tables: &Tables) -> Self {
        let mut facts = Self::default();
        facts.add(plan, tables);
        facts
    }

    fn add(&mut self, node: &Value, tables: &Tables) {
        let kind = node["Node Type"].as_str().unwrap_or_default();
        let table = node["Relation Name"].as_str().map(|name| tables.whole(name)).filter(|name| tables.names.contains(*name));
        self.is_of_large |= table.is_some_and(|table| tables.is_large(table));
        let arbiters = node["Conflict Arbiter Indexes"].as_array().into_iter().flatten();
        let indexes = arbiters.chain(node.get("Index Name")).filter_map(Value::as_str);
        self.indexes.extend(indexes.map(|index| tables.whole(index).to_owned()));
        let children = || node["Plans"].as_array().into_iter().flatten();
        match kind {
            "Sort" | "Incremental Sort" => self.rows_sorted += children().map(|child| total(child, &["Actual Rows"])).sum::<u64>(),
            // Its index may have given more rows than were looked up.
            "Bitmap Heap Scan" => self.rows_read += rows_read(node).max(bitmap_rows(node)),
            kind if kind.ends_with("Scan") => {
                let whole = table.filter(|table| kind == "Seq Scan" && tables.is_large(table));
                self.scanned.extend(whole.map(str::to_owned));
                self.rows_read += table.map_or(0, |_| rows_read(node));
            }
            _ => {}
        }
        children().for_each(|child| self.add(child, tables));
    }
}

fn rows_read(scan: &Value) -> u64 {
    total(scan, &["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"])
}

fn bitmap_rows(node: &Value) -> u64 {
    let children = node["Plans"].as_array().into_iter().flatten();
    children.map(|child| if child.get("Index Name").is_some() { total(child, &["Actual Rows"]) } else { bitmap_rows(child) }).sum()
}

/// The server gives averages of all loops.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of rows")]
fn total(node: &Value, counts: &[&str]) -> u64 {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    (counts.iter().map(|name| number(name)).sum::<f64>() * number("Actual Loops")).round() as u64
}
