use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr, VariantNames};
use uuid::Uuid;

use super::{from_json, validate_key, validate_object, validate_share, validate_text, validate_time};
use crate::Error;

const MAX_SUMMARY_BYTES: usize = 64 << 10;
const MAX_KEY_BYTES: usize = 512;
const MAX_TAGS: usize = 1_000;

/// What kind of memory a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_fn = unknown_context_type, parse_err_ty = Error)]
#[non_exhaustive]
pub enum ContextType {
    /// What a search returned.
    SearchResult,
    /// What the user chose.
    UserSelection,
    /// What a tool returned.
    ToolOutput,
    /// A thing of the user's world: an account, a ticket, a person.
    DomainEntity,
    /// What was done.
    CompletedAction,
    /// What was said.
    ConversationFact,
    /// What matters only now.
    TemporaryState,
}

fn unknown_context_type(text: &str) -> Error {
    Error::invalid("context_type", format!("`{text}` is none of {}", ContextType::VARIANTS.join(", ")))
}

impl ContextType {
    /// Whether such memories are for ever: entities, facts, choices and deeds are, what tools returned and the
    /// state of the moment are not. [`cleanup`](crate::UserMemory::cleanup) deletes no durable ones unless told to.
    #[must_use]
    pub fn is_durable(self) -> bool {
        match self {
            Self::DomainEntity | Self::ConversationFact | Self::UserSelection | Self::CompletedAction => true,
            Self::SearchResult | Self::ToolOutput | Self::TemporaryState => false,
        }
    }

    pub(crate) fn transient() -> impl Iterator<Item = Self> {
        Self::iter().filter(|context_type| !context_type.is_durable())
    }

    /// As the database has it, for example `domain_entity`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A memory to store.
///
/// With `entity_id` and `entity_system` in its content it is an entity: stored again, it is merged into
/// the node that the user already has of it.
///
/// ```
/// use pgmemory::{ContextType, NewNode};
/// use serde_json::json;
///
/// let account = NewNode::entity("salesforce", "001234")
///     .entity_type("Account")
///     .name("Acme Corp")
///     .data(json!({"industry": "Technology"}))
///     .tags(["customer"]);
/// let fact = NewNode::new(ContextType::ConversationFact, json!({"text": "Acme renews in March"})).relevance(0.8);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewNode {
    /// What kind of memory it is. The newest one wins when an entity is merged.
    pub context_type: ContextType,
    /// The memory itself: a JSON object of at most 1 MiB, nested at most 100 deep.
    pub content: Value,
    /// One sentence for people and for search, at most 64 KiB. The newest one wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Labels, at most 1,000; united when an entity is merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Between 0 and 1; the higher one wins. Absent, it is read as 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_relevance: Option<f32>,
    /// When it was first remembered, in the years 1 to 9999; now when absent. The earlier one wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last touched; now when absent. Kept when an entity is merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_accessed: Option<DateTime<Utc>>,
    /// How often it was touched so far; 0 when absent. Kept when an entity is merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_count: Option<i32>,
    /// From then on no read sees it, and a sweep deletes it; never when absent. The newest one that is given wins.
    /// Storing an entity again after it expired starts afresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Anything to keep beside the content: a JSON object, united when an entity is merged.
    #[serde(default = "empty_object", skip_serializing_if = "is_empty_object")]
    pub metadata: Value,
    /// The id it shall have; a new UUIDv7 when absent. An entity that is already there keeps its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<Uuid>,
}

fn empty_object() -> Value {
    json!({})
}

fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

impl NewNode {
    /// A memory of any kind. `content` has to be a JSON object, which storing checks.
    #[must_use]
    pub fn new(context_type: ContextType, content: Value) -> Self {
        Self {
            context_type,
            content,
            summary: None,
            tags: Vec::new(),
            base_relevance: None,
            created_at: None,
            last_accessed: None,
            access_count: None,
            expires_at: None,
            metadata: empty_object(),
            node_id: None,
        }
    }

    /// An entity, known by the id that its system gave it. Both are 1 to 512 bytes long.
    #[must_use]
    pub fn entity(entity_system: impl Into<String>, entity_id: impl Into<String>) -> Self {
        let content = json!({"entity_system": entity_system.into(), "entity_id": entity_id.into()});
        Self::new(ContextType::DomainEntity, content)
    }

