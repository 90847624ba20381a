//! What is put right in rows of the Python system: as `schema/adopt/` does it for that system's PostgreSQL tables.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{ContextType, Error, NewNode};

/// What was put right in a row, each once.
#[derive(Default)]
pub(super) struct Repairs(pub(super) Vec<&'static str>);

impl Repairs {
    pub(super) fn note_if(&mut self, is_needed: bool, repair: &'static str) {
        if is_needed && !self.0.contains(&repair) {
            self.0.push(repair);
        }
    }
}

/// A row of `memory_nodes`, with the id and the times that it means.
pub(super) struct NodeRow {
    pub(super) node_id: Uuid,
    pub(super) context_type: ContextType,
    pub(super) content: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) tags: Option<String>,
    pub(super) base_relevance: Option<f32>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) last_accessed: Option<DateTime<Utc>>,
    pub(super) access_count: Option<i32>,
    pub(super) metadata: Option<String>,
    pub(super) entity_id: Option<String>,
    pub(super) entity_type: Option<String>,
    pub(super) entity_system: Option<String>,
}

impl NodeRow {
    /// The node that it means.
    pub(super) fn repaired(self, repairs: &mut Repairs) -> Result<NewNode, Error> {
        let mut content = object("content", self.content.as_deref().unwrap_or("null"), repairs)?;
        let mut metadata = metadata_of(self.metadata.as_deref(), repairs)?;
        let entity_id = key("entity_id", self.entity_id, &mut content, repairs)?;
        let entity_system = key("entity_system", self.entity_system, &mut content, repairs)?;
        match (entity_id, entity_system) {
            (Some(id), system) => {
                // Both are needed to tell an entity. Duplicates of an id without a system become one under this name.
                repairs.note_if(system.is_none(), "entity_system: was absent beside an entity_id, is unknown");
                let key = json!({"entity_id": id, "entity_system": system.unwrap_or_else(|| "unknown".to_owned())});
                repair_entity(&mut content, &key, repairs);
            }
            (None, Some(system)) => {
                if metadata.contains_key("entity_system") {
                    return Err(Error::invalid("entity_system", "there is no entity_id, and the metadata have an entity_system"));
                }
                repairs.note_if(true, "entity_system: there is no entity_id, moved to the metadata");
                content.remove("entity_system");
                metadata.insert("entity_system".to_owned(), json!(system));
            }
            (None, None) => {}
        }
        if let Some(entity_type) = self.entity_type.filter(|text| !text.is_empty()) {
            match content.get("entity_type") {
                None | Some(Value::Null) => {
                    repairs.note_if(true, "content: entity_type written into it");
                    content.insert("entity_type".to_owned(), json!(entity_type));
                }
                // The Python system updates the content of an entity that comes again, and leaves the column behind.
                Some(said) => {
                    repairs.note_if(*said != json!(entity_type), "entity_type: the content's is kept, the column had another");
                }
            }
        }
        let base_relevance = share(self.base_relevance);
        repairs.note_if(base_relevance != self.base_relevance, "base_relevance: brought between 0 and 1");
        repairs.note_if(self.last_accessed.is_none(), "last_accessed: was NULL, is created_at");
        repairs.note_if(self.access_count.is_none(), "access_count: was NULL, is 0");
        let node = NewNode {
            context_type: self.context_type,
            content: Value::Object(content),
            summary: self.summary,
            tags: tags_of(self.tags, repairs)?,
            base_relevance,
            created_at: Some(self.created_at),
            last_accessed: self.last_accessed.or(Some(self.created_at)),
            access_count: self.access_count.or(Some(0)),
            expires_at: None,
            metadata: Value::Object(metadata),
            node_id: Some(self.node_id),
        };
        node.validate()?;
        Ok(node)
    }
}

