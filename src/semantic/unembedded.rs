use std::future::IntoFuture;

use codegen::queries::semantic;
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::{Error, UserMemory, model::validate_limit};

/// A list of nodes without an embedding to come. Made by [`UserMemory::unembedded`].
#[derive(Clone, Debug)]
#[must_use = "await it to get the ids"]
pub struct Unembedded<'a> {
    pub(super) memory: &'a UserMemory,
    pub(super) limit: usize,
}

impl Unembedded<'_> {
    /// How many ids to return at most, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn ids(self) -> Result<Vec<Uuid>, Error> {
        let limit = validate_limit(self.limit)?;
        let list = |client| async move { Ok(semantic::list_unembedded().bind(&client, &self.memory.user_id(), &limit).all().await?) };
        self.memory.read(list).await
    }
}

impl<'a> IntoFuture for Unembedded<'a> {
    type Output = Result<Vec<Uuid>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.ids())
    }
}
