//! Completing what somebody types.

use codegen::queries::search;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::{
    Error, UserMemory,
    model::{validate_limit, validate_text},
};

/// A name or a tag that begins as was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Completion {
    /// The whole of it.
    pub value: String,
    /// What it is.
    pub kind: CompletionKind,
    /// How many nodes have it, of those that were looked at.
    pub nodes: i64,
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum CompletionKind {
    /// The name of an entity.
    Entity,
    /// A tag.
    Tag,
}

impl UserMemory {
    /// The names of entities and the tags that begin with `prefix`, whatever its case, the most used first. Looks at
    /// 1,000 nodes at most; an empty prefix completes nothing. At most 512 bytes long, and `limit` is 1 to 1,000.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when one of them is out of its range; else as every call to the database.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// for completion in alice.complete("acm", 10).await? {
    ///     println!("{} ({})", completion.value, completion.kind);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn complete(&self, prefix: &str, limit: usize) -> Result<Vec<Completion>, Error> {
        let limit = validate_limit(limit)?;
        validate_text("prefix", prefix, 512)?;
        let complete = |client| async move { Ok(search::complete().bind(&client, &self.user_id(), &prefix, &limit).all().await?) };
        let completion = |row: search::Complete| {
            let kind = row.kind.parse().map_err(|error| Error::new(crate::ErrorKind::Internal, format!("{error}")))?;
            Ok(Completion { value: row.value, kind, nodes: row.nodes })
        };
        self.read(complete).await?.into_iter().map(completion).collect()
    }
}
