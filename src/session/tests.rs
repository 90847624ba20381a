//! The statements of SQLite fit its schema.

use rusqlite::Connection;

use super::{functions::register, local::Local, statements::names};

#[test]
fn every_statement_is_prepared_against_the_schema() {
    let session = Local::scratch().unwrap();
    let legacy = Connection::open_in_memory().unwrap();
    legacy.execute_batch(include_str!("../../schema/sqlite/legacy.sql")).unwrap();
    register(&legacy).unwrap();
    let names: Vec<&str> = names().collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        let connection = if name.starts_with("legacy::") { &legacy } else { &session };
        connection.prepare(super::statements::sql(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
