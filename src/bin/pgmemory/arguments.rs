//! Arguments that several commands take.

use std::str::FromStr;

use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, Utc};
use clap::builder::{PossibleValuesParser, RangedI64ValueParser, RangedU64ValueParser, TypedValueParser};
use pgmemory::{Node, UserMemory};
use strum::VariantNames;
use uuid::Uuid;

/// A node by its id, or an entity by its key.
#[derive(Clone)]
pub(crate) enum NodeRef {
    Id(Uuid),
    Entity { system: String, id: String },
}

impl FromStr for NodeRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = Uuid::try_parse(text) {
            return Ok(Self::Id(id));
        }
        match text.split_once('/') {
            Some((system, id)) if !system.is_empty() && !id.is_empty() => Ok(Self::Entity { system: system.to_owned(), id: id.to_owned() }),
            _ => Err("needs a node id, or SYSTEM/ID such as salesforce/001234".to_owned()),
        }
    }
}

impl NodeRef {
    pub(crate) async fn find(&self, user: &UserMemory) -> Result<Node, Box<dyn std::error::Error>> {
        let (node, name) = match self {
            Self::Id(id) => (user.get(*id).await?, id.to_string()),
            Self::Entity { system, id } => (user.get_entity(system, id).await?, format!("{system}/{id}")),
        };
        node.ok_or_else(|| {
            format!("user {} has no node {name}; `pgmemory list` and `pgmemory search` show what there is", user.user_id()).into()
        })
    }

    pub(crate) async fn id(&self, user: &UserMemory) -> Result<Uuid, Box<dyn std::error::Error>> {
        Ok(self.find(user).await?.node_id)
    }
}

/// One of the names that an enum has, listed in the help.
pub(crate) fn variant<T>() -> impl TypedValueParser<Value = T>
where
    T: VariantNames + FromStr<Err = pgmemory::Error> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(T::VARIANTS).try_map(|name| name.parse())
}

/// How many results one call may ask for.
pub(crate) fn limit() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1_000)
}

/// How many steps a walk may take.
pub(crate) fn depth() -> RangedI64ValueParser<i32> {
    RangedI64ValueParser::new().range(1..=10)
}

/// A number between 0 and 1.
pub(crate) fn share(text: &str) -> Result<f32, &'static str> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or("must be a number between 0 and 1")
}

/// A time in RFC 3339; or a date, perhaps with hour and minute, where the user is.
pub(crate) fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let local = || {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").ok();
        let time = time.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0));
        time?.and_local_timezone(Local).earliest().map(|time| time.to_utc())
    };
    text.parse().ok().or_else(local).ok_or("needs a date such as 2026-01-31, \"2026-01-31 09:30\" or 2026-01-31T09:30:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_may_be_written_as_they_are_shown() {
        let shown = "2026-01-31 09:30";
        assert_eq!(crate::output::minute(time(shown).unwrap()), shown);
        assert_eq!(time("2026-01-31T00:00:00+01:00").unwrap().to_rfc3339(), "2026-01-30T23:00:00+00:00");
        assert_eq!(crate::output::minute(time("2026-01-31").unwrap()), "2026-01-31 00:00");
        assert!(time("yesterday").is_err() && time("2026-13-01").is_err());
    }

    #[test]
    fn shares_are_numbers_between_0_and_1() {
        assert_eq!(share("0.5"), Ok(0.5));
        assert!(share("NaN").is_err() && share("1.1").is_err() && share("much").is_err());
    }
}
