//! What all systems are given: the same entities, of the same words.

use pgmemory::NewNode;
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::Outcome;

/// How many different texts there are.
pub(crate) const TEXTS: usize = 4_096;

const SYLLABLES: [&str; 20] = [
    "ba", "cor", "den", "fi", "gra", "hol", "in", "jar", "kel", "lum", "mo", "nor", "ol", "pra", "quil", "ros", "sti", "tur", "ven", "zan",
];

fn word(random: &mut fastrand::Rng) -> String {
    let syllable = |random: &mut fastrand::Rng| SYLLABLES[random.usize(0..SYLLABLES.len())];
    let first = syllable(random);
    format!("{first}{}{}", syllable(random), if random.bool() { "" } else { "ment" })
}

pub(crate) fn words(random: &mut fastrand::Rng, count: usize) -> String {
    (0..count).map(|_| word(random)).collect::<Vec<_>>().join(" ")
}

/// An entity with a name of 2 words, notes of 20 and a summary of 8.
pub(crate) struct Item {
    pub(crate) content: Value,
    pub(crate) summary: String,
}

impl Item {
    pub(crate) fn all() -> Vec<Self> {
        let mut random = fastrand::Rng::with_seed(5);
        let item = |number: usize| Self {
            content: json!({
                "entity_id": format!("F{number}"),
                "entity_system": "crm",
                "entity_type": "Account",
                "entity_name": words(&mut random, 2),
                "entity_data": {"industry": word(&mut random), "revenue": random.u32(0..1_000_000), "notes": words(&mut random, 20)},
            }),
            summary: words(&mut random, 8),
        };
        (0..TEXTS).map(item).collect()
    }

    /// Puts them where the statements of pgbench find them.
    pub(crate) async fn copy(items: &[Self], client: &Client) -> Outcome {
        let insert = client.prepare("INSERT INTO bench.items VALUES ($1, $2, $3)").await?;
        for (item, id) in items.iter().zip(0_i32..) {
            client.execute(&insert, &[&id, &item.content, &item.summary]).await?;
        }
        Ok(())
    }

    pub(crate) fn node(&self, entity_id: String) -> NewNode {
        let mut node = NewNode::entity("crm", entity_id).summary(self.summary.as_str()).tags(["t"]);
        for (key, value) in self.content.as_object().into_iter().flatten().filter(|(key, _)| *key != "entity_id") {
            node.content[key] = value.clone();
        }
        node
    }

    pub(crate) fn json(&self) -> Value {
        json!({"content": self.content, "summary": self.summary, "tags": ["t"]})
    }
}

/// Users, how many nodes each has, and to how many others each of them is related.
pub(crate) fn sizes(large: usize) -> String {
    format!("(VALUES ('filled', 1000, 1), ('filled10', 10000, 1), ('filled20', 20000, 0), ('filled100', {large}, 0), ('hubs', 2000, 25))")
}

/// Makes the nodes of such users, and relates each to those after it.
pub(crate) fn fill(sizes: &str) -> String {
    format!(
        "INSERT INTO memory.nodes (user_id, node_id, context_type, content, summary, tags, entity_system, entity_id)
        SELECT user_id, md5(user_id || n)::uuid, 'domain_entity',
            content || jsonb_build_object('entity_id', 'F' || n, 'last_updated', '', 'update_count', 0), summary, '{{t}}', 'crm', 'F' || n
        FROM {sizes} AS sizes (user_id, size, related)
        CROSS JOIN LATERAL generate_series(0, size - 1) AS n
        JOIN bench.items ON id = n % {TEXTS};
        INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type, strength)
        SELECT user_id, md5(user_id || n)::uuid, md5(user_id || (n + step) % size)::uuid, 'relates_to', 0.5
        FROM {sizes} AS sizes (user_id, size, related)
        CROSS JOIN LATERAL generate_series(0, size - 1) AS n
        CROSS JOIN LATERAL generate_series(1, related) AS step"
    )
}
