//! Calls that end before the server has answered: their futures were dropped, or the server said nothing for too long.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use deadpool_postgres::{Client, Hook, HookError};
use tokio::time::{sleep, timeout};
use tokio_postgres::CancelToken;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::TaskTracker;

/// How long a pooler is given to pass a cancellation on: the driver does not wait for that, and `PgBouncer` forgets it
/// when the connection that it is for is closed first.
const PASSED_ON: Duration = Duration::from_millis(100);

/// Has what abandoned calls left behind cancelled, and keeps their connections from the next caller: the answer
/// that comes on them, and the cancellation, would be for the wrong statement.
#[derive(Clone)]
pub(super) struct Abandonment(Arc<Inner>);

struct Inner {
    /// When the connections were opened, which is all that the pool tells them apart by.
    connections: Mutex<HashSet<Instant>>,
    cancellations: TaskTracker,
    tls: MakeRustlsConnect,
    cancel_timeout: Duration,
}

impl Abandonment {
    pub(super) fn new(tls: MakeRustlsConnect, cancel_timeout: Duration) -> Self {
        let (connections, cancellations) = (Mutex::default(), TaskTracker::new());
        Self(Arc::new(Inner { connections, cancellations, tls, cancel_timeout }))
    }

    /// Whether the pool should close a connection instead of lending it again. It is then forgotten.
    pub(super) fn ends(&self, opened: Instant) -> bool {
        self.connections().remove(&opened)
    }

    /// Asks that of every connection that is lent again.
    pub(super) fn hook(&self) -> Hook {
        let abandonment = self.clone();
        Hook::sync_fn(move |_, metrics| {
            if abandonment.ends(metrics.created) {
                return Err(HookError::message("its last call was abandoned"));
            }
            Ok(())
        })
    }

    /// Watches a call over `connection` until the server has answered it.
    pub(super) fn watch(&self, connection: &Client) -> Call {
        Call { abandonment: self.clone(), opened: Client::metrics(connection).created, token: Some(connection.cancel_token()) }
    }

    /// Waits until the server has been told of all calls that were abandoned.
    pub(super) async fn settled(&self) {
        self.0.cancellations.close();
        self.0.cancellations.wait().await;
    }

    fn connections(&self) -> MutexGuard<'_, HashSet<Instant>> {
        self.0.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that the server has not answered yet; abandoned when it is dropped.
pub(crate) struct Call {
    abandonment: Abandonment,
    opened: Instant,
    token: Option<CancelToken>,
}

impl Call {
    pub(crate) fn answered(mut self) {
        self.token = None;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some(token) = self.token.take() else { return };
        self.abandonment.connections().insert(self.opened);
        let Inner { cancellations, tls, cancel_timeout, .. } = &*self.abandonment.0;
        // Without a runtime the program is ending, and its connections with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (tls, limit) = (tls.clone(), *cancel_timeout);
            let cancel = async move {
                match timeout(limit, token.cancel_query(tls)).await {
                    Ok(Ok(())) => {
                        tracing::debug!("an abandoned statement was cancelled");
                        sleep(PASSED_ON).await;
                    }
                    Ok(Err(error)) => tracing::debug!(%error, "an abandoned statement could not be cancelled"),
                    Err(error) => tracing::debug!(%error, "an abandoned statement could not be cancelled"),
                }
            };
            cancellations.spawn_on(cancel, &runtime);
        }
    }
}
