//! What SQLite's statements call: the rules of `schema/V0002__nodes.sql`, where they have the same names.

use std::cmp::Ordering;

use rusqlite::{
    Connection,
    functions::{Context, FunctionFlags},
    types::ValueRef,
};
use serde_json::{Map, Value, json};

use crate::{Comparison, import::instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let add = |name: &str, arguments: i32, function: fn(&Context<'_>) -> Result<String, Failure>| {
        connection
            .create_scalar_function(name, arguments, flags, move |context| function(context).map_err(rusqlite::Error::UserFunctionError))
    };
    add("first_content", 2, |context| {
        let mut content = object(context, 0)?;
        first_content(&mut content, text(context, 1)?);
        Ok(serde_json::to_string(&content)?)
    })?;
    add("merge_content", 3, |context| {
        let merged = merge_content(object(context, 0)?, object(context, 1)?, text(context, 2)?);
        Ok(serde_json::to_string(&merged)?)
    })?;
    add("unite_json", 2, |context| {
        let mut older = object(context, 0)?;
        unite(&mut older, object(context, 1)?);
        Ok(serde_json::to_string(&older)?)
    })?;
    add("unite_tags", 2, |context| {
        let (mut tags, newer): (Vec<String>, Vec<String>) =
            (serde_json::from_str(text(context, 0)?)?, serde_json::from_str(text(context, 1)?)?);
        // Those of the first store stay as they came; a later one adds each that is not there, once.
        for tag in newer {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Ok(serde_json::to_string(&tags)?)
    })?;
    add("content_text", 1, |context| {
        // PostgreSQL can hold numbers and depths that no type here can: such a content is found by its text.
        let Ok(mut content) = object(context, 0) else { return Ok(text(context, 0)?.to_owned()) };
        content.retain(|key, _| !["entity_name", "last_updated", "update_count"].contains(&key.as_str()));
        let mut words = String::new();
        say(&Value::Object(content), &mut words);
        Ok(words)
    })?;
    // Microseconds since 1970 of a time of the Python system; NULL where it is none.
    connection.create_scalar_function(
        "instant",
        1,
        flags,
        |context| Ok(instant(context.get_raw(0)).map(|time| time.timestamp_micros())),
    )?;
    let add = |name: &str, function: fn(&Value, &Value) -> Result<bool, Failure>| {
        connection.create_scalar_function(name, 2, flags, move |context| {
            let value = |place| Ok::<Value, Failure>(serde_json::from_str(text(context, place)?)?);
            let both = || function(&value(0)?, &value(1)?);
            both().map_err(rusqlite::Error::UserFunctionError)
        })
    };
    add("contains", |content, wanted| Ok(contains(content, wanted)))?;
    add("satisfies", |content, conditions| {
        let conditions: Vec<(Vec<String>, String, Value)> = serde_json::from_value(conditions.clone())?;
        for (path, operator, operand) in conditions {
            if !compares(path.iter().try_fold(content, |value, key| child(value, key)), operator.parse()?, &operand) {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

fn text<'a>(context: &'a Context<'_>, place: usize) -> Result<&'a str, Failure> {
    match context.get_raw(place) {
        ValueRef::Text(text) => Ok(std::str::from_utf8(text)?),
        other => Err(format!("a text is needed, not {}", other.data_type()).into()),
    }
}

fn object(context: &Context<'_>, place: usize) -> Result<Map<String, Value>, Failure> {
    Ok(serde_json::from_str(text(context, place)?)?)
}

/// What an entity has beside what its first store says.
fn first_content(content: &mut Map<String, Value>, last_updated: &str) {
    if content.get("entity_id").is_some_and(|id| !id.is_null()) {
        content.entry("last_updated").or_insert_with(|| json!(last_updated));
        content.entry("update_count").or_insert_with(|| json!(0));
    }
}

/// The content of an entity that is stored again.
fn merge_content(mut older: Map<String, Value>, mut newer: Map<String, Value>, last_updated: &str) -> Map<String, Value> {
    for key in ["entity_type", "entity_name"] {
        if newer.get(key).is_some_and(Value::is_null) {
            newer.remove(key);
        }
    }
    let update_count = older.get("update_count").and_then(Value::as_i64).unwrap_or(0).saturating_add(1);
    unite(&mut older, newer);
    older.insert("last_updated".to_owned(), json!(last_updated));
    older.insert("update_count".to_owned(), json!(update_count));
    older
}

/// The newer value wins, but where both are objects they are united, at every depth.
fn unite(older: &mut Map<String, Value>, newer: Map<String, Value>) {
    for (key, value) in newer {
        match (older.get_mut(&key), value) {
            (Some(Value::Object(older)), Value::Object(newer)) => unite(older, newer),
            (_, value) => {
                older.insert(key, value);
            }
        }
    }
}

/// Every text and number, one after the other.
fn say(value: &Value, words: &mut String) {
    match value {
        Value::String(text) => *words += text,
        Value::Number(number) => *words += &number.to_string(),
        Value::Array(values) => return values.iter().for_each(|value| say(value, words)),
        Value::Object(fields) => return fields.values().for_each(|value| say(value, words)),
        Value::Null | Value::Bool(_) => return,
    }
    words.push(' ');
}

/// As `@>` of PostgreSQL, of objects.
fn contains(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(fields), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| fields.get(key).is_some_and(|value| contains(value, wanted)))
        }
        (Value::Array(values), Value::Array(wanted)) => wanted.iter().all(|wanted| values.iter().any(|value| contains(value, wanted))),
        (value, wanted) => order(value, wanted) == Some(Ordering::Equal),
    }
}

/// As `#>` of PostgreSQL, a step: places of arrays count from 0, or backwards from -1.
fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(values) => {
            let place: isize = key.parse().ok()?;
            values.get(if place < 0 { values.len().checked_add_signed(place)? } else { place.unsigned_abs() })
        }
        _ => None,
    }
}

fn compares(value: Option<&Value>, comparison: Comparison, operand: &Value) -> bool {
    let Some(order) = value.and_then(|value| order(value, operand)) else {
        return false;
    };
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::AtMost => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::AtLeast => order.is_ge(),
    }
}

/// How values of one JSON type compare. Arrays and objects are equal, or in no order that means anything.
fn order(value: &Value, other: &Value) -> Option<Ordering> {
    match (value, other) {
        (Value::Number(value), Value::Number(other)) => match (value.as_i64(), other.as_i64()) {
            (Some(value), Some(other)) => Some(value.cmp(&other)),
            _ => value.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        (Value::String(value), Value::String(other)) => Some(value.cmp(other)),
        (Value::Bool(value), Value::Bool(other)) => Some(value.cmp(other)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => {
            Some(if contains(value, other) && contains(other, value) { Ordering::Equal } else { Ordering::Less })
        }
        _ => None,
    }
}
