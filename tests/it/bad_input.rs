//! Whatever is wrong ends in an error that names it, and nothing is stored.

mod calls;
mod refusals;
mod servers;
mod signatures;
mod texts;
mod unreadable;
