//! A user's memory over time.

use std::future::IntoFuture;

use chrono::{DateTime, Utc};
use codegen::{client::Params, queries::stats};
use futures::future::BoxFuture;

use crate::{
    Error, ErrorKind, Period, PeriodCount, UserMemory,
    model::{EARLIEST, LATEST, validate_key},
};

/// Counts over time to come. Made by [`UserMemory::activity`].
#[derive(Clone, Debug)]
#[must_use = "await it to get them"]
pub struct Activity<'a> {
    pub(super) memory: &'a UserMemory,
    pub(super) period: Period,
    pub(super) time_zone: String,
    pub(super) since: DateTime<Utc>,
    pub(super) before: DateTime<Utc>,
}

impl Activity<'_> {
    /// By whose clock a period begins, for example `Europe/Zurich`; UTC unless set.
    pub fn time_zone(mut self, time_zone: impl Into<String>) -> Self {
        self.time_zone = time_zone.into();
        self
    }

    /// Only nodes created at this time or later.
    pub fn since(mut self, time: DateTime<Utc>) -> Self {
        self.since = time.clamp(EARLIEST, LATEST);
        self
    }

    /// Only nodes created before this time.
    pub fn before(mut self, time: DateTime<Utc>) -> Self {
        self.before = time.clamp(EARLIEST, LATEST);
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn counts(self) -> Result<Vec<PeriodCount>, Error> {
        validate_key("time_zone", &self.time_zone, 100)?;
        let params = &stats::CountPerPeriodParams {
            unit: <&str>::from(self.period),
            time_zone: self.time_zone.as_str(),
            user_id: self.memory.user_id(),
            since: self.since,
            before: self.before,
        };
        let count = |client| async move { Ok(stats::count_per_period().params(&client, params).all().await?) };
        let rows = self.memory.read(count).await.map_err(|error: Error| match error.kind() {
            // The only value of these that the server may not know.
            ErrorKind::InvalidInput => Error::invalid("time_zone", format!("the server knows no `{}`", self.time_zone)).because(error),
            _ => error,
        })?;
        rows.into_iter()
            .map(|row| {
                let context_type = row.context_type.parse()?;
                Ok(PeriodCount { period: row.period, local_time: row.local_time, context_type, nodes: row.nodes, entities: row.entities })
            })
            .collect()
    }
}

impl<'a> IntoFuture for Activity<'a> {
    type Output = Result<Vec<PeriodCount>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.counts())
    }
}
