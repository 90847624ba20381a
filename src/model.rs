//! The types that cross the API.

mod json;
mod node;
mod page;
mod relationship;
mod stats;

pub(crate) use json::{from_json, from_row, from_text, validate_json, validate_object};
pub use node::{ContextType, NewNode, Node, Outcome, Stored};
pub(crate) use node::{node_from_row, validate_entity_key, validate_summary, validate_tags};
pub use page::{Cursor, Page};
pub(crate) use page::{EARLIEST, LATEST};
pub use relationship::{Direction, NewRelationship, Related, Relationship, RelationshipType};
pub use stats::{ActiveUser, ContextTypeCount, Health, Period, PeriodCount, Totals, UserCounts, UserStats};

use crate::Error;

/// How many results one call may ask for.
const MAX_LIMIT: usize = 1_000;

pub(crate) fn validate_limit(limit: usize) -> Result<i64, Error> {
    validate_limit_to(MAX_LIMIT, limit)
}

pub(crate) fn validate_limit_to(most: usize, limit: usize) -> Result<i64, Error> {
    match i64::try_from(limit) {
        Ok(limit @ 1..) if limit.unsigned_abs() <= most as u64 => Ok(limit),
        _ => Err(Error::invalid("limit", format!("must be between 1 and {most}, not {limit}"))),
    }
}

/// Text that PostgreSQL can store and whose length is within bounds.
pub(crate) fn validate_text(field: &str, text: &str, max_bytes: usize) -> Result<(), Error> {
    if text.contains('\0') {
        return Err(Error::invalid(field, "must not contain a NUL character"));
    }
    if text.len() > max_bytes {
        return Err(Error::invalid(field, format!("is {} bytes long, at most {max_bytes} can be stored", text.len())));
    }
    Ok(())
}

/// The same for what may not be empty.
pub(crate) fn validate_key(field: &str, text: &str, max_bytes: usize) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    validate_text(field, text, max_bytes)
}

pub(crate) fn validate_user_id(user_id: &str) -> Result<(), Error> {
    validate_key("user_id", user_id, 256)
}

/// A number between 0 and 1; NaN is none.
pub(crate) fn validate_share(field: &str, share: f32) -> Result<(), Error> {
    if (0.0..=1.0).contains(&share) { Ok(()) } else { Err(Error::invalid(field, format!("must be between 0 and 1, not {share}"))) }
}

/// A time that the database can store and that can be written in RFC 3339.
pub(crate) fn validate_time(field: &str, time: chrono::DateTime<chrono::Utc>) -> Result<(), Error> {
    if (EARLIEST..LATEST).contains(&time) {
        Ok(())
    } else {
        Err(Error::invalid(field, format!("must be in the years 1 to 9999, not {time}")))
    }
}