/// What the column and the content say of the key of an entity, which must not disagree. An empty text is none.
fn key(name: &str, column: Option<String>, content: &mut Map<String, Value>, repairs: &mut Repairs) -> Result<Option<String>, Error> {
    let said = match content.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) => return Err(Error::invalid(format!("content.{name}"), "must be a string")),
    };
    let is_empty = |text: &Option<String>| text.as_deref() == Some("");
    repairs.note_if(is_empty(&column) || is_empty(&said), "entity_id or entity_system: was empty, is absent");
    if is_empty(&said) {
        content.remove(name);
    }
    let (column, said) = (column.filter(|text| !text.is_empty()), said.filter(|text| !text.is_empty()));
    match (&column, &said) {
        (Some(column), Some(said)) if column != said => Err(Error::invalid(name, "the column and the content disagree")),
        _ => Ok(column.or(said)),
    }
}

/// The content of what has this key.
fn repair_entity(content: &mut Map<String, Value>, key: &Value, repairs: &mut Repairs) {
    for name in ["entity_id", "entity_system"] {
        if content.get(name) != Some(&key[name]) {
            repairs.note_if(true, "content: entity_id or entity_system written into it, as text");
            content.insert(name.to_owned(), key[name].clone());
        }
    }
    for name in ["entity_type", "entity_name"] {
        if let Some(Value::Number(number)) = content.get(name) {
            repairs.note_if(true, "entity_type or entity_name: was a number, is text");
            let text = json!(number.to_string());
            content.insert(name.to_owned(), text);
        }
    }
    if content.get("entity_data").is_some_and(Value::is_null) {
        repairs.note_if(true, "entity_data: was null, is absent");
        content.remove("entity_data");
    }
    if let Some(count) = content.get_mut("update_count") {
        let whole = json!(whole_number(count).unwrap_or(0));
        repairs.note_if(*count != whole, "update_count: was no whole number, is one or 0");
        *count = whole;
    }
}

/// What a number means that may be a text, or have zeros behind its point; a billion is too many.
fn whole_number(value: &Value) -> Option<u32> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let whole = text.split_once('.').filter(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0')).map_or(&*text, |(whole, _)| whole);
    whole.parse().ok().filter(|number| *number < 1_000_000_000)
}

pub(super) fn metadata_of(text: Option<&str>, repairs: &mut Repairs) -> Result<Map<String, Value>, Error> {
    match text.map(str::trim) {
        None | Some("" | "null") => {
            repairs.note_if(true, "metadata: was null, is empty");
            Ok(Map::new())
        }
        Some(text) => object("metadata", text, repairs),
    }
}

/// A JSON object, also one that was encoded twice.
fn object(field: &'static str, text: &str, repairs: &mut Repairs) -> Result<Map<String, Value>, Error> {
    match json_of(field, text)? {
        Value::Object(object) => Ok(object),
        Value::String(inner) if inner.starts_with('{') => match json_of(field, &inner)? {
            Value::Object(object) => {
                let repair =
                    if field == "content" { "content: was encoded twice, decoded" } else { "metadata: was encoded twice, decoded" };
                repairs.note_if(true, repair);
                Ok(object)
            }
            _ => Err(Error::invalid(field, "must be a JSON object")),
        },
        _ => Err(Error::invalid(field, "must be a JSON object")),
    }
}

fn json_of(field: &str, text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| Error::invalid(field, format!("is no JSON: {error}")))
}

/// The tags of a JSON array.
fn tags_of(text: Option<String>, repairs: &mut Repairs) -> Result<Vec<String>, Error> {
    let text = text.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| "null".to_owned());
    let value = json_of("tags", &text)?;
    if !value.is_array() && !value.is_null() {
        return Err(Error::invalid("tags", "must be a JSON array"));
    }
    let mut tags = Vec::new();
    collect_tags(&value, &mut tags)?;
    repairs.note_if(value != json!(tags), "tags: was NULL, nested or had others than texts, is a list of texts");
    Ok(tags)
}

fn collect_tags(value: &Value, tags: &mut Vec<String>) -> Result<(), Error> {
    match value {
        Value::Null => {}
        Value::String(text) => tags.push(text.clone()),
        Value::Number(number) => tags.push(number.to_string()),
        Value::Array(values) => return values.iter().try_for_each(|value| collect_tags(value, tags)),
        Value::Bool(_) | Value::Object(_) => return Err(Error::invalid("tags", "must be texts")),
    }
    Ok(())
}

pub(super) fn share(number: Option<f32>) -> Option<f32> {
    number.map(|number| number.clamp(0.0, 1.0))
}
