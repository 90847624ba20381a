//! Arguments that several commands take.

use std::{str::FromStr, time::Duration};

use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use clap::{
    Args,
    builder::{PossibleValuesParser, RangedI64ValueParser, RangedU64ValueParser, TypedValueParser},
};
use pgmemory::{Comparison, ContextType, Filter, Node};
use serde_json::Value;
use strum::VariantNames;
use uuid::Uuid;

use crate::backend::Lookup;

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
    pub(crate) async fn find(&self, memory: &impl Lookup) -> Result<Node, Box<dyn std::error::Error>> {
        let (node, name) = match self {
            Self::Id(id) => (memory.get(*id).await?, id.to_string()),
            Self::Entity { system, id } => (memory.get_entity(system, id).await?, format!("{system}/{id}")),
        };
        node.ok_or_else(|| format!("user {} has no node {name}; {}", memory.user_id(), memory.advice()).into())
    }

    pub(crate) async fn id(&self, memory: &impl Lookup) -> Result<Uuid, Box<dyn std::error::Error>> {
        Ok(self.find(memory).await?.node_id)
    }
}

/// Any JSON value.
pub(crate) fn json_value(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}"))
}

/// What the value at a path of the content has to be like: `a.b >= 1`.
#[derive(Clone)]
pub(crate) struct Condition {
    pub(crate) path: Vec<String>,
    pub(crate) comparison: Comparison,
    pub(crate) operand: Value,
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || "needs a path, an operator and a value with spaces in between, such as 'entity_data.points >= 3'";
        let (path, rest) = text.trim().split_once(' ').ok_or_else(malformed)?;
        let (operator, operand) = rest.trim_start().split_once(' ').ok_or_else(malformed)?;
        let operand = operand.trim();
        Ok(Self {
            path: path.split('.').map(str::to_owned).collect(),
            comparison: operator.parse().map_err(|error: pgmemory::Error| error.to_string())?,
            operand: serde_json::from_str(operand).unwrap_or_else(|_| Value::String(operand.to_owned())),
        })
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

/// How long: 90d, 12h, 30m.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; 90d, 12h and 30m are durations"))
}

/// So long before now: 90d, 12h, 30m.
pub(crate) fn ago(text: &str) -> Result<DateTime<Utc>, String> {
    let start = TimeDelta::from_std(duration(text)?).ok().and_then(|age| Utc::now().checked_sub_signed(age));
    start.ok_or_else(|| "lies before all time".to_owned())
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
    fn ages_are_durations_before_now() {
        assert!(ago("90d").unwrap() < ago("12h").unwrap());
        assert!(ago("0s").unwrap() <= Utc::now());
        assert!(ago("soon").is_err() && ago("90").is_err() && ago("999999999999d").is_err());
    }

    #[test]
    fn conditions_are_a_path_an_operator_and_a_value() {
        let condition: Condition = "a.b  >=  10".parse().unwrap();
        assert_eq!(
            (condition.path, condition.comparison, condition.operand),
            (vec!["a".into(), "b".into()], Comparison::AtLeast, 10.into())
        );
        assert_eq!("a = Acme Corp".parse::<Condition>().unwrap().operand, "Acme Corp");
        for wrong in ["a", "a >=", "a ~ 1", ""] {
            assert!(wrong.parse::<Condition>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_are_numbers_between_0_and_1() {
        assert_eq!(share("0.5"), Ok(0.5));
        assert!(share("NaN").is_err() && share("1.1").is_err() && share("much").is_err());
    }
}

/// What nodes must be like to be found.
#[derive(Args)]
pub(crate) struct FilterArguments {
    /// Only this context type; several: any of them
    #[arg(long = "type", value_name = "TYPE", value_parser = variant::<ContextType>())]
    context_types: Vec<ContextType>,
    /// Only with this tag; several: all of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only with this tag; several: any of them
    #[arg(long = "any-tag", value_name = "TAG")]
    any_tags: Vec<String>,
    /// Only entities that their system calls so, for example Account
    #[arg(long)]
    entity_type: Option<String>,
    /// Only entities of this system
    #[arg(long)]
    entity_system: Option<String>,
    /// Only with such a value in the content, for example 'entity_data.revenue >= 1000000'; several: all of them
    #[arg(long = "where", value_name = "PATH OP VALUE")]
    conditions: Vec<Condition>,
    /// Only whose content contains this JSON object
    #[arg(long, value_name = "JSON", value_parser = json_value)]
    containing: Option<Value>,
    /// Only created at this time or later: 2026-01-31, "2026-01-31 09:30" or 2026-01-31T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Only created before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    before: Option<DateTime<Utc>>,
}

impl From<FilterArguments> for Filter {
    fn from(arguments: FilterArguments) -> Self {
        let mut filter = arguments.context_types.into_iter().fold(Self::new(), Self::context_type);
        filter = arguments.tags.into_iter().fold(filter, Self::tag);
        filter = arguments.any_tags.into_iter().fold(filter, Self::any_tag);
        filter = arguments.entity_type.into_iter().fold(filter, Self::entity_type);
        filter = arguments.entity_system.into_iter().fold(filter, Self::entity_system);
        for Condition { path, comparison, operand } in arguments.conditions {
            filter = filter.compare(path, comparison, operand);
        }
        filter = arguments.containing.into_iter().fold(filter, Self::containing);
        filter = arguments.since.into_iter().fold(filter, Self::since);
        arguments.before.into_iter().fold(filter, Self::before)
    }
}
