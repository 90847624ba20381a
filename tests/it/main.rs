//! One binary for all tests of the store, each against a real PostgreSQL.

mod support;

mod adopt;
mod bad_input;
mod cli;
mod codegen;
mod concurrency;
mod connection;
mod docs;
mod dump;
mod examples;
mod expiry;
mod export;
mod fuzzing;
mod import;
mod isolation;
mod layouts;
mod load;
mod maintenance;
mod memory;
mod migrations;
mod monitoring;
mod nodes;
mod operations;
mod plans;
mod properties;
mod reindex;
mod relationships;
mod schema;
mod search;
mod search_text;
mod secrets;
mod semantic;
mod stats;
mod tls;
mod verify;
