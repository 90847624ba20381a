//! JSON on its way in, held to what can be stored and read back, and on its way out.

use postgres_types::Json;
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};
use serde_path_to_error::Segment;
use uuid::Uuid;

use super::validate_text;
use crate::{Error, error::ErrorKind};

const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 100;

/// An object of at most 1 MiB, nested at most 100 deep, without NUL characters.
pub(crate) fn validate_object(field: &str, value: &Value) -> Result<(), Error> {
    if !value.is_object() {
        return Err(Error::invalid(field, "must be a JSON object"));
    }
    validate_json(field, value)?;
    let bytes = serde_json::to_vec(value).map_err(|error| Error::invalid(field, &error))?.len();
    if bytes > MAX_BYTES {
        return Err(Error::invalid(field, format!("is {bytes} bytes long, at most {MAX_BYTES} can be stored")));
    }
    Ok(())
}

/// Any value, nested at most 100 deep, without NUL characters.
pub(crate) fn validate_json(field: &str, value: &Value) -> Result<(), Error> {
    validate_value(field, value, MAX_DEPTH)
}

fn validate_value(field: &str, value: &Value, depth_left: usize) -> Result<(), Error> {
    if depth_left == 0 {
        return Err(Error::invalid(field, format!("is nested deeper than {MAX_DEPTH} levels")));
    }
    match value {
        Value::String(text) => validate_text(field, text, usize::MAX),
        Value::Array(values) => values.iter().try_for_each(|value| validate_value(field, value, depth_left - 1)),
        Value::Object(entries) => entries.iter().try_for_each(|(key, value)| {
            validate_text(field, key, usize::MAX)?;
            validate_value(field, value, depth_left - 1)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// What JSON says; an error names the field of it, or `whole` where one is missing or has no name.
pub(crate) fn from_json<T: DeserializeOwned>(whole: &str, value: Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|error| named(whole, error))
}

/// The same of JSON that is still a text.
pub(crate) fn from_text<T: DeserializeOwned>(whole: &str, text: &[u8]) -> Result<T, Error> {
    // Read once more to find the field, which costs time.
    serde_json::from_slice(text).map_err(|error| {
        let again = serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_slice(text));
        again.err().map_or_else(|| Error::invalid(whole, error), |error| named(whole, error))
    })
}

fn named(whole: &str, error: serde_path_to_error::Error<serde_json::Error>) -> Error {
    let field = match error.path().iter().next() {
        Some(Segment::Map { key }) if !key.is_empty() => key.clone(),
        _ => whole.to_owned(),
    };
    Error::invalid(field, error.into_inner())
}

/// What stands in a row of this id. The database can hold numbers that Rust has no type for: an error, no panic.
pub(crate) fn from_row(field: &str, row: &str, id: Uuid, json: &Json<&RawValue>) -> Result<Value, Error> {
    serde_json::from_str(json.0.get())
        .map_err(|error| Error::new(ErrorKind::Internal, format!("{field} of the {row} {id} cannot be read: {error}")).because(error))
}
