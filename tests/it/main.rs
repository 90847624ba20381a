//! One binary for all tests of the store, each against a real PostgreSQL.

mod support;

mod adopt;
mod cli;
mod codegen;
mod concurrency;

mod examples;
mod export;
mod import;
mod isolation;
mod load;
mod memory;
mod migrations;
mod nodes;
mod properties;
mod relationships;
mod schema;
mod search;
mod stats;
