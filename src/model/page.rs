use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;

/// Every time that can be stored lies between these: the years 1 to 9999.
pub(crate) const EARLIEST: DateTime<Utc> = DateTime::from_timestamp(-62_135_596_800, 0).expect("the year 1");
pub(crate) const LATEST: DateTime<Utc> = DateTime::from_timestamp(253_402_300_800, 0).expect("the year 10000");

/// A part of a list, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts off the one item that was read beyond the page to know whether there is a next one.
    pub(crate) fn new(mut items: Vec<T>, limit: usize, place: impl FnOnce(&T) -> Cursor) -> Self {
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = if has_more { items.last().map(place) } else { None };
        Self { items, next }
    }
}

/// A place in a list: just after one of its items. It stays valid while items come and go.
///
/// As text, for URLs and command lines, it is letters and digits only.
///
/// ```
/// # fn main() -> Result<(), pgmemory::Error> {
/// use pgmemory::Cursor;
///
/// let text = "000654e83181cd00264054ab27ed57f4b851fa9c2f967dd5";
/// let cursor: Cursor = text.parse()?;
/// assert_eq!(cursor.to_string(), text);
/// assert!("page two".parse::<Cursor>().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    created_at: DateTime<Utc>,
    id: Uuid,
}

impl Cursor {
    pub(crate) fn after(created_at: DateTime<Utc>, id: Uuid) -> Self {
        Self { created_at, id }
    }

    /// Before every item.
    pub(crate) fn start() -> Self {
        Self { created_at: LATEST, id: Uuid::max() }
    }

    pub(crate) fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    pub(crate) fn id(&self) -> Uuid {
        self.id
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.created_at.timestamp_micros(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::invalid("cursor", "is not one that a list gave");
        let (micros, id) = text.split_at_checked(16).ok_or_else(malformed)?;
        // Times before 1970 are negative: their bits are those of a large number.
        let micros = u64::from_str_radix(micros, 16).map_err(|_| malformed())?.cast_signed();
        let id = Uuid::try_parse(id).map_err(|_| malformed())?;
        let created_at = DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::microseconds(micros)).ok_or_else(malformed)?;
        if !(EARLIEST..LATEST).contains(&created_at) {
            return Err(malformed());
        }
        let cursor = Self { created_at, id };
        if cursor.to_string() == text { Ok(cursor) } else { Err(malformed()) }
    }
}

impl TryFrom<String> for Cursor {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}
