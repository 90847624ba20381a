//! Whether row-level security binds the role that connects.

use codegen::queries::isolation;
use deadpool_postgres::Client;

use crate::{Error, error::ErrorKind};

/// Warns of a role that row-level security does not bind, or refuses it.
pub(super) async fn check_role(client: &Client, is_required: bool) -> Result<(), Error> {
    let role = isolation::get_role().bind(client).one().await?;
    let reason = match &role {
        role if role.is_superuser => "is a superuser",
        role if role.bypasses => "has BYPASSRLS",
        role if role.owns_tables => "owns the tables",
        _ => return Ok(()),
    };
    if is_required {
        let message = format!(
            "POSTGRES_REQUIRE_ROW_SECURITY is true, but {} {reason}, so that row-level security does not bind it; connect as a member of \
             pgmemory_app",
            role.name
        );
        return Err(Error::new(ErrorKind::Configuration, message));
    }
    tracing::warn!(role = role.name, "the role {reason}, so that row-level security does not bind it; connect as a member of pgmemory_app");
    Ok(())
}
