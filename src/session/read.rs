//! Single nodes, as the file has them.

use std::sync::PoisonError;

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::{
    Session,
    rows::{Id, Time, all, node_of},
};
use crate::{Error, Node, model::validate_entity_key};

impl Session {
    /// One node by its id, or `None`: of the memory as far as it is here, or a note of this thread.
    ///
    /// # Errors
    ///
    /// [`SessionFile`](crate::ErrorKind::SessionFile) when the file cannot be read.
    pub async fn get(&self, node_id: Uuid) -> Result<Option<Node>, Error> {
        let thread = self.0.thread.clone();
        let get = move |connection: &Connection| {
            let params = named_params! {":node_id": Id(node_id), ":thread": &*thread, ":now": Time::now()};
            Ok(all(connection, "nodes::get", params, node_of)?.pop())
        };
        let node = self.0.shared.local.read(get).await?;
        self.used(node.iter().map(|node| node.node_id));
        Ok(node)
    }

    /// The node of an entity, or `None`; a note of this thread comes before what is remembered.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when no entity can have this key;
    /// [`SessionFile`](crate::ErrorKind::SessionFile) when the file cannot be read.
    pub async fn get_entity(&self, entity_system: &str, entity_id: &str) -> Result<Option<Node>, Error> {
        validate_entity_key("entity_system", entity_system)?;
        validate_entity_key("entity_id", entity_id)?;
        let (thread, entity_system, entity_id) = (self.0.thread.clone(), entity_system.to_owned(), entity_id.to_owned());
        let get = move |connection: &Connection| {
            let params = named_params! {
                ":thread": &*thread,
                ":entity_system": entity_system,
                ":entity_id": entity_id,
                ":now": Time::now(),
            };
            Ok(all(connection, "nodes::get_by_entity", params, node_of)?.pop())
        };
        let node = self.0.shared.local.read(get).await?;
        self.used(node.iter().map(|node| node.node_id));
        Ok(node)
    }

    /// What is used stays longest, where the file is bounded.
    pub(super) fn used(&self, node_ids: impl Iterator<Item = Uuid>) {
        if self.0.shared.most_nodes.is_some() {
            self.0.shared.used.lock().unwrap_or_else(PoisonError::into_inner).extend(node_ids);
        }
    }
}
