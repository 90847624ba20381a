//! Whatever is wrong ends in an error that names it, and nothing is stored.

mod calls;
mod refusals;
mod servers;
pub(crate) mod signatures;
mod texts;
mod unreadable;
