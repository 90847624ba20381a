//! Batches have the meaning of their items one after the other.

use std::{collections::HashMap, hash::Hash};

/// Splits a batch into rounds in which no key occurs twice: a statement can write a row only once, and
/// what is stored again has to be merged into what came before. Each round lists indices in order.
pub(crate) fn rounds<K: Eq + Hash>(keys: impl IntoIterator<Item = K>) -> Vec<Vec<usize>> {
    let mut occurrences = HashMap::new();
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    for (index, key) in keys.into_iter().enumerate() {
        let round = occurrences.entry(key).and_modify(|round| *round += 1).or_insert(0);
        if *round == rounds.len() {
            rounds.push(Vec::new());
        }
        rounds[*round].push(index);
    }
    rounds
}

#[cfg(test)]
mod tests {
    use super::rounds;

    #[test]
    fn a_key_occurs_once_a_round_and_in_order() {
        assert_eq!(rounds(["a", "b", "a", "c", "a", "b"]), [vec![0, 1, 3], vec![2, 5], vec![4]]);
        assert!(rounds::<u8>([]).is_empty());
    }
}
