//! What may be found.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    Comparison, ContextType, Error,
    model::{EARLIEST, LATEST, validate_object, validate_tags, validate_text},
    nodes::Condition,
};

/// What a node must be like to be found. Every condition narrows.
///
/// ```
/// use pgmemory::{Comparison, ContextType, Filter};
///
/// let open_incidents = Filter::new()
///     .context_type(ContextType::DomainEntity)
///     .entity_system("servicenow")
///     .compare(["entity_data", "priority"], Comparison::AtMost, 2);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a filter does nothing until a search has it"]
pub struct Filter {
    pub(crate) context_types: Vec<ContextType>,
    pub(crate) any_tags: Vec<String>,
    pub(crate) all_tags: Vec<String>,
    pub(crate) entity_type: Option<String>,
    pub(crate) entity_system: Option<String>,
    pub(crate) since: DateTime<Utc>,
    pub(crate) before: DateTime<Utc>,
    pub(crate) containing: Option<Value>,
    pub(crate) conditions: Vec<Condition>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            context_types: Vec::new(),
            any_tags: Vec::new(),
            all_tags: Vec::new(),
            entity_type: None,
            entity_system: None,
            since: EARLIEST,
            before: LATEST,
            containing: None,
            conditions: Vec::new(),
        }
    }
}

impl Filter {
    /// One that every node passes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only nodes of this context type; called again, of any of them.
    pub fn context_type(mut self, context_type: ContextType) -> Self {
        self.context_types.push(context_type);
        self
    }

    /// Only nodes with this tag; called again, with any of them.
    pub fn any_tag(mut self, tag: impl Into<String>) -> Self {
        self.any_tags.push(tag.into());
        self
    }

    /// Only nodes with this tag; called again, with all of them.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.all_tags.push(tag.into());
        self
    }

    /// Only entities that their system calls so.
    pub fn entity_type(mut self, entity_type: impl Into<String>) -> Self {
        self.entity_type = Some(entity_type.into());
        self
    }

    /// Only entities of this system of origin.
    pub fn entity_system(mut self, entity_system: impl Into<String>) -> Self {
        self.entity_system = Some(entity_system.into());
        self
    }

    /// Only nodes created at this time or later.
    pub fn since(mut self, time: DateTime<Utc>) -> Self {
        self.since = time.max(EARLIEST);
        self
    }

    /// Only nodes created before this time.
    pub fn before(mut self, time: DateTime<Utc>) -> Self {
        self.before = time.clamp(EARLIEST, LATEST);
        self
    }

    /// Only nodes whose content contains this JSON object: all its keys, with values that contain its values.
    pub fn containing(mut self, content: Value) -> Self {
        self.containing = Some(content);
        self
    }

    /// Only nodes with such a value at this path of their content; called again, all of it. Numbers compare as
    /// numbers, texts by their characters, and values of different JSON types never.
    pub fn compare(mut self, path: impl IntoIterator<Item = impl Into<String>>, comparison: Comparison, operand: impl Into<Value>) -> Self {
        let path = path.into_iter().map(Into::into).collect();
        self.conditions.push(Condition { path, comparison, operand: operand.into() });
        self
    }

    /// Whether every node passes.
    #[cfg(feature = "session")]
    pub(crate) fn is_open(&self) -> bool {
        let has_lists = [self.context_types.is_empty(), self.any_tags.is_empty(), self.all_tags.is_empty(), self.conditions.is_empty()];
        let has_values = [self.entity_type.is_none(), self.entity_system.is_none(), self.containing.is_none()];
        has_lists.iter().chain(&has_values).all(|is_absent| *is_absent) && self.since == EARLIEST && self.before == LATEST
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        validate_tags(&self.any_tags)?;
        validate_tags(&self.all_tags)?;
        for (field, text) in [("entity_type", &self.entity_type), ("entity_system", &self.entity_system)] {
            text.as_deref().map_or(Ok(()), |text| validate_text(field, text, usize::MAX))?;
        }
        if let Some(content) = &self.containing {
            validate_object("containing", content)?;
        }
        self.conditions.iter().try_for_each(Condition::validate)
    }
}
