//! What a query is run with.

use std::collections::HashMap;

use codegen::{client::GenericClient, queries::explain};

use crate::{Error, contract::Query, relationships, search};

/// As texts, by name; behind the name of a query, for that query alone.
pub(super) struct Values(HashMap<String, Option<String>>);

impl Values {
    /// Those that rows of a user give, and those that the program always sends.
    pub(super) async fn sample(client: &impl GenericClient, user_id: &str) -> Result<Self, Error> {
        let rows = explain::sample().bind(client, &user_id).all().await?;
        let sampled = rows.into_iter().map(|row| (row.name, row.value));
        let sent = search::sent().into_iter().map(|(name, value)| (format!("search::rank::{name}"), Some(value)));
        let walk = relationships::sent().into_iter().map(|(name, value)| (name.to_owned(), Some(value)));
        Ok(Self(sampled.chain(sent).chain(walk).collect()))
    }

    /// Types and values of a query's parameters.
    pub(super) fn of<'a>(&'a self, query: &'a Query) -> (Vec<&'a str>, Vec<Option<&'a str>>) {
        query.parameters.iter().map(|(name, type_)| (type_.as_str(), self.get(query, name))).unzip()
    }

    fn get(&self, query: &Query, name: &str) -> Option<&str> {
        let own = self.0.get(&format!("{}::{name}", query.full_name()));
        own.or_else(|| self.0.get(name)).and_then(Option::as_deref)
    }

    /// What a name in a bound stands for: `:limit` for the parameter, `nodes` for how many there are.
    pub(super) fn number(&self, query: &Query, name: &str) -> Option<u64> {
        let Some(name) = name.strip_prefix(':') else { return self.0.get(name)?.as_deref()?.parse().ok() };
        let is_list = query.parameters.iter().any(|(parameter, type_)| parameter == name && type_.contains("._"));
        let value = self.get(query, name)?;
        if is_list { Some(length(value)) } else { value.parse().ok() }
    }
}

/// How many elements a list of the server has, written as `{a,"b,c"}`.
fn length(list: &str) -> u64 {
    let (mut commas, mut is_quoted, mut characters) = (0, false, list.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => commas += 1,
            _ => {}
        }
    }
    if list == "{}" { 0 } else { commas + 1 }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn lists_have_as_many_elements_as_they_say() {
        for (list, elements) in [("{}", 0), ("{a}", 1), ("{NULL,NULL}", 2), (r#"{"{\"a\": 1, \"b\": 2}","\\",","}"#, 3)] {
            assert_eq!(length(list), elements, "{list}");
        }
    }
}
