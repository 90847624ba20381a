//! Conditions on values inside the content.

use serde_json::Value;
use strum::{EnumString, IntoStaticStr};

use crate::{
    Error,
    model::{validate_json, validate_text},
};

/// How a value of the content has to compare with a given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(parse_err_fn = unknown_operator, parse_err_ty = Error)]
#[non_exhaustive]
pub enum Comparison {
    /// They are equal.
    #[strum(serialize = "=")]
    Equal,
    /// They differ.
    #[strum(to_string = "<>", serialize = "!=")]
    NotEqual,
    /// The value is less.
    #[strum(serialize = "<")]
    Less,
    /// The value is less or equal.
    #[strum(serialize = "<=")]
    AtMost,
    /// The value is greater.
    #[strum(serialize = ">")]
    Greater,
    /// The value is greater or equal.
    #[strum(serialize = ">=")]
    AtLeast,
}

fn unknown_operator(text: &str) -> Error {
    Error::invalid("operator", format!("`{text}` is none of = <> < <= > >="))
}

/// What the value at a path has to be like.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) path: Vec<String>,
    pub(crate) comparison: Comparison,
    pub(crate) operand: Value,
}

impl Condition {
    pub(crate) fn validate(&self) -> Result<(), Error> {
        self.path.iter().try_for_each(|key| validate_text("path", key, usize::MAX))?;
        validate_json("operand", &self.operand)
    }
}
