//! Indexing the texts of nodes: behind the answers to whoever writes, and before a search.

use rusqlite::{Connection, named_params};

use super::{
    local::Local,
    rows::{all, run},
    writer::Importance,
};
use crate::{Error, error::ErrorKind};

/// How many texts are indexed at once: few enough that nobody who writes waits long.
pub(super) const PAGE: u16 = 200;

/// Indexes a few texts, newest first; returns how many.
pub(super) fn index_page(connection: &Connection) -> Result<usize, Error> {
    let row_ids = all(connection, "nodes::list_unindexed", named_params! {":limit": PAGE}, |row| Ok(row.get::<_, i64>(0)?))?;
    for row_id in &row_ids {
        run(connection, "node_text::insert", named_params! {":id": row_id})?;
        if run(connection, "nodes::mark_indexed", named_params! {":id": row_id})? == 0 {
            return Err(Error::new(ErrorKind::SessionFile, "the session's file is damaged: a node is in an index alone"));
        }
    }
    Ok(row_ids.len())
}

/// Waits until all texts are indexed.
pub(super) async fn index_rest(local: &Local) -> Result<(), Error> {
    while local.write(Importance::Cache, index_page).await? == usize::from(PAGE) {}
    Ok(())
}
