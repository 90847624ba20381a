//! What the references of a file mean.

use std::collections::HashMap;

use uuid::Uuid;

use super::lines::End;

/// How many nodes are remembered, so that a relationship need not look them up.
const MAX_REMEMBERED: usize = 20_000;

/// What references in the file mean, for each user, as far as it is known.
#[derive(Default)]
pub(super) struct Known {
    /// Ids in the file of entities that were there under another id: the only thing that grows with the file,
    /// by one entry for each.
    pub(super) aliases: HashMap<String, HashMap<Uuid, Uuid>>,
    /// Nodes met lately.
    pub(super) met: HashMap<String, HashMap<End, Uuid>>,
}

impl Known {
    pub(super) fn get(&self, user_id: &str, end: &End) -> Option<Uuid> {
        let alias = |node_id| self.aliases.get(user_id)?.get(node_id);
        let alias = if let End::Id { node_id } = end { alias(node_id) } else { None };
        alias.or_else(|| self.met.get(user_id)?.get(end)).copied()
    }

    pub(super) fn add(&mut self, newer: Self) {
        for (user_id, aliases) in newer.aliases {
            self.aliases.entry(user_id).or_default().extend(aliases);
        }
        if self.met.values().map(HashMap::len).sum::<usize>() > MAX_REMEMBERED {
            self.met.clear();
        }
        for (user_id, met) in newer.met {
            self.met.entry(user_id).or_default().extend(met);
        }
    }
}
