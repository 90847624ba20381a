// This file was generated with `cornucopia`. Do not modify.

pub mod adopt;
pub mod import;
pub mod migrations;
pub mod nodes;
pub mod relationships;
pub mod search;
pub mod stats;
