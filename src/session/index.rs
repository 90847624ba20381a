//! Indexing the texts of nodes, which may be done after they are loaded.

use rusqlite::{Connection, named_params};

use super::{
    local::Local,
    rows::{all, run},
    writer::Importance,
};
use crate::{Error, error::ErrorKind};

/// How many texts are indexed at once: few enough that nobody who writes waits long.
const PAGE: i64 = 200;

/// Makes a node that was just written be found by what it says now.
pub(super) fn index_one(connection: &Connection, row_id: i64) -> Result<(), Error> {
    run(connection, "node_text::insert", named_params! {":id": row_id})?;
    if run(connection, "nodes::mark_indexed", named_params! {":id": row_id})? == 0 {
        return Err(Error::new(ErrorKind::SessionFile, "the session's file is damaged: a node is in an index alone"));
    }
    Ok(())
}

/// Indexes all that is not, newest first.
pub(super) async fn index_rest(local: &Local) -> Result<(), Error> {
    loop {
        let index = |connection: &Connection| {
            let row_ids = all(connection, "nodes::list_unindexed", named_params! {":limit": PAGE}, |row| Ok(row.get::<_, i64>(0)?))?;
            row_ids.iter().try_for_each(|row_id| index_one(connection, *row_id))?;
            Ok(row_ids.len())
        };
        if local.write(Importance::Cache, index).await? == 0 {
            return Ok(());
        }
    }
}
