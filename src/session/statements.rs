//! The statements of `queries/sqlite/`, by file and name, for example `nodes::get`.

use std::{collections::HashMap, sync::LazyLock};

const FILES: [(&str, &str); 9] = [
    ("aliases", include_str!("../../queries/sqlite/aliases.sql")),
    ("dead_letters", include_str!("../../queries/sqlite/dead_letters.sql")),
    ("journal", include_str!("../../queries/sqlite/journal.sql")),
    ("legacy", include_str!("../../queries/sqlite/legacy.sql")),
    ("node_text", include_str!("../../queries/sqlite/node_text.sql")),
    ("nodes", include_str!("../../queries/sqlite/nodes.sql")),
    ("relationships", include_str!("../../queries/sqlite/relationships.sql")),
    ("session", include_str!("../../queries/sqlite/session.sql")),
    ("threads", include_str!("../../queries/sqlite/threads.sql")),
];

static STATEMENTS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let named = |(file, text): (&'static str, &'static str)| {
        text.split("--! ").skip(1).map(move |statement| {
            let (name, statement) = statement.split_once('\n').expect("a statement below its name");
            (format!("{file}::{}", name.trim()), statement.trim())
        })
    };
    FILES.into_iter().flat_map(named).collect()
});

/// The text of a statement.
pub(crate) fn sql(name: &str) -> &'static str {
    STATEMENTS.get(name).unwrap_or_else(|| panic!("queries/sqlite/ has the statement {name}"))
}

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    STATEMENTS.keys().map(String::as_str)
}
