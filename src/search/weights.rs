//! What counts how much.

use crate::{Error, model::validate_share};

/// As good as all: to see what a smaller number leaves out.
const MOST_CANDIDATES: usize = 1_000_000;

/// How a ranking weighs what it finds. The defaults were chosen by measurement: see `docs/SEARCH.md`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Weights {
    /// A word in the name of an entity, in the summary, in the tags, and elsewhere in the content.
    pub fields: [f32; 4],
    /// A name that looks like a word, at full likeness.
    pub fuzzy: f64,
    /// What the five best hits have in common, in other nodes; 0 to leave it.
    pub feedback: f64,
    /// How much alike an embedding is, above the hundredth; only where the request has one.
    pub semantic: f64,
    /// How many steps along relationships a word counts, 0 to 2.
    pub hops: i32,
    /// What is left of it after a step along a relationship of full strength, from 0 to 1.
    pub forward: f32,
    /// The same after a step against it.
    pub backward: f32,
    /// The newest nodes, as a share of their score.
    pub recency: f64,
    /// A base relevance of 1 instead of 0, as a share of the score.
    pub relevance: f64,
    /// Very many accesses, as a share of the score.
    pub accesses: f64,
    /// About how many nodes are ranked at most, 1 to 1,000,000: more cost time, and change little.
    pub candidates: usize,
}

impl Weights {
    /// Those of [`UserMemory::search`](crate::UserMemory::search): what a node says itself.
    #[must_use]
    pub const fn search() -> Self {
        Self {
            fields: [1.0, 0.8, 0.7, 0.6],
            fuzzy: 0.5,
            feedback: 0.4,
            semantic: 1.0,
            hops: 0,
            forward: 0.7,
            backward: 0.5,
            recency: 0.0,
            relevance: 0.0,
            accesses: 0.0,
            candidates: 300,
        }
    }

    /// Those of [`UserMemory::recall`](crate::UserMemory::recall): also what is said around it, and what it is worth.
    #[must_use]
    pub const fn recall() -> Self {
        Self { feedback: 0.0, hops: 2, recency: 0.1, relevance: 0.2, accesses: 0.05, ..Self::search() }
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        self.fields.iter().try_for_each(|weight| validate_share("weights.fields", *weight))?;
        validate_share("weights.forward", self.forward)?;
        validate_share("weights.backward", self.backward)?;
        for (field, weight) in [
            ("weights.fuzzy", self.fuzzy),
            ("weights.feedback", self.feedback),
            ("weights.semantic", self.semantic),
            ("weights.recency", self.recency),
            ("weights.relevance", self.relevance),
            ("weights.accesses", self.accesses),
        ] {
            if !(0.0..=100.0).contains(&weight) {
                return Err(Error::invalid(field, format!("must be between 0 and 100, not {weight}")));
            }
        }
        if !(0..=2).contains(&self.hops) {
            return Err(Error::invalid("weights.hops", format!("must be between 0 and 2, not {}", self.hops)));
        }
        if !(1..=MOST_CANDIDATES).contains(&self.candidates) {
            return Err(Error::invalid("weights.candidates", format!("must be between 1 and {MOST_CANDIDATES}, not {}", self.candidates)));
        }
        Ok(())
    }
}
