// This file was generated with `cornucopia`. Do not modify.

pub mod adopt;
pub mod changes;
pub mod coalesced;
pub mod explain;
pub mod import;
pub mod isolation;
pub mod maintenance;
pub mod migrations;
pub mod monitoring;
pub mod nodes;
pub mod reindex;
pub mod relationships;
pub mod search;
pub mod semantic;
pub mod session;
pub mod stats;
pub mod verify;
