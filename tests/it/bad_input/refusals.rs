//! Calls that have to be refused, and the rows that they must leave as they were.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use pgmemory::{Error, ErrorKind, NewNode, NewRelationship, UserMemory};
use tokio_postgres::Client;

use crate::{dump::contents, expiry::faults, support::Database};

/// Makes the calls, and remembers of which arguments.
pub(super) struct Refusals<'a> {
    database: &'a Database,
    pub(super) client: Client,
    pub(super) alice: UserMemory,
    before: BTreeMap<String, String>,
    called: BTreeSet<String>,
}

impl<'a> Refusals<'a> {
    pub(super) async fn new(database: &'a Database) -> Self {
        let client = database.client().await;
        let before = contents(&client).await;
        assert!(before.len() >= 6 && before["nodes"].lines().count() > 1);
        Self { database, client, alice: database.user("alice"), before, called: BTreeSet::new() }
    }

    /// The call names this field of what it was given.
    pub(super) async fn invalid<T: Debug>(&mut self, argument: &str, field: &str, call: impl IntoFuture<Output = Result<T, Error>>) {
        self.refused(argument, ErrorKind::InvalidInput, Some(field), call).await;
    }

    /// The call wants something that is not there.
    pub(super) async fn missing<T: Debug>(&mut self, argument: &str, call: impl IntoFuture<Output = Result<T, Error>>) {
        self.refused(argument, ErrorKind::NotFound, None, call).await;
    }

    async fn refused<T: Debug>(
        &mut self,
        argument: &str,
        kind: ErrorKind,
        field: Option<&str>,
        call: impl IntoFuture<Output = Result<T, Error>>,
    ) -> Error {
        self.called.insert(argument.to_owned());
        let error = call.await.expect_err(argument);
        assert_eq!((error.kind(), error.field()), (kind, field), "{argument}: {error}");
        assert!(field.is_none_or(|field| error.to_string().contains(field)), "{argument}: {error}");
        error
    }

    /// Nobody stores this node, alone, after a good one, or in a transaction that commits.
    pub(super) async fn node(&mut self, argument: &str, field: &str, node: NewNode) {
        let alice = self.alice.clone();
        self.called.insert(argument.to_owned());
        self.invalid("UserMemory::store(node)", field, alice.store(&node)).await;
        let batch = [NewNode::entity("crm", "good"), node.clone()];
        let kind = ErrorKind::InvalidInput;
        let error = self.refused("UserMemory::store_many(batch)", kind, Some(field), alice.store_many(&batch)).await;
        assert!(error.to_string().starts_with("item 1: "), "{error}");

        let client = self.database.client().await;
        client.batch_execute("BEGIN").await.unwrap();
        self.invalid("UserTransaction::store(node)", field, alice.within(&client).store(&node)).await;
        self.invalid("UserTransaction::store_many(batch)", field, alice.within(&client).store_many(&batch)).await;
        client.batch_execute("COMMIT").await.unwrap();
    }

    /// Nobody relates so, alone, after a good relationship, or in a transaction that commits.
    pub(super) async fn relationship(
        &mut self,
        argument: &str,
        kind: ErrorKind,
        field: Option<&str>,
        good: &NewRelationship,
        bad: NewRelationship,
    ) {
        let alice = self.alice.clone();
        self.called.insert(argument.to_owned());
        self.refused("UserMemory::relate(relationship)", kind, field, alice.relate(&bad)).await;
        let batch = [good.clone(), bad.clone()];
        let error = self.refused("UserMemory::relate_many(batch)", kind, field, alice.relate_many(&batch)).await;
        assert!(kind != ErrorKind::InvalidInput || error.to_string().starts_with("item 1: "), "{error}");
        let client = self.database.client().await;
        for (argument, batch) in [("UserTransaction::relate(relationship)", &batch[1..]), ("UserTransaction::relate_many(batch)", &batch)] {
            client.batch_execute("BEGIN").await.unwrap();
            if let [bad] = batch {
                self.refused(argument, kind, field, alice.within(&client).relate(bad)).await;
            } else {
                self.refused(argument, kind, field, alice.within(&client).relate_many(batch)).await;
            }
            // Rolls back what the server refused, and would keep whatever it did not.
            client.batch_execute("COMMIT").await.unwrap();
        }
    }

    /// Every row of every table is as it was. Returns of which arguments calls were made.
    pub(super) async fn nothing_was_stored(self) -> BTreeSet<String> {
        let after = contents(&self.client).await;
        let differing: Vec<_> = self.before.iter().filter(|(table, rows)| after[*table] != **rows).map(|(table, _)| table).collect();
        assert!(differing.is_empty() && after.len() == self.before.len(), "{differing:?}");
        assert_eq!(faults(&self.database.memory).await, 0);
        self.called
    }
}
