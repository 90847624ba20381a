//! A TCP port in front of a server that has none, whose connections can be broken.

use std::{
    future::pending,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream, UnixStream},
    task::AbortHandle,
};

/// Listens until it is dropped.
pub(crate) struct Proxy {
    pub(super) port: u16,
    state: Arc<State>,
    task: AbortHandle,
}

#[derive(Default)]
struct State {
    opened: AtomicUsize,
    /// Connections opened before this number break when the client next says something.
    condemned: AtomicUsize,
    /// What clients say is not passed on, as by a server that hangs.
    is_hung: AtomicBool,
}

impl Proxy {
    pub(super) async fn start(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let accepted = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = accepted.opened.fetch_add(1, Ordering::SeqCst);
                let server = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(forward(client, server, accepted.clone(), number));
            }
        })
        .abort_handle();
        Self { port, state, task }
    }

    /// How many connections it has seen.
    pub(super) fn opened(&self) -> usize {
        self.state.opened.load(Ordering::SeqCst)
    }

    /// Lets the present connections break as one does whose peer has vanished: nobody knows until they are used.
    pub(super) fn condemn(&self) {
        self.state.condemned.store(self.opened(), Ordering::SeqCst);
    }

    /// From now on nothing is answered.
    pub(super) fn hang(&self) {
        self.state.is_hung.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(mut client: TcpStream, mut server: UnixStream, state: Arc<State>, number: usize) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.split(), server.split());
    let upwards = async {
        let mut chunk = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from_client.read(&mut chunk).await {
            if state.is_hung.load(Ordering::SeqCst) {
                return pending().await;
            }
            if number < state.condemned.load(Ordering::SeqCst) || to_server.write_all(&chunk[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = upwards => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}
