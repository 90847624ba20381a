//! The statements of SQLite fit its schema.

use super::{local::Local, statements::names};

#[test]
fn every_statement_is_prepared_against_the_schema() {
    let connection = Local::scratch().unwrap();
    let names: Vec<&str> = names().collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        connection.prepare(super::statements::sql(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
