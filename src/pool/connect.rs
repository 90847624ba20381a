//! Opening one connection: which host, and encrypted or not.

use std::{future::ready, sync::Arc, time::Duration};

use deadpool_postgres::Connect;
use futures::{TryStreamExt, future::BoxFuture, stream};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
    time::timeout,
};
use tokio_postgres::{
    AsyncMessage, Client, Connection,
    config::{LoadBalanceHosts, SslMode as DriverMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{GRACE, tls};
use crate::{
    Config, Error,
    config::{host_name, tls::SslMode},
    error::{is_refused_login, is_tls},
};

/// What is done with the payload of a notification.
type Ear = Arc<dyn Fn(&str) + Send + Sync>;

/// The hosts of a configuration, each with the ways to connect to it in their order.
///
/// The driver would take a list of hosts, too, but gives a host that hangs all of the time, knows `prefer` only
/// as a question before the handshake, and asks Unix sockets for encryption.
#[derive(Clone)]
pub(super) struct Hosts {
    ways: Vec<Vec<tokio_postgres::Config>>,
    is_random: bool,
    pub(super) tls: MakeRustlsConnect,
    timeout: Duration,
    /// Nobody listens on the connections of the pool.
    ear: Option<Ear>,
}

impl Hosts {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let mut template = config.postgres.clone();
        // To plan a statement anew for the parameters of each call, or to compile the plan to machine code, takes longer than
        // to run it; that every statement has a good plan for any parameters is checked (`Bounds` in queries/). The server
        // cancels what takes too long, so that its work ends when the caller's wait does.
        let options = format!(
            "-c jit=off -c plan_cache_mode=force_generic_plan {} -c statement_timeout={}",
            template.get_options().unwrap_or_default(),
            config.command_timeout.as_millis()
        );
        template.options(options);
        template.connect_timeout(config.connect_timeout);
        // A peer that vanished without a word is noticed.
        if template.get_tcp_user_timeout().is_none() {
            template.tcp_user_timeout(config.command_timeout + GRACE);
        }
        if template.get_keepalives_idle() == tokio_postgres::Config::new().get_keepalives_idle() {
            template.keepalives_idle(Duration::from_secs(30));
        }
        let count = template.get_hosts().len().max(template.get_hostaddrs().len());
        Ok(Self {
            ways: (0..count).map(|index| ways(&template, index, config.tls.mode)).collect(),
            is_random: template.get_load_balance_hosts() == LoadBalanceHosts::Random,
            tls: MakeRustlsConnect::new(tls::client_config(&config.tls)?),
            timeout: config.connect_timeout,
            ear: None,
        })
    }

    /// The same for connections whose notifications are heard.
    #[cfg(feature = "session")]
    pub(super) fn heard_by(self, ear: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { ear: Some(Arc::new(ear)), ..self }
    }

    /// How long it may take to try all of them.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout.saturating_mul(u32::try_from(self.ways.len()).unwrap_or(u32::MAX))
    }

    async fn connect_one(&self, ways: &[tokio_postgres::Config]) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        let (last, others) = ways.split_last().expect("a host has a way to connect to it");
        for way in others {
            match self.connect_as(way).await {
                Err(error) if is_tls(&error) || is_refused_login(&error) => {
                    tracing::debug!(%error, mode = ?way.get_ssl_mode(), "trying the other of encrypted and plain");
                }
                result => return result,
            }
        }
        self.connect_as(last).await
    }

    async fn connect_as(&self, config: &tokio_postgres::Config) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        let (client, connection) = config.connect(self.tls.clone()).await?;
        let ear = self.ear.clone();
        let task = tokio::spawn(async move {
            let ended = match ear {
                None => connection.await,
                Some(ear) => hear(connection, &ear).await,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
        });
        Ok((client, task))
    }
}

impl Connect for Hosts {
    fn connect(&self, _: &tokio_postgres::Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), tokio_postgres::Error>> {
        Box::pin(async {
            let mut hosts: Vec<_> = self.ways.iter().collect();
            if self.is_random {
                fastrand::shuffle(&mut hosts);
            }
            let (last, others) = hosts.split_last().expect("the configuration names a host");
            for ways in others {
                match timeout(self.timeout, self.connect_one(ways)).await {
                    Ok(Ok(connected)) => return Ok(connected),
                    Ok(Err(error)) => tracing::debug!(%error, hosts = ?ways[0].get_hosts(), "trying the next host"),
                    Err(error) => tracing::debug!(%error, hosts = ?ways[0].get_hosts(), "trying the next host"),
                }
            }
            // The pool's own timeout bounds the last one.
            self.connect_one(last).await
        })
    }
}

/// Works as the connection itself does, which passes notifications over.
async fn hear<S, T>(mut connection: Connection<S, T>, ear: &Ear) -> Result<(), tokio_postgres::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let messages = stream::poll_fn(|context| connection.poll_message(context));
    let hear = |message| {
        if let AsyncMessage::Notification(notification) = message {
            ear(notification.payload());
        }
        ready(Ok(()))
    };
    messages.try_for_each(hear).await
}

/// The ways to connect to the host at `index`.
fn ways(template: &tokio_postgres::Config, index: usize, mode: SslMode) -> Vec<tokio_postgres::Config> {
    let host = only(template, index);
    let is_unix = host.get_hostaddrs().is_empty() && host.get_hosts().iter().any(|host| host_name(host).starts_with('/'));
    let modes: &[DriverMode] = match mode {
        _ if is_unix => &[DriverMode::Disable],
        SslMode::Disable => &[DriverMode::Disable],
        SslMode::Allow => &[DriverMode::Disable, DriverMode::Require],
        SslMode::Prefer => &[DriverMode::Prefer, DriverMode::Disable],
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[DriverMode::Require],
    };
    let way = |mode: &DriverMode| host.clone().ssl_mode(*mode).to_owned();
    modes.iter().map(way).collect()
}

/// The configuration with the host at `index` alone.
fn only(template: &tokio_postgres::Config, index: usize) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    match (template.get_hosts().get(index), template.get_hostaddrs().get(index)) {
        (Some(host), _) => config.host(host_name(host)),
        // Certificates are made out for addresses, too.
        (None, Some(address)) => config.host(address.to_string()),
        (None, None) => &mut config,
    };
    if let Some(address) = template.get_hostaddrs().get(index) {
        config.hostaddr(*address);
    }
    if let Some(port) = template.get_ports().get(index).or(template.get_ports().first()) {
        config.port(*port);
    }
    if let Some(user) = template.get_user() {
        config.user(user);
    }
    if let Some(password) = template.get_password() {
        config.password(password);
    }
    if let Some(database) = template.get_dbname() {
        config.dbname(database);
    }
    if let Some(options) = template.get_options() {
        config.options(options);
    }
    if let Some(name) = template.get_application_name() {
        config.application_name(name);
    }
    if let Some(timeout) = template.get_connect_timeout() {
        config.connect_timeout(*timeout);
    }
    if let Some(timeout) = template.get_tcp_user_timeout() {
        config.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = template.get_keepalives_interval() {
        config.keepalives_interval(interval);
    }
    if let Some(retries) = template.get_keepalives_retries() {
        config.keepalives_retries(retries);
    }
    config
        .keepalives(template.get_keepalives())
        .keepalives_idle(template.get_keepalives_idle())
        .ssl_negotiation(template.get_ssl_negotiation())
        .channel_binding(template.get_channel_binding())
        .target_session_attrs(template.get_target_session_attrs())
        .load_balance_hosts(template.get_load_balance_hosts());
    config
}
