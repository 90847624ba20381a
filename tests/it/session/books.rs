//! Which writes came through, and how often.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use pgmemory::{Durability, Node, Session, UserMemory};

use super::{LONG, writer::Said};

/// What writers were told, by entity.
#[derive(Default)]
pub(super) struct Books {
    remembered: HashMap<u64, BTreeSet<String>>,
    durable: HashMap<u64, BTreeSet<String>>,
    pub(super) writes: usize,
}

impl Books {
    pub(super) fn add(&mut self, said: &[Said]) {
        for said in said {
            if let Said::Remembered { name, entity, durability } = said {
                self.writes += 1;
                self.remembered.entry(*entity).or_default().insert(name.clone());
                if *durability == Durability::Durable {
                    self.durable.entry(*entity).or_default().insert(name.clone());
                }
            }
        }
    }

    /// What was called durable is in PostgreSQL.
    pub(super) async fn durable_is_there(&self, user: &UserMemory, system: &str) {
        assert_there(&self.durable, user, system).await;
    }

    /// All that returned is in PostgreSQL.
    pub(super) async fn all_is_there(&self, user: &UserMemory, system: &str) {
        assert_there(&self.remembered, user, system).await;
    }
}

async fn assert_there(wanted: &HashMap<u64, BTreeSet<String>>, user: &UserMemory, system: &str) {
    for (entity, wanted) in wanted {
        let node = user.get_entity(system, &entity.to_string()).await.unwrap();
        let there = node.as_ref().map(writes_of).unwrap_or_default();
        let lost: Vec<_> = wanted.difference(&there).collect();
        assert!(lost.is_empty(), "{system}/{entity} lacks {lost:?}");
    }
}

/// The writes that an entity has come from: each of them exactly once.
pub(super) fn writes_of(node: &Node) -> BTreeSet<String> {
    let data = node.content["entity_data"].as_object().unwrap();
    let writes: BTreeSet<String> = data.keys().filter(|key| *key != "last").cloned().collect();
    assert_eq!(node.content["update_count"], writes.len() - 1, "{}: {writes:?}", node.entity_id.as_deref().unwrap_or_default());
    writes
}

/// PostgreSQL has got everything from the session, and the session has PostgreSQL's memory.
pub(super) async fn assert_equal(session: &Session, user: &UserMemory, system: &str, entities: u64) {
    assert_eq!(session.flush(LONG).await.unwrap(), 0, "{:?}", session.status().await.unwrap());
    assert!(session.dead_letters().await.unwrap().is_empty());
    for entity in 0..entities {
        let entity = entity.to_string();
        let there = user.get_entity(system, &entity).await.unwrap();
        there.as_ref().map(writes_of);
        let deadline = Instant::now() + LONG;
        loop {
            let here = session.get_entity(system, &entity).await.unwrap();
            if here == there {
                break;
            }
            assert!(Instant::now() < deadline, "{system}/{entity}: {here:#?}\n{there:#?}\n{:?}", session.status().await.unwrap());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
