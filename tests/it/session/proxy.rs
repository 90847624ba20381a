//! The network between a session and its server, which can fail.

use std::{
    future::pending,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
};

/// What becomes of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Passes,
    /// All connections are reset, and new ones, too.
    Cut,
    /// Nothing is passed on until the line passes again; new connections are accepted.
    Stalled,
    /// The server hears everything, and nobody hears the server.
    Mute,
}

/// A port on the loopback in front of a server's socket. Listens until it is dropped.
pub(super) struct Proxy {
    port: u16,
    way: Arc<Mutex<Way>>,
    task: JoinHandle<()>,
}

/// What new connections get.
struct Way {
    line: watch::Sender<Line>,
    socket: PathBuf,
}

impl Proxy {
    /// To the server whose socket is in this folder.
    pub(super) async fn start(socket_dir: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Arc::new(Mutex::new(Way { line: watch::Sender::new(Line::Passes), socket: socket_in(socket_dir) }));
        let task = tokio::spawn(listen(listener, Arc::clone(&way)));
        Self { port, way, task }
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on bytes fare so.
    pub(super) fn set(&self, line: Line) {
        self.way().line.send_replace(line);
    }

    /// The present connections never carry anything again, and do not end; new ones are none of them.
    pub(super) fn forsake(&self) {
        let forsaken = std::mem::replace(&mut self.way().line, watch::Sender::new(Line::Passes));
        forsaken.send_replace(Line::Stalled);
    }

    /// New connections lead to the server whose socket is in this folder.
    pub(super) fn lead_to(&self, socket_dir: &Path) {
        self.way().socket = socket_in(socket_dir);
    }

    pub(super) fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn socket_in(folder: &Path) -> PathBuf {
    folder.join(".s.PGSQL.5432")
}

async fn listen(listener: TcpListener, way: Arc<Mutex<Way>>) {
    while let Ok((client, _)) = listener.accept().await {
        let way = way.lock().unwrap_or_else(PoisonError::into_inner);
        tokio::spawn(carry(client, way.socket.clone(), way.line.subscribe()));
    }
}

/// Carries bytes in both directions until one side ends, or the line is cut.
async fn carry(client: TcpStream, socket: PathBuf, mut line: watch::Receiver<Line>) {
    client.set_zero_linger().unwrap();
    client.set_nodelay(true).unwrap();
    if *line.borrow() == Line::Cut {
        return;
    }
    // The server may be away.
    let Ok(server) = UnixStream::connect(&socket).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (upwards, downwards) = (line.clone(), line.clone());
    tokio::select! {
        _ = pass_on(from_client, to_server, upwards, &[Line::Passes, Line::Mute]) => {}
        _ = pass_on(from_server, to_client, downwards, &[Line::Passes]) => {}
        Ok(_) = line.wait_for(|line| *line == Line::Cut) => {}
    }
}

async fn pass_on(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut line: watch::Receiver<Line>,
    open: &[Line],
) -> io::Result<()> {
    let mut chunk = vec![0; 64 << 10];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        if line.wait_for(|line| open.contains(line)).await.is_err() {
            pending::<()>().await;
        }
        to.write_all(&chunk[..length]).await?;
    }
}
