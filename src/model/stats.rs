use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantNames};

use super::ContextType;
use crate::Error;

/// How much a user has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserStats {
    /// How many nodes.
    pub total_nodes: i32,
    /// How many relationships.
    pub total_relationships: i32,
    /// The number of the user's last change: 0 before the first.
    pub version: i64,
    /// When the first memory came; `None` for a user without any.
    pub created_at: Option<DateTime<Utc>>,
    /// When a memory or a relationship last changed.
    pub last_activity: Option<DateTime<Utc>>,
    /// The nodes of each context type, most first.
    pub context_types: Vec<ContextTypeCount>,
}

/// How many nodes a user has of one context type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContextTypeCount {
    /// The type.
    pub context_type: ContextType,
    /// How many nodes.
    pub nodes: i64,
    /// How many of them are entities.
    pub entities: i64,
}

/// A span of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_fn = unknown_period, parse_err_ty = Error)]
#[non_exhaustive]
pub enum Period {
    /// From the full hour.
    Hour,
    /// From midnight.
    Day,
    /// From midnight to Monday.
    Week,
    /// From the first of the month.
    Month,
    /// From the first of January.
    Year,
}

fn unknown_period(text: &str) -> Error {
    Error::invalid("period", format!("`{text}` is none of {}", Period::VARIANTS.join(", ")))
}

/// How many nodes of one context type a user created in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodCount {
    /// When the period begins.
    pub period: DateTime<Utc>,
    /// What the clock of the time zone shows then: `2026-03-29 00:00`.
    pub local_time: String,
    /// The type.
    pub context_type: ContextType,
    /// How many nodes.
    pub nodes: i64,
    /// How many of them are entities.
    pub entities: i64,
}

/// How much one of many users has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserCounts {
    /// The user.
    pub user_id: String,
    /// How many nodes.
    pub total_nodes: i32,
    /// How many of them are entities.
    pub total_entities: i64,
    /// How many relationships.
    pub total_relationships: i32,
    /// When a memory or a relationship last changed.
    pub last_activity: DateTime<Utc>,
}

/// A user whose memory changed lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActiveUser {
    /// The user.
    pub user_id: String,
    /// When a memory or a relationship last changed.
    pub last_activity: DateTime<Utc>,
    /// How many nodes were created since the time that was asked for.
    pub new_nodes: i64,
}

/// How much there is of all users together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Totals {
    /// How many users ever had a memory.
    pub users: i64,
    /// How many nodes.
    pub nodes: i64,
    /// How many relationships.
    pub relationships: i64,
}

/// Whether the store can do its work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Health {
    /// The server's version as it numbers itself: 150018 is 15.18.
    pub server_version: i32,
    /// The newest migration that was applied to the database; 0 before the first.
    pub schema_version: i32,
    /// The newest migration that this program brings.
    pub expected_schema_version: i32,
    /// How many nodes were sampled, at most 100: half of them the last ones in the order of the key, the others from
    /// random pages, large ones left out. None while the schema is another version's.
    pub sampled_nodes: i64,
    /// How many of those have a search column that the server would derive differently now.
    pub outdated_nodes: i64,
    /// How long one round trip to the server took.
    pub round_trip: Duration,
    /// How many connections the pool holds now.
    pub pool_size: usize,
    /// How many of them are free.
    pub pool_available: usize,
    /// How many callers wait for one.
    pub pool_waiting: usize,
}

impl Health {
    /// Whether the database is at the version that this program needs.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.schema_version == self.expected_schema_version
    }

    /// Whether text search reads what other rules have derived, so that it misses words: see
    /// [`Memory::reindex`](crate::Memory::reindex). A sample tells it, so no is not certain.
    #[must_use]
    pub fn needs_reindex(&self) -> bool {
        self.outdated_nodes > 0
    }
}