    /// Sets `content.entity_type`, what the system calls it: `Account`, `Issue`.
    #[must_use]
    pub fn entity_type(self, entity_type: impl Into<String>) -> Self {
        self.content_field("entity_type", Value::String(entity_type.into()))
    }

    /// Sets `content.entity_name`, its name for people.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.content_field("entity_name", Value::String(name.into()))
    }

    /// Sets `content.entity_data`, all its other fields: a JSON object.
    #[must_use]
    pub fn data(self, data: Value) -> Self {
        self.content_field("entity_data", data)
    }

    fn content_field(mut self, field: &str, value: Value) -> Self {
        if let Value::Object(content) = &mut self.content {
            content.insert(field.to_owned(), value);
        }
        self
    }

    /// Sets the kind of memory.
    #[must_use]
    pub fn context_type(mut self, context_type: ContextType) -> Self {
        self.context_type = context_type;
        self
    }

    /// Sets the summary.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = Some(summary.into());
        self
    }

    /// Sets the tags.
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the base relevance, between 0 and 1.
    #[must_use]
    pub fn relevance(mut self, relevance: f32) -> Self {
        self.base_relevance = Some(relevance);
        self
    }

    /// Sets when it was first remembered.
    #[must_use]
    pub fn created_at(mut self, created_at: DateTime<Utc>) -> Self {
        self.created_at = Some(created_at);
        self
    }

    /// Sets when it expires.
    #[must_use]
    pub fn expires_at(mut self, expires_at: DateTime<Utc>) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Sets the metadata, a JSON object.
    #[must_use]
    pub fn metadata(mut self, metadata: Value) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets the id.
    #[must_use]
    pub fn node_id(mut self, node_id: Uuid) -> Self {
        self.node_id = Some(node_id);
        self
    }

    /// The key of the entity, as (system, id), if it is one.
    #[must_use]
    pub fn entity_key(&self) -> Option<(&str, &str)> {
        Some((self.content.get("entity_system")?.as_str()?, self.content.get("entity_id")?.as_str()?))
    }

    /// Checks everything that can be checked without the database.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        validate_object("content", &self.content)?;
        for key in ["entity_system", "entity_id"] {
            match self.content.get(key) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => validate_entity_key(&format!("content.{key}"), text)?,
                Some(_) => return Err(Error::invalid(format!("content.{key}"), "must be a string")),
            }
        }
        let is_set = |key: &str| self.content.get(key).is_some_and(|value| !value.is_null());
        match (is_set("entity_system"), is_set("entity_id")) {
            (true, false) => return Err(Error::invalid("content.entity_id", "is missing, although entity_system is there")),
            (false, true) => return Err(Error::invalid("content.entity_system", "is missing, although entity_id is there")),
            (true, true) => self.validate_entity()?,
            (false, false) => {}
        }
        self.summary.as_deref().map_or(Ok(()), validate_summary)?;
        validate_tags(&self.tags)?;
        if let Some(relevance) = self.base_relevance {
            validate_share("base_relevance", relevance)?;
        }
        if self.access_count.is_some_and(|count| count < 0) {
            return Err(Error::invalid("access_count", "must not be negative"));
        }
        for (field, time) in [("created_at", self.created_at), ("last_accessed", self.last_accessed), ("expires_at", self.expires_at)] {
            if let Some(time) = time {
                validate_time(field, time)?;
            }
        }
        validate_object("metadata", &self.metadata)
    }

    fn validate_entity(&self) -> Result<(), Error> {
        if self.content.get("entity_data").is_some_and(|data| !data.is_object()) {
            return Err(Error::invalid("content.entity_data", "must be a JSON object"));
        }
        for key in ["entity_type", "entity_name"] {
            if self.content.get(key).is_some_and(|text| !text.is_string() && !text.is_null()) {
                return Err(Error::invalid(format!("content.{key}"), "must be a string"));
            }
        }
        if self.content.get("update_count").is_some_and(|count| count.as_u64().is_none_or(|count| count > 1 << 31)) {
            return Err(Error::invalid("content.update_count", "must be a whole number"));
        }
        Ok(())
    }
}

