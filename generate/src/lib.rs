//! Cargo cannot tell this workspace from a crate that depends on it. This empty member can: it enables
//! the feature `generate` of `codegen`, and only a build of the workspace compiles it. So editing a query
//! and running `cargo build` regenerates, while a dependent compiles neither the generator nor a server.
