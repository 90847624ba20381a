//! What waits to be written, and which of it goes together.

use std::{
    collections::{HashSet, VecDeque, hash_map::RandomState},
    hash::BuildHasher,
    mem,
    sync::Arc,
};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{Coalesced, MOST_WRITERS};
use crate::{Error, NewNode, NewRelationship, UserMemory};

/// How many items one statement writes at most.
const MOST_ITEMS: usize = 200;

/// Something to write, and who waits for it.
pub(crate) struct Item<T: Coalesced> {
    pub(super) call: Call<T>,
    pub(super) caller: Caller<T>,
}

/// What is written for a user.
pub(crate) struct Call<T> {
    pub(super) memory: UserMemory,
    pub(super) value: T,
}

/// Who waits for an answer, and has a place in the queue until it comes.
pub(crate) struct Caller<T: Coalesced> {
    pub(super) reply: oneshot::Sender<Result<T::Answer, Error>>,
    pub(super) _room: OwnedSemaphorePermit,
}

impl<T: Coalesced> Caller<T> {
    pub(super) fn answer(self, answer: Result<T::Answer, Error>) {
        // Nobody may wait for it any more.
        let _ = self.reply.send(answer);
    }
}

/// What one statement writes.
pub(super) enum Batch {
    Nodes(Vec<Item<NewNode>>),
    Relationships(Vec<Item<NewRelationship>>),
}

/// What waits, in order, and the users who are being written for: two statements of this process never wait for each other.
#[derive(Default)]
pub(crate) struct Queues {
    pub(super) nodes: VecDeque<Item<NewNode>>,
    pub(super) relationships: VecDeque<Item<NewRelationship>>,
    busy: HashSet<Arc<str>>,
    hasher: RandomState,
    is_turn_of_relationships: bool,
}

impl Queues {
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.relationships.is_empty()
    }

    pub(super) fn is_busy(&self, user_id: &str) -> bool {
        self.busy.contains(user_id)
    }

    /// Makes a user busy, who may be so already.
    pub(super) fn occupy(&mut self, user_id: &Arc<str>) -> bool {
        self.busy.insert(Arc::clone(user_id))
    }

    pub(super) fn release(&mut self, users: &[Arc<str>]) {
        for user_id in users {
            self.busy.remove(user_id);
        }
    }

    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.relationships.clear();
    }

    /// How many users there is something to write for.
    fn users(&self) -> usize {
        let nodes = self.nodes.iter().map(|item| &item.call.memory);
        let memories = nodes.chain(self.relationships.iter().map(|item| &item.call.memory));
        let waiting: HashSet<&str> = memories.map(UserMemory::user_id).filter(|user_id| !self.is_busy(user_id)).collect();
        self.busy.len() + waiting.len()
    }

    /// The next items to write and their users, who are busy from now on; nodes and relationships by turns. Each writer has its
    /// share of the users: whoever took all would leave the others nothing to write until that is done.
    pub(super) fn take(&mut self, keeps_apart: bool) -> Option<(Batch, Vec<Arc<str>>)> {
        let most_users = if keeps_apart { 1 } else { self.users().div_ceil(MOST_WRITERS) };
        for _ in 0..2 {
            self.is_turn_of_relationships = !self.is_turn_of_relationships;
            let batch = if self.is_turn_of_relationships {
                let (items, users) = take(&mut self.nodes, &self.busy, &self.hasher, most_users);
                (Batch::Nodes(items), users)
            } else {
                let (items, users) = take(&mut self.relationships, &self.busy, &self.hasher, most_users);
                (Batch::Relationships(items), users)
            };
            if !batch.1.is_empty() {
                self.busy.extend(batch.1.iter().cloned());
                return Some(batch);
            }
        }
        None
    }
}

/// Takes the oldest items that one statement can write; what a caller no longer waits for goes.
fn take<T: Coalesced>(
    queue: &mut VecDeque<Item<T>>,
    busy: &HashSet<Arc<str>>,
    hasher: &RandomState,
    most_users: usize,
) -> (Vec<Item<T>>, Vec<Arc<str>>) {
    let (mut items, mut users, mut keys) = (Vec::new(), HashSet::new(), HashSet::new());
    for item in mem::take(queue) {
        let user_id = item.call.memory.shared_user_id();
        let is_possible = !busy.contains(&user_id) && (users.len() < most_users || users.contains(&user_id));
        if item.caller.reply.is_closed() {
            continue;
        }
        // A statement writes a row once. Two of the same hash wait for each other in vain, which does not matter.
        if items.len() < MOST_ITEMS && is_possible && item.call.value.key().is_none_or(|key| keys.insert(hasher.hash_one((&user_id, key))))
        {
            users.insert(user_id);
            items.push(item);
        } else {
            queue.push_back(item);
        }
    }
    (items, users.into_iter().collect())
}
