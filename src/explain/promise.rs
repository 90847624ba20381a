//! What the comment of a query promises of its plan.
//!
//! `Access path:` names indexes, all of which the plan has to use; of those in one clause with an "or", one will do, and
//! none where it says "another index". A large table is read as a whole only where it says "all of" that table. What foreign keys do is in no plan. `Bounds:` says how
//! many rows are read and sorted at most, in sums of products of numbers, parameters (of a list, its length) and the numbers
//! that `explain::sample` gives beside them.

use std::collections::BTreeSet;

use super::{
    parameters::Values,
    plan::{Facts, Tables},
};
use crate::{Error, contract::Query, error::ErrorKind};

pub(super) struct Promise {
    pub(super) path: String,
    pub(super) bounds: Option<Bounds>,
}

/// How many rows are read and sorted at most, as formulas.
pub(super) struct Bounds {
    reads: String,
    sorts: String,
}

/// The same as numbers.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    reads: u64,
    sorts: u64,
}

impl Promise {
    pub(super) fn of(query: &Query) -> Self {
        let comment: Vec<&str> = query.sql.lines().map_while(|line| line.strip_prefix("---")).map(str::trim).collect();
        let part = |label: &str| {
            let start = comment.iter().position(|line| line.starts_with(label))?;
            let is_next = |line: &&&str| ["Access path:", "Bounds:", "Invariant:"].iter().any(|other| line.starts_with(other));
            let rest = comment[start + 1..].iter().take_while(|line| !is_next(line));
            let text = [&comment[start][label.len()..]].into_iter().chain(rest.copied()).collect::<Vec<_>>().join(" ");
            Some(text.trim().trim_end_matches('.').to_owned())
        };
        let bounds = part("Bounds:").and_then(|text| {
            let (reads, sorts) = text.strip_prefix("reads ")?.split_once(", sorts ")?;
            Some(Bounds { reads: reads.to_owned(), sorts: sorts.to_owned() })
        });
        Self { path: part("Access path:").unwrap_or_default(), bounds }
    }

    /// In what a plan is not as promised.
    pub(super) fn differences(&self, facts: &Facts, limits: Option<Limits>, tables: &Tables) -> Vec<String> {
        let mut differences = Vec::new();
        for clause in self.path.split(';').filter(|clause| !clause.contains("cascade") && !clause.contains("foreign key")) {
            let promised: BTreeSet<&str> = indexes(clause).filter(|index| tables.is_of_large(index)).collect();
            let unused: Vec<&str> = promised.iter().copied().filter(|index| !facts.indexes.contains(*index)).collect();
            let is_alternative = clause.contains(" or ") && (unused.len() < promised.len() || clause.contains("another index"));
            if !unused.is_empty() && !is_alternative {
                let used: Vec<&str> = facts.indexes.iter().map(String::as_str).collect();
                differences.push(format!(
                    "promises {}, uses {}",
                    unused.join(", "),
                    if used.is_empty() { "no index".to_owned() } else { used.join(", ") }
                ));
            }
        }
        let unsaid = facts.scanned.iter().filter(|table| !self.path.contains(&format!("all of {table}")));
        differences.extend(unsaid.map(|table| format!("reads all of {table}, which it does not say")));
        if let Some(limits) = limits.filter(|_| facts.is_of_large) {
            for (what, rows, most) in [("reads", facts.rows_read, limits.reads), ("sorts", facts.rows_sorted, limits.sorts)] {
                if rows > most {
                    differences.push(format!("{what} {rows} rows, promises {most} at most"));
                }
            }
        }
        differences
    }
}

fn indexes(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| ["_idx", "_pkey", "_key"].iter().any(|end| word.ends_with(end)))
}

impl Bounds {
    pub(super) fn for_values(&self, query: &Query, values: &Values) -> Result<Limits, Error> {
        let limit = |formula: &str| {
            let malformed = || Error::new(ErrorKind::Internal, format!("{}: the bound {formula} cannot be read", query.full_name()));
            evaluate(formula, |name| values.number(query, name)).ok_or_else(malformed)
        };
        Ok(Limits { reads: limit(&self.reads)?, sorts: limit(&self.sorts)? })
    }

    pub(super) fn describe(&self, limits: Limits) -> String {
        let one =
            |formula: &str, limit: u64| if formula.parse() == Ok(limit) { formula.to_owned() } else { format!("{formula} = {limit}") };
        format!("reads {}, sorts {}", one(&self.reads, limits.reads), one(&self.sorts, limits.sorts))
    }
}

/// A sum of products.
fn evaluate(formula: &str, number: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let factor = |text: &str| text.trim().parse().ok().or_else(|| number(text.trim()));
    let product = |text: &str| text.split('*').map(factor).try_fold(1_u64, |product, factor| Some(product.saturating_mul(factor?)));
    formula.split('+').map(product).try_fold(0_u64, |sum, product| Some(sum.saturating_add(product?)))
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn bounds_are_sums_of_products() {
        let number = |name: &str| match name {
            ":limit" => Some(20),
            "nodes" => Some(1_000),
            _ => None,
        };
        assert_eq!(evaluate("1", number), Some(1));
        assert_eq!(evaluate("2 * :limit + nodes", number), Some(1_040));
        assert_eq!(evaluate("nodes * nodes * :limit", number), Some(20_000_000));
        for malformed in ["", "2 *", "other", "-1", "nodes nodes"] {
            assert_eq!(evaluate(malformed, number), None, "{malformed}");
        }
    }
}
