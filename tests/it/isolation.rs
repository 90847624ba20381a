//! One user never sees, changes, links, counts or infers another's memory: by the operations of the program, as a role
//! of the server's, and by any SQL of a login that is a user's own.

mod inference;
mod isolated;
mod logins;
mod operations;
mod role;
mod scopes;
mod sql;
