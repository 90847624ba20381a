//! Real servers, and real processes that use, leave and kill them.

mod attach;
mod crash;
mod errors;
mod privacy;
mod process;
mod start;
mod support;
