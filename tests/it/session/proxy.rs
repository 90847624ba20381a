//! The network between a session and its server, which can fail.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
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
    line: watch::Sender<Line>,
    socket: Arc<Mutex<PathBuf>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// To the server whose socket is in this folder.
    pub(super) async fn start(socket_dir: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = watch::Sender::new(Line::Passes);
        let socket = Arc::new(Mutex::new(socket_in(socket_dir)));
        let task = tokio::spawn(listen(listener, line.clone(), Arc::clone(&socket)));
        Self { port, line, socket, task }
    }

    /// From now on bytes fare so.
    pub(super) fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    /// New connections lead to the server whose socket is in this folder.
    pub(super) fn lead_to(&self, socket_dir: &Path) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = socket_in(socket_dir);
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

async fn listen(listener: TcpListener, line: watch::Sender<Line>, socket: Arc<Mutex<PathBuf>>) {
    while let Ok((client, _)) = listener.accept().await {
        let socket = socket.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tokio::spawn(carry(client, socket, line.subscribe()));
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
        _ = line.wait_for(|line| *line == Line::Cut) => {}
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
        if length == 0 || line.wait_for(|line| open.contains(line)).await.is_err() {
            return Ok(());
        }
        to.write_all(&chunk[..length]).await?;
    }
}