/// A memory as a line of an export has it.
///
/// ```
/// use pgmemory::NewNode;
/// use serde_json::json;
///
/// let error = NewNode::try_from(json!({"context_type": "gossip", "content": {}})).unwrap_err();
/// assert_eq!(error.field(), Some("context_type"));
/// ```
impl TryFrom<Value> for NewNode {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self, Error> {
        from_json("memory", value)
    }
}

pub(crate) fn validate_entity_key(field: &str, key: &str) -> Result<(), Error> {
    validate_key(field, key, MAX_KEY_BYTES)
}

pub(crate) fn validate_summary(summary: &str) -> Result<(), Error> {
    validate_text("summary", summary, MAX_SUMMARY_BYTES)
}

pub(crate) fn validate_tags(tags: &[String]) -> Result<(), Error> {
    if tags.len() > MAX_TAGS {
        return Err(Error::invalid("tags", format!("has {} entries, at most {MAX_TAGS} can be stored", tags.len())));
    }
    tags.iter().try_for_each(|tag| validate_text("tags", tag, MAX_KEY_BYTES))
}

/// A memory as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Node {
    /// Unique for the user.
    pub node_id: Uuid,
    /// What kind of memory it is.
    pub context_type: ContextType,
    /// The memory itself, a JSON object.
    pub content: Value,
    /// One sentence for people.
    pub summary: Option<String>,
    /// Labels, in the order in which they came.
    pub tags: Vec<String>,
    /// Between 0 and 1, if anybody said; read it as 0.5 otherwise.
    pub base_relevance: Option<f32>,
    /// When it was first remembered.
    pub created_at: DateTime<Utc>,
    /// When it was last stored again; `None` while it is as first stored.
    pub updated_at: Option<DateTime<Utc>>,
    /// When it was last touched.
    pub last_accessed: DateTime<Utc>,
    /// How often it was touched.
    pub access_count: i32,
    /// When it expires; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// What the caller keeps beside the content, a JSON object.
    pub metadata: Value,
    /// The system that knows the entity, if it is one.
    pub entity_system: Option<String>,
    /// The id that the system gave it.
    pub entity_id: Option<String>,
    /// What the system calls it.
    pub entity_type: Option<String>,
    /// Its name for people.
    pub entity_name: Option<String>,
}

impl Node {
    /// One line for people: the summary, else the name, else the text in the content, else the content.
    #[must_use]
    pub fn summary(&self) -> Cow<'_, str> {
        let text = || self.content.get("text").or_else(|| self.content.get("entity_data")?.get("text"))?.as_str();
        match self.summary.as_deref().or(self.entity_name.as_deref()).or_else(text) {
            Some(line) => Cow::Borrowed(line),
            None => Cow::Owned(self.content.to_string()),
        }
    }
}

/// Builds a [`Node`] from any generated row that has its columns.
macro_rules! node_from_row {
    ($row:expr) => {{
        let row = $row;
        Ok::<_, $crate::Error>($crate::Node {
            node_id: row.node_id,
            context_type: row.context_type.parse()?,
            content: $crate::model::from_row("content", "node", row.node_id, &row.content)?,
            summary: row.summary.map(Into::into),
            tags: row.tags.map(Into::into).collect(),
            base_relevance: row.base_relevance,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_accessed: row.last_accessed,
            access_count: row.access_count,
            expires_at: row.expires_at,
            metadata: $crate::model::from_row("metadata", "node", row.node_id, &row.metadata)?,
            entity_system: row.entity_system.map(Into::into),
            entity_id: row.entity_id.map(Into::into),
            entity_type: row.entity_type.map(Into::into),
            entity_name: row.entity_name.map(Into::into),
        })
    }};
}
pub(crate) use node_from_row;

/// What became of a stored memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stored {
    /// The node that holds it now.
    pub node_id: Uuid,
    /// Whether that node is new.
    pub outcome: Outcome,
}

/// Whether what was stored is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// It is new.
    Inserted,
    /// It was merged into what the user had already.
    Merged,
}
